// Question 1: what failed since last evening, and why.

import { downloadMenu, ofSessions } from "../downloads.js";
import { choice, element, fill, line, section } from "../elements.js";
import { logPage, tellingLines } from "../logs.js";
import { durationOf, SESSION_KEYS, sessionLink, subjectOf, typeOf } from "../sessions.js";
import { FAILED, statusMark } from "../status.js";
import { DAY, lastEvening, timeOf } from "../times.js";

const MOST = 25;
const SINCE = [
	["evening", "since last evening, 18:00", lastEvening],
	["week", "in the last 7 days", () => Date.now() - 7 * DAY * 1000],
];

export function failedPanel({ api, signal, parameter }) {
	const list = element("ol", { class: "plain" });
	const answer = element("p");
	const looks = new WeakMap();
	let shown = [];

	// By the time they ended, so that what began in the evening and failed at night is among them. Their logs may get
	// more lines yet, of which their usn does not tell.
	async function show(anew) {
		const [chosen, , since] = SINCE.find(([name]) => name === parameter("failed")) ?? SINCE[0];
		choose.value = chosen;
		const page = await api.get([], { Status: FAILED, Sort: "StopTimeDesc", Limit: MOST }, signal);
		shown = page.results.filter((session) => Date.parse(session.executionStopTime ?? session.executionStartTime) >= since());
		const newest = shown.length === MOST && page.totalCount > MOST ? " or more; the newest:" : "";
		answer.textContent = shown.length === 0 ? "Nothing failed." : `Failed sessions: ${shown.length}${newest}`;
		fill(list, shown, { ...SESSION_KEYS, make: entry });
		await Promise.all([...list.children].map((made) => looks.get(made)(anew)));
	}

	// Made once for a session as it is; its log is looked at again when that has grown, or could not be had.
	function entry(session) {
		const lines = element("ul", { class: "log" });
		const made = element("li", {}, statusMark(session.status), " ", sessionLink(session, `${typeOf(session)} ${session.id}`),
			" ", element("b", {}, subjectOf(session)), element("span", { class: "quiet" }, " ended ",
				timeOf(session.executionStopTime) || "at no known time", " after ", durationOf(session) || "no time"), lines);
		let known = 0;
		const look = async (anew) => {
			if (!anew && (await logPage(api, session.id, known, 1, signal)).length === 0) return;
			const { length, telling } = await tellingLines(api, session.id, signal);
			known = length;
			lines.replaceChildren(...telling.map(reason));
		};
		looks.set(made, (anew) => look(anew).catch((problem) => known > 0 || lines.replaceChildren(element("li", {}, problem.message))));
		return made;
	}

	function reason({ status, message }) {
		return element("li", {}, statusMark(status), " ", message ?? "");
	}

	const choose = choice("Failed since", SINCE, (name) => parameter("failed", name));
	const node = section("failed", "What failed, and why",
		line(choose, downloadMenu(api, "failed", () => ofSessions(shown))), answer, list);
	return { node, load: () => show(true), changed: () => show(false) };
}
