// One message, or one album, as it stands in a chat.

import { brief, kindOf, serviceLine } from "./describe.js";
import { h, hue } from "./dom.js";
import { icon, mark } from "./icons.js";
import { media } from "./media.js";
import { richText, safeUrl } from "./richtext.js";
import { clock, t } from "./texts.js";
import { fullName, serviceKind, world } from "./world.js";

/** A round picture for a person, a topic or the bot. */
export function avatar(user, extra = "") {
  if (user?.id === world.bot?.id)
    return h("span", { class: `avatar bot ${extra}`, "aria-hidden": "true" }, mark());
  const letters = [user?.first_name, user?.last_name]
    .filter(Boolean)
    .map((name) => [...name][0])
    .join("");
  return h(
    "span",
    { class: `avatar hue-${hue(user?.id ?? 0)} ${extra}`, "aria-hidden": "true" },
    letters || "?",
  );
}

function forwardedFrom(origin) {
  return origin.sender_user_name ?? fullName(origin.sender_user ?? origin.sender_chat ?? origin.chat);
}

function quote(message, chat) {
  const target = message.reply_to_message;
  if (!target || target.forum_topic_created) return null;
  return h(
    "button",
    {
      type: "button",
      class: "quote",
      onclick: () => chat.jump(target.message_id),
      "aria-label": t("go_to_replied"),
    },
    h("b", {}, fullName(target.from ?? target.sender_chat)),
    h("span", {}, message.quote?.text ?? brief(target)),
  );
}

function inlineButton(button, message, chat) {
  if (button.url !== undefined) {
    const safe = safeUrl(button.url);
    return safe
      ? h(
          "a",
          { class: "key", href: safe, target: "_blank", rel: "noopener noreferrer nofollow", title: safe },
          button.text,
          icon("link"),
        )
      : h("span", { class: "key disabled", title: button.url }, button.text);
  }
  if (button.copy_text) {
    return h(
      "button",
      { type: "button", class: "key", onclick: () => chat.copy(button.copy_text.text) },
      button.text,
      icon("copy"),
    );
  }
  if (button.callback_data === undefined) {
    return h("button", { type: "button", class: "key", onclick: () => chat.unsupported() }, button.text);
  }
  return h(
    "button",
    {
      type: "button",
      class: `key ${button.style ?? ""}`,
      "data-callback": button.callback_data,
      "aria-busy": chat.isPressed(message, button.callback_data) ? "true" : null,
      onclick: () => chat.press(message, button.callback_data),
    },
    button.text,
  );
}

function inlineKeyboard(message, chat) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length || message.deleted) return null;
  return h(
    "div",
    { class: "inline-keyboard" },
    rows.map((row) =>
      h(
        "div",
        { class: "key-row" },
        row.map((button) => inlineButton(button, message, chat)),
      ),
    ),
  );
}

function reactions(messages) {
  const counts = new Map();
  for (const emoji of messages.flatMap((message) => message.reactions ?? []))
    counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  if (!counts.size) return null;
  return h(
    "div",
    { class: "reactions", "aria-label": t("reactions") },
    [...counts].map(([emoji, count]) => h("span", {}, emoji, count > 1 && h("small", {}, String(count)))),
  );
}

/**
 * The DOM of `messages`: one message, or the parts of an album.
 * `chat` says who looks: {me, group, joined, jump, press, isPressed, menu, command, copy, unsupported}.
 */
export function bubble(messages, chat) {
  const [first] = messages;
  if (serviceKind(first)) {
    return h(
      "div",
      { class: "service", "data-message": first.message_id },
      h("span", {}, serviceLine(first)),
    );
  }
  const author = first.sender_chat ?? first.from ?? {};
  const own = author.id === chat.me;
  const captioned = messages.find((message) => message.caption ?? message.text);
  const text = captioned && (captioned.text ?? captioned.caption);
  const entities = captioned && (captioned.entities ?? captioned.caption_entities ?? []);
  const bare = messages.length === 1 && ["sticker", "dice", "video_note"].includes(kindOf(first)) && !text;
  const deleted = messages.every((message) => message.deleted);
  const menuButton = h(
    "button",
    {
      type: "button",
      class: "more",
      "aria-label": t("message_menu"),
      "aria-haspopup": "menu",
      onclick: (event) => chat.menu(captioned ?? first, event.currentTarget),
    },
    icon("more"),
  );
  const body = h(
    "div",
    {
      class: `bubble ${bare ? "bare" : ""}`,
      oncontextmenu: (event) => {
        if (getSelection().toString() || event.target.closest("a")) return;
        event.preventDefault();
        chat.menu(captioned ?? first, menuButton);
      },
    },
    chat.group &&
      !own &&
      !chat.joined &&
      h(
        "div",
        { class: `author ${author.is_bot ? "of-bot" : `hue-${hue(author.id)}`}` },
        fullName(author),
        author.is_bot && h("span", { class: "tag" }, t("bot")),
      ),
    first.forward_origin &&
      h("div", { class: "forwarded" }, t("forwarded_from", { who: forwardedFrom(first.forward_origin) })),
    quote(first, chat),
    messages.length > 1
      ? h(
          "div",
          { class: `album of-${Math.min(messages.length, 4)}` },
          messages.map((message) => h("div", { "data-message": message.message_id }, media(message))),
        )
      : media(first),
    text && h("div", { class: "text", dir: "auto" }, richText(text, entities, chat)),
    h(
      "div",
      { class: "meta" },
      deleted && h("span", { class: "gone" }, t("deleted")),
      messages.some((message) => message.edited) && h("span", {}, t("edited")),
      first.has_protected_content && h("span", { title: t("protected") }, icon("lock")),
      h("time", { dateTime: new Date(first.date * 1000).toISOString() }, clock(first.date)),
    ),
    menuButton,
  );
  return h(
    "article",
    {
      class: ["message", own && "own", deleted && "deleted", chat.joined && "joined"]
        .filter(Boolean)
        .join(" "),
      "data-message": first.message_id,
      "aria-label": fullName(author),
    },
    chat.group && !own && avatar(author),
    h("div", { class: "stack" }, body, inlineKeyboard(messages.at(-1), chat), reactions(messages)),
  );
}
