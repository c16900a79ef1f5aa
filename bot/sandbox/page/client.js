// The left side: the client's phone, a private chat with the bot, or somebody's mail.

import { avatar } from "./bubble.js";
import { composer } from "./composer.js";
import * as control from "./control.js";
import { h, redraw } from "./dom.js";
import { actionWords, feed } from "./feed.js";
import { icon } from "./icons.js";
import { face as mailFace } from "./letter.js";
import { mail } from "./mail.js";
import { mailbox } from "./mailbox.js";
import { ask, attempt, menu, toast } from "./overlay.js";
import { language, t } from "./texts.js";
import { clientKey, show, view } from "./view.js";
import { GENERAL, fullName, threadKey, world } from "./world.js";

/** Fills the client's side; returns what the app and the story need of it. */
export function clientPane(pane) {
  const line = composer({
    pane,
    name: "client",
    target: () => ({ user_id: view.client, chat_id: view.client, key: clientKey(), reply_to: forced() }),
  });
  const talk = feed({ pane, who: () => view.client, composer: () => line, label: () => t("client_chat") });
  const people = h("div", { class: "people", role: "group" });
  const title = h("div", { class: "title" });
  const more = h(
    "button",
    { type: "button", class: "icon-button", "aria-haspopup": "menu", onclick: openMenu },
    icon("more"),
  );
  const face = h("span", { class: "face" });
  const keys = h("div", { class: "reply-keyboard", hidden: true });
  const big = h("button", { type: "button", class: "big-key", hidden: true });
  const toggle = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      hidden: true,
      onclick: () => {
        folded.has(view.client) ? folded.delete(view.client) : folded.add(view.client);
        world.changed();
      },
    },
    icon("keyboard"),
  );
  const folded = new Set(); // clients whose keyboard is put away
  line.extra.append(toggle);
  const chat = h(
    "div",
    { class: "phone" },
    h("header", { class: "chat-header" }, face, title, more),
    talk.root,
    line.root,
    big,
    keys,
    h("div", { class: "toasts" }),
  );
  const letters = h("div", { class: "phone", hidden: true });
  const box = mailbox(letters);
  pane.append(h("header", { class: "side" }, h("h2", {}), people), chat, letters);

  /** The message a forced reply answers. */
  function forced() {
    if (!world.keyboards.get(view.client)?.force_reply) return undefined;
    return world
      .list(view.client)
      .findLast((message) => message.from?.id === world.bot?.id && !message.deleted)?.message_id;
  }

  const askNew = (title, fields) =>
    ask({
      title,
      fields: [{ name: "name", label: t("name"), hint: t("name_hint") }, ...fields],
      buttons: [
        [t("cancel"), ""],
        [t("add"), "add"],
      ],
    });

  /** Somebody new: with mail, a chat or a mailbox. */
  function addSomebody(event) {
    if (!mail.company) return addClient();
    menu(event.currentTarget, [
      { label: t("new_client"), icon: "plus", act: addClient },
      { label: t("mail.new_person"), icon: "mail", act: addMailPerson },
    ]);
  }

  async function addMailPerson() {
    const values = await askNew(t("mail.new_person"), [
      { name: "address", label: t("mail.address"), hint: t("mail.address_hint") },
    ]);
    if (!values?.name || !values.address) return;
    const person = await attempt(control.addMailPerson({ ...values, language: language() }), letters);
    if (person && (await attempt(mail.readPeople(), letters))) show({ mailbox: person.address });
  }

  async function addClient() {
    const values = await askNew(t("new_client"), []);
    if (!values?.name) return;
    const [first_name, ...rest] = values.name.split(/\s+/);
    const user = await attempt(
      control.addUser({ first_name, last_name: rest.join(" ") || undefined, language_code: language() }),
      pane,
    );
    if (!user) return;
    await world.refresh();
    show({ client: user.id, mailbox: null });
  }

  function openMenu() {
    const user = world.users.get(view.client);
    if (!user) return;
    menu(more, [
      { label: t("send_start"), icon: "next", act: () => line.sendText("/start") },
      user.blocked
        ? { label: t("unblock"), icon: "check", act: () => setBlocked(false) }
        : { label: t("block"), icon: "block", danger: true, act: () => setBlocked(true) },
    ]);
  }

  async function setBlocked(blocked) {
    const done = await attempt((blocked ? control.block : control.unblock)({ user_id: view.client }), pane);
    if (!done) return;
    await world.refresh();
    toast(t(blocked ? "blocked_now" : "unblocked_now"), pane);
  }

  function drawKeyboard() {
    const markup = world.keyboards.get(view.client);
    const rows = markup?.keyboard ?? [];
    toggle.hidden = !rows.length;
    const open = rows.length > 0 && !folded.has(view.client);
    toggle.ariaLabel = t("keyboard");
    toggle.setAttribute("aria-expanded", String(open));
    keys.hidden = !open || !big.hidden;
    keys.ariaLabel = t("keyboard");
    redraw(keys, [
      ...rows.map((row) =>
        h(
          "div",
          { class: "key-row" },
          row.map((button) => {
            const key = typeof button === "string" ? { text: button } : button;
            return h(
              "button",
              {
                type: "button",
                class: "key",
                "data-asks": Object.keys(key).join(" "),
                onclick: () => {
                  if (world.keyboards.get(view.client)?.one_time_keyboard) folded.add(view.client);
                  line.pressKey(key);
                },
              },
              key.request_contact && icon("contact"),
              key.request_location && icon("location"),
              key.text,
            );
          }),
        ),
      ),
    ]);
  }

  // A new keyboard unfolds by itself.
  world.listen("keyboard", (event) => folded.delete(event.chat_id));
  world.listen("message", ({ message }) => message.reply_markup?.keyboard && folded.delete(message.chat.id));

  function draw() {
    const user = world.users.get(view.client);
    const expert = mail.person(view.mailbox)?.role === "expert";
    pane.querySelector("h2").textContent = t(expert ? "mail.expert" : "client");
    people.ariaLabel = t("who_client");
    const clients = world.clients();
    redraw(people, [
      ...clients.map((one) => {
        const count = world.unread.get(threadKey(one.id, GENERAL));
        return h(
          "button",
          {
            type: "button",
            class: "person",
            "data-id": one.id,
            "aria-pressed": String(one.id === view.client && !view.mailbox),
            onclick: () => show({ client: one.id, mailbox: null }),
          },
          avatar(one, "small"),
          h("span", {}, one.first_name),
          one.blocked && icon("block"),
          count && h("span", { class: "badge", "aria-label": t("unread", { n: count }) }, String(count)),
        );
      }),
      h(
        "button",
        {
          type: "button",
          class: "person add",
          "aria-label": t("new_client"),
          title: t("new_client"),
          onclick: addSomebody,
        },
        icon("plus"),
      ),
      mail.people.length > 0 &&
        h(
          "span",
          { class: "people mail-people", role: "group", "aria-label": t("mail.boxes") },
          icon("mail"),
          mail.people.map((person) =>
            h(
              "button",
              {
                type: "button",
                class: "person",
                title: person.address,
                "data-mailbox": person.address,
                "aria-label": [
                  t("mail.of", { who: person.name }),
                  person.unread > 0 && t("unread", { n: person.unread }),
                ]
                  .filter(Boolean)
                  .join(", "),
                "aria-pressed": String(person.address === view.mailbox),
                onclick: () => show({ mailbox: person.address }),
              },
              mailFace(person, "small"),
              h("bdi", {}, person.name.split(" ")[0]),
              person.unread > 0 && h("span", { class: "badge" }, String(person.unread)),
            ),
          ),
        ),
    ]);
    box.draw();
    chat.hidden = !letters.hidden;
    pane.classList.toggle("nobody", !user);
    more.ariaLabel = t("chat_menu");
    redraw(face, [avatar(world.bot)]);
    const doing = actionWords(clientKey());
    redraw(title, [
      h("b", {}, fullName(world.bot)),
      h(
        "small",
        { class: doing ? "doing" : "" },
        doing || (user?.blocked ? t("is_blocked") : `@${world.bot?.username ?? ""}`),
      ),
    ]);
    const messages = user ? world.list(user.id) : [];
    talk.draw(messages, { key: clientKey(), group: false });
    const fresh = user && !messages.length;
    big.hidden = !(user?.blocked || fresh);
    big.textContent = user?.blocked ? t("unblock_bot") : t("start");
    big.onclick = () => (user.blocked ? setBlocked(false) : line.sendText("/start"));
    line.root.hidden = Boolean(!user || user.blocked);
    drawKeyboard();
    const markup = world.keyboards.get(view.client);
    line.draw(markup?.input_field_placeholder);
  }

  return { draw, composer: line, setBlocked, addClient };
}
