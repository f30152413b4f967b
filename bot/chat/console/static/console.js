// The page: one person, one place, perhaps a thread; all of it is drawn from GET /state.

import { Problem, get, listen, post } from "./api.js";
import { renderer } from "./cards.js";
import { makeComposer } from "./composer.js";
import { announce, byId, el, notice } from "./dom.js";
import { drawMailbox } from "./mailbox.js";
import { MessageList } from "./messages.js";
import { drawSidebar } from "./sidebar.js";

// Which places were seen, who one was and which look it had are kept over a reload; nothing that was said is.
const kept = JSON.parse(localStorage.getItem("console") ?? "{}");
const view = { person: kept.person ?? "", place: "direct", root: 0, look: "slack" };
const seen = kept.seen ?? {};
// Letters that were listed are no news any more; each stays marked as unread until it is opened.
const listed = new Set(kept.listed ?? []);
const read = new Set(kept.read ?? []);
// The look that was chosen; it is drawn in `view.look` as long as the other is still loading.
let chosen = kept.look ?? "slack";
let state = null;
let fetching = null;
let again = false;

const keep = () => localStorage.setItem("console",
  JSON.stringify({ person: view.person, look: chosen, seen, listed: [...listed], read: [...read] }));
const common = { person: () => view.person, people: () => state.people, refresh, open };
const follow = () => { (view.root ? thread : main).following = true; };
const main = new MessageList(byId("messages"), byId("messages-scroll"), "main",
  { ...common, root: (message) => (view.place === "direct" ? "" : String(message.under ?? message.id)) });
const thread = new MessageList(byId("thread-messages"), byId("thread-scroll"), "thread",
  { ...common, root: () => String(view.root) });
const composer = makeComposer({
  ...common, follow, id: "composer-text", label: "Message to Escalation Bot", placeholder: "Message Escalation Bot",
  root: () => "", commands: () => state?.commands ?? [], place: () => view.person,
});
const reply = makeComposer({
  ...common, follow, id: "reply-text", label: "Reply in the thread", placeholder: "Reply", thread: true,
  root: () => String(view.root), commands: () => [], place: () => `${view.person}|${view.root}`,
});

/** Ask for the state and show it. Calls made meanwhile are answered by one more round. */
async function refresh(toEnd = false) {
  if (fetching) again = true;
  else fetching = rounds();
  await fetching;
  if (toEnd) (view.root ? thread : main).toEnd();
}

async function rounds() {
  try {
    do {
      again = false;
      const { person: asked, look } = view;
      const answer = await get(`/state?person=${encodeURIComponent(asked)}&look=${look}`).catch((error) => {
        // Somebody who is no longer one of the people was kept: begin as the first of them.
        if (error instanceof Problem && asked === view.person && asked) view.person = "";
        return null;
      });
      if (look !== view.look) {
        again = true;
      } else if (answer && asked === view.person) {
        state = { ...answer, look };
        view.person = state.me;
        draw();
      } else if (!answer && !state) {
        byId("connection").textContent = "The console's server could not be reached. Trying again…";
      }
      if (asked !== view.person && !(answer && asked === "")) again = true;
    } while (again);
  } finally {
    fetching = null;
  }
}

const seenKey = (place) => (place.startsWith("direct:") ? place : `${view.person}|${place}`);

function latest(place) {
  if (place.startsWith("direct:")) return state.people.find((person) => `direct:${person.id}` === place)?.latest ?? 0;
  return state.channels.find((channel) => `channel:${channel.name}` === place)?.latest ?? 0;
}

const news = (place) => latest(place) > (seen[seenKey(place)] ?? 0);

function draw() {
  // What is there is somebody else's, or drawn for the other look: it is being asked for.
  if (state.me !== view.person || state.look !== view.look) return;
  const place = view.place === "direct" ? `direct:${view.person}` : view.place;
  if (view.place !== "mailbox" && document.visibilityState === "visible") seen[seenKey(place)] = latest(place);
  keep();
  drawMenu();
  const me = state.people.find((person) => person.id === view.person);
  const channel = state.channels.find((one) => `channel:${one.name}` === view.place);
  composer.form.hidden = view.place !== "direct";
  if (view.place === "mailbox") {
    title("Mailbox", "Every letter of the demonstration, for everybody. They stay in a folder of this computer.");
    drawMailbox(byId("messages"), mailbox);
  } else if (channel) {
    title(`# ${channel.name}`, `You see it as ${me.name}. Replies go into threads.`);
    drawChannel(channel);
  } else {
    title("Escalation Bot", `As ${me.name}, ${me.role}`);
    main.patch(state.direct);
    greet(state.direct.length === 0);
  }
  drawThread(channel);
}

function drawMenu() {
  drawSidebar(state, view, news, state.mail.filter((id) => !listed.has(id)).length, { go, be });
}

/** What the mailbox asks and tells. */
const mailbox = {
  open: () => view.place === "mailbox",
  isRead: (id) => read.has(id),
  read(id) {
    read.add(id);
    keep();
  },
  listed(ids) {
    if (document.visibilityState !== "visible") return;
    for (const id of ids) listed.add(id);
    keep();
    drawMenu();
  },
};

function title(name, about) {
  byId("place-title").textContent = name;
  byId("place-about").textContent = about;
}

