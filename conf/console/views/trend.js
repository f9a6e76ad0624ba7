// Question 5: whether it is getting worse: runs by status and day.

import { downloadMenu } from "../downloads.js";
import { choice, element, liveTable } from "../elements.js";
import { queryString } from "../api.js";
import { FAILED } from "../status.js";
import { dayName, justBefore, midnight } from "../times.js";

const SPANS = [["14", "14 days"], ["30", "30 days"]];
const COUNTED = [["All", []], ["Success", ["Success"], "good"], ["Warning", ["Warning"], "warn"], ["Failed", FAILED, "bad"]];

export const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

export function trendPanel({ get, parameter }) {
	const answer = element("p");
	let days = [];
	let most = 1;

	async function load() {
		const [length] = choose.chosen();
		days = Array.from({ length }, (_, ago) => ({ from: midnight(ago), to: midnight(ago - 1) }));
		await count(days);
	}

	// Only the days on which something changed are counted again.
	async function changed(sessions) {
		if (!(days[0]?.from >= midnight(0))) return load();
		const began = sessions.map(({ deleted, executionStartTime }) => !deleted && new Date(executionStartTime));
		return count(days.filter(({ from, to }) => began.some((start) => !start || (start >= from && start < to))));
	}

	// A list without rows is its length: totalCount.
	async function count(some) {
		await Promise.all(some.map(async (day) => {
			day.counts = await Promise.all(COUNTED.map(async ([, Status]) => (await get("", { ...period(day), Status, Limit: 0 })).totalCount));
		}));
		answer.textContent = comparison();
		most = Math.max(1, ...days.map(({ counts: [all] }) => all));
		rows.show(days);
	}

	function period({ from, to }) {
		return { FromUtc: from.toISOString(), ToUtc: justBefore(to) };
	}

	function comparison() {
		const half = days.length / 2;
		const share = (some) => {
			const [all, bad] = [0, 3].map((at) => sum(some.map(({ counts }) => counts[at])));
			return `${bad} of ${all} failed (${((100 * bad) / (all || 1)).toFixed(1)} %)`;
		};
		return `In the last ${half} days ${share(days.slice(0, half))}, in the ${half} before ${share(days.slice(half))}.`;
	}

	const column = ([name, Status], at) => [name, (day) => {
		const href = `#/sessions?${queryString({ Status, ...period(day), Sort: "StartTimeDesc" })}`;
		return element("a", { href, "aria-label": `${day.counts[at]} ${name}, ${dayName(day.from)}` }, day.counts[at]);
	}, "number"];

	// Widths are set as properties: as attributes they would be an exception in the Content-Security-Policy.
	function bar({ counts: [, ...counts] }) {
		const parts = [...counts, most - sum(counts)].map((number, at) => {
			const part = element("span", { class: COUNTED[at + 1]?.[2] });
			part.style.flexGrow = number;
			return part;
		});
		return element("div", { "aria-hidden": "true" }, parts);
	}

	const rows = liveTable("Runs by day and status", [["Day", ({ from }) => dayName(from)], ...COUNTED.map(column),
		["Other", ({ counts: [all, ...counts] }) => all - sum(counts), "number wide"], ["Share", bar, "wide bar"]],
	{ id: ({ from }) => from, key: ({ from, counts }) => [from, ...counts, most].join(" ") });
	const choose = choice("Days", SPANS, parameter, "days");
	const asked = () => [{ path: "", query: { ...period({ from: days.at(-1).from, to: days[0].to }), Sort: "StartTimeDesc", Limit: -1 } }];
	return { id: "trend", title: "Is it getting worse?", top: [choose.node, downloadMenu("days", asked)], rest: [answer, rows.node], load, changed };
}
