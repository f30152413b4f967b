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

/**
 * Make what stands in `place` as `wanted` is. What stays keeps its element: a press that has begun, and the keyboard's
 * place, are not lost when news arrive meanwhile. Elements whose data-stay differs are not the same.
 */
export function settle(place, wanted) {
  wanted.forEach((made, n) => {
    const there = place.childNodes[n];
    if (!there) place.append(made);
    else if (!sameKind(there, made)) there.replaceWith(made);
    else if (made.nodeType === Node.TEXT_NODE) there.data = made.data;
    else {
      for (const { name } of [...there.attributes]) if (!made.hasAttribute(name)) there.removeAttribute(name);
      for (const { name, value } of made.attributes) if (there.getAttribute(name) !== value) there.setAttribute(name, value);
      settle(there, [...made.childNodes]);
    }
  });
  while (place.childNodes.length > wanted.length) place.lastChild.remove();
}

const sameKind = (one, other) => one.nodeName === other.nodeName && one.dataset?.stay === other.dataset?.stay;

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] ?? "").join("").slice(0, 2).toUpperCase();
}
