// What the page knows of mailboxes: whose they are, what lies in them, which letters were opened.

import * as control from "./control.js";
import { world } from "./world.js";

/** Mailboxes as last told; changes are announced through `world`. Without mail nobody has one. */
class Mail {
  people = []; // {address, name, role, unread}; the company's own box is read by the bot
  company = null;
  isShowing = () => false; // set by view.js: is this mailbox before the person's eyes?
  #boxes = new Map(); // address -> Map(id -> letter as a line of a list), oldest first
  #opened = new Map(); // "address id" -> the whole letter

  constructor() {
    world.alsoRead = async () => {
      this.#boxes.clear();
      this.#opened.clear();
      await this.readPeople();
    };
    // A read that fails here means that the server is away: after that everything is read afresh.
    world.listen("mail", ({ address, letter }) => this.#arrived(address, letter).catch(() => null));
  }

  person(address) {
    return this.people.find((person) => person.address === address);
  }

  /** Reads whose mailboxes there are, and how much in each is unread. */
  async readPeople() {
    try {
      const { people } = await control.mailPeople();
      this.company = people.find((person) => person.role === "company") ?? null;
      this.people = people.filter((person) => person !== this.company);
    } catch (error) {
      if (error.status !== 404) throw error;
      this.people = []; // a sandbox without mail
    }
    return this.people;
  }

  async #arrived(address, id) {
    await Promise.all([this.readPeople(), this.#boxes.has(address) && this.read(address)]);
    const letter = this.#boxes.get(address)?.get(id);
    if (letter && !letter.mine) world.tell({ type: "letter", address, letter });
    world.changed();
  }

  /** Reads what is new in a mailbox. */
  async read(address) {
    const known = this.#boxes.get(address) ?? new Map();
    this.#boxes.set(address, known);
    const { letters } = await control.letters(address, Math.max(0, ...known.keys()));
    for (const letter of letters) known.set(letter.id, letter);
    world.changed();
  }

  /** Conversations of a mailbox by their latest letter, newest first; null: not read yet. */
  threads(address) {
    const box = this.#boxes.get(address);
    if (!box) return null;
    const threads = new Map();
    for (const letter of box.values())
      threads.set(letter.thread, [...(threads.get(letter.thread) ?? []), letter]);
    return [...threads].map(([key, letters]) => ({ key, letters })).sort((a, b) => latest(b) - latest(a));
  }

  /** The letters of one conversation, oldest first. */
  thread(address, key) {
    return [...(this.#boxes.get(address)?.values() ?? [])].filter((letter) => letter.thread === key);
  }

  listed(address, id) {
    return this.#boxes.get(address)?.get(id);
  }

  /** A whole letter if it has been opened. */
  opened(address, id) {
    return this.#opened.get(`${address} ${id}`);
  }

  /** Opens a letter: reads it whole, by which its owner has read it. */
  async open(address, id) {
    const letter = await control.letter(address, id);
    this.#opened.set(`${address} ${id}`, letter);
    const line = this.listed(address, id);
    const person = this.person(address);
    if (line && !line.read) {
      line.read = true;
      if (person?.unread) person.unread -= 1;
    }
    world.changed();
    return letter;
  }
}

const latest = ({ letters }) => letters.at(-1).id;

/** Is this the company's mailbox, or a tagged address of it (RFC 5233)? */
export const isCompany = (address) => address.replace(/\+[^@]*@/, "@") === mail.company?.address;

/** Seconds since 1970 of a letter's time. */
export const sentAt = (letter) => Date.parse(letter.at) / 1000;

export const mail = new Mail();

/** What a person of a letter is called. */
export function called({ name, address }) {
  const known = isCompany(address) ? mail.company : mail.person(address);
  return name || known?.name || address || "?";
}
