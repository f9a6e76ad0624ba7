// The first view: the five questions an operator has, in their order.

import { encoded, served } from "../api.js";
import { element, line, section } from "../elements.js";
import { guarded } from "../notices.js";
import { failedPanel } from "./failed.js";
import { policiesPanel } from "./policies.js";
import { runningPanel } from "./running.js";
import { trendPanel } from "./trend.js";

export function overview(context) {
	const panels = [failedPanel, policiesPanel, runningPanel, findPanel, trendPanel].map((make) => {
		const panel = make(context);
		const trouble = element("div");
		const note = panel.note && element("p", { class: "quiet" }, panel.note);
		return { ...panel, trouble, node: section(panel.id, panel.title, trouble, line(panel.top), panel.rest, note) };
	});

	// A panel that fails keeps what it shows, and the others go on.
	const each = (step) => Promise.all(panels.map((panel) => guarded(panel.trouble, () => step(panel))));

	return {
		title: "Overview",
		nodes: panels.map(({ node }) => node),
		load: (why) => each((panel) => panel.load(why)),
		changed: (sessions) => each((panel) => panel.changed(sessions)),
		tick: () => panels.forEach((panel) => panel.tick?.()),
	};
}

// Question 4: what a session did, whose id somebody has.
function findPanel() {
	const field = element("input", { id: "find", required: true, autocomplete: "off", size: 12 });
	const submit = (event) => {
		event.preventDefault();
		location.hash = `#/sessions/${encoded(field.value.trim())}`;
	};
	const label = element("label", { for: "find" }, served.isFleet ? "Appliance/session id " : "Session id ");
	const form = element("form", { class: "line", submit }, label, field, " ", element("button", {}, "Show"));
	return { id: "find-title", title: "What a session did", rest: form, load() {}, changed() {} };
}
