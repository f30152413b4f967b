// Adaptive Cards as bot/chat/adaptive_cards.py makes them, drawn by Microsoft's renderer as Teams would.

import { el } from "./dom.js";
import { HOST } from "./host.js";

const RENDERER = "/static/adaptivecards.min.js";
// The page takes no scripts from addresses that are made up while it runs; this policy knows a single one.
const policy = globalThis.trustedTypes?.createPolicy("console#renderer", { createScriptURL: () => RENDERER });

// What was put in and not yet sent, by message, input and label. In memory only: it may be about a child.
const drafts = new Map();

let loading = null;
let host = null;

/** Load the renderer once; it is large, and the other look does not need it. */
export function renderer() {
  loading ??= load().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load() {
  const script = el("script");
  await new Promise((resolve, reject) => {
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    script.src = policy ? policy.createScriptURL("") : RENDERER;
    document.head.append(script);
  });
  const { AdaptiveCard, GlobalSettings, HostConfig } = globalThis.AdaptiveCards;
  host = new HostConfig(HOST);
  GlobalSettings.setTabIndexAtCardRoot = false;
  GlobalSettings.useAdvancedTextBlockTruncation = false;
  // There is no Markdown in the bot's cards, so all text stays text.
  AdaptiveCard.onProcessMarkdown = () => {};
}

/** All cards of a message. `context`: message id, people, execute(action, byKeyboard), open(message). */
export function drawCards(cards, context) {
  return cards.map((card) => drawCard(card, context));
}

function drawCard(source, context) {
  const card = new globalThis.AdaptiveCards.AdaptiveCard();
  card.hostConfig = host;
  card.parse(withPeople(source, context.people));
  const inputs = card.getAllInputs();
  for (const input of inputs) input.defaultValue = drafts.get(draftKey(context, input)) ?? input.defaultValue;
  card.onInputValueChanged = (input) => drafts.set(draftKey(context, input), input.value ?? "");
  let byKeyboard = false;
  card.onExecuteAction = (action) => {
    if (action.getJsonTypeName() === "Action.OpenUrl") follow(action.url, context);
    else context.execute(told(action), byKeyboard);
  };
  // A form of its own keeps the radio buttons of two cards that ask the same apart.
  const shown = el("form", { class: "card", autocomplete: "off", onsubmit: (event) => event.preventDefault() }, card.render());
  shown.addEventListener("click", (event) => { byKeyboard = event.detail === 0; }, { capture: true });
  // What has no role can have no name; the message around it is announced.
  shown.firstElementChild.removeAttribute("aria-label");
  for (const input of inputs) explain(input);
  for (const link of shown.querySelectorAll("a")) {
    if (messageAt(link.href)) link.href = `#message-${messageAt(link.href)}`;
    link.rel = "noopener noreferrer";
  }
  return shown;
}

/** What Teams sends of a press. */
const told = (action) => ({ type: action.getJsonTypeName(), id: action.id, title: action.title, verb: action.verb,
  data: action.data });

const draftKey = (context, input) => `${context.message}|${input.id}|${input.label}`;

/** Teams fills its choices of people with those of the organisation; here they are the demonstration's. */
function withPeople(part, people) {
  if (Array.isArray(part)) return part.map((each) => withPeople(each, people));
  if (!part || typeof part !== "object") return part;
  const { "choices.data": asked, ...rest } = part;
  const made = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withPeople(value, people)]));
  if (!asked) return made;
  const choices = people.map((person) => ({ title: `${person.name}, ${person.role}`, value: person.id }));
  return { ...made, style: "compact", choices };
}

/** Which message of this page an address leads to. */
const messageAt = (address) => address.match(/#message-(\d+)$/)?.[1];

function follow(address, context) {
  if (messageAt(address)) context.open(Number(messageAt(address)));
  else if (/^https?:/.test(address)) open(address, "_blank", "noopener");
}

/** Say what belongs together, and keep browsers from changing or remembering what is typed. */
function explain(input) {
  const shown = input.renderedElement;
  const group = shown?.querySelector(".ac-choiceSetInput-expanded, .ac-choiceSetInput-multiSelect");
  const label = shown?.querySelector(".ac-richTextBlock");
  if (group) {
    group.setAttribute("role", group.querySelector("[type=radio]") ? "radiogroup" : "group");
    if (label) group.setAttribute("aria-labelledby", label.id);
  }
  const none = shown?.querySelector("select")?.options[0];
  // Whoever was chosen by mistake can be taken back, as in Teams.
  if (none) Object.assign(none, { hidden: false, disabled: false, text: none.text || "Choose…" });
  for (const one of shown?.querySelectorAll("input, textarea") ?? []) {
    one.autocomplete = "off";
    if (one.type === "date") one.max ||= "9999-12-31";
  }
}

/** Whether the message is one quiet paragraph: a note on what was answered before. */
export function isNoteCard([card, ...more]) {
  const [part, ...others] = card.body;
  return !more.length && !others.length && Boolean(part?.inlines?.every((run) => run.isSubtle));
}
