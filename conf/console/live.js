// Following: asks what changed since the last usn, every few seconds while the page is visible.

const PACE = 3000;
const QUIET_PACE = 10_000;
const SLOWEST = 60_000;
const MOST = 200;

export class Live {
	#api;
	#told;
	#usn = null;
	#database;
	#tag;
	#wait = PACE;
	#timer;
	#asking = false;
	#failing = false;

	// told.reset(why): everything may be different: "begin", "restored", "many" or "back".
	// told.changed(sessions): what changed; none where it was a log or items.
	// told.state({ at, problem, wait }): how it went at that moment, and in how many milliseconds it is asked again.
	// Nothing is asked while who is told has not done with it.
	constructor(api, told) {
		this.#api = api;
		this.#told = told;
		document.addEventListener("visibilitychange", () => this.ask());
	}

	// Asks now, and goes on from there; a hidden page once it is looked at.
	ask() {
		clearTimeout(this.#timer);
		if (!this.#asking && !document.hidden) this.#poll();
	}

	async #poll() {
		this.#asking = true;
		const at = Date.now();
		let problem;
		try {
			const why = await (this.#usn === null ? this.#begin("begin") : this.#follow());
			if (why || this.#failing) await this.#told.reset(why ?? "back");
		} catch (error) {
			problem = error;
			this.#wait = Math.min(SLOWEST, Math.max(2 * this.#wait, (error.retryAfter ?? 0) * 1000));
		}
		this.#asking = false;
		this.#failing = problem !== undefined;
		this.#told.state({ at, problem, wait: this.#wait });
		// who is refused waits for a token
		if (!problem?.isRefusal) this.#timer = setTimeout(() => this.ask(), this.#wait);
	}

	async #begin(why) {
		const newest = await this.#api.get([], { Sort: "UsnDesc", Limit: 1 });
		// whoever begins now needs no removals, forgotten or not
		const { page } = await this.#changes({ SinceUsn: 0, Limit: 0 });
		this.#database = page.database;
		this.#usn = newest.results[0]?.usn ?? 0;
		this.#tag = undefined;
		this.#wait = PACE;
		return why;
	}

	async #follow() {
		try {
			const { page, tag } = await this.#changes({ SinceUsn: this.#usn, Database: this.#database }, this.#tag);
			return page ? this.#take(page, tag) : this.#rest();
		} catch (problem) {
			if (problem.status !== 410) throw problem;
			// restored or replaced: what is known is of another history
			return this.#begin("restored");
		}
	}

	#rest() {
		this.#wait = this.#failing ? PACE : Math.min(QUIET_PACE, this.#wait * 1.25);
	}

	async #take(page, tag) {
		if (page.totalCount > page.results.length) return this.#begin("many");
		this.#wait = PACE;
		// a tag belongs to an address, and the next one has another usn
		this.#tag = page.results.length > 0 ? undefined : tag;
		this.#usn = page.results.at(-1)?.usn ?? this.#usn;
		await this.#told.changed(page.results);
		return undefined;
	}

	async #changes(query, tag) {
		const response = await this.#api.request([], { query: { Limit: MOST, ...query }, tag });
		return response.status === 304 ? {} : { page: await response.json(), tag: response.headers.get("ETag") };
	}
}
