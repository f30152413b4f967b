// The box at the bottom in which people type: Enter sends, Shift and Enter begins a new line, "/" shows commands.

import { Problem, newEvent, post } from "./api.js";
import { el, notice } from "./dom.js";

const MENTION = "@Escalation Bot";

/**
 * Make a composer. `settings`: id, label, person(), root() ("" outside threads), commands(), refresh(),
 * place() (a name for keeping drafts apart), follow() to have what is said next in view.
 */
export function makeComposer(settings) {
  const drafts = new Map();
  let pending = null;
  let active = 0;
  let next = false; // whether Enter was pressed while something was on its way
  const list = `${settings.id}-commands`;
  const text = el("textarea", { id: settings.id, rows: 1, placeholder: settings.placeholder, autocomplete: "off",
    "aria-describedby": `${settings.id}-help` });
  const menu = el("ul", { id: list, class: "menu", role: "listbox", "aria-label": "Commands", hidden: true });
  const problem = el("p", { class: "notice", role: "alert", hidden: true });
  const mention = el("input", { type: "checkbox", checked: true });
  const send = el("button", { type: "submit", class: "primary" }, "Send");
  const form = el("form", { class: "composer" }, menu, problem,
    el("label", { for: settings.id, class: "unseen" }, settings.label),
    el("div", { class: "box" }, text, send),
    el("p", { class: "help", id: `${settings.id}-help` },
      settings.thread ? el("label", { class: "mention" }, mention, `Mention ${MENTION}`) : "Type / for commands. ",
      el("span", { class: "keys" }, "Enter sends, Shift + Enter begins a new line.")));
  if (!settings.thread) {
    text.setAttribute("role", "combobox");
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-controls", list);
  }

  function offered() {
    const typed = /^\/(\S*)$/.exec(text.value);
    if (!typed || settings.thread) return [];
    return settings.commands().filter((command) => command.word.startsWith(typed[1].toLowerCase()));
  }

  function showMenu() {
    const commands = offered();
    active = Math.min(active, Math.max(commands.length - 1, 0));
    menu.hidden = commands.length === 0;
    menu.replaceChildren(...commands.map((command, n) => el("li", {
      id: `${list}-${n}`, role: "option", "aria-selected": String(n === active),
      onmousedown: (event) => event.preventDefault(),
      onclick: () => choose(command),
    }, el("strong", {}, `/${command.word}`), el("span", {}, command.description))));
    text.setAttribute("aria-expanded", String(commands.length > 0));
    if (commands.length) text.setAttribute("aria-activedescendant", `${list}-${active}`);
    else text.removeAttribute("aria-activedescendant");
  }

  function choose(command) {
    text.value = `/${command.word}`;
    submit();
  }

  /** What the text means, as the server wants it; a sentence if it means nothing. */
  function meaning(typed) {
    const command = /^\/(\S+)\s*([\s\S]*)$/.exec(typed);
    if (settings.thread) {
      if (command) return "Commands work in your direct messages with Escalation Bot, not in threads.";
      const named = typed.toLowerCase().includes(MENTION.toLowerCase());
      const words = typed.replace(new RegExp(MENTION, "gi"), "").trim();
      if (!named && !mention.checked) return { kind: "typed", text: "", shown: typed };
      if (!words) return "Please type something for Escalation Bot.";
      return { kind: "typed", text: words, shown: named ? typed : `${MENTION} ${typed}` };
    }
    if (!command) return { kind: "typed", text: typed };
    if (settings.commands().some((known) => known.word === command[1].toLowerCase())) {
      return { kind: "command", word: command[1].toLowerCase(), text: command[2].trim() };
    }
    return `There is no command /${command[1]}. Type / to see all of them.`;
  }

  async function submit() {
    const typed = text.value.trim();
    if (!typed) return;
    if (form.hasAttribute("data-busy")) {
      next = true;
      return;
    }
    const what = meaning(typed);
    if (typeof what === "string") {
      notice(problem, what);
      return;
    }
    const place = settings.place();
    // The same words tried again are the same event, so that they are heard once.
    if (pending?.typed !== typed || pending.place !== place) pending = { typed, place, event: newEvent() };
    const said = { event: pending.event, person: settings.person(), root: settings.root(), what };
    form.setAttribute("data-busy", "");
    send.setAttribute("aria-disabled", "true");
    notice(problem, "");
    // Whoever types on at once begins with an empty box.
    write(place, "");
    showMenu();
    settings.follow();
    try {
      await post("/hear", said);
      pending = null;
    } catch (error) {
      next = false;
      if (error instanceof Problem) pending = null;
      const since = settings.place() === place ? text.value : drafts.get(place) ?? "";
      write(place, since ? `${typed}\n${since}` : typed);
      if (settings.place() === place) notice(problem, error.message, error instanceof Problem ? null : submit);
    } finally {
      form.removeAttribute("data-busy");
      send.removeAttribute("aria-disabled");
    }
    if (next) {
      next = false;
      if (settings.place() === place) submit();
    }
    await settings.refresh(true);
  }

  /** Have this stand in the box of a place, now or when somebody comes back to it. */
  function write(place, words) {
    drafts.set(place, words);
    if (settings.place() === place) text.value = words;
  }

  text.addEventListener("input", () => {
    drafts.set(settings.place(), text.value);
    notice(problem, "");
    active = 0;
    showMenu();
  });
  text.addEventListener("blur", () => { menu.hidden = true; });
  text.addEventListener("keydown", (event) => {
    const commands = menu.hidden ? [] : offered();
    if (commands.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + commands.length) % commands.length;
      showMenu();
    } else if (commands.length && event.key === "Escape") {
      event.stopPropagation();
      menu.hidden = true;
    } else if (commands.length && event.key === "Tab" && !event.shiftKey && text.value !== `/${commands[active].word}`) {
      event.preventDefault();
      text.value = `/${commands[active].word} `;
      showMenu();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (commands.length) choose(commands[active]);
      else submit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });

  return {
    form,
    focus: () => text.focus(),
    /** Show what was being typed in this place. */
    moved() {
      text.value = drafts.get(settings.place()) ?? "";
      notice(problem, "");
      showMenu();
    },
  };
}
