// Statuses: which of them mean that a session failed or still runs, and how they are shown.

import { element } from "./elements.js";

export const FAILED = ["Error", "Failed", "NeverExecuted"];
export const ACTIVE = ["Running", "RunningWithWarning", "RunningWithError", "Canceling", "Pending"];
export const STATUSES = [...FAILED, "Warning", "Success", ...ACTIVE, "Canceled", "Unknown"];

const KINDS = { Success: "good", Warning: "warn", RunningWithWarning: "warn", RunningWithError: "bad" };
const SIGNS = { good: "✓", warn: "!", bad: "✗", active: "▸", other: "–" };

export function isActive(status) {
	return ACTIVE.includes(status);
}

export function kindOf(status) {
	return KINDS[status] ?? (FAILED.includes(status) ? "bad" : isActive(status) ? "active" : "other");
}

// A sign beside the word, so that colour is never all there is.
export function statusMark(status = "") {
	const kind = kindOf(status);
	return element("span", { class: `status ${kind}` }, element("span", { "aria-hidden": "true" }, SIGNS[kind]), " ", status);
}
