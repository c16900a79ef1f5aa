// The page of the LineZero sandbox: one person plays the client on the left, the specialists on the
// right. It talks to the emulator by /sandbox/… alone; the bot it plays with is the real one.

import { clientPane } from "./client.js";
import { deskPane } from "./desk.js";
import { batched, h } from "./dom.js";
import { drawer } from "./drawer.js";
import { icon, mark } from "./icons.js";
import { mail } from "./mail.js";
import { alertBox, toast } from "./overlay.js";
import { story } from "./story.js";
import { language, setLanguage, t } from "./texts.js";
import { narrow, settle, show, stacked, view } from "./view.js";
import { fullName, world } from "./world.js";

const $ = (selector) => document.querySelector(selector);
const [clientSide, deskSide] = [$("#client"), $("#desk")];
const client = clientPane(clientSide);
const desk = deskPane(deskSide);
const happened = drawer($("#drawer"), { client, desk });
const tour = story($("#story"), { client, desk });

const languages = ["ru", "en"].map((code) =>
  h(
    "button",
    {
      type: "button",
      lang: code,
      onclick: () => {
        setLanguage(code);
        draw();
      },
    },
    code.toUpperCase(),
  ),
);
const openStory = h(
  "button",
  { type: "button", id: "open-story", class: "labelled", onclick: () => tour.toggle() },
  icon("help"),
  h("span", {}),
);
const openDrawer = h(
  "button",
  {
    type: "button",
    id: "open-drawer",
    class: "labelled",
    "aria-expanded": "false",
    "aria-controls": "drawer",
    onclick: () => happened.toggle(),
  },
  icon("log"),
  h("span", {}),
);
const sandboxTag = h("span", { class: "sandbox-tag" });
const lost = h("span", { class: "lost", role: "status" });
const speech = h("div", { class: "languages", role: "group" }, languages);
$("#top").append(
  h("h1", {}, mark(), h("span", {}, "LineZero"), sandboxTag),
  lost,
  openStory,
  openDrawer,
  speech,
);

const tabs = {
  client: h("button", { type: "button", onclick: () => show({ pane: "client" }) }),
  desk: h("button", { type: "button", onclick: () => show({ pane: "desk" }) }),
};
$("#tabs").append(tabs.client, tabs.desk);

function drawTabs() {
  const people = world.clients();
  const counts = {
    client:
      people.reduce((sum, user) => sum + world.unreadOf(user.id), 0) +
      mail.people.reduce((sum, person) => sum + person.unread, 0),
    desk: world.groups().reduce((sum, chat) => sum + world.unreadOf(chat.id), 0),
  };
  for (const [name, tab] of Object.entries(tabs)) {
    const count = counts[name];
    tab.setAttribute("aria-pressed", String(view.pane === name));
    tab.replaceChildren(
      icon(name === "client" ? "phone" : "people"),
      h("span", {}, t(name === "client" ? "client" : "specialists")),
      ...(count
        ? [h("span", { class: "badge", "aria-label": t("unread", { n: count }) }, String(count))]
        : []),
    );
  }
  const all = counts.client + counts.desk;
  document.title = `${all ? `(${all}) ` : ""}LineZero · ${t("sandbox")}`;
}

function draw() {
  settle();
  document.body.dataset.pane = view.pane;
  sandboxTag.textContent = t("sandbox");
  lost.hidden = world.online;
  lost.textContent = t("offline");
  openStory.lastChild.textContent = openStory.ariaLabel = t("story");
  openDrawer.lastChild.textContent = openDrawer.ariaLabel = t("drawer");
  speech.ariaLabel = t("language");
  for (const button of languages) button.setAttribute("aria-pressed", String(button.lang === language()));
  clientSide.ariaLabel = t("client");
  deskSide.ariaLabel = t("specialists");
  $("#tabs").ariaLabel = t("sides");
  client.draw();
  desk.draw();
  happened.draw();
  tour.draw();
  drawTabs();
}

world.subscribe(batched(draw));
for (const width of [narrow, stacked]) width.addEventListener("change", draw);
document.addEventListener("visibilitychange", draw);

// The answer to a button shows where it was pressed.
world.listen("callback_answer", ({ user_id: user, text, show_alert: alert }) => {
  if (!text) return;
  const pane = user === view.client ? clientSide : deskSide;
  if (alert) alertBox(fullName(world.bot), text);
  else toast(text, pane);
});

await world.start();
document.body.dataset.ready = "true";
