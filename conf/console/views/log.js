// The log of a session, a hundred lines at a time.

import { logOf } from "../logs.js";
import { statusMark } from "../status.js";
import { timeOf } from "../times.js";
import { listPart } from "./part.js";

const LINES = 100;

export function logPart(context) {
	const { get, id, addressWith } = context;
	const log = logOf(get, id);
	let known = 0;

	// One line more than is shown tells whether there is a next page. How many there are takes longer to find out.
	async function load() {
		const first = part.offset();
		const lines = await log.page(first, LINES + 1);
		if (first !== part.offset()) return;
		if (lines.length > 0) known = Math.max(known, first + lines.length);
		const show = (after) => part.show(first, lines.slice(0, LINES), known, "Lines ", after);
		show(" or more");
		known = lines.length > 0 && lines.length <= LINES ? first + lines.length : await log.length(known);
		if (first === part.offset()) show("");
	}

	// What the API does not name is shown as it is.
	function text({ entry: { logTime, executionStartTime, status, message = "", executionDuration, ...rest } }) {
		return Object.keys(rest).length > 0 ? `${message} ${JSON.stringify(rest)}` : message;
	}

	const part = listPart(context, { title: "Log", what: "lines", at: "log", size: LINES, step: load,
		path: () => `${id}/log`, link: (log) => addressWith({ log }),
		columns: [["Line", ({ number }) => number, "number"], ["Time", ({ entry }) => timeOf(entry.logTime ?? entry.executionStartTime)],
			["Status", ({ entry }) => entry.status && statusMark(entry.status)], ["Message", text, "text"], ["Took", ({ entry }) => entry.executionDuration]] });
	return part;
}
