// A list of messages that is patched: only what is new or was changed is drawn, so nothing typed elsewhere is lost.

import { Problem, newEvent, post } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { drawCards, isNoteCard } from "./cards.js";
import { announce, el, initials, notice, settle } from "./dom.js";
import { stateValues, tooLong } from "./inputs.js";

/** Whether a message is one quiet paragraph: a note on what was answered before. */
const isNote = ({ blocks, cards }) =>
  (cards ? isNoteCard(cards) : blocks.length === 1 && blocks[0].type === "context");

/** Whether the bot said it together with the message before: then its name and the time stand there once. */
function belongsTo(before, message) {
  if (!before || before.author || message.author || before.day !== message.day) return false;
  return before.at === message.at || (isNote(before) && isNote(message));
}

const CONTROLS = "input, textarea, select, button";

export class MessageList {
  /**
   * `place` holds the messages and `scroll` scrolls them; `name` tells lists apart that show the same message.
   * `settings`: person(), people(), root() for presses, `open(message)` for links, and `refresh()`
   * after something was done.
   */
  constructor(place, scroll, name, settings) {
    Object.assign(this, { place, scroll, name, settings });
    this.shown = new Map();
    // After somebody did something the end is followed, until they scroll away from it themselves.
    this.following = true;
    this.pressed = null;
    for (const kind of ["wheel", "touchmove", "keydown"]) {
      scroll.addEventListener(kind, () => { this.following = false; }, { passive: true });
    }
  }

  clear() {
    this.pressed = null;
    this.shown.clear();
    this.place.replaceChildren();
  }

  /** Show these messages, oldest first. `footer(message)` may give an element to stand below a message. */
  patch(messages, footer = () => null) {
    const atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
    const first = this.shown.size === 0;
    const wanted = new Set(messages.map((message) => message.id));
    for (const [id, entry] of this.shown) {
      if (!wanted.has(id)) {
        entry.outer.remove();
        this.shown.delete(id);
      }
    }
    let day = "";
    let before = null;
    let added = false; // or the newest one was changed
    for (const message of messages) {
      let entry = this.shown.get(message.id);
      if (!entry) {
        entry = this.#add(message);
        added = true;
        if (!first && !message.author) announce(`${message.name}: ${message.summary}`);
      } else if (entry.version !== message.version) {
        this.#change(entry, message);
        // The newest one may have grown out of view; a change further up moves nothing.
        added ||= message === messages.at(-1);
      }
      entry.day.hidden = message.day === day;
      entry.article.classList.toggle("together", belongsTo(before, message));
      day = message.day;
      before = message;
      const foot = footer(message);
      settle(entry.foot, foot ? [foot] : []);
    }
    if (first || (added && (atEnd || this.following))) this.toEnd();
    if (this.pressed) this.#focusOnAnswer();
  }

  /** Scroll to the end, or to the beginning of a last message whose beginning would be out of view then. */
  toEnd() {
    this.following = true;
    this.scroll.scrollTop = this.scroll.scrollHeight;
    const last = [...this.shown.values()].pop()?.article;
    const above = last && last.getBoundingClientRect().top < this.scroll.getBoundingClientRect().top;
    if (above) last.scrollIntoView({ block: "start" });
  }

