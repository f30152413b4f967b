// Small tools for making parts of the page. Text only ever becomes text: nothing here parses HTML.

/** Make an element: el("p", {class: "quiet"}, "Hello", otherElement). Null children are left out. */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

export const unseen = (text) => el("span", { class: "unseen" }, text);

/** Say something to screen readers, without moving their place. */
export function announce(text) {
  const place = byId("announcer");
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}

/** Show a sentence in a notice element, with "Try again" if there is something to try; "" hides it. */
export function notice(place, sentence, again = null) {
  place.hidden = !sentence;
  place.replaceChildren(sentence);
  if (sentence && again) {
    place.append(" ", el("button", { type: "button", class: "plain", onclick: again }, "Try again"));
  }
}

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
}
