// The people whom one can be, and the places where messages are.

import { byId, el, initials, settle, unseen } from "./dom.js";

const badge = () => el("span", { class: "badge" }, "new");

/**
 * `view`: person, place; `news(place)` says whether something there was not seen; `letters` is how many letters were
 * not listed yet; `go` and `be` move.
 */
export function drawSidebar(state, view, news, letters, { go, be }) {
  byId("clock-text").textContent = state.clock.text;
  byId("clock-title").textContent = state.clock.moves ? "Clock of the demonstration" : "Now";
  byId("clock-steps").hidden = !state.clock.moves;
  drawPlaces(state, view, news, letters, go);
  drawPeople(state, view, news, be);
  const other = state.people.some((person) => news(`direct:${person.id}`) && person.id !== view.person);
  byId("menu-news").hidden = !other && letters === 0;
}

function place(id, name, sign, view, mark, go) {
  return el("li", {}, el("button", {
    type: "button",
    class: "place-link",
    "data-stay": `place-${id}`,
    "aria-current": view.place === id ? "page" : null,
    onclick: () => go(id),
  }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("span", { class: "name" }, name), mark));
}

function drawPlaces(state, view, news, letters, go) {
  const mine = news(`direct:${view.person}`) ? badge() : null;
  const mail = letters ? el("span", { class: "badge" }, String(letters), unseen(" new")) : null;
  settle(byId("places"), [
    place("direct", "Escalation Bot", "@", view, mine, go),
    ...state.channels.map((channel) =>
      place(`channel:${channel.name}`, channel.name, "#", view, news(`channel:${channel.name}`) ? badge() : null, go)),
    place("mailbox", "Mailbox", "✉", view, mail, go),
  ]);
}

function drawPeople(state, view, news, be) {
  const agencies = [...new Set(state.people.map((person) => person.agency))];
  settle(byId("people"), agencies.map((agency) => el("div", { role: "group", "aria-label": agency },
    el("p", { class: "agency" }, agency),
    el("ul", {}, state.people.filter((person) => person.agency === agency).map((person) => el("li", {},
      el("button", {
        type: "button",
        class: "person",
        "data-stay": `person-${person.id}`,
        "data-person": person.id,
        "aria-pressed": String(person.id === view.person),
        onclick: () => be(person.id),
      }, el("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name)),
      el("span", { class: "name" }, person.name, el("small", {}, person.role)),
      news(`direct:${person.id}`) && person.id !== view.person ? badge() : null)))))));
}