  /**
   * Put the keyboard where the answer to its press is: into the newest message since then, or the same one changed;
   * but not if somebody has gone on to something else meanwhile, who may be typing there.
   */
  #focusOnAnswer() {
    const { id, version, newest: before } = this.pressed;
    const asked = this.shown.get(id);
    const at = document.activeElement;
    if (at && at !== document.body && !asked?.article.contains(at)) {
      this.pressed = null;
      return;
    }
    const newest = [...this.shown.entries()].filter(([other]) => other > before).pop()?.[1];
    const control = newest?.blocks.querySelector(CONTROLS)
      ?? (asked && asked.version !== version ? asked.blocks.querySelector(CONTROLS) : null);
    if (!control) return;
    this.pressed = null;
    control.focus();
  }

  #add(message) {
    const bot = !message.author;
    const entry = {
      version: message.version,
      day: el("p", { class: "day" }, el("span", {}, message.day)),
      blocks: el("div", { class: "blocks" }),
      notice: el("p", { class: "notice", role: "alert", hidden: true }),
      foot: el("div", { class: "foot" }),
      edited: el("span", { class: "edited", hidden: message.version === 1 }, "(edited)"),
    };
    const mine = message.author === this.settings.person();
    entry.article = el("article", { class: bot ? "message bot" : mine ? "message mine" : "message", tabindex: "-1",
      "aria-label": `${message.name}, ${message.at}` },
    el("div", { class: "avatar", "aria-hidden": "true" }, initials(message.name)),
    el("div", { class: "content" },
      el("p", { class: "who" }, el("strong", {}, message.name), bot ? el("span", { class: "app" }, "App") : null,
        el("span", { class: "at" }, message.at), entry.edited, this.#deleting(message, entry)),
      entry.blocks, entry.notice, entry.foot));
    entry.outer = el("div", {}, entry.day, entry.article);
    this.#draw(entry, message);
    this.shown.set(message.id, entry);
    this.place.append(entry.outer);
    return entry;
  }

  #change(entry, message) {
    const focused = entry.blocks.contains(document.activeElement);
    entry.version = message.version;
    entry.edited.hidden = false;
    this.#draw(entry, message);
    notice(entry.notice, "");
    if (focused) entry.article.focus({ preventScroll: true });
    announce(`Changed: ${message.summary}`);
  }

  #draw(entry, message) {
    if (message.author) {
      entry.blocks.replaceChildren(el("p", { class: "text" }, message.text));
      return;
    }
    const context = {
      message: message.id,
      list: this.name,
      people: this.settings.people(),
      open: this.settings.open,
      press: (action, event) => this.#press(entry, message, action, event.detail === 0),
      execute: (value, byKeyboard) => this.#tell(entry, message, { kind: "executed", value }, byKeyboard),
    };
    const drawn = message.cards ? drawCards(message.cards, context) : drawBlocks(message.blocks, context);
    entry.blocks.replaceChildren(...drawn);
  }

  #deleting(message, entry) {
    if (message.author !== this.settings.person()) return null;
    const remove = async () => {
      try {
        await post("/delete", { person: message.author, message: String(message.id) });
        await this.settings.refresh();
      } catch (error) {
        notice(entry.notice, error.message, remove);
      }
    };
    return el("button", { type: "button", class: "plain delete", "aria-label": `Delete your message of ${message.at}`,
      onclick: remove }, "Delete");
  }

  #press(entry, message, action, byKeyboard) {
    const long = tooLong(entry.blocks);
    if (long) {
      notice(entry.notice, long);
      return;
    }
    const what = { kind: "pressed", action_id: action, message: message.key, values: stateValues(entry.blocks) };
    this.#tell(entry, message, what, byKeyboard);
  }

  async #tell(entry, message, what, byKeyboard) {
    if (entry.busy) return;
    const body = { event: newEvent(), person: this.settings.person(), root: this.settings.root(message), what };
    await this.#send(entry, message, body, byKeyboard);
  }

  async #send(entry, message, body, byKeyboard) {
    this.#busy(entry, true);
    notice(entry.notice, "");
    try {
      this.following = true;
      // The answer may come before or after the reply to this request.
      if (byKeyboard) this.pressed = { id: message.id, version: entry.version, newest: Math.max(...this.shown.keys()) };
      await post("/hear", body);
      await this.settings.refresh();
    } catch (error) {
      const again = error instanceof Problem ? null : () => this.#send(entry, message, body, byKeyboard);
      notice(entry.notice, error.message, again);
    } finally {
      this.#busy(entry, false);
    }
  }

  #busy(entry, busy) {
    // aria-disabled, not disabled: a disabled button would drop the keyboard's place.
    entry.busy = busy;
    entry.article.setAttribute("aria-busy", String(busy));
    for (const button of entry.blocks.querySelectorAll("button[data-action], .ac-pushButton")) {
      button.toggleAttribute("data-busy", busy);
      button.setAttribute("aria-disabled", String(busy));
    }
  }
}
