// The items of a session: the lists that have any, fifty of one of them at a time.

import { element, fill } from "../elements.js";
import { listPart } from "./part.js";

const ITEMS = 50;
const KINDS = ["protectedItems", "deletedItems", "restoredItems", "fileLevelRestoredItems", "checkedItems", "restoredDatabases",
	"fileLevelRestoredFileShareItems", "vnetRestoredItems", "restoredCosmosDbAccounts"];

export function itemsPart(context) {
	const { get, id, parameter, addressWith } = context;
	const kinds = element("nav", { class: "line", "aria-label": "Lists of items" });
	const path = (kind = chosen) => `${id}/${kind}`;
	let chosen;

	async function load() {
		const counts = await Promise.all(KINDS.map(async (kind) => [kind, (await get(path(kind), { Limit: 0 })).totalCount]));
		const filled = counts.filter(([, count]) => count > 0);
		chosen = KINDS.find((kind) => kind === parameter("items")) ?? filled[0]?.[0];
		part.node.hidden = chosen === undefined;
		if (!chosen) return;
		const { offset, results, totalCount } = await get(path(), { Offset: part.offset(), Limit: ITEMS });
		fill(kinds, filled, { id: ([kind]) => kind, key: ([kind, count]) => `${kind} ${count} ${kind === chosen}`, make });
		part.show(offset, results, totalCount, "", ` ${chosen}`);
	}

	const make = ([kind, count]) => element("a",
		{ href: addressWith({ items: kind, at: 0 }), "aria-current": kind === chosen && "true" }, `${kind} (${count})`);
	// Names are those that the API searches, too; whatever else an item has is shown as it is.
	const nameOf = ({ entry }) => entry.name ?? entry.resource?.displayName ?? entry.filePath;
	const restOf = ({ entry: { name, ...rest } }) => JSON.stringify(rest);
	const part = listPart(context, { title: "Items", what: "items", at: "at", size: ITEMS, step: load,
		path, link: (at) => addressWith({ items: chosen, at }), above: kinds,
		columns: [["Item", ({ number }) => number, "number"], ["Name", nameOf], ["Members", restOf, "text"]],
		key: ({ entry, number }) => number + JSON.stringify(entry) });
	part.node.hidden = true;
	return part;
}
