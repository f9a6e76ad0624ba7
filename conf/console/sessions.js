// Sessions: what one is called, where it is in the console, and how long it took.

import { element } from "./elements.js";
import { isActive, statusMark } from "./status.js";
import { duration, spanSeconds, timeOf } from "./times.js";

// A session is another one to look at when its usn is.
export const SESSION_KEYS = { id: ({ id }) => id, key: ({ id, usn }) => `${id}:${usn}` };

export function sessionLink({ id }, text = id) {
	return element("a", { href: `#/sessions/${encodeURIComponent(id)}` }, text);
}

export function typeOf(session) {
	return session.localizedType ?? session.type ?? "";
}

// The policy, or what a session without one was about.
export function subjectOf({ backupJobInfo, repositoryJobInfo, restoreJobInfo, fileLevelRestoreJobInfo }) {
	return backupJobInfo?.policyName ?? repositoryJobInfo?.repositoryName ?? restoreJobInfo?.reason ?? fileLevelRestoreJobInfo?.reason ?? "";
}

// Two runs of a kind are compared: of a policy's work of one type, or without a policy of the type.
export function kindOfWork({ type, backupJobInfo }) {
	return { PolicyId: backupJobInfo?.policyId, Types: type };
}

export function secondsOf(session) {
	if (isActive(session.status)) return session.executionStartTime && (Date.now() - Date.parse(session.executionStartTime)) / 1000;
	return spanSeconds(session.executionDuration);
}

export function durationOf(session) {
	return duration(secondsOf(session));
}

// What every table of sessions begins with.
export const SESSION_COLUMNS = [["Session", (session) => sessionLink(session)], ["Status", ({ status }) => statusMark(status)],
	["Type", typeOf], ["Policy", subjectOf], ["Began", ({ executionStartTime }) => timeOf(executionStartTime)]];
