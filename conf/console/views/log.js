// The log of a session, a hundred lines at a time.

import { saveButton } from "../downloads.js";
import { element, line, liveTable, pageLinks, section } from "../elements.js";
import { logLength, logPage } from "../logs.js";
import { statusMark } from "../status.js";
import { timeOf } from "../times.js";

const LINES = 100;

export function logPart({ api, signal, id, parameter, addressWith }) {
	const where = element("p");
	const pages = pageLinks("Pages of the log");
	let known = 0;

	const offset = () => Math.abs(parseInt(parameter("log"), 10) || 0);

	// One line more than is shown tells whether there is a next page. How many there are takes longer to find out.
	async function load() {
		const first = offset();
		const lines = await logPage(api, id, first, LINES + 1, signal);
		if (first !== offset()) return;
		if (lines.length > 0) known = Math.max(known, first + lines.length);
		show(first, lines);
		const more = lines.length > LINES;
		known = lines.length > 0 && !more ? first + lines.length : await logLength(api, id, known, signal);
		place(first, Math.min(lines.length, LINES), known);
	}

	function show(first, lines) {
		const shown = lines.slice(0, LINES).map((line, at) => ({ ...line, number: first + at + 1 }));
		rows.show(shown);
		place(first, shown.length, undefined);
	}

	function place(first, count, length) {
		const of = length === undefined ? "" : ` of ${length}`;
		where.textContent = count === 0 ? `No line${first > 0 ? " here" : ""}${of}.` : `Lines ${first + 1} to ${first + count}${of}.`;
		const last = length === undefined ? undefined : Math.max(0, Math.floor((length - 1) / LINES) * LINES);
		const to = (there, line) => there && addressWith({ log: line });
		pages.show([["First", to(first > 0, 0)], ["Previous", to(first > 0, Math.max(0, first - LINES))],
			["Next", to(first + count < known, first + LINES)], ["Last", to(last > first, last)]]);
	}

	// What the API does not name is shown as it is.
	function text({ number, logTime, executionStartTime, status, message = "", executionDuration, ...rest }) {
		return Object.keys(rest).length > 0 ? `${message} ${JSON.stringify(rest)}` : message;
	}

	const rows = liveTable("Log", [["Line", ({ number }) => number, "number"], ["Time", ({ logTime, executionStartTime }) => timeOf(logTime ?? executionStartTime)],
		["Status", ({ status }) => status && statusMark(status)], ["Message", text, "text"], ["Took", ({ executionDuration }) => executionDuration]],
	{ id: ({ number }) => number });
	const asked = () => ({ path: [id, "log"], query: { Offset: offset(), Limit: LINES } });
	const node = section("log", "Log",
		line(where, pages.node, saveButton(api, "Download these lines as JSON", `session-${id}-log.json`, asked)),
		rows.node);
	return { node, load };
}
