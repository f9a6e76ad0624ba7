// Question 3: what runs now, and whether something is stuck.

import { downloadMenu, ofSessions } from "../downloads.js";
import { element, liveTable } from "../elements.js";
import { durationOf, kindOfWork, secondsOf, SESSION_COLUMNS, SESSION_KEYS } from "../sessions.js";
import { ACTIVE } from "../status.js";
import { duration } from "../times.js";
import { sum } from "./trend.js";

const MOST = 25;
const COMPARED = 20;
const STUCK = 2;

export function runningPanel({ get }) {
	const answer = element("p");
	const means = new Map();
	let shown = [];

	async function load() {
		const { results, totalCount } = await get("", { Status: ACTIVE, Sort: "StartTimeAsc", Limit: MOST });
		await Promise.all(results.map(mean));
		shown = results;
		answer.textContent = `Running or waiting: ${totalCount}${totalCount > MOST ? `, of which the ${MOST} that began first are shown` : ""}.`;
		rows.show(shown);
		tick();
	}

	// Of the last good runs of the same work, asked for once while this view is shown.
	async function mean(session) {
		const work = JSON.stringify(kindOfWork(session));
		if (means.has(work)) return;
		const { results } = await get("", { ...kindOfWork(session), Status: "Success", Sort: "StartTimeDesc", Limit: COMPARED });
		const spans = results.map(secondsOf).filter(Number.isFinite);
		means.set(work, sum(spans) / spans.length);
	}

	function tick() {
		shown.forEach((session, at) => {
			const [elapsed, against] = [...rows.body.rows[at].cells].slice(-2);
			const usual = means.get(JSON.stringify(kindOfWork(session)));
			const times = secondsOf(session) / usual;
			const stuck = times > STUCK;
			elapsed.textContent = durationOf(session);
			against.textContent = Number.isFinite(times) ? `${times.toFixed(1)} × ${duration(usual)}${stuck ? ", stuck?" : ""}` : "nothing to compare";
			against.className = stuck ? "warn" : "";
		});
	}

	const rows = liveTable("What runs now", [...SESSION_COLUMNS, ["Elapsed", () => ""], ["Against the mean", () => ""]], SESSION_KEYS);
	return { id: "running", title: "What runs now", top: downloadMenu("running", () => ofSessions(shown)), rest: [answer, rows.node],
		note: `The mean is of the last ${COMPARED} good runs of the same policy and type.`, load, changed: load, tick };
}
