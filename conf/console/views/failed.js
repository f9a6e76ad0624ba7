// Question 1: what failed since last evening, and why.

import { placeOf } from "../api.js";
import { downloadMenu, ofSessions } from "../downloads.js";
import { choice, element, fill } from "../elements.js";
import { logOf } from "../logs.js";
import { durationOf, SESSION_KEYS, sessionLink, subjectOf, typeOf } from "../sessions.js";
import { FAILED, statusMark } from "../status.js";
import { DAY, lastEvening, timeOf } from "../times.js";

const MOST = 25;
const SINCE = [
	["evening", "since last evening, 18:00", lastEvening],
	["week", "in the last 7 days", () => Date.now() - 7 * DAY * 1000],
];

export function failedPanel({ get, parameter }) {
	const list = element("ol", { class: "plain" });
	const answer = element("p");
	const lack = element("p", { class: "quiet" });
	let shown = [];

	// By the time they ended, so that what began in the evening and failed at night is among them. Their logs may get
	// more lines yet, of which their usn does not tell.
	async function show(why) {
		const [, , since] = choose.chosen();
		const page = await get("", { Status: FAILED, Sort: "StopTimeDesc", Limit: MOST });
		shown = page.results.filter((session) => Date.parse(session.executionStopTime ?? session.executionStartTime) >= since());
		const newest = shown.length === MOST && page.totalCount > MOST ? " or more; the newest:" : "";
		answer.textContent = shown.length === 0 ? "Nothing failed." : `Failed sessions: ${shown.length}${newest}`;
		fill(list, shown, { ...SESSION_KEYS, make: entry });
		await Promise.all([...list.children].map((made) => made.look(why === "restored")));
	}

	// Made once for a session as it is; its log is looked at again when that has grown, or could not be had.
	function entry(session) {
		const lines = element("ul", { class: "log" });
		const made = element("li", {}, statusMark(session.status), " ", sessionLink(session, `${typeOf(session)} ${placeOf(session)}`),
			" ", element("b", {}, subjectOf(session)), element("span", { class: "quiet" }, " ended ",
				timeOf(session.executionStopTime) || "at no known time", " after ", durationOf(session) || "no time"), lines);
		const log = logOf(get, placeOf(session));
		let known = 0;
		let lacks = false;
		const look = async (anew) => {
			if (known > 0 && !anew && (await log.page(known, 1)).length === 0) return;
			const found = await log.telling();
			known = found.known;
			lines.replaceChildren(...found.told.map(({ status, message }) => element("li", {}, statusMark(status), " ", message ?? "")));
		};
		made.look = (anew) => lacks || look(anew).catch((problem) => {
			lacks = problem.status === 501;
			if (lacks) lack.textContent = problem.message;
			else if (known === 0) lines.replaceChildren(element("li", {}, problem.message));
		});
		return made;
	}

	const choose = choice("Failed since", SINCE, parameter, "failed");
	return { id: "failed", title: "What failed, and why", top: [choose.node, downloadMenu("failed", () => ofSessions(shown))],
		rest: [answer, lack, list], load: show, changed: () => show() };
}
