// Elements: made of a name, attributes and children, and rows that stay what they are while their list changes.

// A function among the attributes listens to the event of that name. Children that are no elements become text:
// nothing here, or anywhere else in the console, reads text as markup.
export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === "function") made.addEventListener(key, value);
		else if ((value ?? false) !== false) made.setAttribute(key, value === true ? "" : value);
	}
	made.append(...children.flat(Infinity).filter((child) => (child ?? false) !== false));
	return made;
}

export function line(...children) {
	return element("div", { class: "line" }, children);
}

export function button(words, click) {
	return element("button", { type: "button", click }, words);
}

export function section(id, title, ...children) {
	return element("section", { "aria-labelledby": id }, element("h2", { id }, title), children);
}

// A choice of one among lists of a value, its words and more, as a parameter of the address has it.
export function choice(label, lists, parameter, name) {
	const options = lists.map(([value, words]) => element("option", { value }, words));
	const node = element("select", { "aria-label": label, change: () => parameter(name, node.value) }, options);
	function chosen() {
		const list = lists.find(([value]) => value === parameter(name)) ?? lists[0];
		[node.value] = list;
		return list;
	}
	return { node, chosen };
}

// A table of a live list. A column is its head, what is in its cell for an item, and a class; the first names the
// row. On a phone rows are laid out as no table: the roles say that they are one all the same.
export function liveTable(caption, columns, keys) {
	const body = element("tbody", { role: "rowgroup" });
	const row = (cells) => element("tr", { role: "row" }, cells);
	const heads = columns.map(([text, , kind]) => element("th", { scope: "col", role: "columnheader", class: kind }, text));
	const make = (item) => row(columns.map(([, content, kind], at) => element(at ? "td" : "th",
		{ scope: !at && "row", role: at ? "cell" : "rowheader", class: kind }, content(item))));
	const node = element("div", { class: "scroll" }, element("table", { role: "table" },
		element("caption", { class: "unseen" }, caption), element("thead", { role: "rowgroup" }, row(heads)), body));
	return { node, body, show: (items) => fill(body, items, { ...keys, make }) };
}

// Links to other pages of a list: pairs of a name and an address, or none where there is no such page.
export function pageLinks(label) {
	const node = element("nav", { class: "line", "aria-label": label });
	const make = ([name, href]) => element("a", { href }, name);
	const show = (links) => fill(node, links.filter(([, href]) => href), { id: ([name]) => name, key: (link) => link.join(" "), make });
	return { node, show };
}

// Puts an element for each item into parent, in their order. One that has the key of an item is kept, and the
// focus stays with the item, so that a live list can be read and walked by keyboard.
export function fill(parent, items, { id, key = id, make }) {
	const before = [...parent.children];
	const keys = items.map((item) => `${key(item)}`);
	if (before.length === keys.length && before.every((child, at) => child.dataset.key === keys[at])) return;
	const known = new Map(before.map((child) => [child.dataset.key, child]));
	const { activeElement } = document;
	const focused = parent.contains(activeElement) ? activeElement : null;
	const owner = focused?.closest("[data-id]")?.dataset.id;
	parent.replaceChildren(...items.map((item, at) => {
		const child = known.get(keys[at]) ?? make(item);
		Object.assign(child.dataset, { id: id(item), key: keys[at] });
		return child;
	}));
	const row = [...parent.children].find((child) => child.dataset.id === owner);
	const next = row?.matches("a, button") ? row : row?.querySelector("a, button");
	(focused?.isConnected ? focused : next)?.focus({ preventScroll: true });
}
