// One letter as it stands in a conversation: folded to a line, or open with its words, its files
// and the choices it offers.

import { avatar } from "./bubble.js";
import { attachmentUrl, letterSource } from "./control.js";
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { letterFrame } from "./letterframe.js";
import { addresses, choices, parted } from "./letterwords.js";
import { called, isCompany, mail, sentAt } from "./mail.js";
import { card } from "./media.js";
import { richText } from "./richtext.js";
import { language, moment, size, t } from "./texts.js";
import { world } from "./world.js";

/** A round picture for somebody who writes letters: the same one for one address everywhere. */
export function face({ name, address }, extra = "") {
  if (isCompany(address)) return avatar(world.bot, extra);
  const [first_name, ...rest] = (name || address || "?").split(/\s+/);
  let id = 1;
  for (const letter of address) id = (id * 31 + letter.codePointAt(0)) % 65521;
  return avatar({ id: -id, first_name, last_name: rest.at(-1) }, extra);
}

/** Whom a letter went to, in words. */
const readers = (letter) => [...letter.to, ...letter.cc].map(called).join(", ");

/**
 * The letter `id` of a mailbox. `act` is what a reader can do: {choose(id, choice), follow(id, href),
 * failed(error)}. `draw()` shows it as it is now; `open` tells whether more than its line is shown.
 */
export function letterView(address, id, act) {
  const root = h("article", { class: "letter", "data-letter": id });
  const source = { text: null };
  let look = null;
  const view = { root, open: false, mode: "text", busy: false, draw };

  function toggle(open = !view.open) {
    view.open = open;
    if (open && !mail.opened(address, id)) mail.open(address, id).catch(act.failed);
    world.changed();
  }
  view.toggle = toggle;

  function show(mode) {
    view.mode = mode;
    if (mode === "source" && source.text === null) {
      letterSource(address, id)
        .then((text) => {
          source.text = text;
          world.changed();
        })
        .catch(act.failed);
    }
    world.changed();
  }

  function head(letter) {
    const whole = view.open && mail.opened(address, id);
    return h(
      "button",
      {
        type: "button",
        class: "letter-head",
        "aria-expanded": String(view.open),
        "data-act": "toggle",
        onclick: () => toggle(),
      },
      face(letter.from),
      h(
        "span",
        { class: "letter-who" },
        h("b", {}, h("bdi", {}, called(letter.from))),
        h("small", { dir: "auto" }, whole ? t("mail.to_whom", { who: readers(letter) }) : letter.snippet),
      ),
      letter.attachments > 0 && icon("attach"),
      h("time", { dateTime: letter.at }, moment(sentAt(letter))),
    );
  }

  function modes(letter) {
    const names = ["text", letter.html && "html", "source"].filter(Boolean);
    return h(
      "div",
      { class: "letter-modes", role: "group", "aria-label": t("mail.shown_as") },
      names.map((name) =>
        h(
          "button",
          {
            type: "button",
            "data-act": name,
            "aria-pressed": String(view.mode === name),
            onclick: () => show(name),
          },
          t(`shown_as.${name}`),
        ),
      ),
    );
  }

  function text({ words, quoted }) {
    return h(
      "div",
      { class: "letter-text text", dir: "auto" },
      words ? richText(words, addresses(words)) : h("i", {}, t("mail.no_words")),
      quoted &&
        h(
          "details",
          { class: "letter-quoted" },
          h("summary", { "aria-label": t("mail.quoted"), title: t("mail.quoted") }, "•••"),
          h("div", { dir: "auto" }, quoted),
        ),
    );
  }

  function body(letter) {
    if (view.mode === "source") {
      return h(
        "pre",
        { class: "letter-source", tabIndex: 0, "aria-label": t("shown_as.source") },
        source.text ?? t("mail.loading"),
      );
    }
    if (view.mode === "html" && letter.html) {
      return letterFrame(letter.html, {
        title: t("mail.frame", { who: called(letter.from) }),
        follow: (href) => act.follow(id, href),
      });
    }
    return text(parted(letter));
  }

  const files = (letter) =>
    letter.attachments.length > 0 &&
    h(
      "div",
      { class: "letter-files", role: "group", "aria-label": t("mail.files") },
      letter.attachments.map((file) =>
        card("file", file.name, size(file.size), attachmentUrl(address, id, file.index), file.name),
      ),
    );

  function offered(letter) {
    const found = letter.mine ? [] : choices(parted(letter).words);
    return (
      found.length > 0 &&
      h(
        "div",
        { class: "letter-choices", role: "group", "aria-label": t("mail.choices") },
        found.map((choice) =>
          h(
            "button",
            {
              type: "button",
              class: "key",
              "data-act": `choice ${choice.number}`,
              disabled: view.busy,
              onclick: () => act.choose(id, choice),
            },
            h("b", {}, choice.number),
            h("bdi", {}, choice.label),
          ),
        ),
      )
    );
  }

  function draw() {
    const letter = mail.listed(address, id);
    const whole = mail.opened(address, id);
    if (!letter) return;
    const now = [language(), view.open, view.mode, view.busy, Boolean(whole), source.text, letter.read];
    if (look?.every((part, i) => part === now[i])) return;
    look = now;
    root.classList.toggle("open", view.open);
    root.classList.toggle("own", letter.mine);
    root.classList.toggle("fresh", !letter.read);
    root.ariaLabel = t("mail.letter_of", { who: called(letter.from) });
    redraw(root, [
      head(letter),
      ...(view.open && whole
        ? [modes(whole), body(whole), files(whole), offered(whole)]
        : [view.open && h("p", { class: "empty" }, t("mail.loading"))]),
    ]);
  }

  return view;
}
