// What a group's chat falls into: the topics of a forum, the reply threads of a plain group.

import { brief } from "./describe.js";
import { t } from "./texts.js";
import { GENERAL, serviceKind, threadKey, world } from "./world.js";

/**
 * The threads of `chat`: General (or everything) first, then by the latest message, deleted ones last.
 * Each is {thread, name, closed, deleted, color, last, unread}.
 */
export function threadsOf(chat) {
  return chat.is_forum ? topics(chat) : replyThreads(chat);
}

function topics(chat) {
  const byThread = new Map();
  for (const message of world.list(chat.id)) {
    const thread = world.threadOf(message);
    byThread.set(thread, message);
  }
  const entry = (topic) => ({
    thread: topic.message_thread_id,
    name: topic.name,
    closed: Boolean(topic.closed),
    deleted: Boolean(topic.deleted),
    color: topic.icon_color,
    last: byThread.get(topic.message_thread_id),
    unread: world.unread.get(threadKey(chat.id, topic.message_thread_id)) ?? 0,
  });
  const general = {
    thread: GENERAL,
    name: t("general"),
    closed: false,
    deleted: false,
    last: byThread.get(GENERAL),
    unread: world.unread.get(threadKey(chat.id, GENERAL)) ?? 0,
  };
  const named = (chat.topics ?? []).filter((topic) => topic.message_thread_id > 1).map(entry);
  return [general, ...named.sort(order)];
}

function order(a, b) {
  return (
    Number(a.deleted) - Number(b.deleted) ||
    (b.last?.message_id ?? b.thread) - (a.last?.message_id ?? a.thread)
  );
}

/** Message id -> id of the first message of its reply thread. */
function roots(chat) {
  const found = new Map();
  for (const message of world.list(chat.id)) {
    const parent = message.reply_to_message?.message_id;
    found.set(message.message_id, parent ? (found.get(parent) ?? parent) : message.message_id);
  }
  return found;
}

function replyThreads(chat) {
  const rootOf = roots(chat);
  const threads = new Map();
  for (const message of world.list(chat.id)) {
    if (serviceKind(message)) continue;
    const root = rootOf.get(message.message_id);
    const thread = threads.get(root) ?? {
      first: world.messages.get(chat.id).get(root),
      last: message,
      size: 0,
    };
    threads.set(root, { ...thread, last: message, size: thread.size + 1 });
  }
  const cards = [...threads]
    .filter(
      ([, { first, size }]) =>
        first && (size > 1 || (first.from?.id === world.bot?.id && first.reply_markup?.inline_keyboard)),
    )
    .map(([root, { first, last }]) => ({
      thread: root,
      name: (first.text ?? first.caption ?? brief(first)).split("\n")[0].slice(0, 60),
      closed: false,
      deleted: Boolean(first.deleted),
      last,
      unread: 0,
    }));
  const all = {
    thread: GENERAL,
    name: t("all_messages"),
    closed: false,
    deleted: false,
    last: world.list(chat.id).at(-1),
    unread: world.unreadOf(chat.id),
  };
  return [all, ...cards.sort(order)];
}

/** The messages of a thread, oldest first. */
export function messagesOf(chat, thread) {
  if (chat.is_forum) return world.list(chat.id, thread);
  const all = world.list(chat.id);
  if (thread === GENERAL) return all;
  const rootOf = roots(chat);
  return all.filter((message) => rootOf.get(message.message_id) === thread);
}

/** The pinned messages of a thread, newest last. */
export function pinnedIn(chat, thread) {
  const here = (chat.pinned ?? [])
    .map((id) => world.messages.get(chat.id)?.get(id.message_id ?? id))
    .filter(Boolean);
  return here.filter((message) => !message.deleted && (!chat.is_forum || world.threadOf(message) === thread));
}
