// The line a person writes in: text, reply, edit, attachments, commands.

import { commandsFor } from "./commands.js";
import * as control from "./control.js";
import { brief } from "./describe.js";
import { h, redraw } from "./dom.js";
import { icon } from "./icons.js";
import { ask, attempt, confirmBox, menu } from "./overlay.js";
import { SAMPLE_PLACE, samplePhone, samplePhoto, samplePoll, sampleVoice } from "./samples.js";
import { t } from "./texts.js";
import { fullName, world } from "./world.js";

/**
 * A composer. `target()` gives {user_id, chat_id, thread_id?, reply_to?, key}: who writes, and where.
 */
export function composer({ pane, name, target }) {
  const drafts = new Map(); // thread key -> text not sent yet
  let reply = null;
  let edited = null;
  let files = [];
  let lastFile = 0;
  let key = null;
  let chosen = 0; // the highlighted command

  const input = h("textarea", {
    rows: 1,
    name: `${name}-text`,
    oninput: refresh,
    onkeydown: onKey,
    onpaste: onPaste,
    enterKeyHint: "send",
  });
  const pick = (media) =>
    h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      accept: media ? "image/*,video/*" : "",
      name: `${name}-${media ? "media" : "files"}`,
      onchange: (event) => {
        add([...event.target.files], media);
        event.target.value = "";
      },
    });
  const [mediaInput, fileInput] = [pick(true), pick(false)];
  const attach = h(
    "button",
    { type: "button", class: "icon-button", "aria-haspopup": "menu", onclick: openAttachments },
    icon("attach"),
  );
  const slash = h(
    "button",
    {
      type: "button",
      class: "icon-button slash",
      onclick: () => insert(input.value.startsWith("/") ? "" : "/"),
    },
    icon("commands"),
  );
  const submit = h("button", { type: "submit", class: "icon-button send" }, icon("send"));
  const extra = h("span", { class: "composer-extra" }); // the client's keyboard switch stands here
  const context = h("div", { class: "composer-context", hidden: true });
  const suggestions = h("div", {
    class: "suggestions",
    role: "listbox",
    id: `${name}-commands`,
    hidden: true,
  });
  const chips = h("div", { class: "chips", hidden: true });
  const root = h(
    "form",
    {
      class: "composer",
      onsubmit: (event) => {
        event.preventDefault();
        send();
      },
    },
    suggestions,
    context,
    chips,
    h("div", { class: "composer-line" }, attach, slash, input, extra, submit),
    mediaInput,
    fileInput,
  );

  pane.addEventListener("dragover", (event) => event.preventDefault());
  pane.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files], true);
  });

  function add(chosenFiles, media) {
    files.push(
      ...chosenFiles.map((file) => ({
        id: (lastFile += 1),
        file,
        media: media && /^(image|video)\//.test(file.type),
      })),
    );
    refresh();
    input.focus();
  }

  function onPaste(event) {
    if (event.clipboardData?.files.length) add([...event.clipboardData.files], true);
  }

  function matching() {
    const { chat_id, user_id } = target();
    if (!/^\/\w*$/.test(input.value)) return [];
    const all = commandsFor(world.chats.get(chat_id), world.users.get(user_id));
    return all.filter(({ command }) => `/${command}`.startsWith(input.value.toLowerCase()));
  }

  function onKey(event) {
    const commands = matching();
    if (commands.length && ["ArrowDown", "ArrowUp", "Tab"].includes(event.key)) {
      event.preventDefault();
      if (event.key === "Tab") return insert(`/${commands[chosen].command}`);
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : -1) + commands.length) % commands.length;
      return refresh();
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      if (commands.length && chosen > 0) insert(`/${commands[chosen].command}`);
      send();
    } else if (event.key === "Escape") {
      drop();
    } else if (event.key === "ArrowUp" && !input.value && !edited) {
      const { chat_id, user_id } = target();
      const mine = world
        .list(chat_id)
        .filter((message) => message.from?.id === user_id && message.text && !message.deleted);
      if (mine.length) editing(mine.at(-1));
    }
  }

  function drop() {
    if (edited) input.value = "";
    reply = edited = null;
    files = [];
    refresh();
  }

  function insert(text) {
    input.value = text;
    chosen = 0;
    refresh();
    input.focus();
  }

  function replyTo(message) {
    reply = message;
    edited = null;
    refresh();
    input.focus();
  }

  function editing(message) {
    edited = message;
    reply = null;
    insert(message.text ?? message.caption ?? "");
  }

  function base() {
    const { user_id, chat_id, thread_id, reply_to } = target();
    return { user_id, chat_id, thread_id: thread_id || undefined, reply_to: reply?.message_id ?? reply_to };
  }

  async function deliver(fields, blobs = []) {
    const sent = await attempt(control.send({ ...base(), ...fields }, blobs), pane);
    if (!sent) return false;
    for (const message of sent.messages) world.meet(message);
    reply = null;
    world.changed();
    return true;
  }

  async function send() {
    const text = input.value.trim();
    if (edited) {
      const { chat_id, user_id } = target();
      const words = edited.text === undefined ? { caption: text } : { text };
      if (await attempt(control.edit({ user_id, chat_id, message_id: edited.message_id, ...words }), pane))
        drop();
    } else if (files.length) {
      if (await deliver(...packed(text))) {
        files = [];
        input.value = "";
      }
    } else if (text) {
      input.value = "";
      if (!(await deliver({ text }))) input.value = text;
    }
    refresh();
  }

  /** The chosen files as one message or one album. */
  function packed(caption) {
    const kinds = new Set(files.map(({ file, media }) => (media ? file.type.split("/")[0] : "document")));
    const kind =
      kinds.size > 1 ? "document" : { image: "photo", video: "video", document: "document" }[[...kinds][0]];
    const fields = {
      as: kind,
      caption: caption || undefined,
      media_group: files.length > 1 ? true : undefined,
    };
    return [fields, files.map(({ file }) => file)];
  }

  function openAttachments() {
    const user = () => world.users.get(target().user_id);
    menu(attach, [
      { label: t("attach.media"), icon: "photo", act: () => mediaInput.click() },
      { label: t("attach.file"), icon: "file", act: () => fileInput.click() },
      { label: t("attach.sample_photo"), icon: "photo", act: async () => add([await samplePhoto()], true) },
      {
        label: t("attach.sample_voice"),
        icon: "voice",
        act: () => deliver({ as: "voice", duration: 2 }, [sampleVoice()]),
      },
      { label: t("attach.contact"), icon: "contact", act: () => shareContact(user()) },
      {
        label: t("attach.location"),
        icon: "location",
        act: () => deliver({ as: "location", ...SAMPLE_PLACE }),
      },
      { label: t("attach.poll"), icon: "poll", act: () => deliver({ as: "poll", ...samplePoll() }) },
      { label: t("attach.dice"), icon: "dice", act: () => deliver({ as: "dice", emoji: "🎲" }) },
    ]);
  }

  const shareContact = (user) =>
    deliver({
      as: "contact",
      phone_number: samplePhone(user),
      first_name: user.first_name,
      last_name: user.last_name,
    });

  /** What a reply keyboard's key asks for; Telegram asks before it gives away a number or a place. */
  async function pressKey(button) {
    const user = world.users.get(target().user_id);
    if (button.request_contact) {
      if (
        await confirmBox(
          t("share.contact"),
          t("share.contact_text", { phone: samplePhone(user) }),
          t("share.yes"),
        )
      )
        shareContact(user);
    } else if (button.request_location) {
      if (await confirmBox(t("share.location"), t("share.location_text"), t("share.yes")))
        deliver({ as: "location", ...SAMPLE_PLACE });
    } else if (button.request_poll) {
      const poll = await ask({
        title: t("attach.poll"),
        fields: [{ name: "question", label: t("poll.question") }],
        buttons: [
          [t("cancel"), ""],
          [t("send"), "send"],
        ],
      });
      if (poll) deliver({ as: "poll", question: poll.question, options: [t("yes"), t("no")] });
    } else {
      deliver({ text: button.text });
    }
  }

  function refresh() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 140)}px`;
    submit.disabled = !input.value.trim() && !files.length;

    const commands = matching();
    chosen = Math.min(chosen, Math.max(0, commands.length - 1));
    suggestions.hidden = !commands.length;
    redraw(suggestions, [
      ...commands.map(({ command, description }, i) =>
        h(
          "button",
          {
            type: "button",
            role: "option",
            tabIndex: -1,
            "aria-selected": String(i === chosen),
            onclick: () => {
              insert(`/${command}`);
              send();
            },
          },
          h("b", {}, `/${command}`),
          h("span", {}, description),
        ),
      ),
    ]);

    const about = edited ?? reply;
    context.hidden = !about;
    redraw(context, [
      ...(about
        ? [
            icon(edited ? "edit" : "reply"),
            h(
              "span",
              {},
              h("b", {}, edited ? t("editing") : t("replying_to", { who: fullName(reply.from) })),
              h("small", {}, brief(about)),
            ),
            h(
              "button",
              { type: "button", class: "icon-button", "aria-label": t("cancel"), onclick: drop },
              icon("close"),
            ),
          ]
        : []),
    ]);

    chips.hidden = !files.length;
    redraw(chips, [
      ...files.map((entry) =>
        h(
          "span",
          { class: "chip", "data-id": entry.id },
          icon(entry.media ? "photo" : "file"),
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
    ]);
  }

  /** Draws labels in the current language and keeps each thread's own draft. */
  function draw(placeholder) {
    const now = target().key;
    if (now !== key) {
      if (key !== null && !edited) drafts.set(key, input.value);
      key = now;
      reply = edited = null;
      files = [];
      input.value = drafts.get(key) ?? "";
    }
    const { chat_id, user_id } = target();
    slash.hidden = !commandsFor(world.chats.get(chat_id), world.users.get(user_id)).length;
    input.placeholder = placeholder ?? t("write");
    input.ariaLabel = t("write");
    attach.ariaLabel = t("attach");
    slash.ariaLabel = t("commands");
    submit.ariaLabel = t("send");
    suggestions.ariaLabel = t("commands");
    refresh();
  }

  return {
    root,
    extra,
    draw,
    insert,
    replyTo,
    editing,
    add,
    pressKey,
    sendText: (text) => deliver({ text }),
  };
}
