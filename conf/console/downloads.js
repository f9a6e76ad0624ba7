// Downloads: what a view shows, in each format the API has, as the API sends it.

import { Problem, request } from "./api.js";
import { button, element } from "./elements.js";
import { guarded } from "./notices.js";
import { applianceOf } from "./sessions.js";

const KEPT = 60_000;
const FORMATS = [
	["JSON", "json", "application/json"],
	["NDJSON", "ndjson", "application/x-ndjson"],
	["CSV", "csv", "text/csv"],
	["CSV for spreadsheets", "csv", "text/csv; profile=spreadsheet"],
	["XML", "xml", "application/xml"],
];

// asked() returns the requests for what is shown at that moment, as request() takes them, each with its path.
export function downloadMenu(name, asked) {
	const format = ([label, ending, accept]) => saveButton(label, name, ending, asked, accept);
	return element("details", { class: "menu" }, element("summary", {}, "Download"),
		element("div", { role: "group", "aria-label": `Download ${name} as` }, FORMATS.map(format)));
}

export function saveButton(label, name, ending, asked, accept) {
	const place = element("div");
	const click = () => guarded(place, async () => {
		const requests = asked();
		if (requests.length === 0) throw new Problem({ title: "There is nothing to download" });
		for (const one of requests) await save(`${name}${requests.length > 1 ? `-${one.body.appliance}` : ""}.${ending}`, { ...one, accept });
	});
	return element("div", {}, button(label, click), place);
}

// The very sessions of a list, whatever the list was asked for by. Ids are an appliance's own: each has its file.
export function ofSessions(sessions) {
	return [...Map.groupBy(sessions, applianceOf)].map(([appliance, own]) => ({ path: "export", method: "POST",
		body: { jobSessionIds: own.map(({ id }) => id), appliance } }));
}

async function save(file, { path, ...options }) {
	const response = await request(path, options);
	const url = URL.createObjectURL(await response.blob());
	element("a", { href: url, download: file }).click();
	setTimeout(() => URL.revokeObjectURL(url), KEPT);
}
