// Writing a letter: a new one, an answer or a forwarded one. What is answered is quoted by the
// sandbox, as people's mail programs do, so only new words are written here.

import * as control from "./control.js";
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { attempt, confirmBox } from "./overlay.js";
import { t } from "./texts.js";

/**
 * A form for one letter. `letter` tells what is begun with: {kind: "new" | "reply" | "forward", about:
 * id of the answered or forwarded letter, title, to, cc, text}. `sent(id)` is called when it has left,
 * `gone()` when it is thrown away; `pane` shows notices.
 */
export function writer({ pane, address, letter, sent, gone }) {
  let files = [];
  let lastFile = 0;
  let busy = false;

  const field = (name, value) =>
    h("input", { name, value, autocomplete: "off", spellcheck: false, oninput: refresh });
  const [to, cc, subject] = [
    field("mail-to", letter.to ?? ""),
    field("mail-cc", letter.cc ?? ""),
    field("mail-subject", ""),
  ];
  const text = h("textarea", { name: "mail-text", value: letter.text ?? "", oninput: refresh, dir: "auto" });
  const labels = [h("span", {}), h("span", {}), h("span", {})];
  const fields = h(
    "div",
    { class: "writer-fields" },
    [to, cc, letter.kind === "new" && subject]
      .filter(Boolean)
      .map((input, i) => h("label", {}, labels[i], input)),
  );
  const title = h("b", { dir: "auto" });
  const discard = h("button", { type: "button", class: "icon-button", onclick: leave }, icon("close"));
  const attach = h(
    "button",
    { type: "button", class: "icon-button", onclick: () => picker.click() },
    icon("attach"),
  );
  const submit = h("button", { type: "submit", class: "icon-button send" }, icon("send"));
  const picker = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    name: "mail-files",
    onchange: (event) => {
      add([...event.target.files]);
      event.target.value = "";
    },
  });
  const chips = h("div", { class: "chips", hidden: true });
  const note = h("p", { class: "writer-note", hidden: letter.kind === "new" });
  const root = h(
    "form",
    {
      class: "writer",
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
      onkeydown: onKey,
      ondragover: (event) => event.preventDefault(),
      ondrop: onDrop,
    },
    h("header", { class: "mail-header" }, discard, h("div", { class: "title" }, title), attach, submit),
    fields,
    text,
    chips,
    note,
    picker,
  );

  function add(chosen) {
    files.push(...chosen.map((file) => ({ id: (lastFile += 1), file })));
    refresh();
    text.focus();
  }

  function onDrop(event) {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  }

  function onKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!submit.disabled) send();
    } else if (event.key === "Escape") {
      event.preventDefault(); // or it would close the question too
      leave();
    }
  }

  async function leave() {
    const written = files.length || text.value.trim() !== (letter.text ?? "").trim();
    if (written && !(await confirmBox(t("mail.discard"), t("mail.discard_text"), t("mail.discard_yes"))))
      return;
    gone();
  }

  async function send() {
    busy = true;
    refresh();
    const answer = await attempt(
      control.sendLetter(
        {
          address,
          to: to.value,
          cc: cc.value || undefined,
          subject: subject.value || undefined,
          text: text.value,
          reply_to: letter.kind === "reply" ? letter.about : undefined,
          forward: letter.kind === "forward" ? letter.about : undefined,
        },
        files.map(({ file }) => file),
      ),
      pane,
    );
    busy = false;
    if (answer) sent(answer.id);
    else refresh();
  }

  function refresh() {
    submit.disabled = busy || !to.value.trim() || !(text.value.trim() || files.length || letter.kind === "forward");
    submit.ariaBusy = String(busy);
    chips.hidden = !files.length;
    redraw(
      chips,
      files.map((entry) =>
        h(
          "span",
          { class: "chip", "data-id": entry.id },
          icon("file"),
          entry.file.name,
          h(
            "button",
            {
              type: "button",
              "aria-label": t("remove_file", { name: entry.file.name }),
              onclick: () => {
                files = files.filter((other) => other !== entry);
                refresh();
              },
            },
            icon("close"),
          ),
        ),
      ),
    );
  }

  function draw() {
    root.ariaLabel = title.textContent = letter.title || t(`letter_kind.${letter.kind}`);
    labels[0].textContent = t("mail.to");
    labels[1].textContent = t("mail.cc");
    labels[2].textContent = t("mail.subject");
    text.placeholder = text.ariaLabel = t("mail.words");
    discard.ariaLabel = t("mail.discard_letter");
    attach.ariaLabel = t("attach");
    submit.ariaLabel = t("mail.send");
    note.textContent = t(letter.kind === "forward" ? "mail.forwarded_below" : "mail.quoted_below");
    refresh();
  }

  /** Puts the person where something is missing. */
  function focus() {
    (to.value ? text : to).focus();
  }

  return { root, draw, focus };
}
