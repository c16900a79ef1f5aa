// Text with Telegram's entities, as DOM. Offsets count UTF-16 units, and so do JavaScript's strings
// (Bot API, MessageEntity), so slices need no conversion.

import { h } from "./dom.js";

const SAFE_SCHEMES = new Set(["http:", "https:", "mailto:", "tg:"]);

/** `url` when its scheme is one a person may click on, otherwise null. */
export function safeUrl(url) {
  try {
    return SAFE_SCHEMES.has(new URL(url).protocol) ? url : null;
  } catch {
    return null; // no scheme, or no URL at all
  }
}

function link(url, content) {
  const safe = safeUrl(url);
  if (!safe) return h("span", { class: "unsafe-link", title: String(url) }, content);
  return h("a", { href: safe, target: "_blank", rel: "noopener noreferrer nofollow", title: safe }, content);
}

const guessedUrl = (text) => (/^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`);

/** What an entity turns its content into; `plain` is the text it covers. */
const WRAP = {
  bold: (content) => h("b", {}, content),
  italic: (content) => h("i", {}, content),
  underline: (content) => h("u", {}, content),
  strikethrough: (content) => h("s", {}, content),
  code: (content) => h("code", {}, content),
  pre: (content, entity) => h("pre", { "data-language": entity.language }, h("code", {}, content)),
  blockquote: (content) => h("blockquote", {}, content),
  expandable_blockquote: (content) => h("blockquote", { class: "expandable" }, content),
  spoiler: (content) => {
    const open = (event) => event.currentTarget.classList.add("open");
    return h(
      "span",
      { class: "spoiler", tabIndex: 0, role: "button", onclick: open, onkeydown: open },
      content,
    );
  },
  text_link: (content, entity) => link(entity.url, content),
  url: (content, entity, plain) => link(guessedUrl(plain), content),
  email: (content, entity, plain) => link(`mailto:${plain}`, content),
  bot_command: (content, entity, plain, act) =>
    act?.command
      ? h("button", { type: "button", class: "in-text", onclick: () => act.command(plain) }, content)
      : h("span", { class: "in-text" }, content),
};
for (const kind of ["mention", "hashtag", "cashtag", "phone_number", "text_mention"]) {
  WRAP[kind] = (content) => h("span", { class: "in-text" }, content);
}

/**
 * DOM nodes for `text` with its `entities`. Overlaps are cut at the outer entity's end and carried
 * on after it; an unknown kind leaves its text as it is. `act.command(text)` makes commands buttons.
 */
export function richText(text, entities = [], act = null) {
  const sorted = entities
    .filter((entity) => entity.length > 0 && entity.offset >= 0 && entity.offset < text.length)
    .map((entity) => ({
      entity,
      start: entity.offset,
      end: Math.min(text.length, entity.offset + entity.length),
    }));
  return build(text, 0, text.length, sorted, act);
}

function build(text, from, to, spans, act) {
  const queue = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const nodes = [];
  let at = from;
  while (queue.length) {
    const { entity, start, end } = queue.shift();
    if (start > at) nodes.push(text.slice(at, start));
    const inner = [];
    while (queue.length && queue[0].start < end) {
      const child = queue.shift();
      inner.push({ ...child, end: Math.min(child.end, end) });
      if (child.end > end) {
        queue.push({ ...child, start: end });
        queue.sort((a, b) => a.start - b.start || b.end - a.end);
      }
    }
    const content = build(text, start, end, inner, act);
    const wrap = Object.hasOwn(WRAP, entity.type) ? WRAP[entity.type] : null;
    nodes.push(...(wrap ? [wrap(content, entity, text.slice(start, end), act)] : content));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}
