// The API: requests with the token, which nothing but this file knows, and errors in the words of problem documents.

const MOUNT = document.querySelector("meta[name=job-sessions]").content;
const COLLECTION = `${MOUNT.slice(MOUNT.lastIndexOf("/"))}/`;
let token = "";

// Whose sessions these are, one appliance's or those of several: live.js finds out.
export const served = { isFleet: false };

// What went wrong, as the server says it (RFC 9457), or as the browser does where no answer came.
export class Problem extends Error {
	constructor(said) {
		super(said.detail ?? said.title);
		Object.assign(this, said);
		this.isRefusal = this.status === 401 || this.status === 403;
	}
}

export function useToken(text) {
	token = text.trim().replace(/^Bearer\s+/i, "");
}

// A path is what stands below the mount, as text. The answer is one that is of use: 2xx, or 304 where a tag was given.
// All else is thrown as a Problem.
export async function request(path, { method = "GET", query = {}, accept = "application/json", tag, body, signal } = {}) {
	const headers = { Accept: accept };
	if (token) headers.Authorization = `Bearer ${token}`;
	if (tag) headers["If-None-Match"] = tag;
	if (body) headers["Content-Type"] = "application/json";
	const parameters = queryString(query);
	const response = await answerOf(MOUNT + (path && `/${encoded(path)}`) + (parameters && `?${parameters}`),
		{ method, headers, signal, body: JSON.stringify(body), cache: "no-store", redirect: "manual" });
	const { ok, status, headers: told } = response;
	if (ok || (status === 304 && tag)) return response;
	const said = await response.json().catch(() => ({}));
	throw new Problem({ title: `Status ${status}`, ...said, status,
		login: status === 401 && !told.has("WWW-Authenticate"), retryAfter: Number(told.get("Retry-After")) || 0 });
}

export async function get(path, query, signal) {
	return (await request(path, { query, signal })).json();
}

async function answerOf(url, options) {
	const response = await fetch(url, options).catch((error) => {
		throw error.name === "AbortError" ? error : new Problem({ title: "The server does not answer", detail: error.message });
	});
	// The login of an authentication module, where only the page as a whole can follow. Most answer 401 in its place,
	// which asks for no credentials that a script could send.
	if (response.type === "opaqueredirect") throw new Problem({ status: 401, title: "A login is asked for", login: true });
	return response;
}

// Segment by segment: a slash stays one.
export function encoded(path) {
	return path.replace(/[^/]+/g, encodeURIComponent);
}

// Where a session is below the mount, by its link: in a fleet the name of its appliance stands before the id.
export function placeOf({ id, _links }) {
	const [, ...place] = _links.self.href.split(COLLECTION);
	return decodeURIComponent(place.join(COLLECTION)) || id;
}

// Of a URLSearchParams, or of an object whose lists become repeated parameters and whose empty values are left out.
export function queryString(query) {
	if (query instanceof URLSearchParams) return query.toString();
	const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
	return new URLSearchParams(pairs.filter(([, value]) => value !== undefined && value !== "")).toString();
}
