// The guided tour: seven steps that let a newcomer live the whole story in two minutes.

import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { samplePhoto } from "./samples.js";
import { t } from "./texts.js";
import { show, view } from "./view.js";
import { world } from "./world.js";

const STORED = "linezero.story";

const isClient = (message) => message.chat.type === "private" && message.from?.id === message.chat.id;
const isSpecialist = (message) =>
  message.chat.type !== "private" && message.from && message.from.id !== world.bot?.id;
const isAsked = (message) =>
  message.chat.type === "private" &&
  message.from?.id === world.bot?.id &&
  message.reply_markup?.inline_keyboard;
const isCard = (message) =>
  message.chat.type !== "private" &&
  message.from?.id === world.bot?.id &&
  message.reply_markup?.inline_keyboard;

/** Each step: whose side it is on, and which event ends it, after how many times. */
const STEPS = [
  {
    name: "ask",
    side: "client",
    done: { message: ({ message }) => isClient(message) && message.text && !message.text.startsWith("/") },
  },
  { name: "answer", side: "client", done: { message: ({ message }) => isCard(message) } },
  { name: "take", side: "desk", done: { pressed: (event) => event.chat_id < 0 } },
  { name: "reply", side: "desk", done: { message: ({ message }) => isSpecialist(message) && message.text } },
  { name: "photo", side: "client", done: { message: ({ message }) => isClient(message) && message.photo } },
  { name: "resolve", side: "desk", done: { message: ({ message }) => isAsked(message) } },
  { name: "rate", side: "client", times: 2, done: { pressed: (event) => event.chat_id > 0 } },
  { name: "end", side: null, done: {} },
];

/** Fills the bar; `client` and `desk` are the panes, whose composers are filled for the person. */
export function story(root, { client, desk }) {
  let step = Number(sessionStorage.getItem(STORED) ?? 0);
  let seen = 0; // how often the step's own event has come
  let hidden = localStorage.getItem(STORED) === "hidden";

  const HELP = {
    ask: () => client.composer.insert(t("story.ask_words")),
    reply: () => desk.composer.insert(t("story.reply_words")),
    photo: async () => client.composer.add([await samplePhoto()], true),
    take: openNewest,
    resolve: openNewest,
  };

  /** Opens the topic the bot wrote its latest card in. */
  function openNewest() {
    const cards = world.groups().flatMap((chat) => world.list(chat.id).filter(isCard));
    const newest = cards.sort((a, b) => a.date - b.date).at(-1);
    if (newest) show({ group: newest.chat.id, thread: world.threadOf(newest), reading: true });
  }

  function go(to) {
    seen = 0;
    step = Math.min(Math.max(to, 0), STEPS.length - 1);
    sessionStorage.setItem(STORED, String(step));
    world.changed();
  }

  for (const type of ["message", "pressed"]) {
    world.listen(type, (event) => {
      const { done, times = 1 } = STEPS[step];
      if (!done[type]?.(event)) return;
      seen += 1;
      if (seen >= times) go(step + 1);
    });
  }

  function toggle(open = hidden) {
    hidden = !open;
    hidden ? localStorage.setItem(STORED, "hidden") : localStorage.removeItem(STORED);
    world.changed();
  }

  function draw() {
    root.hidden = hidden;
    document.querySelector("#open-story").setAttribute("aria-pressed", String(!hidden));
    if (hidden) return;
    const { name, side } = STEPS[step];
    root.ariaLabel = t("story");
    root.dataset.side = side ?? "";
    const last = step === STEPS.length - 1;
    const help = HELP[name];
    redraw(root, [
      h(
        "ol",
        { class: "steps", "aria-label": t("story.step", { n: step + 1, of: STEPS.length - 1 }) },
        STEPS.slice(0, -1).map((one, i) =>
          h(
            "li",
            { class: i < step ? "past" : i === step ? "now" : "", "data-side": one.side },
            h("button", {
              type: "button",
              "aria-label": t("story.go", { n: i + 1 }),
              "aria-current": i === step ? "step" : null,
              onclick: () => go(i),
            }),
          ),
        ),
      ),
      h(
        "p",
        {},
        side && h("b", {}, `${t(side === "client" ? "client" : "specialists")}. `),
        t(`story.${name}`),
      ),
      help &&
        h(
          "button",
          {
            type: "button",
            class: "do",
            onclick: async () => {
              show({ pane: side, reading: side === "desk" || view.reading });
              await help();
            },
          },
          t(`story.${name}_do`),
        ),
      last
        ? h("button", { type: "button", class: "do", onclick: () => go(0) }, t("story.again"))
        : h(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": t("story.skip"),
              title: t("story.skip"),
              onclick: () => go(step + 1),
            },
            icon("next"),
          ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": t("story.hide"),
          title: t("story.hide"),
          onclick: () => toggle(false),
        },
        icon("close"),
      ),
    ]);
  }

  return { draw, toggle };
}
