// Downloads: what a view shows, in each format the API has, as the API sends it.

import { Problem } from "./api.js";
import { button, element } from "./elements.js";
import { guarded } from "./notices.js";

const KEPT = 60_000;
const FORMATS = [
	["JSON", "json", "application/json"],
	["NDJSON", "ndjson", "application/x-ndjson"],
	["CSV", "csv", "text/csv"],
	["CSV for spreadsheets", "csv", "text/csv; profile=spreadsheet"],
	["XML", "xml", "application/xml"],
];

// asked() returns the request for what is shown at that moment, as Api.request takes it, with its path, or nothing.
export function downloadMenu(api, name, asked) {
	const format = ([label, ending, accept]) => saveButton(api, label, `${name}.${ending}`, () => asked() && { ...asked(), accept });
	return element("details", { class: "menu" }, element("summary", {}, "Download"),
		element("div", { role: "group", "aria-label": `Download ${name} as` }, FORMATS.map(format)));
}

export function saveButton(api, label, file, asked) {
	const place = element("div");
	const click = () => guarded(place, async () => {
		const request = asked();
		if (!request) throw new Problem({ title: "There is nothing to download" });
		await save(api, file, request);
	});
	return element("div", {}, button(label, click), place);
}

// The very sessions of a list, whatever the list was asked for by.
export function ofSessions(sessions) {
	return sessions.length > 0 ? { path: ["export"], method: "POST", body: { jobSessionIds: sessions.map(({ id }) => id) } } : undefined;
}

async function save(api, file, { path, ...request }) {
	const response = await api.request(path, request);
	const url = URL.createObjectURL(await response.blob());
	element("a", { href: url, download: file }).click();
	setTimeout(() => URL.revokeObjectURL(url), KEPT);
}
