// Which of the bot's commands a person sees in a chat (Bot API, BotCommandScope: "Determining list of commands").

import { world } from "./world.js";

/** The command list for `user` in `chat`: the narrowest scope that has one, their language first. */
export function commandsFor(chat, user) {
  if (!chat || !user) return [];
  const admin = (chat.admins ?? []).some((one) => (one.id ?? one) === user.id);
  const scopes =
    chat.type === "private"
      ? [`chat:${chat.id}`, "all_private_chats", "default"]
      : [
          `chat_member:${chat.id}:${user.id}`,
          ...(admin ? [`chat_administrators:${chat.id}`] : []),
          `chat:${chat.id}`,
          ...(admin ? ["all_chat_administrators"] : []),
          "all_group_chats",
          "default",
        ];
  const spoken = (user.language_code ?? "").split("-")[0];
  for (const scope of scopes) {
    const list = world.commands[`${scope}/${spoken}`] ?? world.commands[scope];
    if (list?.length) return list;
  }
  return [];
}
