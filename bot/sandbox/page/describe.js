// A message in a few words: for lists, quotes, the pinned bar and service lines.

import { t } from "./texts.js";
import { fullName, serviceKind } from "./world.js";

const KINDS = [
  "animation",
  "photo",
  "video",
  "video_note",
  "voice",
  "audio",
  "document",
  "sticker",
  "contact",
  "venue",
  "location",
  "poll",
  "dice",
  "story",
  "paid_media",
];

/** What a message carries besides text: "photo", "voice"…, null for text, "unknown" for the rest. */
export function kindOf(message) {
  if (message.text !== undefined) return null;
  return KINDS.find((kind) => message[kind] !== undefined) ?? "unknown";
}

/** One line that stands for the message. */
export function brief(message) {
  if (serviceKind(message)) return serviceLine(message);
  const kind = kindOf(message);
  const words = (message.text ?? message.caption ?? "").replace(/\s+/g, " ").trim();
  if (!kind) return words;
  if (kind === "document" && !words) return message.document.file_name ?? t("kind.document");
  if (kind === "sticker") return `${message.sticker.emoji ?? ""} ${t("kind.sticker")}`.trim();
  return words ? `${t(`kind.${kind}`)}: ${words}` : t(`kind.${kind}`);
}

const shortened = (text, length) => (text.length > length ? `${text.slice(0, length - 1).trim()}…` : text);

/** A service message as a sentence. */
export function serviceLine(message) {
  const who = fullName(message.from ?? message.sender_chat);
  const kind = serviceKind(message);
  const people = (users) => users.map(fullName).join(", ");
  switch (kind) {
    case "pinned_message":
      return t("service.pinned", { who, what: shortened(brief(message.pinned_message), 40) });
    case "forum_topic_created":
      return t("service.topic_created", { who, name: message.forum_topic_created.name });
    case "forum_topic_edited":
      return t("service.topic_edited", { who, name: message.forum_topic_edited.name ?? "" });
    case "forum_topic_closed":
      return t("service.topic_closed", { who });
    case "forum_topic_reopened":
      return t("service.topic_reopened", { who });
    case "new_chat_members":
      return t("service.joined", { people: people(message.new_chat_members) });
    case "left_chat_member":
      return t("service.left", { people: people([message.left_chat_member]) });
    case "migrate_to_chat_id":
    case "migrate_from_chat_id":
      return t("service.migrated");
    default:
      return t("service.other", { kind: kind.replaceAll("_", " ") });
  }
}
