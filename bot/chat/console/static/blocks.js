// Block Kit as bot/chat/block_kit.py makes it, drawn as Slack would: text, lists, inputs and buttons.

import { announce, el } from "./dom.js";
import { inputBlock } from "./inputs.js";

/** Leads to a message of this page, or to another page; any other address is only read. */
function link(element, context) {
  const message = element.url.match(/#message-(\d+)$/)?.[1];
  const open = (event) => {
    event.preventDefault();
    context.open(Number(message));
  };
  if (message) return el("a", { href: `#message-${message}`, onclick: open }, element.text);
  if (!/^https?:/.test(element.url)) return element.text;
  return el("a", { href: element.url, target: "_blank", rel: "noopener noreferrer" }, element.text);
}

function run(element, context) {
  if (element.type === "link") return link(element, context);
  return element.style?.bold ? el("strong", {}, element.text) : element.text;
}

function richText(element, context) {
  const runs = (parts) => parts.map((part) => run(part, context));
  switch (element.type) {
    case "rich_text_section":
      return el("p", { class: "text" }, runs(element.elements));
    case "rich_text_list":
      return el("ul", { class: "points" },
        element.elements.map((item) => el("li", {}, runs(item.elements))));
    case "rich_text_preformatted":
      return quote(element.elements.map((inner) => inner.text).join(""));
    default:
      return el("p", { class: "text" }, `[${element.type}]`);
  }
}

function quote(text) {
  const words = el("div", { class: "quote-text", tabindex: "0", role: "group", "aria-label": "Text to copy" }, text);
  const copy = el("button", { type: "button", class: "plain copy" }, "Copy");
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
      announce("Copied");
    } catch {
      getSelection().selectAllChildren(words);
      announce("Selected. Press Control and C to copy.");
    }
  });
  return el("div", { class: "quote" }, words, copy);
}

function button(element, context) {
  const style = element.style ?? "plain";
  return el("button", {
    type: "button",
    class: style,
    "data-action": element.action_id,
    onclick: (event) => context.press(element.action_id, event),
  }, element.text.text);
}

function block(one, context) {
  switch (one.type) {
    case "header":
      return el("h3", {}, one.text.text);
    case "section":
      return el("p", { class: "text" }, one.text.text);
    case "context":
      return el("p", { class: "text quiet" }, one.elements.map((element) => element.text));
    case "divider":
      return el("hr");
    case "rich_text":
      return el("div", {}, one.elements.map((element) => richText(element, context)));
    case "input":
      return inputBlock(one, context);
    case "actions":
      return el("div", { class: "actions" }, one.elements.map((element) => button(element, context)));
    default:
      return el("p", { class: "text" }, `[${one.type}]`);
  }
}

/** All blocks of a message. `context`: message id, list name, people, press(action_id, event), open(message). */
export function drawBlocks(blocks, context) {
  // Beside a choice of people, "optional" would only mean "or choose above": the question itself may be needed.
  const picker = blocks.some((one) => one.type === "input" && one.element.type === "users_select");
  return blocks.map((one) => block(one, { ...context, picker }));
}
