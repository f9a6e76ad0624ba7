// Sessions: what one is called, where it is in the console, and how long it took.

import { encoded, placeOf } from "./api.js";
import { element } from "./elements.js";
import { isActive, statusMark } from "./status.js";
import { duration, secondsSince, spanSeconds, timeOf } from "./times.js";

export function applianceOf(session) {
	return placeOf(session).slice(0, -1 - session.id.length) || undefined;
}

// A session is another one to look at when its usn is.
export const SESSION_KEYS = { id: placeOf, key: (session) => `${placeOf(session)}:${session.usn}` };

export function sessionLink(session, text = placeOf(session)) {
	return element("a", { href: `#/sessions/${encoded(placeOf(session))}` }, text);
}

export function typeOf(session) {
	return session.localizedType ?? session.type ?? "";
}

// The policy, or what a session without one was about.
export function subjectOf({ backupJobInfo, repositoryJobInfo, restoreJobInfo, fileLevelRestoreJobInfo }) {
	return backupJobInfo?.policyName ?? repositoryJobInfo?.repositoryName ?? restoreJobInfo?.reason ?? fileLevelRestoreJobInfo?.reason ?? "";
}

// Two runs of a kind are compared: of a policy's work of one type, or without a policy of the type; at one appliance. The
// API finds a policy by no other id than a UUID.
export function kindOfWork(session) {
	const [PolicyId] = /^[\da-f-]{36}$/i.exec(session.backupJobInfo?.policyId) ?? [];
	return { Appliance: applianceOf(session), PolicyId, Types: session.type };
}

export function secondsOf(session) {
	return isActive(session.status) ? secondsSince(session.executionStartTime) : spanSeconds(session.executionDuration);
}

export function durationOf(session) {
	return duration(secondsOf(session));
}

// What every table of sessions begins with.
export const SESSION_COLUMNS = [["Session", sessionLink], ["Status", ({ status }) => statusMark(status)],
	["Type", typeOf], ["Policy", subjectOf], ["Began", ({ executionStartTime }) => timeOf(executionStartTime)]];
