// What lies above the page: short notices, Telegram's alerts, questions, menus.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

/** A notice that goes away by itself; `pane` is the side it belongs to. */
export function toast(text, pane = null) {
  const host = pane?.querySelector(".toasts") ?? document.querySelector("#toasts");
  const note = h("div", { class: "toast", role: "status" }, text);
  host.append(note);
  setTimeout(() => note.remove(), 4500);
}

/** A box with a text that waits for OK, as an answer to a button may ask for. */
export function alertBox(title, text) {
  return ask({ title, text, buttons: [[t("ok"), "ok"]] });
}

/** A question; resolves to the chosen value, or null when closed. With `fields` to their values. */
export function ask({ title, text = "", fields = [], buttons }) {
  return new Promise((resolve) => {
    const inputs = fields.map((field) =>
      h("input", {
        name: field.name,
        value: field.value ?? "",
        required: true,
        placeholder: field.hint ?? "",
      }),
    );
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", { id: "dialog-title" }, title),
      text && h("p", {}, text),
      fields.map((field, i) => h("label", {}, field.label, inputs[i])),
      h(
        "div",
        { class: "dialog-buttons" },
        // The last button is the one Enter means; an empty value closes without an answer.
        buttons.map(([label, value], i) =>
          value
            ? h("button", { value, type: "submit", class: i === buttons.length - 1 ? "primary" : "" }, label)
            : h("button", { type: "button", onclick: () => dialog.close() }, label),
        ),
      ),
    );
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (!dialog.returnValue) resolve(null);
      else
        resolve(
          fields.length
            ? Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()]))
            : dialog.returnValue,
        );
    });
    document.body.append(dialog);
    dialog.showModal();
    (inputs[0] ?? form.querySelector(".primary")).focus();
  });
}

/** A yes-or-no question. */
export async function confirmBox(title, text, yes) {
  return (
    (await ask({
      title,
      text,
      buttons: [
        [t("cancel"), ""],
        [yes, "yes"],
      ],
    })) === "yes"
  );
}

/** A picture in full size. */
export function lightbox(src, alt) {
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": alt, onclick: () => dialog.close() },
    h("img", { src, alt }),
    h("button", { type: "button", class: "icon-button", "aria-label": t("close") }, icon("close")),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

let openMenu = null;

/**
 * A menu beside `anchor`. Items: {label, icon?, danger?, act} or {row: [{label, title, act}]}.
 * Arrow keys move, Escape closes and gives the focus back.
 */
export function menu(anchor, items) {
  closeMenu();
  const run = (act) => () => {
    closeMenu();
    act();
  };
  const list = h(
    "div",
    { class: "menu", role: "menu" },
    items.filter(Boolean).map((item) =>
      item.row
        ? h(
            "div",
            { class: "menu-row", role: "group" },
            item.row.map((cell) =>
              h(
                "button",
                {
                  type: "button",
                  role: "menuitem",
                  title: cell.title,
                  "aria-label": cell.title,
                  onclick: run(cell.act),
                },
                cell.label,
              ),
            ),
          )
        : h(
            "button",
            { type: "button", role: "menuitem", class: item.danger ? "danger" : "", onclick: run(item.act) },
            item.icon && icon(item.icon),
            item.label,
          ),
    ),
  );
  list.addEventListener("keydown", (event) => {
    const entries = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      closeMenu();
      anchor.focus?.();
    }
  });
  document.body.append(list);
  const box = anchor.getBoundingClientRect();
  const own = list.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left), innerWidth - own.width - 8);
  const below = box.bottom + 6 + own.height < innerHeight;
  list.style.left = `${left}px`;
  list.style.top = `${below ? box.bottom + 6 : Math.max(8, box.top - own.height - 6)}px`;
  openMenu = { list, anchor };
  list.querySelector("button")?.focus();
}

function closeMenu() {
  openMenu?.list.remove();
  openMenu = null;
}

addEventListener("pointerdown", (event) => {
  if (openMenu && !openMenu.list.contains(event.target)) closeMenu();
});
addEventListener("resize", closeMenu);

/** Awaits an action and tells in plain words when the sandbox refused it. */
export async function attempt(promise, pane = null) {
  try {
    return await promise;
  } catch (error) {
    toast(t("refused", { why: error.message }), pane);
    return null;
  }
}
