// The frame: the address chooses a view, Live tells it of changes, and whoever is refused is asked for a token.

import { Api } from "./api.js";
import { button, element } from "./elements.js";
import { Live } from "./live.js";
import { askForToken, problemNotice, say } from "./notices.js";
import { clock, duration, zone, zoneOffset } from "./times.js";
import { overview } from "./views/overview.js";
import { oneSession } from "./views/session.js";
import { sessionsList } from "./views/sessions.js";

const VIEWS = [
	[/^$/, overview],
	[/^sessions$/, sessionsList],
	[/^sessions\/([^/]+)$/, oneSession],
];
const SAID = {
	restored: "The database was restored or replaced. Everything was loaded anew.",
	back: "What is shown is of now again.",
};

const main = document.getElementById("main");
const notices = document.getElementById("notices");
const age = document.getElementById("age");

const api = new Api(document.querySelector("meta[name=job-sessions]").content);
const live = new Live(api, { reset, state, changed: (sessions) => view.changed(sessions) });
let view;
let begun = false;
let asOf;
let trouble;

// ---- The address: #/PATH?QUERY ----

function address() {
	const [path, query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
	return { path, query: new URLSearchParams(query) };
}

function addressWith(changes) {
	const { path, query } = address();
	for (const [name, value] of Object.entries(changes)) query.set(name, value);
	return `#/${path}?${query}`;
}

function go(hash) {
	location.hash = hash;
}

// A view reads a parameter of its own, or writes it, which is a new address.
function parameter(name, value) {
	if (value === undefined) return address().query.get(name) ?? undefined;
	return go(addressWith({ [name]: value }));
}

// Within a view a new address is a question of the view's; another one begins anew, with its title read out.
function follow() {
	const { path } = address();
	if (view?.path === path) return begun && (view.moved ?? view.load)();
	view?.end.abort();
	const [pattern, make] = VIEWS.find(([one]) => one.test(path)) ?? VIEWS[0];
	const end = new AbortController();
	// forgives an address typed by hand that is no encoding, as decodeURIComponent() does not
	const id = new URLSearchParams(`id=${pattern.exec(path)?.[1] ?? ""}`).get("id");
	const former = view;
	view = { path, end, ...make({ api, go, id, parameter, addressWith, signal: end.signal, query: () => address().query }) };
	document.title = `${view.title} – Job sessions`;
	main.replaceChildren(view.node);
	if (former) main.querySelector("h1").focus();
	return begun && view.load();
}

function reset(why) {
	begun = true;
	notices.replaceChildren(SAID[why] ? element("p", { class: "message" }, SAID[why]) : "");
	if (SAID[why]) say(SAID[why]);
	return view.load();
}

// What is shown stays. A problem that lasts is told once, and a form that is being filled in is not replaced.
function state({ at, problem, wait }) {
	if (!problem) asOf = at;
	if (problem?.isRefusal) refused(problem);
	else if (problem && problem.message !== trouble?.problem.message) {
		notices.replaceChildren(problemNotice(problem, button("Ask now", () => live.ask())));
	}
	trouble = problem && { problem, next: Date.now() + wait };
	tick();
}

function refused(problem) {
	if (!notices.querySelector("form")) notices.replaceChildren(askForToken(problem, take));
	if (!begun) notices.querySelector("#token")?.focus();
}

function take(token) {
	notices.replaceChildren();
	api.useToken(token);
	live.ask();
}

function tick() {
	const old = asOf && duration((Date.now() - asOf) / 1000);
	const until = trouble && !trouble.problem.isRefusal ? `, next try in ${duration((trouble.next - Date.now()) / 1000)}` : "";
	age.textContent = asOf ? `as of ${clock(asOf)}, ${old} ago${until}` : `nothing is loaded yet${until}`;
	age.classList.toggle("bad", trouble !== undefined);
	if (!document.hidden) view.tick?.();
}

document.getElementById("zone").textContent = `times in ${zone} (${zoneOffset()})`;
document.querySelector(".skip").addEventListener("click", (event) => {
	event.preventDefault();
	main.focus();
});
addEventListener("hashchange", follow);
follow();
live.ask();
setInterval(tick, 1000);
