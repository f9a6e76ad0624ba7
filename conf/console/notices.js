// Notices: problems in the server's own words, what a screen reader is to be told, and the question for a token.

import { served } from "./api.js";
import { button, element } from "./elements.js";

export function problemNotice(problem, ...more) {
	const item = ([name, messages]) => element("li", {}, `${name}: ${[messages].flat().join(" ")}`);
	return element("div", { class: "problem", role: "alert" },
		element("strong", {}, problem.title ?? "The console has failed"), element("p", {}, problem.detail ?? (problem.title ? "" : problem.message)),
		problem.errors && element("ul", {}, Object.entries(problem.errors).map(item)), problem.traceId && traceId(problem.traceId), more);
}

function traceId(id) {
	const copy = (event) => navigator.clipboard.writeText(id).then(() => { event.target.textContent = "Copied"; }, () => {});
	return element("p", {}, "traceId ", element("code", {}, id), " ", button("Copy", copy));
}

// Takes a step of a view, whose problem stands in place until one succeeds; that a fleet has not got something is none.
// That a token has ended Live finds out, but for a fleet's appliances, some of which may want another.
export async function guarded(place, step) {
	try {
		await step();
		place.replaceChildren();
	} catch (problem) {
		if (problem.name === "AbortError" || (problem.status === 401 && !served.isFleet)) return;
		place.replaceChildren(problem.status === 501 ? element("p", { class: "quiet" }, problem.message) : problemNotice(problem));
	}
}

export function say(text) {
	document.getElementById("said").textContent = text;
}

// The problem's words and the way to go on: a token, or the login of the authentication module.
export function askForToken(problem, take) {
	return problemNotice(problem, problem.login ? button("Log in", () => location.reload()) : tokenForm(take));
}

// A password field, so that nobody reads it over a shoulder. It has no name: nothing could send it but the script.
function tokenForm(take) {
	const field = element("input", { type: "password", id: "token", required: true, autocomplete: "off", spellcheck: "false" });
	const submit = (event) => {
		event.preventDefault();
		take(field.value);
	};
	return element("form", { submit, class: "line" }, element("label", { for: "token" }, "Access token "), field,
		" ", element("button", {}, "Use it"), element("small", {}, " It is kept in this page's memory, and nowhere else."));
}
