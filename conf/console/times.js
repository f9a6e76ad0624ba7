// Times in the viewer's zone, and durations that read.

import { element } from "./elements.js";

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Swedish writes dates as ISO 8601 does.
const moment = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short" });
const weekday = new Intl.DateTimeFormat("en", { weekday: "short" });

const HOUR = 3600;
export const DAY = 24 * HOUR;

export function zoneOffset() {
	return new Intl.DateTimeFormat("en", { timeZoneName: "longOffset" }).formatToParts().find((part) => part.type === "timeZoneName").value;
}

export function timeOf(text) {
	if (!text) return "";
	return element("time", { datetime: text }, moment.format(new Date(text)));
}

export function clock(milliseconds) {
	return moment.format(new Date(milliseconds)).slice(-8);
}

export function dayName(date) {
	return `${day.format(date)} ${weekday.format(date)}`;
}

// Midnight so many days ago, by the viewer's calendar.
export function midnight(daysAgo) {
	const now = new Date();
	return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
}

// Six in the evening before today's work began: where last night starts.
export function lastEvening() {
	const evening = midnight(1);
	evening.setHours(18);
	return evening;
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
	return hours === undefined ? undefined : days * DAY + hours * HOUR + minutes * 60 + Number(seconds);
}

// 1 d 03:46, 03:46:10, 35 s.
export function duration(seconds) {
	if (seconds === undefined || Number.isNaN(seconds)) return "";
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 60) return `${whole} s`;
	const time = new Date((whole % DAY) * 1000).toISOString().slice(11, 19);
	return whole < DAY ? time : `${Math.floor(whole / DAY)} d ${time.slice(0, 5)}`;
}

export function ago(text) {
	return `${duration((Date.now() - Date.parse(text)) / 1000)} ago`;
}
