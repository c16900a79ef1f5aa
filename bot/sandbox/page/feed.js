// The list of messages of one chat or thread, with its scroll position.

import { h, reconcile } from "./dom.js";
import { icon } from "./icons.js";
import { bubble } from "./bubble.js";
import * as control from "./control.js";
import { attempt, menu, toast } from "./overlay.js";
import { language, t } from "./texts.js";
import { fullName, serviceKind, world } from "./world.js";

const EMOJI = ["👍", "👎", "❤", "🔥", "🎉", "👀"];
const JOIN_WITHIN = 300; // seconds: messages of one author this close stand together

/**
 * A feed. `who()` gives the acting person's id, `composer` receives replies, edits and commands,
 * `pane` shows notices. `draw(messages, options)` puts messages on the screen.
 */
export function feed({ pane, who, composer, label }) {
  const end = h(
    "button",
    { type: "button", class: "to-end icon-button", hidden: true, onclick: () => scroll(true) },
    icon("down"),
  );
  const list = h("div", { class: "messages", role: "log", "aria-live": "polite", tabIndex: 0 });
  const root = h("div", { class: "feed" }, list, end);
  let cache = new Map();
  let shown = null;
  let following = true;

  const scroll = (smooth = false) =>
    list.scrollTo({ top: list.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  let top = 0;
  list.addEventListener("scroll", () => {
    // Only a person scrolls up; when the keyboard takes room away, the position stays as it was.
    const near = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    following = near || (following && list.scrollTop >= top);
    top = list.scrollTop;
    end.hidden = near || following;
  });
  // Pictures arrive after their bubble and push the end away.
  new ResizeObserver(() => following && scroll()).observe(list);
  list.addEventListener("load", () => following && scroll(), true);

  const presses = new Map(); // "message id, data" -> query id, or "" while it is on its way
  const pressKey = (message, data) => `${message.chat.id} ${message.message_id} ${data}`;
  const isPressed = (message, data) => {
    const query = presses.get(pressKey(message, data));
    return query !== undefined && !world.answered.has(query);
  };

  const actions = {
    isPressed,
    jump(id) {
      const target = list.querySelector(`[data-message="${id}"]`);
      if (!target) return toast(t("not_here"), pane);
      target.scrollIntoView({ block: "center", behavior: "smooth" });
      target.classList.remove("flash");
      requestAnimationFrame(() => target.classList.add("flash"));
    },
    async press(message, data) {
      const key = pressKey(message, data);
      if (isPressed(message, data)) return;
      const forget = () => {
        presses.delete(key);
        world.changed();
      };
      presses.set(key, "");
      world.changed();
      const answer = await attempt(
        control.press({ user_id: who(), chat_id: message.chat.id, message_id: message.message_id, data }),
        pane,
      );
      if (!answer) return forget();
      presses.set(key, String(answer.query_id));
      world.tell({ type: "pressed", chat_id: message.chat.id, user_id: who(), data });
      setTimeout(forget, 15000); // Telegram's clients stop waiting too
      world.changed();
    },
    command: (text) => composer().sendText(text),
    unsupported: () => toast(t("button_unsupported"), pane),
    async copy(text) {
      await navigator.clipboard?.writeText(text).catch(() => null);
      toast(t("copied"), pane);
    },
    menu(message, anchor) {
      const chat = message.chat;
      const own = message.from?.id === who();
      const editable = own && (message.text !== undefined || message.caption !== undefined || message.photo);
      const target = { chat_id: message.chat.id, message_id: message.message_id };
      menu(anchor, [
        !message.deleted && {
          row: EMOJI.map((emoji) => ({
            label: emoji,
            title: t("react_with", { emoji }),
            act: () => attempt(control.react({ user_id: who(), ...target, emoji }), pane),
          })),
        },
        !message.deleted && { label: t("reply"), icon: "reply", act: () => composer().replyTo(message) },
        (message.text ?? message.caption) && {
          label: t("copy"),
          icon: "copy",
          act: () => actions.copy(message.text ?? message.caption),
        },
        chat.type !== "private" &&
          !message.deleted && {
            label: t("pin"),
            icon: "pin",
            act: () => attempt(control.pin({ ...target, user_id: who() }), pane),
          },
        editable &&
          !message.deleted && { label: t("edit"), icon: "edit", act: () => composer().editing(message) },
        !message.deleted && {
          label: t("delete"),
          icon: "trash",
          danger: true,
          act: () => attempt(control.remove(target), pane),
        },
      ]);
    },
  };

  /** Blocks of messages that stand in one bubble. */
  function blocks(messages) {
    const all = [];
    for (const message of messages) {
      const last = all.at(-1);
      if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
      else all.push([message]);
    }
    return all;
  }

  function day(seconds) {
    return new Date(seconds * 1000).toLocaleDateString(language(), { day: "numeric", month: "long" });
  }

  function draw(messages, { key, group }) {
    const fresh = new Map();
    const nodes = [];
    let before = null;
    const keep = (id, sign, make) => {
      const known = cache.get(id);
      const entry =
        known && known.sign.length === sign.length && known.sign.every((part, i) => part === sign[i])
          ? known
          : { sign, node: make() };
      fresh.set(id, entry);
      nodes.push(entry.node);
    };
    for (const block of blocks(messages)) {
      const [first] = block;
      if (!before || day(before.date) !== day(first.date)) {
        const text = day(first.date);
        keep(`day ${first.date}`, [text], () => h("div", { class: "service day" }, h("span", {}, text)));
        before = null;
      }
      const author = (message) => message.sender_chat?.id ?? message.from?.id;
      const joined = Boolean(
        before &&
        !serviceKind(before) &&
        author(before) === author(first) &&
        first.date - before.date < JOIN_WITHIN,
      );
      const me = who();
      const busy =
        block
          .at(-1)
          .reply_markup?.inline_keyboard?.flat()
          .map((button) => isPressed(first, button.callback_data))
          .join() ?? "";
      keep(first.message_id, [...block, language(), me, joined, busy], () =>
        bubble(block, { ...actions, me, group, joined }),
      );
      before = block.at(-1);
    }
    const moved = shown !== key;
    if (moved) following = true;
    shown = key;
    cache = fresh;
    root.ariaLabel = label();
    list.ariaLabel = label();
    end.ariaLabel = t("to_end");
    const held = hold();
    reconcile(list, nodes.length ? nodes : [h("p", { class: "empty" }, t("no_messages"))]);
    held();
    if (following) scroll();
  }

  /** Remembers which control of which message has the focus; the result gives it to its successor. */
  function hold() {
    const active = document.activeElement;
    const message = list.contains(active) && active.closest(".message");
    if (!message) return () => {};
    const place = [...message.querySelectorAll("button, a")].indexOf(active);
    return () => {
      if (active.isConnected) return;
      const heir = list.querySelector(`.message[data-message="${message.dataset.message}"]`);
      [...(heir?.querySelectorAll("button, a") ?? [])][place]?.focus();
    };
  }

  return { root, draw, jump: actions.jump };
}

/** The words for what somebody is doing just now. */
export function actionWords(key) {
  const doing = world.actions.get(key);
  if (!doing) return "";
  return t(
    doing.action.startsWith("upload") || doing.action.startsWith("record") ? "sending_file" : "typing",
    { who: fullName(world.bot) },
  );
}
