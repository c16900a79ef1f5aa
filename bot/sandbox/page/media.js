// What a message carries besides text.

import { fileUrl } from "./control.js";
import { kindOf } from "./describe.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { lightbox } from "./overlay.js";
import { size, t } from "./texts.js";
import { fullName } from "./world.js";

/** A card for something shown as an icon, a title and a line below it. */
export function card(name, title, line, href = null, download = null) {
  const inside = [
    h("span", { class: "card-icon" }, icon(name)),
    h("span", { class: "card-text" }, h("b", {}, title), line && h("small", {}, line)),
  ];
  return href ? h("a", { class: "card", href, download }, inside) : h("div", { class: "card" }, inside);
}

const fileCard = (file, title) => card("file", title, size(file.file_size), fileUrl(file.file_id), title);

/** A picture that opens in full; one that is no picture after all becomes a file. */
function picture(file, alt, width, height) {
  const src = fileUrl(file.file_id);
  const button = h(
    "button",
    { type: "button", class: "picture", "aria-label": t("open_picture"), onclick: () => lightbox(src, alt) },
    h("img", {
      src,
      alt,
      width,
      height,
      onerror: () => button.replaceWith(fileCard(file, t("kind.photo"))),
    }),
  );
  return button;
}

const player = (tag, file, name) =>
  h(tag, {
    controls: true,
    preload: "metadata",
    src: fileUrl(file.file_id),
    class: name,
    "aria-label": t(`kind.${name}`),
  });

const DRAW = {
  photo: ({ photo, caption }) => {
    const largest = photo.reduce((a, b) => (b.width * b.height >= a.width * a.height ? b : a));
    return picture(largest, caption ?? t("kind.photo"), largest.width, largest.height);
  },
  video: ({ video }) => player("video", video, "video"),
  animation: ({ animation }) => player("video", animation, "animation"),
  video_note: ({ video_note: note }) => player("video", note, "video_note"),
  voice: ({ voice }) => player("audio", voice, "voice"),
  audio: ({ audio }) =>
    h(
      "div",
      { class: "track" },
      h("b", {}, audio.title ?? audio.file_name ?? t("kind.audio")),
      player("audio", audio, "audio"),
    ),
  document: ({ document: file }) => fileCard(file, file.file_name ?? t("kind.document")),
  sticker: ({ sticker }) => {
    const words = h("span", { class: "sticker-emoji", title: t("kind.sticker") }, sticker.emoji ?? "🖼");
    if (sticker.is_animated || sticker.is_video) return words;
    const image = h("img", {
      class: "sticker",
      src: fileUrl(sticker.file_id),
      alt: `${t("kind.sticker")} ${sticker.emoji ?? ""}`,
      onerror: () => image.replaceWith(words),
    });
    return image;
  },
  contact: ({ contact }) => card("contact", fullName(contact), contact.phone_number),
  location: ({ location }) =>
    card("location", t("kind.location"), `${location.latitude.toFixed(4)}, ${location.longitude.toFixed(4)}`),
  venue: ({ venue }) => card("location", venue.title, venue.address),
  poll: ({ poll }) =>
    h(
      "div",
      { class: "poll" },
      h("b", {}, poll.question),
      h(
        "ul",
        {},
        poll.options.map((option) => h("li", {}, option.text)),
      ),
    ),
  dice: ({ dice }) =>
    h("div", { class: "dice", title: String(dice.value) }, dice.emoji, h("small", {}, String(dice.value))),
  story: () => card("photo", t("kind.story"), ""),
  paid_media: () => card("lock", t("kind.paid_media"), ""),
  unknown: () => card("help", t("kind.unknown"), ""),
};

/** The carried thing as DOM, or null for a plain text. */
export function media(message) {
  const kind = kindOf(message);
  return kind && DRAW[kind](message);
}
