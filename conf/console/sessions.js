// Sessions: what one is called, where it is in the console, and how long it took.

import { element } from "./elements.js";
import { isActive, statusMark } from "./status.js";
import { duration, spanSeconds, timeOf } from "./times.js";

const COLLECTION = `/${document.querySelector("meta[name=job-sessions]").content.split("/").at(-1)}/`;

// Where a session is below the mount, as its link has it: in a fleet an appliance's name stands before the id.
export function placeOf({ id, _links }) {
	const link = _links?.self?.href ?? "";
	const at = link.lastIndexOf(COLLECTION);
	return at < 0 ? id : decodeURIComponent(link.slice(at + COLLECTION.length));
}

// Of a fleet, the one it is a session of.
export function applianceOf(session) {
	const place = placeOf(session);
	return place.includes("/") ? place.slice(0, place.lastIndexOf("/")) : undefined;
}

// A session is another one to look at when its usn is.
export const SESSION_KEYS = { id: placeOf, key: (session) => `${placeOf(session)}:${session.usn}` };

export function sessionLink(session, text = placeOf(session)) {
	return element("a", { href: `#/sessions/${encodeURIComponent(placeOf(session))}` }, text);
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
