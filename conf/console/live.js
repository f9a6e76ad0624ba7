// Following: asks what changed since the last usn, every few seconds while the page is visible; of a fleet for all anew.

import { get, request, served } from "./api.js";

const PACE = 3000;
const QUIET_PACE = 10_000;
const SLOWEST = 60_000;
const MOST = 200;

// told.reset(why): everything may be different: "begin", "restored" or "many"; or it went wrong before, or is a fleet's.
// told.changed(sessions): what changed; none where it was a log or items.
// told.state({ at, problem, wait }): how it went at that moment, and in how many milliseconds it is asked again.
// Nothing is asked while who is told has not done with it.
export function live(told) {
	let usn = null;
	let database;
	let tag;
	let wait = PACE;
	let timer;
	let asking = false;
	let failing = false;

	// Asks now, and goes on from there; a hidden page once it is looked at.
	function ask() {
		clearTimeout(timer);
		if (!asking && !document.hidden) poll();
	}

	async function poll() {
		asking = true;
		const at = Date.now();
		let problem;
		try {
			const why = await (served.isFleet ? reach() : usn === null ? begin("begin") : follow());
			if (why || failing || served.isFleet) await told.reset(why);
			// a large fleet is busy with it a tenth of the time
			if (served.isFleet) wait = Math.min(SLOWEST, Math.max(QUIET_PACE, 9 * (Date.now() - at)));
		} catch (error) {
			problem = error;
			wait = Math.min(SLOWEST, Math.max(2 * wait, (error.retryAfter ?? 0) * 1000));
		}
		asking = false;
		failing = problem !== undefined;
		told.state({ at, problem, wait });
		// who is refused waits for a token
		if (!problem?.isRefusal) timer = setTimeout(ask, wait);
	}

	// A fleet has no changes to follow: all is asked for anew, once it answers what costs it little.
	async function reach() {
		await get("", { FromUtc: new Date().toISOString(), Limit: 0 });
	}

	async function begin(why) {
		try {
			tag = undefined;
			// whoever begins now needs no removals, forgotten or not
			const { page } = await changes({ SinceUsn: 0, Limit: 0 });
			const newest = await get("", { Sort: "UsnDesc", Limit: 1 });
			database = page.database;
			usn = newest.results[0]?.usn ?? 0;
			wait = PACE;
		} catch (problem) {
			if (problem.status !== 501) throw problem;
			served.isFleet = true;
		}
		return why;
	}

	async function follow() {
		try {
			const answer = await changes({ SinceUsn: usn, Database: database });
			if (answer.page) return take(answer);
			wait = failing ? PACE : Math.min(QUIET_PACE, wait * 1.25);
			return undefined;
		} catch (problem) {
			if (problem.status !== 410) throw problem;
			// restored or replaced: what is known is of another history
			return begin("restored");
		}
	}

	async function take({ page: { results, totalCount }, newTag }) {
		if (totalCount > results.length) return begin("many");
		wait = PACE;
		// a tag belongs to an address, and the next one has another usn
		tag = results.length > 0 ? undefined : newTag;
		usn = results.at(-1)?.usn ?? usn;
		await told.changed(results);
		return undefined;
	}

	async function changes(query) {
		const response = await request("", { query: { Limit: MOST, ...query }, tag });
		return response.status === 304 ? {} : { page: await response.json(), newTag: response.headers.get("ETag") };
	}

	document.addEventListener("visibilitychange", ask);
	return ask;
}
