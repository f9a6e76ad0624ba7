// The frame: the address chooses a view, Live tells it of changes, and whoever is refused is asked for a token.

import { get, useToken } from "./api.js";
import { button, element } from "./elements.js";
import { live } from "./live.js";
import { askForToken, problemNotice, say } from "./notices.js";
import { ago, clock, duration, secondsSince, zoneName } from "./times.js";
import { overview } from "./views/overview.js";
import { oneSession } from "./views/session.js";
import { sessionsList } from "./views/sessions.js";

// But dots, which lead to other places.
const SESSION = /^sessions\/(?!(?:.*\/)?(?:\.|%2e){1,2}(?:\/|$))(.+)$/i;

const [main, notices, age, zone] = ["main", "notices", "age", "zone"].map((id) => document.getElementById(id));

const ask = live({ reset, state, changed: (sessions) => view.changed(sessions) });
let view; // none before it is known whose sessions these are
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

// A view reads a parameter of its own, or writes it, which is a new address.
function parameter(name, value) {
	if (value !== undefined) location.hash = addressWith({ [name]: value });
	return address().query.get(name);
}

// Within a view a new address is a question of the view's; another one begins anew, with its title read out.
function follow() {
	const { path } = address();
	if (view?.path === path) return (view.moved ?? view.load)();
	view?.end.abort();
	const [, place] = SESSION.exec(path) ?? [];
	const make = place ? oneSession : path === "sessions" ? sessionsList : overview;
	const end = new AbortController();
	// forgives an address typed by hand that is no encoding, as decodeURIComponent() does not
	const id = new URLSearchParams(`id=${place}`).get("id");
	const former = view;
	view = { path, end, ...make({ get: (at, query) => get(at, query, end.signal), id, parameter, addressWith, query: () => address().query }) };
	document.title = `${view.title} – Job sessions`;
	main.replaceChildren(element("h1", { tabindex: -1 }, view.title), ...view.nodes);
	if (former) main.querySelector("h1").focus();
	return view.load();
}

function reset(why) {
	const words = why === "restored" ? "The database was restored or replaced. Everything was loaded anew."
		: view && trouble ? "What is shown is of now again." : "";
	notices.replaceChildren(words && element("p", { class: "message" }, words));
	if (words) say(words);
	return view ? view.load(why) : follow();
}

// What is shown stays. A problem that lasts is told once, and a form that is being filled in is not replaced.
function state({ at, problem, wait }) {
	if (!problem) asOf = at;
	if (problem?.isRefusal) {
		if (!notices.querySelector("form")) notices.replaceChildren(askForToken(problem, take));
		if (!view) notices.querySelector("#token")?.focus();
	} else if (problem && problem.message !== trouble?.problem.message) {
		notices.replaceChildren(problemNotice(problem, button("Ask now", ask)));
	}
	trouble = problem && { problem, next: Date.now() + wait };
	tick();
}

function take(token) {
	notices.replaceChildren();
	useToken(token);
	ask();
}

function tick() {
	const until = trouble && !trouble.problem.isRefusal ? `, next try in ${duration(-secondsSince(trouble.next))}` : "";
	age.textContent = (asOf ? `as of ${clock(asOf)}, ${ago(asOf)}` : "nothing is loaded yet") + until;
	age.classList.toggle("bad", trouble !== undefined);
	if (!document.hidden) view?.tick?.();
}

zone.textContent = `times in ${zoneName()}`;
document.querySelector(".skip").addEventListener("click", (event) => {
	event.preventDefault();
	main.focus();
});
addEventListener("hashchange", () => view && follow());
ask();
setInterval(tick, 1000);
