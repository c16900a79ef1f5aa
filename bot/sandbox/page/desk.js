// The right side: the specialists' groups, with topics, pinned card and the people who act.

import { avatar } from "./bubble.js";
import { composer } from "./composer.js";
import * as control from "./control.js";
import { brief } from "./describe.js";
import { h, hue, redraw } from "./dom.js";
import { actionWords, feed } from "./feed.js";
import { icon } from "./icons.js";
import { ask, attempt, confirmBox, menu } from "./overlay.js";
import { clock, t } from "./texts.js";
import { messagesOf, pinnedIn, threadsOf } from "./threads.js";
import { actors, deskKey, me, show, view } from "./view.js";
import { GENERAL, serviceKind, world } from "./world.js";

/** Fills the desk's side; returns what the app and the story need of it. */
export function deskPane(pane) {
  const chat = () => world.chats.get(view.group);
  const threadId = () => (chat()?.is_forum ? view.thread : GENERAL);
  const line = composer({
    pane,
    name: "desk",
    target: () => ({
      user_id: view.specialist,
      chat_id: view.group,
      thread_id: threadId(),
      reply_to: chat()?.is_forum ? undefined : view.thread || undefined,
      key: `${view.group}:${view.thread}`,
    }),
  });
  const talk = feed({ pane, who: () => view.specialist, composer: () => line, label: () => t("desk_chat") });
  const groups = h("div", { class: "people", role: "group" });
  const people = h("div", { class: "people actors", role: "group" });
  const list = h("nav", { class: "threads" });
  const title = h("div", { class: "title" });
  const face = h("span", { class: "face" });
  const back = h(
    "button",
    { type: "button", class: "icon-button back", onclick: () => show({ reading: false }) },
    icon("back"),
  );
  const more = h(
    "button",
    { type: "button", class: "icon-button", "aria-haspopup": "menu", onclick: openMenu },
    icon("more"),
  );
  const pinned = h("button", { type: "button", class: "pinned", hidden: true });
  const shut = h("p", { class: "shut", hidden: true });
  const nothing = h("div", { class: "no-groups", hidden: true });
  const room = h(
    "div",
    { class: "room" },
    list,
    h(
      "div",
      { class: "conversation" },
      h("header", { class: "chat-header" }, back, face, title, people, more),
      pinned,
      talk.root,
      shut,
      line.root,
      h("div", { class: "toasts" }),
    ),
  );
  pane.append(h("header", { class: "side" }, h("h2", {}), groups), room, nothing);

  const topicAction = (action, body = {}) =>
    attempt(
      control.topic(action, {
        chat_id: view.group,
        thread_id: view.thread,
        user_id: view.specialist,
        ...body,
      }),
      pane,
    );

  async function rename(topic) {
    const values = await ask({
      title: t("rename_topic"),
      fields: [{ name: "name", label: t("name"), value: topic.name }],
      buttons: [
        [t("cancel"), ""],
        [t("save"), "save"],
      ],
    });
    if (values?.name) await topicAction("rename", values);
  }

  async function create() {
    const values = await ask({
      title: t("new_topic"),
      fields: [{ name: "name", label: t("name") }],
      buttons: [
        [t("cancel"), ""],
        [t("add"), "add"],
      ],
    });
    if (values?.name)
      await attempt(
        control.topic("create", { chat_id: view.group, user_id: view.specialist, ...values }),
        pane,
      );
  }

  async function removeTopic(topic = current()) {
    if (!topic || topic.deleted || topic.thread === GENERAL) return;
    if (await confirmBox(t("delete_topic"), t("delete_topic_text", { name: topic.name }), t("delete")))
      await topicAction("delete");
  }

  const current = () => chat() && threadsOf(chat()).find((entry) => entry.thread === view.thread);

  function openMenu() {
    const group = chat();
    const topic = current();
    if (!group) return;
    const real = group.is_forum && topic && topic.thread !== GENERAL && !topic.deleted;
    menu(more, [
      group.is_forum && { label: t("new_topic"), icon: "plus", act: create },
      real && { label: t("rename_topic"), icon: "edit", act: () => rename(topic) },
      real && !topic.closed && { label: t("close_topic"), icon: "lock", act: () => topicAction("close") },
      real && topic.closed && { label: t("reopen_topic"), icon: "check", act: () => topicAction("reopen") },
      real && { label: t("delete_topic"), icon: "trash", danger: true, act: () => removeTopic(topic) },
      {
        label: t(group.is_forum ? "forum_off" : "forum_on"),
        icon: "people",
        act: async () => {
          await attempt(control.setForum({ chat_id: group.id, forum: !group.is_forum }), pane);
          show({ thread: GENERAL });
        },
      },
    ]);
  }

  function topicFace(entry, group) {
    if (!group.is_forum)
      return h(
        "span",
        { class: "topic-face general", "aria-hidden": "true" },
        entry.thread === GENERAL ? icon("people") : icon("reply"),
      );
    if (entry.thread === GENERAL)
      return h("span", { class: "topic-face general", "aria-hidden": "true" }, "#");
    const face = h(
      "span",
      { class: `topic-face hue-${hue(entry.thread)}`, "aria-hidden": "true" },
      entry.name.match(/\p{L}/u)?.[0] ?? entry.name.match(/\d/)?.[0] ?? "•",
    );
    if (entry.color) face.style.setProperty("--own", `#${entry.color.toString(16).padStart(6, "0")}`);
    return face;
  }

  function preview(message) {
    const silent = message.from?.id === world.bot?.id || serviceKind(message);
    return silent ? brief(message) : `${message.from?.first_name ?? ""}: ${brief(message)}`;
  }

  function row(entry, group) {
    const { last } = entry;
    return h(
      "button",
      {
        type: "button",
        class: ["thread", entry.deleted && "deleted", entry.unread && "fresh"].filter(Boolean).join(" "),
        "data-thread": entry.thread,
        "aria-current": entry.thread === view.thread ? "true" : null,
        onclick: () => show({ thread: entry.thread, reading: true }),
      },
      topicFace(entry, group),
      h(
        "span",
        { class: "thread-text" },
        h(
          "b",
          {},
          entry.closed && icon("lock"),
          entry.name,
          entry.deleted && h("small", {}, ` ${t("deleted")}`),
        ),
        h(
          "span",
          { class: "thread-last" },
          h("small", {}, last ? preview(last) : ""),
          last && h("time", {}, clock(last.date)),
          entry.unread > 0 &&
            h(
              "span",
              { class: "badge", "aria-label": t("unread", { n: entry.unread }) },
              String(entry.unread),
            ),
        ),
      ),
    );
  }

  let pinnedAt = 0;
  function drawPinned(group) {
    const cards = pinnedIn(group, view.thread);
    pinned.hidden = !cards.length;
    if (!cards.length) return;
    const card = cards.at(-1 - (pinnedAt % cards.length));
    redraw(pinned, [
      icon("pin"),
      h(
        "span",
        {},
        h(
          "b",
          {},
          cards.length > 1
            ? t("pinned_of", { n: cards.length - (pinnedAt % cards.length), of: cards.length })
            : t("pinned"),
        ),
        h("small", {}, brief(card)),
      ),
    ]);
    pinned.onclick = () => {
      talk.jump(card.message_id);
      pinnedAt += 1;
      drawPinned(group);
    };
  }

  function draw() {
    const group = chat();
    pane.querySelector("h2").textContent = t("specialists");
    groups.ariaLabel = t("which_group");
    redraw(groups, [
      ...world.groups().map((one) => {
        const count = world.unreadOf(one.id);
        return h(
          "button",
          {
            type: "button",
            class: "person group",
            "data-id": one.id,
            "aria-pressed": String(one.id === view.group),
            onclick: () => show({ group: one.id, thread: GENERAL, reading: false }),
          },
          h("span", {}, one.title),
          count > 0 && h("span", { class: "badge", "aria-label": t("unread", { n: count }) }, String(count)),
        );
      }),
    ]);
    people.ariaLabel = t("who_specialist");
    redraw(people, [
      h("span", { class: "as" }, t("acting_as")),
      ...(group ? actors() : []).map((one) =>
        h(
          "button",
          {
            type: "button",
            class: "person",
            "data-id": one.id,
            "aria-pressed": String(one.id === view.specialist),
            onclick: () => show({ specialist: one.id }),
          },
          avatar(one, "small"),
          h("span", {}, one.first_name),
        ),
      ),
    ]);
    nothing.hidden = Boolean(group);
    redraw(nothing, [h("p", {}, t("no_groups"))]);
    room.hidden = !group;
    if (!group) return;

    pane.classList.toggle("reading", view.reading);
    const entries = threadsOf(group);
    const entry = entries.find((one) => one.thread === view.thread) ?? entries[0];
    list.ariaLabel = t(group.is_forum ? "topics" : "reply_threads");
    redraw(
      list,
      entries.map((one) => row(one, group)),
    );
    back.ariaLabel = t("back_to_topics");
    more.ariaLabel = t("chat_menu");
    redraw(face, [topicFace(entry, group)]);
    const doing = actionWords(deskKey());
    redraw(title, [
      h("b", {}, entry.closed && icon("lock"), entry.name),
      h("small", { class: doing ? "doing" : "" }, doing || group.title),
    ]);
    drawPinned(group);
    talk.draw(messagesOf(group, view.thread), { key: `${group.id}:${view.thread}`, group: true });
    shut.hidden = !entry.deleted;
    shut.textContent = t("topic_gone");
    line.root.hidden = entry.deleted;
    line.draw(t("write_as", { who: me(view.specialist)?.first_name ?? "" }));
  }

  return { draw, composer: line, removeTopic, current };
}
