// Question 2: which policies have no good run, and since when.

import { queryString } from "../api.js";
import { downloadMenu, ofSessions } from "../downloads.js";
import { element, liveTable } from "../elements.js";
import { kindOfWork, sessionLink, subjectOf, typeOf } from "../sessions.js";
import { FAILED, isActive, statusMark } from "../status.js";
import { ago, midnight, timeOf } from "../times.js";

const NEWEST = 2000;
const FAILURES = 1000;
const DAYS = 35;
const MOST = 25;

// The policies are known from sessions: the newest ones, and those of the last five weeks that did not go well.
export function policiesPanel({ get }) {
	const title = "Policies without a good run";
	const answer = element("p");
	const known = new Map();
	let shown = [];

	async function load(why) {
		if (why) known.clear();
		const pages = await Promise.all([
			get("", { Limit: NEWEST }),
			get("", { Status: [...FAILED, "Warning", "Canceled"], FromUtc: midnight(DAYS).toISOString(), Sort: "StartTimeDesc", Limit: FAILURES }),
		]);
		pages.forEach(({ results }) => results.forEach(take));
		await show();
	}

	async function changed(sessions) {
		sessions.forEach(take);
		await show();
	}

	// Of the work of each policy the last run that has ended, and the last good one.
	function take(session) {
		const kind = kindOfWork(session);
		if (!kind.PolicyId || session.backupJobInfo.policyRemoved || isActive(session.status) || !session.executionStartTime) return;
		const key = JSON.stringify(kind);
		const work = known.get(key) ?? { key, last: session };
		known.set(key, work);
		if (startOf(session) >= startOf(work.last)) work.last = session;
		if (session.status === "Success" && startOf(session) >= startOf(work.good)) work.good = session;
	}

	const startOf = (session) => (session ? Date.parse(session.executionStartTime) : 0);

	async function show() {
		const suspects = [...known.values()].filter(({ last }) => last.status !== "Success");
		await Promise.all(suspects.filter(({ good, asked }) => !good && !asked).map(lastGood));
		const without = suspects.filter(({ good, last }) => startOf(good) < startOf(last))
			.sort((one, other) => startOf(one.good) - startOf(other.good));
		shown = without.slice(0, MOST);
		const longest = without.length > MOST ? `, of whom the ${MOST} that wait longest are shown` : "";
		answer.textContent = `Whose last run was not good: ${without.length}${longest}.`;
		rows.show(shown);
	}

	async function lastGood(work) {
		[work.good] = (await get("", { ...kindOfWork(work.last), Status: "Success", Sort: "StartTimeDesc", Limit: 1 })).results;
		work.asked = true;
	}

	function runsOf({ last }) {
		const { Appliance, PolicyId } = kindOfWork(last);
		return [element("a", { href: `#/sessions?${queryString({ Appliance, PolicyId, Sort: "StartTimeDesc" })}` }, subjectOf(last) || PolicyId),
			Appliance && ` at ${Appliance}`];
	}

	const runAt = (session) => sessionLink(session, timeOf(session.executionStartTime));
	const rows = liveTable(title, [["Policy", runsOf], ["Type", ({ last }) => typeOf(last)],
		["Last good run", ({ good }) => (good ? [runAt(good), ` ${ago(good.executionStartTime)}`] : "none is stored")],
		["Last run", ({ last }) => [statusMark(last.status), " ", runAt(last)]]],
	{ id: ({ key }) => key, key: ({ key, last, good }) => `${key} ${last.usn} ${good?.id}` });
	return { id: "policies", title, top: downloadMenu("policies", () => ofSessions(shown.map(({ last }) => last))), rest: [answer, rows.node],
		note: `Success is good. Looked at are the newest ${NEWEST} sessions, and of ${DAYS} days those that did not go well.`, load, changed };
}
