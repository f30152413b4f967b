// The letters that left: in the demonstration they stay in a folder of this computer.

import { get } from "./api.js";
import { el, notice } from "./dom.js";

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024).toLocaleString("en-GB")} kB`;
}

function letter(mail, mailbox) {
  const mark = el("span", { class: "badge", hidden: mailbox.isRead(mail.id) }, "unread");
  const opened = el("details", { class: "letter", "data-id": mail.id },
    el("summary", {},
      el("span", { class: "subject" }, mail.subject || "(no subject)"), mark,
      el("span", { class: "to" }, `To ${mail.to}`)),
    el("dl", {},
      el("dt", {}, "From"), el("dd", {}, mail.from),
      el("dt", {}, "To"), el("dd", {}, mail.to),
      el("dt", {}, "Date"), el("dd", {}, mail.date)),
    el("p", { class: "text" }, mail.body),
    mail.attachments.length
      ? el("ul", { class: "files", "aria-label": "Attachments" }, mail.attachments.map((file, n) => el("li", {},
        el("a", { href: `/mailbox/${encodeURIComponent(mail.id)}/${n}`, download: file.name }, file.name),
        el("small", {}, size(file.size)))))
      : null);
  opened.addEventListener("toggle", () => {
    if (opened.open) {
      mark.hidden = true;
      mailbox.read(mail.id);
    }
  });
  return opened;
}

let asked = 0;
let answered = 0;

/**
 * Show the letters in `place`; those that are open stay open. `mailbox`: open() whether it is still what is looked at,
 * isRead(id), read(id) when a letter is opened, listed(ids) when letters were shown.
 */
export async function drawMailbox(place, mailbox) {
  let letters;
  const turn = ++asked;
  try {
    letters = await get("/mailbox");
  } catch (error) {
    if (!mailbox.open() || turn < answered) return;
    const problem = el("p", { class: "notice", role: "alert" });
    notice(problem, error.message, () => drawMailbox(place, mailbox));
    place.replaceChildren(problem);
    return;
  }
  // Somebody may have gone elsewhere meanwhile: other messages stand in this place then. And an answer that was
  // overtaken by a later one does not know the newest letters.
  if (!mailbox.open() || turn < answered) return;
  answered = turn;
  const shown = new Map([...place.querySelectorAll(".letter")].map((one) => [one.dataset.id, one]));
  if (!letters.length) {
    place.replaceChildren(el("p", { class: "empty" },
      "No letters yet. Reports that the bot sends by e-mail arrive here, and nowhere else."));
    return;
  }
  const wanted = letters.map((mail) => shown.get(mail.id) ?? letter(mail, mailbox));
  // What stands there already is not moved: somebody may be pressing it.
  wanted.forEach((one, n) => {
    if (place.children[n] !== one) place.insertBefore(one, place.children[n] ?? null);
  });
  while (place.children.length > wanted.length) place.lastElementChild.remove();
  mailbox.listed(letters.map((mail) => mail.id));
}
