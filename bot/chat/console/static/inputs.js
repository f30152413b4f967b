// Block Kit's inputs: drawing them, keeping what is typed in memory, and reading them as Slack's state.values.

import { el } from "./dom.js";

// What was typed and not yet sent, by message, block and action. In memory only: it may be about a child.
const drafts = new Map();

const draftKey = (message, block) => `${message}|${block.block_id}|${block.element.action_id}`;

function choice(kind, name, option, checked) {
  return el("label", { class: "choice" },
    el("input", { type: kind, name, value: option.value, checked }),
    el("span", {}, option.text.text,
      option.description ? el("small", {}, option.description.text) : null));
}

function choices(kind, element, name, ticked) {
  const made = el("div", { class: "choices" },
    element.options.map((option) => choice(kind, name, option, ticked.includes(option.value))));
  return made;
}

function select(options, chosen) {
  const made = el("select", {}, el("option", { value: "" }, "Choose…"), options);
  made.value = chosen ?? "";
  return made;
}

const option = (value, label) => el("option", { value }, label);

function people(context, chosen) {
  const agencies = [...new Set(context.people.map((person) => person.agency))];
  return select(agencies.map((agency) => el("optgroup", { label: agency },
    context.people.filter((person) => person.agency === agency)
      .map((person) => option(person.id, `${person.name}, ${person.role}`)))), chosen);
}

// Kind of element -> [drawing it, reading it, what it holds at first]. A value is a text or a list of ids.
const KINDS = {
  plain_text_input: {
    first: (element) => element.initial_value ?? "",
    draw(element, _, value) {
      const made = element.multiline ? el("textarea", { rows: value.length > 300 ? 10 : 4 }) : el("input", { type: "text" });
      made.autocomplete = "off";
      made.value = value;
      return made;
    },
    state: (value) => ({ value: value || null }),
  },
  datepicker: {
    first: (element) => element.initial_date ?? "",
    draw(_, __, value) {
      const made = el("input", { type: "date", max: "9999-12-31" });
      made.value = value;
      return made;
    },
    state: (value) => ({ selected_date: value || null }),
  },
  users_select: {
    first: (element) => element.initial_user ?? "",
    draw: (_, context, value) => people(context, value),
    state: (value) => ({ selected_user: value || null }),
  },
  static_select: {
    first: (element) => element.initial_option?.value ?? "",
    draw(element, _, value) {
      const drawn = (options) => options.map((one) => option(one.value, one.text.text));
      const inside = element.options
        ? drawn(element.options)
        : element.option_groups.map((group) => el("optgroup", { label: group.label.text }, drawn(group.options)));
      return select(inside, value);
    },
    state: (value) => ({ selected_option: value ? { value } : null }),
  },
  radio_buttons: {
    group: true,
    first: (element) => element.initial_option?.value ?? "",
    draw: (element, context, value) => choices("radio", element, context.name, [value]),
    state: (value) => ({ selected_option: value ? { value } : null }),
  },
  checkboxes: {
    group: true,
    first: (element) => (element.initial_options ?? []).map((one) => one.value),
    draw: (element, context, value) => choices("checkbox", element, context.name, value),
    state: (value) => ({ selected_options: value.map((one) => ({ value: one })) }),
  },
};

function valueOf(field, type) {
  const ticked = [...field.querySelectorAll("input:checked")].map((input) => input.value);
  if (type === "checkboxes") return ticked;
  if (type === "radio_buttons") return ticked[0] ?? "";
  return field.querySelector("input, textarea, select").value;
}

/** Draw one input block. What was typed into it before, in this message, stands in it again. */
export function inputBlock(block, context) {
  const { element } = block;
  const kind = KINDS[element.type];
  const key = draftKey(context.message, block);
  const name = `${context.list}-${context.message}-${block.block_id}`;
  const value = drafts.get(key) ?? kind.first(element);
  const drawn = kind.draw(element, { ...context, name }, value);
  const hint = block.hint ? el("p", { class: "hint", id: `${name}-hint` }, block.hint.text) : null;
  const count = element.max_length ? el("p", { class: "hint count", "aria-live": "polite", hidden: true }) : null;
  const words = [block.label.text, block.optional && !context.picker ? el("span", { class: "optional" }, " (optional)") : null];
  const field = kind.group
    ? el("fieldset", { class: "input" }, el("legend", {}, words), drawn, hint)
    : el("div", { class: "input" }, el("label", { for: name }, words), drawn, hint, count);
  if (!kind.group) drawn.id = name;
  if (hint) (kind.group ? field : drawn).setAttribute("aria-describedby", hint.id);
  const changed = () => {
    const now = valueOf(field, element.type);
    drafts.set(key, now);
    if (count) showLength(count, now.length, element.max_length);
  };
  field.addEventListener("input", changed);
  field.addEventListener("change", changed);
  field.readInput = () => ({ block, value: valueOf(field, element.type) });
  return field;
}

function showLength(place, length, most) {
  place.hidden = length < most * 0.8;
  const said = `${length.toLocaleString("en-GB")} of ${most.toLocaleString("en-GB")} characters`;
  place.textContent = length > most ? `${said}: too long, please shorten it` : said;
  place.classList.toggle("too-long", length > most);
}

/** A sentence about the first input that holds more than Slack takes; "" if none does. */
export function tooLong(root) {
  for (const field of root.querySelectorAll(".input")) {
    const { block, value } = field.readInput();
    const most = block.element.max_length;
    if (most && value.length > most) {
      return `“${block.label.text}” holds ${value.length.toLocaleString("en-GB")} characters, `
        + `and takes ${most.toLocaleString("en-GB")}. Please shorten it.`;
    }
  }
  return "";
}

/** Everything that the inputs of a message hold, in the shape of Slack's state.values. */
export function stateValues(root) {
  const values = {};
  for (const field of root.querySelectorAll(".input")) {
    const { block, value } = field.readInput();
    const { type, action_id: action } = block.element;
    values[block.block_id] = { [action]: { type, ...KINDS[type].state(value) } };
  }
  return values;
}
