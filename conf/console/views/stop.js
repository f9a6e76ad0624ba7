// The button that stops a session, where the mount has that and the session runs; it asks first.

import { element } from "../elements.js";
import { guarded, say } from "../notices.js";
import { isActive } from "../status.js";

export function stopButton({ api, signal, id }) {
	const path = [id, "stop"];
	const button = element("button", { type: "button", hidden: true, click: () => question.showModal() }, "Stop …");
	const trouble = element("div");
	const question = element("dialog", { "aria-label": `Stop session ${id}?`, close: () => question.returnValue === "stop" && stop() },
		element("form", { method: "dialog" }, element("p", {}, `Stop session ${id}? What it has not done stays undone.`),
			element("button", { value: "" }, "Let it run"), " ", element("button", { value: "stop" }, "Stop it")));
	let asked;

	// A mount without the resource answers 404, one that does not allow it 403: no button then.
	function allowed() {
		const allows = (response) => /\bPOST\b/.test(response.headers.get("Allow") ?? "");
		return api.request(path, { method: "OPTIONS", signal }).then(allows, () => false);
	}

	async function load({ status }) {
		const runs = isActive(status) && status !== "Canceling";
		if (runs) asked ??= allowed();
		button.hidden = !(runs && await asked);
	}

	const stop = () => guarded(trouble, async () => {
		question.returnValue = "";
		await api.request(path, { method: "POST", signal });
		say(`Session ${id} is asked to stop`);
	});

	return { node: element("span", {}, button, question, trouble), load };
}
