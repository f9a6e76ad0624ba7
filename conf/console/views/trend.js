// Question 5: whether it is getting worse: runs by status and day.

import { downloadMenu } from "../downloads.js";
import { choice, element, line, liveTable, section } from "../elements.js";
import { queryString } from "../api.js";
import { FAILED } from "../status.js";
import { dayName, justBefore, midnight } from "../times.js";

const SPANS = ["14", "30"];
const COUNTED = [["Success", ["Success"], "good"], ["Warning", ["Warning"], "warn"], ["Failed", FAILED, "bad"]];

const sum = (numbers) => numbers.reduce((all, number) => all + number, 0);

export function trendPanel({ api, signal, parameter }) {
	const answer = element("p");
	let days = [];
	let most = 1;

	async function load() {
		choose.value = SPANS.includes(parameter("days")) ? parameter("days") : SPANS[0];
		days = Array.from({ length: Number(choose.value) }, (_, ago) => ({ from: midnight(ago), to: midnight(ago - 1) }));
		await count(days);
	}

	// Only the days on which something changed are counted again.
	async function changed(sessions) {
		if (days[0]?.from.getTime() !== midnight(0).getTime()) return load();
		const starts = sessions.map(({ executionStartTime }) => new Date(executionStartTime));
		const touched = sessions.some(({ deleted }) => deleted) ? days : days.filter(({ from, to }) => starts.some((start) => start >= from && start < to));
		if (touched.length > 0) await count(touched);
	}

	// A list without rows is its length: totalCount.
	async function count(some) {
		const total = async (query) => (await api.get([], { ...query, Limit: 0 }, signal)).totalCount;
		await Promise.all(some.map(async (day) => {
			[day.all, ...day.counts] = await Promise.all([[], ...COUNTED.map(([, statuses]) => statuses)].map((Status) => total({ ...period(day), Status })));
		}));
		answer.textContent = comparison();
		most = Math.max(1, ...days.map(({ all }) => all));
		rows.show(days);
	}

	function period({ from, to }) {
		return { FromUtc: from.toISOString(), ToUtc: justBefore(to) };
	}

	function comparison() {
		const half = days.length / 2;
		const share = (some) => {
			const all = sum(some.map((day) => day.all));
			const bad = sum(some.map(({ counts }) => counts[2]));
			return `${bad} of ${all} failed (${((100 * bad) / Math.max(1, all)).toFixed(1)} %)`;
		};
		return `In the last ${half} days ${share(days.slice(0, half))}, in the ${half} before ${share(days.slice(half))}.`;
	}

	function link(day, number, name, statuses) {
		const href = `#/sessions?${queryString({ Status: statuses, ...period(day), Sort: "StartTimeDesc" })}`;
		return element("a", { href, "aria-label": `${number} ${name}, ${dayName(day.from)}` }, number);
	}

	// Widths are set as properties: as attributes they would be an exception in the Content-Security-Policy.
	function bar({ counts }) {
		const parts = [...counts, most - sum(counts)].map((number, at) => {
			const part = element("span", { class: COUNTED[at]?.[2] });
			part.style.flexGrow = number;
			return part;
		});
		return element("div", { "aria-hidden": "true" }, parts);
	}

	const rows = liveTable("Runs by day and status", [["Day", ({ from }) => dayName(from)], ["All", (day) => link(day, day.all, "sessions", []), "number"],
		...COUNTED.map(([name, statuses], at) => [name, (day) => link(day, day.counts[at], name, statuses), "number"]),
		["Other", ({ all, counts }) => all - sum(counts), "number wide"], ["Share", bar, "wide bar"]],
	{ id: ({ from }) => from.getTime(), key: ({ from, all, counts }) => [from.getTime(), all, ...counts, most].join(" ") });
	const choose = choice("Days", SPANS.map((days) => [days, `${days} days`]), (days) => parameter("days", days));
	const asked = () => ({ path: [], query: { ...period({ from: days.at(-1).from, to: days[0].to }), Sort: "StartTimeDesc", Limit: -1 } });
	const node = section("trend", "Is it getting worse?",
		line(choose, downloadMenu(api, "days", asked)), answer,
		rows.node);
	return { node, load, changed };
}
