// Times in the viewer's zone, and durations that read.

import { element } from "./elements.js";

// Swedish writes dates as ISO 8601 does.
const moment = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });

export const DAY = 24 * 3600;

export function zoneName() {
	const offset = new Intl.DateTimeFormat("en", { timeZoneName: "longOffset" }).format().split(", ").at(-1);
	return `${moment.resolvedOptions().timeZone} (${offset})`;
}

export function timeOf(text) {
	if (!text) return "";
	return element("time", { datetime: text }, moment.format(new Date(text)));
}

export function clock(milliseconds) {
	return moment.format(milliseconds).slice(-8);
}

export function dayName(date) {
	return `${moment.format(date).slice(0, 10)} ${`${date}`.slice(0, 3)}`;
}

// Midnight so many days ago, by the viewer's calendar.
export function midnight(daysAgo) {
	return new Date(new Date().setHours(-24 * daysAgo, 0, 0, 0));
}

// Six in the evening before today's work began: where last night starts.
export function lastEvening() {
	return midnight(1).setHours(18);
}

// ToUtc includes its moment, and the API knows seven digits: the last of them before a date.
export function justBefore(date) {
	return new Date(date.getTime() - 1).toISOString().replace("Z", "9999Z");
}

// The value of an input of type datetime-local, and back.
export function localInput(text) {
	const date = new Date(text);
	return Number.isNaN(date.getTime()) ? "" : moment.format(date).replace(" ", "T").slice(0, 16);
}

export function fromLocalInput(value) {
	return value ? new Date(value).toISOString() : "";
}

// A time-span of the API, [d.]hh:mm:ss[.fffffff], in seconds.
export function spanSeconds(text) {
	const [, days = 0, hours, minutes, seconds] = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(text ?? "") ?? [];
	return hours === undefined ? undefined : days * DAY + hours * 3600 + minutes * 60 + Number(seconds);
}

// 1 d 03:46, 03:46:10, 35 s.
export function duration(seconds) {
	if (!Number.isFinite(seconds)) return "";
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 60) return `${whole} s`;
	const time = new Date((whole % DAY) * 1000).toISOString().slice(11, 19);
	return whole < DAY ? time : `${Math.floor(whole / DAY)} d ${time.slice(0, 5)}`;
}

export function secondsSince(when) {
	return (Date.now() - new Date(when)) / 1000;
}

export function ago(when) {
	return `${duration(secondsSince(when))} ago`;
}
