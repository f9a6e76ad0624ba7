// Logs: pages of one, its length, and the lines that say why its session failed.

import { kindOf } from "./status.js";

const LOOKED_AT = 500;
const SHOWN = 3;

export function logOf(get, id) {
	const page = async (Offset, Limit) => (await get(`${id}/log`, { Offset, Limit })).log;
	const has = async (line) => (await page(line, 1)).length > 0;

	// The API tells no length of a log. It had at least so many lines as are known, unless the database was restored; how
	// many more is found by doubling the step until there is none, then by halving.
	async function length(known) {
		let found = known > 0 && await has(known - 1) ? known : 0;
		let step = 1;
		for (; await has(found + step - 1); step *= 2) found += step;
		for (step /= 2; step >= 1; step /= 2) if (await has(found + step - 1)) found += step;
		return found;
	}

	// The last lines that tell of an error, or else of a warning, or the last of all: of a long log its end. And how long
	// it is.
	async function telling() {
		let lines = await page(0, LOOKED_AT);
		let known = lines.length;
		if (known === LOOKED_AT) {
			known = await length(known);
			lines = await page(known - LOOKED_AT, LOOKED_AT);
		}
		const of = (kind) => lines.filter(({ status }) => kindOf(status) === kind).slice(-SHOWN);
		return { known, told: [of("bad"), of("warn"), lines.slice(-1)].find((some) => some.length > 0) ?? [] };
	}

	return { page, length, telling };
}