function greet(wanted) {
  const greeting = byId("greeting");
  if (wanted === Boolean(greeting)) return;
  if (!wanted) {
    greeting.remove();
    return;
  }
  const named = state.partnerships.length ? `Policies here: ${state.partnerships.join("; ")}.` : "";
  byId("messages").append(el("div", { class: "empty", id: "greeting" },
    el("h2", {}, "Nothing said yet"),
    el("p", {}, "Escalation Bot takes a professional disagreement through the stages of a written policy. ",
      "Begin with ", el("code", {}, "/escalate"), ", then be somebody else to see what they get."),
    named ? el("p", {}, named) : null));
}

function drawChannel(channel) {
  const roots = channel.messages.filter((message) => message.under === null);
  main.patch(roots, (message) => {
    const count = channel.messages.filter((other) => other.under === message.id).length;
    const label = count === 0 ? "Reply in thread" : `${count} ${count === 1 ? "reply" : "replies"}: open thread`;
    return el("button", { type: "button", class: "plain open-thread", "data-root": message.id,
      onclick: () => openThread(message.id) }, label);
  });
  const empty = byId("messages").querySelector(".empty");
  if (roots.length === 0 && !empty) {
    byId("messages").append(el("p", { class: "empty" }, "No escalations here yet."));
  } else if (roots.length && empty) {
    empty.remove();
  }
}

function drawThread(channel) {
  const messages = (channel?.messages ?? []).filter((message) => message.id === view.root || message.under === view.root);
  byId("thread").hidden = messages.length === 0;
  document.body.classList.toggle("with-thread", messages.length > 0);
  if (!messages.length) return;
  byId("thread-about").textContent = `# ${channel.name}, as ${state.people.find((p) => p.id === view.person).name}`;
  thread.patch(messages);
}

function openThread(root) {
  view.root = root;
  thread.clear();
  reply.moved();
  draw();
  byId("thread-title").focus();
}

/** Go to the channel in which a message stands, and open its thread. */
function open(id) {
  const channel = state.channels.find((one) => one.messages.some((message) => message.id === id));
  if (!channel) return;
  go(`channel:${channel.name}`);
  openThread(channel.messages.find((message) => message.id === id).under ?? id);
}

function closeThread() {
  const root = view.root;
  view.root = 0;
  draw();
  document.querySelector(`[data-root="${root}"]`)?.focus();
}

function go(place) {
  if (place !== view.place) {
    view.place = place;
    view.root = 0;
    main.clear();
  }
  showMenu(false);
  draw();
  if (place === "direct") composer.focus();
}

async function be(person) {
  // Before the answer is waited for: by then somebody may have opened it again.
  showMenu(false);
  if (person === view.person) return;
  view.person = person;
  main.clear();
  thread.clear();
  if (view.place === "mailbox") view.place = "direct";
  composer.moved();
  reply.moved();
  await refresh();
  announce(`You are ${state.people.find((one) => one.id === view.person).name}`);
}

/** Show everything as Slack or as Teams would; what is half typed in a message stays in that look of it. */
async function wear(look) {
  const place = byId("look-notice");
  notice(place, "");
  chosen = look;
  keep();
  try {
    if (look === "teams") await renderer();
  } catch {
    notice(place, "What draws the look of Teams could not be loaded.", () => wear(look));
    return;
  }
  if (look !== chosen) return;
  view.look = look;
  document.documentElement.dataset.look = look;
  for (const button of document.querySelectorAll("button[data-look]")) {
    button.setAttribute("aria-pressed", String(button.dataset.look === look));
  }
  if (!state) return;
  showMenu(false);
  main.clear();
  thread.clear();
  await refresh();
  announce(look === "teams" ? "It looks like Teams now" : "It looks like Slack now");
}

function showMenu(open) {
  document.body.classList.toggle("with-menu", open);
  byId("open-menu").setAttribute("aria-expanded", String(open));
  if (open) byId("close-menu").focus();
}

async function moveClock(days) {
  const place = byId("clock-notice");
  const buttons = document.querySelectorAll("[data-days]");
  if (buttons[0].getAttribute("aria-disabled") === "true") return;
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  notice(place, "");
  try {
    const answer = await post("/clock", { working_days: days });
    announce(`It is now ${answer.text}`);
    await refresh();
  } catch (error) {
    notice(place, error.message, () => moveClock(days));
  } finally {
    for (const button of buttons) button.removeAttribute("aria-disabled");
  }
}

// Before the state is there, neither who is typing nor which commands there are is known.
composer.form.hidden = true;
byId("main-composer").append(composer.form);
byId("thread-composer").append(reply.form);
byId("open-menu").addEventListener("click", () => showMenu(true));
byId("close-menu").addEventListener("click", () => {
  showMenu(false);
  byId("open-menu").focus();
});
byId("close-thread").addEventListener("click", closeThread);
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => moveClock(Number(button.dataset.days)));
}
for (const button of document.querySelectorAll("button[data-look]")) {
  button.addEventListener("click", () => wear(button.dataset.look));
}
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (document.body.classList.contains("with-menu")) byId("close-menu").click();
  else if (view.root) closeThread();
});
document.addEventListener("visibilitychange", () => refresh());
if (chosen === "teams") await wear(chosen);
listen(() => refresh(), (connected) => {
  byId("connection").textContent = connected ? "" : "Reconnecting…";
});
await refresh();
