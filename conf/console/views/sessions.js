// The list of sessions: its address is the API's own query, and filters and pages are links to others.

import { queryString, served } from "../api.js";
import { downloadMenu } from "../downloads.js";
import { element, line, liveTable, pageLinks } from "../elements.js";
import { guarded, say } from "../notices.js";
import { durationOf, SESSION_COLUMNS, SESSION_KEYS } from "../sessions.js";
import { isActive, statusMark, STATUSES } from "../status.js";
import { fromLocalInput, localInput } from "../times.js";

const LIMIT = 100;
const ORDERS = ["StartTime", "StopTime", "Status", "Type", "PolicyName"]; // a fleet's
const PAGES = [["first", "First"], ["prev", "Previous"], ["next", "Next"], ["last", "Last"]];
const TIME = "datetime-local";
const FIELDS = [["Filter", "Policy, * for any text"], ["PolicyId", "Policy id"], ["Types", "Types, with commas between"],
	["FromUtc", "Began from", TIME], ["ToUtc", "Began until", TIME]];

export function sessionsList({ get, query }) {
	const answer = element("p");
	const pages = pageLinks("Pages");
	const trouble = element("div");
	let shown = [];

	// The address, by pages of a size that a document can hold.
	function asked() {
		return new URLSearchParams([...[...query()].filter(([name]) => name.toLowerCase() !== "limit"), ["Limit", LIMIT]]);
	}

	// An answer that comes late is of a former address.
	const load = () => guarded(trouble, async () => {
		const parameters = asked();
		const page = await get("", parameters);
		if (`${parameters}` === `${asked()}`) show(page);
	});

	function show({ offset, results, totalCount, _links }) {
		answer.textContent = results.length === 0 ? `None of ${totalCount} sessions.` : `${offset + 1} to ${offset + results.length} of ${totalCount} sessions.`;
		shown = results;
		rows.show(shown);
		// the API's links lead from page to page, whatever comes or goes meanwhile
		pages.show(PAGES.map(([name, words]) => [words, _links[name] && `#/sessions?${new URL(_links[name].href).searchParams}`]));
	}

	function tick() {
		shown.forEach((session, at) => {
			if (isActive(session.status)) rows.body.rows[at].lastChild.textContent = durationOf(session);
		});
	}

	const rows = liveTable("Sessions", [...SESSION_COLUMNS, ["Took", durationOf, "number"]], SESSION_KEYS);
	const form = filterForm(query());
	return {
		title: "Sessions",
		nodes: [form.node, trouble, line(answer, downloadMenu("sessions", () => [{ path: "", query: asked() }])), rows.node, pages.node],
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
function filterForm(start) {
	const orders = (served.isFleet ? ORDERS : ["Id", ...ORDERS, "Duration", "Usn"]).flatMap((name) => [`${name}Desc`, `${name}Asc`]);
	const asked = served.isFleet ? [["Appliance", "Appliance"], ...FIELDS] : FIELDS;
	const boxes = STATUSES.map((value) => element("input", { type: "checkbox", value }));
	const fields = asked.map(([name, , type]) => element("input", { name, type, autocomplete: "off" }));
	const order = element("select", {}, orders.map((name, at) => element("option", { value: at > 0 ? name : "" }, name)));
	const chosen = element("summary");

	function read(parameters) {
		const values = (name) => [...parameters].filter(([key]) => key.toLowerCase().replace(/\[\d*\]$/, "") === name.toLowerCase()).map(([, value]) => value);
		const picked = values("Status").flatMap((value) => value.toLowerCase().split(","));
		for (const box of boxes) box.checked = picked.includes(box.value.toLowerCase());
		for (const field of fields) {
			const exact = values(field.name).join(",");
			field.value = field.type === TIME ? localInput(exact) : exact;
			Object.assign(field.dataset, { exact, shown: field.value });
		}
		const [sort = ""] = values("Sort");
		order.value = orders.find((name, at) => at > 0 && name.toLowerCase() === sort.toLowerCase()) ?? "";
		chosen.textContent = `Status: ${picked.length > 0 ? `${picked.length} chosen` : "any"}`;
	}

	// What nobody touched stays exact: a field for times has minutes only.
	function valueIn({ type, value, dataset }) {
		if (value === dataset.shown) return dataset.exact;
		return type === TIME ? fromLocalInput(value) : value.trim();
	}

	function submit(event) {
		event.preventDefault();
		location.hash = `#/sessions?${queryString({ Status: boxes.filter(({ checked }) => checked).map(({ value }) => value),
			...Object.fromEntries(fields.map((field) => [field.name, valueIn(field)])),
			Sort: order.value })}`;
	}

	const labelled = (text, field) => element("label", {}, text, " ", field);
	const node = element("form", { class: "filters", submit, "aria-label": "Filters" },
		element("details", { class: "menu" }, chosen, element("fieldset", {}, element("legend", { class: "unseen" }, "Status"),
			boxes.map((box) => element("label", {}, box, " ", statusMark(box.value))))),
		asked.map(([, text], at) => labelled(text, fields[at])), labelled("Order", order), element("button", {}, "Filter"), element("a", { href: "#/sessions" }, "Clear"));
	read(start);
	return { node, read };
}
