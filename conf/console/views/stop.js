// The button that stops a session, where the mount has that and the session runs; it asks first.

import { button, element } from "../elements.js";
import { guarded } from "../notices.js";
import { isActive } from "../status.js";

export function stopButton({ api, signal, id }) {
	const path = [id, "stop"];
	const ask = button("Stop …", () => question.showModal());
	const answer = element("span", { role: "status" });
	const trouble = element("div");
	const words = `Stop session ${id}?`;
	const question = element("dialog", { "aria-label": words, close: () => question.returnValue === "stop" && stop() },
		element("form", { method: "dialog" }, element("p", {}, `${words} What it has not done stays undone.`),
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
		ask.hidden = !(runs && await asked);
		if (!runs) answer.textContent = "";
	}

	const stop = () => guarded(trouble, async () => {
		question.returnValue = "";
		await api.request(path, { method: "POST", signal });
		answer.textContent = ` Session ${id} is asked to stop.`;
	});

	ask.hidden = true;
	return { node: element("span", {}, ask, answer, question, trouble), load };
}
