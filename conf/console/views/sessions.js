// The list of sessions: its address is the API's own query, and filters and pages are links to others.

import { queryString } from "../api.js";
import { downloadMenu } from "../downloads.js";
import { element, line, liveTable, pageLinks } from "../elements.js";
import { guarded, say } from "../notices.js";
import { durationOf, SESSION_COLUMNS, SESSION_KEYS } from "../sessions.js";
import { isActive, statusMark, STATUSES } from "../status.js";
import { fromLocalInput, localInput } from "../times.js";

const LIMIT = 100;
const ORDERS = ["Id", "StartTime", "StopTime", "Duration", "Status", "Type", "PolicyName", "Usn"].flatMap((name) => [`${name}Desc`, `${name}Asc`]);
const PAGES = [["first", "First"], ["prev", "Previous"], ["next", "Next"], ["last", "Last"]];
const TIME = "datetime-local";
const FIELDS = [["Filter", "Policy, * for any text", "text"], ["PolicyId", "Policy id", "text"], ["Types", "Types, with commas between", "text"],
	["FromUtc", "Began from", TIME], ["ToUtc", "Began until", TIME]];

export function sessionsList({ api, signal, query, go }) {
	const answer = element("p");
	const pages = pageLinks("Pages");
	const trouble = element("div");
	let shown = [];

	// The address, by pages of a size that a document can hold.
	function asked() {
		const parameters = new URLSearchParams([...query()].filter(([name]) => name.toLowerCase() !== "limit"));
		parameters.set("Limit", LIMIT);
		return { path: [], query: parameters };
	}

	// An answer that comes late is of a former address.
	const load = () => guarded(trouble, async () => {
		const { query: parameters } = asked();
		const page = await api.get([], parameters, signal);
		if (`${parameters}` === `${asked().query}`) show(page);
	});

	function show({ offset, results, totalCount, _links }) {
		answer.textContent = results.length === 0 ? `None of ${totalCount} sessions.` : `${offset + 1} to ${offset + results.length} of ${totalCount} sessions.`;
		shown = results;
		rows.show(shown);
		pages.show(PAGES.map(([name, words]) => [words, addressOf(_links[name])]));
	}

	// The API's links lead from page to page, whatever comes or goes meanwhile.
	function addressOf(link) {
		return link && `#/sessions?${new URL(link.href).searchParams}`;
	}

	function tick() {
		shown.forEach((session, at) => {
			if (isActive(session.status)) rows.body.rows[at].lastChild.textContent = durationOf(session);
		});
	}

	const rows = liveTable("Sessions", [...SESSION_COLUMNS, ["Took", durationOf, "number"]], SESSION_KEYS);
	const form = filterForm(query(), go);
	return {
		title: "Sessions",
		node: element("div", {}, element("h1", { tabindex: -1 }, "Sessions"), form.node, trouble,
			line(answer, downloadMenu(api, "sessions", asked)), rows.node, pages.node),
		load,
		changed: (sessions) => sessions.length > 0 && load(),
		async moved() {
			form.read(query());
			await load();
			// rows of a former address would be taken for those of this one
			if (trouble.hasChildNodes()) show({ offset: 0, results: [], totalCount: 0, _links: {} });
			say(answer.textContent);
		},
		tick,
	};
}

// What the form does not have, such as MaxId, belongs to a page of the former list, and goes.
function filterForm(start, go) {
	const statuses = new Map(STATUSES.map((status) => [status, element("input", { type: "checkbox", value: status })]));
	const fields = new Map(FIELDS.map(([name, , type]) => [name, element("input", { type, autocomplete: "off" })]));
	const order = element("select", {}, ORDERS.map((name) => element("option", {}, name)));
	const chosen = element("summary");

	function read(parameters) {
		const values = (name) => [...parameters].filter(([key]) => key.toLowerCase().replace(/\[\d*\]$/, "") === name.toLowerCase()).map(([, value]) => value);
		const picked = values("Status").flatMap((value) => value.toLowerCase().split(","));
		for (const [status, box] of statuses) box.checked = picked.includes(status.toLowerCase());
		for (const [name, field] of fields) {
			const exact = values(name).join(",");
			field.value = field.type === TIME ? localInput(exact) : exact;
			field.dataset.exact = exact;
			field.dataset.shown = field.value;
		}
		const [sort = ORDERS[0]] = values("Sort");
		order.value = ORDERS.find((name) => name.toLowerCase() === sort.toLowerCase()) ?? ORDERS[0];
		chosen.textContent = picked.length > 0 ? `Status: ${picked.length} chosen` : "Status: any";
	}

	// What nobody touched stays exact: a field for times has minutes only.
	function valueIn({ type, value, dataset }) {
		if (value === dataset.shown) return dataset.exact;
		return type === TIME ? fromLocalInput(value) : value.trim();
	}

	function submit(event) {
		event.preventDefault();
		go(`#/sessions?${queryString({ Status: [...statuses.values()].filter(({ checked }) => checked).map(({ value }) => value),
			...Object.fromEntries([...fields].map(([name, field]) => [name, valueIn(field)])),
			Sort: order.value === ORDERS[0] ? "" : order.value })}`);
	}

	const labelled = (text, field) => element("label", {}, `${text} `, field);
	const node = element("form", { class: "filters", submit, "aria-label": "Filters" },
		element("details", { class: "menu" }, chosen, element("fieldset", {}, element("legend", { class: "unseen" }, "Status"),
			[...statuses].map(([status, box]) => element("label", {}, box, " ", statusMark(status))))),
		FIELDS.map(([name, text]) => labelled(text, fields.get(name))), labelled("Order", order), element("button", {}, "Filter"), element("a", { href: "#/sessions" }, "Clear"));
	read(start);
	return { node, read };
}
