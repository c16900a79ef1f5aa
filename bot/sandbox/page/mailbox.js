// A person's mail on the client's side: the list of conversations, one conversation, writing.

import * as control from "./control.js";
import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { face, letterView } from "./letter.js";
import { called, isCompany, mail, sentAt } from "./mail.js";
import { attempt, toast } from "./overlay.js";
import { safeUrl } from "./richtext.js";
import { language, moment, t } from "./texts.js";
import { view } from "./view.js";
import { world } from "./world.js";
import { writer } from "./writer.js";

/** One address for each reader: tags of the company's own say nothing. */
const nameless = ({ address }) => (isCompany(address) ? mail.company.address : address);

/** Fills `root` with the mailbox that `view.mailbox` names. */
export function mailbox(root) {
  const places = new Map(); // address -> {thread, draft, arrived, rows, letters}
  let focusNext = null; // after the next drawing: "letters", "list" or "draft"

  const button = (name, act) =>
    h("button", { type: "button", class: "icon-button", onclick: act }, icon(name));
  const write = button("edit", () => begin({ kind: "new", to: mail.company?.address }));
  const owner = { face: h("span", { class: "face" }), title: h("div", { class: "title" }) };
  const list = h("nav", { class: "mail-threads" });
  const inbox = h(
    "div",
    { class: "mail-screen" },
    h("header", { class: "mail-header" }, owner.face, owner.title, write),
    list,
  );
  const back = button("back", () => {
    focusNext = "list";
    move({ thread: null });
  });
  const subject = h("div", { class: "title" });
  const letters = h("div", { class: "letters", role: "region", tabIndex: 0 });
  const answer = {
    reply: h("button", { type: "button", class: "key", onclick: () => reply(false) }),
    all: h("button", { type: "button", class: "key", onclick: () => reply(true) }),
    forward: h("button", { type: "button", class: "key", onclick: forward }),
  };
  const conversation = h(
    "div",
    { class: "mail-screen" },
    h("header", { class: "mail-header" }, back, subject),
    letters,
    h("div", { class: "key-row mail-answers" }, Object.values(answer)),
  );
  const paper = h("div", { class: "mail-screen" }); // where a letter is written
  const heard = h("p", { class: "unseen", role: "status" });
  root.append(inbox, conversation, paper, heard, h("div", { class: "toasts" }));

  // Files dropped beside a letter that is being written are not meant for the chat.
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });

  /** Where the open mailbox's owner is. */
  function place() {
    const address = view.mailbox;
    if (!places.has(address)) {
      places.set(address, { thread: null, draft: null, arrived: null, rows: new Map(), letters: new Map() });
      attempt(mail.read(address), root);
    } else if (mail.threads(address) === null) {
      attempt(mail.read(address), root); // the sandbox began anew
      places.get(address).letters.clear();
    }
    return places.get(address);
  }

  function move(change) {
    Object.assign(places.get(view.mailbox), change);
    world.changed();
  }

  // Writing

  function begin(letter) {
    const address = view.mailbox;
    const leave = (thread) => {
      if (view.mailbox === address) focusNext = thread ? "letters" : "list";
      Object.assign(places.get(address), { draft: null, thread });
      world.changed();
    };
    const gone = () => leave(places.get(address).thread);
    const sent = async (id) => {
      await attempt(mail.read(address), root);
      leave(mail.listed(address, id)?.thread ?? null);
      heard.textContent = t("mail.sent");
    };
    focusNext = "draft";
    move({ draft: writer({ pane: root, address, letter, sent, gone }) });
  }

  const last = () => mail.thread(view.mailbox, place().thread).at(-1);

  /** To whom an answer goes, as addresses. */
  async function answered(id) {
    const letter = mail.opened(view.mailbox, id) ?? (await mail.open(view.mailbox, id));
    const people = letter.mine ? letter.to : letter.reply_to.length ? letter.reply_to : [letter.from];
    return people.map((person) => person.address);
  }

  /** Who else reads along, as addresses: the company is one reader under all its addresses. */
  function others(letter) {
    const known = new Set([view.mailbox, ...(letter.mine ? letter.to : [letter.from]).map(nameless)]);
    const readers = new Map([...letter.to, ...letter.cc].map((person) => [nameless(person), person.address]));
    return [...readers].filter(([key]) => !known.has(key)).map(([, address]) => address);
  }

  async function reply(all, text = "", about = last()) {
    const to = await attempt(answered(about.id), root);
    if (!to) return;
    const title = /^re:/i.test(about.subject) ? about.subject : `Re: ${about.subject}`;
    const cc = all ? others(about) : [];
    begin({ kind: "reply", about: about.id, title, to: to.join(", "), cc: cc.join(", "), text });
  }

  function forward() {
    const about = last();
    begin({ kind: "forward", about: about.id, title: `Fwd: ${about.subject}`, to: "" });
  }

  const act = {
    failed: (error) => toast(t("refused", { why: error.message }), root),
    /** A courtesy of the sandbox: one press instead of an answer with the number. */
    async choose(id, { number }) {
      const address = view.mailbox;
      const shown = place().letters.get(id);
      shown.busy = true;
      world.changed();
      const to = await attempt(answered(id), root);
      const letter = to && { address, to: to.join(", "), text: number, reply_to: id };
      const sent = letter && (await attempt(control.sendLetter(letter), root));
      shown.busy = false;
      if (sent) {
        await attempt(mail.read(address), root);
        heard.textContent = t("mail.sent");
      }
      world.changed();
    },
    follow(id, href) {
      const safe = safeUrl(href);
      if (safe?.startsWith("mailto:")) {
        const asked = new URL(safe);
        reply(false, asked.searchParams.get("body") ?? "", mail.listed(view.mailbox, id));
      } else if (safe) window.open(safe, "_blank", "noopener,noreferrer");
    },
  };

  // Drawing

  function row(thread) {
    const { letters: all, key } = thread;
    const newest = all.at(-1);
    const other = all.findLast((letter) => !letter.mine)?.from ?? newest.to[0] ?? newest.from;
    const fresh = all.filter((letter) => !letter.read).length;
    const files = all.some((letter) => letter.attachments);
    return h(
      "button",
      {
        type: "button",
        class: fresh ? "thread fresh" : "thread",
        "data-thread": key,
        onclick: () => {
          focusNext = "letters";
          move({ thread: key });
        },
      },
      face(other),
      h(
        "span",
        { class: "thread-text" },
        h(
          "span",
          { class: "thread-last" },
          h("small", { class: "mail-who" }, h("bdi", {}, called(other)), all.length > 1 && ` (${all.length})`),
          files && icon("attach"),
          h("time", { dateTime: newest.at }, moment(sentAt(newest))),
        ),
        h("b", { dir: "auto" }, all[0].subject || t("mail.no_subject")),
        h(
          "span",
          { class: "thread-last" },
          h("small", { dir: "auto" }, newest.snippet),
          fresh > 0 && h("span", { class: "badge", "aria-label": t("unread", { n: fresh }) }, String(fresh)),
        ),
      ),
    );
  }

  function drawInbox({ rows }, threads) {
    const nodes = threads.map((thread) => {
      const look = JSON.stringify([thread, language()]);
      const known = rows.get(thread.key);
      if (known?.look === look) return known.node;
      const node = row(thread);
      const focused = known?.node === document.activeElement;
      rows.set(thread.key, { look, node, focused });
      return node;
    });
    if (!nodes.length) nodes.push(h("p", { class: "empty" }, t("mail.empty")));
    reconcile(list, nodes);
    for (const known of rows.values()) {
      if (known.focused) known.node.focus();
      known.focused = false;
    }
  }

  /** Shows a conversation's letters; the latest and what was not read yet stand open. */
  function drawLetters(here, all) {
    const { letters: views } = here;
    const address = view.mailbox;
    for (const letter of all) {
      if (views.has(letter.id)) continue;
      views.set(letter.id, letterView(address, letter.id, act));
      if (letter === all.at(-1) || !letter.read) {
        for (const other of all) if (other.id < letter.id && other.read) fold(views.get(other.id));
        views.get(letter.id).toggle(true);
        here.arrived = letter.id;
      }
    }
    const shown = all.map((letter) => views.get(letter.id));
    for (const each of shown) each.draw();
    reconcile(
      letters,
      shown.map((each) => each.root),
    );
    if (mail.opened(address, here.arrived)) {
      views.get(here.arrived)?.root.scrollIntoView({ block: "nearest" });
      here.arrived = null;
    }
    answer.all.hidden = !others(all.at(-1)).length;
  }

  /** Folds a letter away unless the person is busy in it. */
  function fold(shown) {
    if (!shown?.root.contains(document.activeElement)) shown.open = false;
  }

  function labels() {
    write.ariaLabel = write.title = t("mail.write");
    back.ariaLabel = t("mail.back");
    list.ariaLabel = letters.ariaLabel = t("mail.letters");
    for (const [name, key] of Object.entries(answer)) {
      const label = t(`answering.${name}`);
      if (key.ariaLabel === label) continue;
      key.ariaLabel = key.title = label;
      key.replaceChildren(icon({ all: "reply_all" }[name] ?? name), h("span", {}, label));
    }
  }

  function draw() {
    const person = mail.person(view.mailbox);
    root.hidden = !person;
    if (!person) return;
    const here = place();
    const threads = mail.threads(person.address);
    const thread = here.thread && mail.thread(person.address, here.thread);
    if (threads && !thread?.length) here.thread = null;
    labels();
    inbox.hidden = Boolean(here.draft || here.thread);
    conversation.hidden = Boolean(here.draft || !here.thread);
    paper.hidden = !here.draft;
    owner.face.replaceChildren(face(person));
    owner.title.replaceChildren(h("b", { dir: "auto" }, person.name), h("small", {}, person.address));
    if (here.draft) {
      here.draft.draw();
      reconcile(paper, [here.draft.root]);
    } else if (here.thread && thread?.length) {
      const name = thread[0].subject || t("mail.no_subject");
      subject.replaceChildren(h("b", { dir: "auto", title: name }, name), h("small", {}, person.address));
      if (mail.isShowing(person.address)) drawLetters(here, thread);
    } else if (threads) drawInbox(here, threads);
    settleFocus(here);
  }

  function settleFocus(here) {
    const wanted = focusNext;
    focusNext = null;
    if (wanted === "draft") here.draft?.focus();
    else if (wanted === "letters") letters.focus({ preventScroll: true });
    else if (wanted === "list") (list.querySelector("button") ?? write).focus();
  }

  // A letter that comes is announced; in sight only where it would not be seen otherwise.
  world.listen("letter", ({ address, letter }) => {
    if (!mail.isShowing(address)) return;
    const { draft, thread } = place();
    const words = t("mail.arrived", { who: called(letter.from) });
    if (draft || (thread && thread !== letter.thread)) toast(words, root);
    else heard.textContent = words;
  });

  return { draw };
}
