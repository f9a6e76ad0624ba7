// One session: its members, its log, its items; to be sent to a colleague by its address.

import { downloadMenu, ofSessions } from "../downloads.js";
import { element, line } from "../elements.js";
import { guarded } from "../notices.js";
import { durationOf, subjectOf, typeOf } from "../sessions.js";
import { isActive, statusMark } from "../status.js";
import { timeOf } from "../times.js";
import { itemsPart } from "./items.js";
import { logPart } from "./log.js";
import { stopButton } from "./stop.js";

// Members that are shown by words of their own, or are of no use to who reads.
const SHOWN = ["id", "type", "localizedType", "status", "executionStartTime", "executionStopTime", "executionDuration", "_links"];

export function oneSession(context) {
	const { get, id } = context;
	const facts = element("dl");
	const trouble = element("div");
	const log = logPart(context);
	const items = itemsPart(context);
	const stop = stopButton(context);
	let session;

	const load = () => guarded(trouble, async () => {
		session = await get(id);
		tick();
		await Promise.all([log.load(), items.load(), stop.load(session)]);
	});

	function tick() {
		facts.replaceChildren(...factsOf(session).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
	}

	return {
		title: `Session ${id}`,
		nodes: [trouble, facts, line(downloadMenu(`session-${id}`, () => ofSessions(session ? [session] : [])), stop.node), log.node, items.node],
		load,
		changed: load, // a log may have grown, of whatever session
		tick: () => session && isActive(session.status) && tick(),
	};
}

function factsOf(session) {
	const rest = Object.entries(session).filter(([name]) => !SHOWN.includes(name));
	const inner = ([name, value]) => (value?.constructor === Object
		? Object.entries(value).flatMap(([key, deeper]) => inner([`${name}.${key}`, deeper])) : [[name, typeof value === "string" ? value : JSON.stringify(value)]]);
	return [["Status", statusMark(session.status)], ["Type", typeOf(session)], ["About", subjectOf(session)],
		["Began", timeOf(session.executionStartTime)], ["Ended", timeOf(session.executionStopTime)], ["Took", durationOf(session)],
		...rest.flatMap(inner)].filter(([, value]) => value !== "");
}
