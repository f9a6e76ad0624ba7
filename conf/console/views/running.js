// Question 3: what runs now, and whether something is stuck.

import { downloadMenu, ofSessions } from "../downloads.js";
import { element, line, liveTable, section } from "../elements.js";
import { kindOfWork, secondsOf, SESSION_COLUMNS, SESSION_KEYS } from "../sessions.js";
import { ACTIVE } from "../status.js";
import { duration, spanSeconds } from "../times.js";

const MOST = 25;
const COMPARED = 20;
const STUCK = 2;

export function runningPanel({ api, signal }) {
	const answer = element("p");
	const means = new Map();
	let shown = [];

	async function load() {
		const page = await api.get([], { Status: ACTIVE, Sort: "StartTimeAsc", Limit: MOST }, signal);
		await Promise.all(page.results.map(mean));
		shown = page.results;
		answer.textContent = `Running or waiting: ${page.totalCount}${page.totalCount > MOST ? `, of which the ${MOST} that began first are shown` : ""}.`;
		rows.show(shown);
		tick();
	}

	// Of the last good runs of the same work, asked for once while this view is shown.
	async function mean(session) {
		const work = JSON.stringify(kindOfWork(session));
		if (means.has(work)) return;
		const page = await api.get([], { ...kindOfWork(session), Status: "Success", Sort: "StartTimeDesc", Limit: COMPARED }, signal);
		const spans = page.results.map(({ executionDuration }) => spanSeconds(executionDuration)).filter((span) => span !== undefined);
		means.set(work, spans.length > 0 ? spans.reduce((sum, span) => sum + span, 0) / spans.length : undefined);
	}

	function tick() {
		shown.forEach((session, at) => {
			const [elapsed, against] = [...rows.body.rows[at].cells].slice(-2);
			const seconds = secondsOf(session);
			const usual = means.get(JSON.stringify(kindOfWork(session)));
			const stuck = seconds > STUCK * usual;
			elapsed.textContent = duration(seconds);
			against.textContent = usual === undefined ? "nothing to compare" : `${(seconds / usual).toFixed(1)} × ${duration(usual)}${stuck ? ", stuck?" : ""}`;
			against.className = stuck ? "warn" : "";
		});
	}

	const rows = liveTable("What runs now", [...SESSION_COLUMNS, ["Elapsed", () => ""], ["Against the mean", () => ""]], SESSION_KEYS);
	const node = section("running", "What runs now",
		line(downloadMenu(api, "running", () => ofSessions(shown))), answer,
		rows.node,
		element("p", { class: "quiet" }, `The mean is of the last ${COMPARED} good runs of the same policy and type.`));
	return { node, load, changed: load, tick };
}
