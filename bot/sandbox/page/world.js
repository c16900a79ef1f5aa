// What the page knows of the sandbox: people, chats, messages, and what is new in each chat.

import * as control from "./control.js";

export const GENERAL = 0;

/** People, chats and messages as last told; changes are announced to `subscribe` and `listen`. */
class World {
  bot = null;
  users = new Map();
  chats = new Map();
  commands = {};
  faults = [];
  online = true;
  messages = new Map(); // chat id -> Map(message id -> message), ascending
  keyboards = new Map(); // chat id -> reply keyboard, force reply or null
  actions = new Map(); // thread key -> {action, until}
  unread = new Map(); // thread key -> count
  answered = new Set(); // ids of the button presses the bot has answered
  isShowing = () => false; // set by the app: is this thread before the person's eyes?
  alsoRead = async () => {}; // set by mail.js: what else is read afresh after a break
  #subscribers = new Set();
  #listeners = new Map();
  #seq = 0;

  /** Calls `draw` after every change. */
  subscribe(draw) {
    this.#subscribers.add(draw);
  }

  /** Calls `hear(event)` on every event of that type. */
  listen(type, hear) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), hear]);
  }

  /** Announces something that happened on the page itself. */
  tell(event) {
    for (const hear of this.#listeners.get(event.type) ?? []) hear(event);
  }

  changed() {
    for (const draw of this.#subscribers) draw();
  }

  start() {
    return control.follow({
      resync: () => this.resync(),
      event: (event) => this.take(event),
      online: (online) => {
        this.online = online;
        this.changed();
      },
    });
  }

  /** Reads everything again; returns the number of the last event it contains. */
  async resync() {
    const state = await control.state();
    this.#takeState(state);
    const chats = [...this.chats.keys()];
    const pages = await Promise.all(chats.map((chat) => control.messages(chat)));
    this.messages = new Map(
      pages.map((page, i) => [
        chats[i],
        new Map(page.messages.map((message) => [message.message_id, message])),
      ]),
    );
    for (const [chat, all] of this.messages) {
      if (!this.keyboards.has(chat)) for (const message of all.values()) this.#takeMarkup(chat, message);
    }
    await this.alsoRead();
    this.#seq = state.seq;
    this.changed();
    return state.seq;
  }

  #takeState(state) {
    this.bot = state.bot;
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.chats = new Map(state.chats.map((chat) => [chat.id, chat]));
    for (const user of state.users) {
      if (!this.chats.has(user.id))
        this.chats.set(user.id, { id: user.id, type: "private", pinned: [], topics: [] });
    }
    for (const chat of this.chats.values())
      if ("keyboard" in chat) this.keyboards.set(chat.id, chat.keyboard);
    this.commands = state.commands ?? {};
    this.faults = state.faults ?? [];
  }

  /** Takes one event of the stream. */
  take(event) {
    if (event.seq !== undefined && event.seq <= this.#seq) return;
    this.#seq = event.seq ?? this.#seq;
    switch (event.type) {
      case "message":
        this.put(event.message);
        break;
      case "edited":
        this.put(event.message);
        break;
      case "deleted":
        for (const id of event.message_ids ?? [event.message_id])
          this.#patch(event.chat_id, id, { deleted: true });
        break;
      case "reaction":
        this.#patch(event.chat_id, event.message_id, {
          reactions: [event.emoji ?? event.reactions ?? []].flat(),
        });
        break;
      case "keyboard":
        this.keyboards.set(event.chat_id, event.keyboard ?? event.reply_markup ?? null);
        break;
      case "callback_answer":
        this.answered.add(String(event.query_id));
        break;
      case "chat_action":
        this.#act(event);
        break;
      case "mail": // for those who listen
        break;
      default: // topic, pinned, state: the shape of the chats changed
        this.refresh();
    }
    this.tell(event);
    this.changed();
  }

  /** Reads people and chats again, and the messages of chats not seen before. */
  refresh = single(async () => {
    const state = await control.state();
    this.#takeState(state);
    for (const chat of this.chats.keys()) {
      if (this.messages.has(chat)) continue;
      this.messages.set(chat, new Map());
      const { messages } = await control.messages(chat);
      for (const message of messages) this.meet(message);
    }
    this.changed();
  });

  /** Takes a message from an answer, unless the stream has told of it already and so knows it better. */
  meet(message) {
    if (!this.messages.get(message.chat.id)?.has(message.message_id)) this.put(message);
  }

  /** Takes a message: a new one, or another state of a known one. */
  put(message) {
    const chat = message.chat.id;
    if (!this.messages.has(chat)) this.messages.set(chat, new Map());
    const all = this.messages.get(chat);
    const known = all.get(message.message_id);
    all.set(message.message_id, { reactions: known?.reactions ?? [], ...message });
    if (known) return;
    const key = this.keyOf(message);
    this.actions.delete(key);
    this.#takeMarkup(chat, message);
    if (message.from?.id === this.bot?.id && !serviceKind(message) && !this.isShowing(key)) {
      this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
    }
    if (!this.chats.has(chat)) this.refresh();
  }

  #takeMarkup(chat, { reply_markup: markup }) {
    if (markup?.keyboard || markup?.force_reply) this.keyboards.set(chat, markup);
    else if (markup?.remove_keyboard) this.keyboards.set(chat, null);
  }

  #patch(chat, id, change) {
    const all = this.messages.get(chat);
    if (all?.has(id)) all.set(id, { ...all.get(id), ...change });
  }

  #act({ chat_id, thread_id, message_thread_id, action }) {
    const key = threadKey(
      chat_id,
      this.chats.get(chat_id)?.is_forum ? (thread_id ?? message_thread_id) : GENERAL,
    );
    this.actions.set(key, { action, until: Date.now() + 5000 });
    setTimeout(() => {
      if (this.actions.get(key)?.until <= Date.now()) this.actions.delete(key);
      this.changed();
    }, 5050);
  }

  /** Marks a thread as read. */
  read(key) {
    return this.unread.delete(key);
  }

  /** Unread messages of a whole chat. */
  unreadOf(chat) {
    let sum = 0;
    for (const [key, count] of this.unread) if (key.startsWith(`${chat}:`)) sum += count;
    return sum;
  }

  /** The thread a message belongs to: a topic in a forum, the chat itself elsewhere. */
  keyOf(message) {
    return threadKey(message.chat.id, this.threadOf(message));
  }

  threadOf(message) {
    if (!this.chats.get(message.chat.id)?.is_forum) return GENERAL;
    const thread = message.message_thread_id;
    return thread && thread !== 1 ? thread : GENERAL;
  }

  /** Messages of a chat or one of its threads, oldest first. */
  list(chat, thread = null) {
    const all = [...(this.messages.get(chat)?.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
    return thread === null ? all : all.filter((message) => this.threadOf(message) === thread);
  }

  groups() {
    return [...this.chats.values()].filter((chat) => chat.type !== "private" && !chat.migrated_to);
  }

  /** People who are in a group's chat, the bot left out. */
  specialists(chat) {
    const members = (chat?.members ?? [])
      .map((member) => this.users.get(member.id ?? member))
      .filter(Boolean);
    return members.filter((user) => user.id !== this.bot?.id);
  }

  /** People who are in no group: those who write to the bot in private. */
  clients() {
    const inside = new Set(
      this.groups().flatMap((chat) => (chat.members ?? []).map((member) => member.id ?? member)),
    );
    const people = [...this.users.values()].filter((user) => user.id !== this.bot?.id);
    const outside = people.filter((user) => !inside.has(user.id));
    return outside.length ? outside : people;
  }
}

export const threadKey = (chat, thread) => `${chat}:${thread || GENERAL}`;

export const fullName = (user) =>
  [user?.first_name, user?.last_name].filter(Boolean).join(" ") || user?.title || "?";

const SERVICE = [
  "pinned_message",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "new_chat_members",
  "left_chat_member",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
  "message_auto_delete_timer_changed",
  "write_access_allowed",
];

/** Which kind of service message this is, or null for a message somebody wrote. */
export function serviceKind(message) {
  return SERVICE.find((kind) => kind in message) ?? null;
}

/** Joins calls made while one runs into a single further run. */
function single(task) {
  let running = null;
  let again = false;
  return () => {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await task();
      } while (again);
    })().finally(() => {
      running = null;
    });
    return running;
  };
}

export const world = new World();
