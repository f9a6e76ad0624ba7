// Question 2: which policies have no good run, and since when.

import { downloadMenu, ofSessions } from "../downloads.js";
import { element, line, liveTable, section } from "../elements.js";
import { kindOfWork, sessionLink, typeOf } from "../sessions.js";
import { FAILED, isActive, statusMark } from "../status.js";
import { ago, DAY, timeOf } from "../times.js";

const NEWEST = 2000;
const FAILURES = 1000;
const DAYS = 35;
const MOST = 25;

// The policies are known from sessions: the newest ones, and those of the last five weeks that did not go well.
export function policiesPanel({ api, signal }) {
	const answer = element("p");
	const known = new Map();
	let shown = [];

	async function load() {
		known.clear();
		const since = new Date(Date.now() - DAYS * DAY * 1000).toISOString();
		const pages = await Promise.all([
			api.get([], { Limit: NEWEST }, signal),
			api.get([], { Status: [...FAILED, "Warning", "Canceled"], FromUtc: since, Sort: "StartTimeDesc", Limit: FAILURES }, signal),
		]);
		pages.forEach(({ results }) => results.forEach(take));
		await show();
	}

	async function changed(sessions) {
		sessions.forEach(take);
		if (sessions.length > 0) await show();
	}

	// Of the work of each policy the last run that has ended, and the last good one.
	function take(session) {
		const { policyId, policyRemoved } = session.backupJobInfo ?? {};
		if (!policyId || policyRemoved || isActive(session.status) || !session.executionStartTime) return;
		const key = `${policyId} ${session.type}`;
		const work = known.get(key) ?? { key, last: session };
		known.set(key, work);
		if (startOf(session) >= startOf(work.last)) work.last = session;
		if (session.status === "Success" && startOf(session) >= startOf(work.good)) work.good = session;
	}

	const startOf = (session) => (session ? Date.parse(session.executionStartTime) : 0);

	async function show() {
		const suspects = [...known.values()].filter(({ last }) => last.status !== "Success");
		await Promise.all(suspects.filter(({ good, asked }) => !good && !asked).map(lastGood));
		const without = suspects.filter(({ good, last }) => startOf(good) < startOf(last));
		without.sort((one, other) => startOf(one.good) - startOf(other.good));
		shown = without.slice(0, MOST);
		const longest = without.length > MOST ? `, of whom the ${MOST} that wait longest are shown` : "";
		answer.textContent = `Whose last run was not good: ${without.length}${longest}.`;
		rows.show(shown);
	}

	async function lastGood(work) {
		const page = await api.get([], { ...kindOfWork(work.last), Status: "Success", Sort: "StartTimeDesc", Limit: 1 }, signal);
		[work.good] = page.results;
		work.asked = true;
	}

	function runsOf({ last: { backupJobInfo: { policyId, policyName } } }) {
		return element("a", { href: `#/sessions?PolicyId=${encodeURIComponent(policyId)}&Sort=StartTimeDesc` }, policyName ?? policyId);
	}

	const runAt = (session) => sessionLink(session, timeOf(session.executionStartTime));
	const rows = liveTable("Policies without a good run", [["Policy", runsOf], ["Type", ({ last }) => typeOf(last)],
		["Last good run", ({ good }) => (good ? [runAt(good), ` ${ago(good.executionStartTime)}`] : "none is stored")],
		["Last run", ({ last }) => [statusMark(last.status), " ", runAt(last)]]],
	{ id: ({ key }) => key, key: ({ key, last, good }) => `${key} ${last.usn} ${good?.id}` });
	const node = section("policies", "Policies without a good run",
		line(downloadMenu(api, "policies", () => ofSessions(shown.map(({ last }) => last)))), answer,
		rows.node,
		element("p", { class: "quiet" }, `Success is good. Looked at are the newest ${NEWEST} sessions, and of ${DAYS} days those that did not go well.`));
	return { node, load, changed };
}
