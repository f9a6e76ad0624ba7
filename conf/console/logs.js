// Logs: pages of them, their length, and the lines that say why a session failed.

import { kindOf } from "./status.js";

const LOOKED_AT = 500;
const SHOWN = 3;

export async function logPage(api, id, offset, limit, signal) {
	return (await api.get([id, "log"], { Offset: offset, Limit: limit }, signal)).log;
}

// The API tells no length of a log. It had at least so many lines as are known, unless the database was restored; how
// many more is found by doubling the step until there is none, then by halving.
export async function logLength(api, id, known, signal) {
	const has = async (line) => (await logPage(api, id, line, 1, signal)).length > 0;
	let low = known > 0 && await has(known - 1) ? known : 0;
	let step = 0;
	while (await has(low + step)) {
		low += step + 1;
		step = 2 * step || 1;
	}
	let high = low + step;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		if (await has(middle)) low = middle + 1;
		else high = middle;
	}
	return low;
}

// The last lines of a log that tell of an error, or else of a warning, or the last of all: of a long log its end. And
// how long it is.
export async function tellingLines(api, id, signal) {
	let lines = await logPage(api, id, 0, LOOKED_AT, signal);
	let { length } = lines;
	if (length === LOOKED_AT) {
		length = await logLength(api, id, length, signal);
		lines = await logPage(api, id, length - LOOKED_AT, LOOKED_AT, signal);
	}
	const of = (kind) => lines.filter(({ status }) => kindOf(status) === kind).slice(-SHOWN);
	return { length, telling: [of("bad"), of("warn"), lines.slice(-1)].find((some) => some.length > 0) ?? [] };
}
