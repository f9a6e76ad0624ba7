// The button that stops a session, where the mount has that and the session runs; it asks first.

import { request } from "../api.js";
import { button, element } from "../elements.js";
import { guarded } from "../notices.js";
import { isActive } from "../status.js";

export function stopButton({ id }) {
	const ask = button("Stop …", () => question.showModal());
	const answer = element("span", { role: "status" });
	const trouble = element("div");
	const words = `Stop session ${id}?`;
	const question = element("dialog", { "aria-label": words, close: () => question.returnValue === "stop" && stop() },
		element("form", { method: "dialog" }, element("p", {}, `${words} What it has not done stays undone.`),
			element("button", { value: "" }, "Let it run"), " ", element("button", { value: "stop" }, "Stop it")));
	let allowed;

	async function load({ status }) {
		const runs = isActive(status) && status !== "Canceling";
		// a mount without the resource answers 404, one that does not allow it 403: no button then
		if (runs) allowed ??= request(`${id}/stop`, { method: "OPTIONS" }).then(({ headers }) => /\bPOST\b/.test(headers.get("Allow")), () => false);
		ask.hidden = !(runs && await allowed);
		if (!runs) answer.textContent = "";
	}

	const stop = () => guarded(trouble, async () => {
		question.returnValue = "";
		await request(`${id}/stop`, { method: "POST" });
		answer.textContent = ` Session ${id} is asked to stop.`;
	});

	ask.hidden = true;
	return { node: element("span", {}, ask, answer, question, trouble), load };
}
