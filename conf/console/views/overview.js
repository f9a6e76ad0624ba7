// The first view: the five questions an operator has, in their order.

import { element, section } from "../elements.js";
import { guarded } from "../notices.js";
import { failedPanel } from "./failed.js";
import { policiesPanel } from "./policies.js";
import { runningPanel } from "./running.js";
import { trendPanel } from "./trend.js";

export function overview(context) {
	const panels = [failedPanel, policiesPanel, runningPanel, findPanel, trendPanel].map((make) => {
		const panel = { ...make(context), trouble: element("div") };
		panel.node.querySelector("h2").after(panel.trouble);
		return panel;
	});

	// A panel that fails keeps what it shows, and the others go on.
	const each = (step) => Promise.all(panels.map((panel) => guarded(panel.trouble, () => step(panel))));

	return {
		title: "Overview",
		node: element("div", {}, element("h1", { tabindex: -1 }, "Overview"), panels.map(({ node }) => node)),
		load: () => each((panel) => panel.load()),
		changed: (sessions) => each((panel) => panel.changed(sessions)),
		tick: () => panels.forEach((panel) => panel.tick?.()),
	};
}

// Question 4: what a session did, whose id somebody has.
function findPanel({ go }) {
	const field = element("input", { id: "find", required: true, autocomplete: "off", size: 12 });
	const submit = (event) => {
		event.preventDefault();
		go(`#/sessions/${encodeURIComponent(field.value.trim())}`);
	};
	const node = section("find-title", "What a session did",
		element("form", { class: "line", submit }, element("label", { for: "find" }, "Session id "), field, " ", element("button", {}, "Show")));
	return { node, load() {}, changed() {} };
}
