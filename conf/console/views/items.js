// The items of a session: the lists that have any, fifty of one of them at a time.

import { saveButton } from "../downloads.js";
import { element, fill, line, liveTable, pageLinks, section } from "../elements.js";

const ITEMS = 50;
const KINDS = ["protectedItems", "deletedItems", "restoredItems", "fileLevelRestoredItems", "checkedItems", "restoredDatabases",
	"fileLevelRestoredFileShareItems", "vnetRestoredItems", "restoredCosmosDbAccounts"];

export function itemsPart({ api, signal, id, parameter, addressWith }) {
	const kinds = element("nav", { class: "line", "aria-label": "Lists of items" });
	const pages = pageLinks("Pages of items");
	const where = element("p");
	let chosen = "";

	const offset = () => Math.abs(parseInt(parameter("at"), 10) || 0);

	async function load() {
		const counts = await Promise.all(KINDS.map(async (kind) => [kind, (await api.get([id, kind], { Limit: 0 }, signal)).totalCount]));
		const filled = counts.filter(([, count]) => count > 0);
		chosen = KINDS.includes(parameter("items")) ? parameter("items") : filled[0]?.[0];
		node.hidden = chosen === undefined;
		if (chosen) show(filled, await api.get([id, chosen], { Offset: offset(), Limit: ITEMS }, signal));
	}

	function show(filled, { offset: first, results, totalCount }) {
		fill(kinds, filled, { id: ([kind]) => kind, key: ([kind, count]) => `${kind} ${count} ${kind === chosen}`, make: kindLink });
		rows.show(results.map((item, at) => ({ item, number: first + at + 1 })));
		where.textContent = `${results.length === 0 ? 0 : first + 1} to ${first + results.length} of ${totalCount} ${chosen}.`;
		const to = (there, at) => there && addressWith({ items: chosen, at: Math.max(0, at) });
		pages.show([["Previous", to(first > 0, first - ITEMS)], ["Next", to(first + results.length < totalCount, first + ITEMS)]]);
	}

	function kindLink([kind, count]) {
		return element("a", { href: addressWith({ items: kind, at: 0 }), "aria-current": kind === chosen && "true" }, `${kind} (${count})`);
	}

	// Names are those that the API searches, too; whatever else an item has is shown as it is.
	const nameOf = ({ item }) => item.name ?? item.resource?.displayName ?? item.filePath;
	const restOf = ({ item: { name, ...rest } }) => JSON.stringify(rest);
	const rows = liveTable("Items", [["Item", ({ number }) => number, "number"], ["Name", nameOf], ["Members", restOf, "text"]],
		{ id: ({ number }) => number, key: ({ item, number }) => number + JSON.stringify(item) });
	const asked = () => ({ path: [id, chosen], query: { Offset: offset(), Limit: ITEMS } });
	const node = section("items", "Items", kinds,
		line(where, pages.node, saveButton(api, "Download these items as JSON", `session-${id}-items.json`, asked)),
		rows.node);
	node.hidden = true;
	return { node, load };
}
