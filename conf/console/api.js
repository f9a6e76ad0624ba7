// The API: requests with the token, which only this object knows, and errors in the words of problem documents.

// What went wrong, as the server says it (RFC 9457), or as the browser does where no answer came.
export class Problem extends Error {
	constructor(said) {
		super(said.detail ?? said.title);
		Object.assign(this, { status: 0, retryAfter: 0 }, said);
		this.isRefusal = this.status === 401 || this.status === 403;
	}

	static async of(response) {
		const said = await response.json().catch(() => ({}));
		return new Problem({ title: `Status ${response.status}`, ...said, status: response.status,
			login: !response.headers.has("WWW-Authenticate") && response.status === 401, retryAfter: Number(response.headers.get("Retry-After")) || 0 });
	}
}

export class Api {
	#mount;
	#token = "";

	constructor(mount) {
		this.#mount = mount;
	}

	useToken(token) {
		this.#token = token.trim().replace(/^Bearer\s+/i, "");
	}

	// A path is a list of its segments below the mount. The answer is one that is of use: 2xx, or 304 where a tag was
	// given. All else is thrown as a Problem.
	async request(path, { method = "GET", query = {}, accept = "application/json", tag, body, signal } = {}) {
		const headers = { Accept: accept };
		if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
		if (tag) headers["If-None-Match"] = tag;
		if (body !== undefined) headers["Content-Type"] = "application/json";
		const parameters = queryString(query);
		const url = this.#mount + path.map((segment) => `/${encodeURIComponent(segment)}`).join("");
		const response = await this.#fetch(url + (parameters && `?${parameters}`),
			{ method, headers, signal, body: body && JSON.stringify(body), cache: "no-store", redirect: "manual" });
		if (response.ok || (response.status === 304 && tag)) return response;
		throw await Problem.of(response);
	}

	async get(path, query, signal) {
		return (await this.request(path, { query, signal })).json();
	}

	async #fetch(url, options) {
		let response;
		try {
			response = await fetch(url, options);
		} catch (error) {
			if (error.name === "AbortError") throw error;
			throw new Problem({ title: "The server does not answer", detail: error.message });
		}
		// The login of an authentication module, where only the page as a whole can follow. Most answer 401 in its place,
		// which asks for no credentials that a script could send.
		if (response.type === "opaqueredirect") throw new Problem({ status: 401, title: "A login is asked for", login: true });
		return response;
	}
}

// Of a URLSearchParams, or of an object whose lists become repeated parameters and whose empty values are left out.
export function queryString(query) {
	if (query instanceof URLSearchParams) return query.toString();
	const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
	return new URLSearchParams(pairs.filter(([, value]) => value !== undefined && value !== "")).toString();
}
