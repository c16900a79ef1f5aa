// "What happened": the log of Bot API calls, faults on demand, and the deeds that make trouble.

import * as control from "./control.js";
import { h, reconcile, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { attempt } from "./overlay.js";
import { language, t } from "./texts.js";
import { GENERAL, world } from "./world.js";
import { nameOf, view } from "./view.js";

const EVERY = 1000; // milliseconds between two looks at the log
const KEEP = 400; // calls shown
const QUIET = new Set(["getUpdates", "getMe"]);
const FAULTS = [
  { kind: "429", fields: { retry_after: 5 } },
  { kind: "500", fields: {} },
  { kind: "502", fields: {} },
  { kind: "lost", fields: {} },
  { kind: "drop", fields: {} },
  { kind: "slow", fields: { seconds: 4 } },
  { kind: "hang", fields: { seconds: 30 } },
];

/** Fills the drawer; `deeds` are the panes' own actions. */
export function drawer(root, { client, desk }) {
  let calls = [];
  let last = 0;
  let timer = null;
  const rows = new Map(); // call number -> its line
  const once = h("select", { name: "count" });
  const log = h("div", { class: "calls", role: "log", tabIndex: 0 });
  const empty = h("p", { class: "empty" });
  const faults = h("div", { class: "switches" });
  const active = h("div", { class: "active-faults" });
  const deeds = h("div", { class: "switches" });
  const titles = ["log", "faults", "deeds"].map(() => h("h3", {}));
  const close = h(
    "button",
    { type: "button", class: "icon-button", onclick: () => toggle(false) },
    icon("close"),
  );
  const heading = h("h2", { id: "drawer-title" });
  const clear = h("button", {
    type: "button",
    class: "quiet",
    onclick: () => {
      calls = [];
      draw();
    },
  });
  const hints = [h("p", { class: "hint" }), h("p", { class: "hint" })];
  root.setAttribute("aria-labelledby", "drawer-title");
  root.append(
    h("header", {}, heading, close),
    h("section", {}, titles[1], hints[0], h("label", { class: "how-often" }, once), faults, active),
    h("section", {}, titles[2], deeds),
    h("section", { class: "log" }, h("div", { class: "log-title" }, titles[0], clear), hints[1], log),
  );
  addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" && !root.hidden && (root.contains(target) || target === document.body))
      toggle(false);
  });

  function toggle(open = root.hidden) {
    root.hidden = !open;
    document.body.classList.toggle("with-drawer", open);
    const opener = document.querySelector("#open-drawer");
    opener.setAttribute("aria-expanded", String(open));
    clearTimeout(timer);
    if (open) {
      look();
      close.focus();
    } else opener.focus();
    draw();
  }

  async function look() {
    try {
      const answer = await control.calls(last);
      for (const call of answer.calls) {
        last = Math.max(last, call.seq);
        if (!QUIET.has(call.method) || !call.ok) calls.push(call);
      }
      calls = calls.slice(-KEEP);
      if (answer.calls.length && world.faults.length) await world.refresh(); // a call may have used one up
      if (answer.calls.length) draw();
    } catch {
      last = 0; // the sandbox is restarting: read the log from its beginning
      calls = [];
      rows.clear();
    }
    if (!root.hidden) timer = setTimeout(look, EVERY);
  }

  function line(call) {
    if (!rows.has(call.seq)) {
      const { chat_id: chat, text, caption } = call.params ?? {};
      const at = typeof call.at === "number" ? new Date(call.at * 1000) : new Date(call.at);
      rows.set(
        call.seq,
        h(
          "details",
          { class: call.ok ? "call" : "call failed" },
          h(
            "summary",
            {},
            h("time", {}, at.toLocaleTimeString(language(), { hourCycle: "h23" })),
            h("b", {}, call.method),
            h(
              "span",
              {},
              call.ok
                ? String(text ?? caption ?? chat ?? "")
                : `${call.error_code ?? ""} ${call.description ?? ""}`,
            ),
          ),
          h("pre", {}, JSON.stringify(call.params, null, 2)),
        ),
      );
    }
    return rows.get(call.seq);
  }

  async function addFault({ kind, fields }) {
    const count = Number(once.value);
    await attempt(control.addFault({ kind, ...fields, count }));
    await world.refresh();
  }

  function draw() {
    if (root.hidden) return;
    heading.textContent = t("drawer");
    close.ariaLabel = t("close");
    clear.textContent = t("clear");
    ["drawer.log", "drawer.faults", "drawer.deeds"].forEach((key, i) => {
      titles[i].textContent = t(key);
    });
    hints[0].textContent = t("drawer.faults_hint");
    hints[1].textContent = t("drawer.log_hint");
    const chosen = once.value || "1";
    once.ariaLabel = t("how_often");
    redraw(once, [
      ...[1, 3, 10].map((n) =>
        h("option", { value: String(n), selected: String(n) === chosen }, t("times", { n })),
      ),
    ]);
    redraw(faults, [
      ...FAULTS.map((fault) =>
        h(
          "button",
          { type: "button", title: t(`fault.${fault.kind}_hint`), onclick: () => addFault(fault) },
          t(`fault.${fault.kind}`),
        ),
      ),
    ]);
    const standing = world.faults;
    active.hidden = !standing.length;
    redraw(active, [
      h(
        "span",
        {},
        standing
          .map((fault) => [t(`fault.${fault.kind}`), fault.count].filter(Boolean).join(" × "))
          .join(", "),
      ),
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: async () => {
            await attempt(control.clearFaults());
            await world.refresh();
          },
        },
        t("clear_faults"),
      ),
    ]);
    const user = world.users.get(view.client);
    const topic = desk.current();
    const deletable =
      world.chats.get(view.group)?.is_forum && topic && topic.thread !== GENERAL && !topic.deleted;
    redraw(deeds, [
      h(
        "button",
        { type: "button", disabled: !user, onclick: () => client.setBlocked(!user.blocked) },
        icon("block"),
        t(user?.blocked ? "deed.unblock" : "deed.block", { who: nameOf(view.client) }),
      ),
      h(
        "button",
        { type: "button", disabled: !deletable, onclick: () => desk.removeTopic() },
        icon("trash"),
        t("deed.delete_topic", { name: deletable ? topic.name : "…" }),
      ),
    ]);
    empty.textContent = t("no_calls");
    const nodes = calls.map(line).reverse();
    reconcile(log, nodes.length ? nodes : [empty]);
  }

  return { draw, toggle };
}
