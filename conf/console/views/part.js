// A part of a session that is a list by pages: its log, or its items. Its offset is a parameter of the address.

import { saveButton } from "../downloads.js";
import { element, line, liveTable, pageLinks, section } from "../elements.js";
import { guarded } from "../notices.js";

// A column's content is of { entry, number }. path() and link(offset) lead to the list and to a page of it.
export function listPart({ id, parameter }, { title, what, at, size, columns, key, path, link, step, above }) {
	const name = title.toLowerCase();
	const where = element("p");
	const pages = pageLinks(`Pages of ${name}`);
	const rows = liveTable(title, columns, { id: ({ number }) => number, key });
	const offset = () => Math.abs(parseInt(parameter(at), 10) || 0);
	const asked = () => [{ path: path(), query: { Offset: offset(), Limit: size } }];
	const top = line(where, pages.node, saveButton(`Download these ${what} as JSON`, `session-${id}-${name}`, "json", asked));

	const trouble = element("div");
	const node = section(name, title, above, top, trouble, rows.node);
	let lack = null;

	function show(first, entries, total, before, after) {
		const end = first + entries.length;
		const last = Math.floor((total - 1) / size) * size;
		rows.show(entries.map((entry, n) => ({ entry, number: first + n + 1 })));
		where.textContent = end === first ? `No ${what} here.` : `${before}${first + 1} to ${end} of ${total}${after}.`;
		pages.show([["First", first > 0 && link(0)], ["Previous", first > 0 && link(Math.max(0, first - size))],
			["Next", end < total && link(end)], ["Last", last > first && link(last)]]);
	}

	// What a fleet has not got is told once, and not asked for again.
	async function load() {
		if (!lack) await guarded(trouble, step);
		lack = trouble.querySelector(".quiet");
		if (lack) top.remove();
		if (trouble.hasChildNodes()) node.hidden = false;
	}

	return { node, load, offset, show };
}
