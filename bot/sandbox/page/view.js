// Who acts and what is open: the choices of the person before the page.

import { mail } from "./mail.js";
import { GENERAL, fullName, threadKey, world } from "./world.js";

const STORED = "linezero.view";
const remembered = JSON.parse(sessionStorage.getItem(STORED) ?? "{}");

export const narrow = matchMedia("(max-width: 700px)");

/** The group's list and its open thread take turns rather than stand side by side. */
export const stacked = matchMedia("(max-width: 1000px)");

/** The open client or mailbox (its address; null: the client's chat), group, thread and acting specialist. Thread: a topic's id, or in a plain group
 *  the first message of a reply thread; 0 is General, or all of a plain group. */
export const view = {
  client: remembered.client ?? null,
  mailbox: remembered.mailbox ?? null,
  group: remembered.group ?? null,
  specialist: remembered.specialist ?? null,
  thread: remembered.thread ?? GENERAL,
  pane: "client", // on a narrow screen: which side is shown
  reading: false, // where list and thread take turns: the thread is open rather than the list
};

/** Changes the choices, marks what is now visible as read, and draws. */
export function show(change) {
  Object.assign(view, change);
  settle();
  world.changed();
}

/** Keeps the choices possible: people and chats may have come or gone. */
export function settle() {
  const clients = world.clients();
  if (!world.users.has(view.client)) view.client = clients[0]?.id ?? null;
  if (!mail.person(view.mailbox)) view.mailbox = null;
  const groups = world.groups();
  if (!groups.some((chat) => chat.id === view.group)) {
    const gone = world.chats.get(view.group);
    const heir = groups.find((chat) => chat.id === gone?.migrated_to) ?? groups[0];
    view.group = heir?.id ?? null;
    view.thread = GENERAL;
  }
  const people = actors();
  if (!people.some((user) => user.id === view.specialist)) view.specialist = people[0]?.id ?? null;
  const chat = world.chats.get(view.group);
  if (
    chat?.is_forum &&
    view.thread &&
    !chat.topics?.some((topic) => topic.message_thread_id === view.thread)
  ) {
    view.thread = GENERAL;
  }
  for (const key of [clientKey(), deskKey()]) if (world.isShowing(key)) world.read(key);
  const { client, mailbox, group, specialist, thread } = view;
  sessionStorage.setItem(STORED, JSON.stringify({ client, mailbox, group, specialist, thread }));
}

/** Who can act in the open group. */
export function actors() {
  const people = world.specialists(world.chats.get(view.group));
  return people.length ? people : [...world.users.values()].filter((user) => user.id !== world.bot?.id);
}

export const clientKey = () => threadKey(view.client, GENERAL);

/** The unread key of what the desk's side shows; a plain group is one thread. */
export function deskKey() {
  return threadKey(view.group, world.chats.get(view.group)?.is_forum ? view.thread : GENERAL);
}

/** Is this thread before the person's eyes? */
world.isShowing = (key) => {
  if (document.hidden) return false;
  if (key === clientKey()) return !view.mailbox && (!narrow.matches || view.pane === "client");
  if (key === deskKey()) {
    return (!narrow.matches || view.pane === "desk") && (!stacked.matches || view.reading);
  }
  return false;
};

/** Is this mailbox before the person's eyes? */
mail.isShowing = (address) =>
  !document.hidden && address === view.mailbox && (!narrow.matches || view.pane === "client");

/** A person by id. */
export const me = (id) => world.users.get(id);
export const nameOf = (id) => fullName(world.users.get(id));
