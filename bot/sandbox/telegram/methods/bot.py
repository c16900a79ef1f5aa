"""The bot about itself: who it is, its commands and texts, its webhook, its files."""

from __future__ import annotations

import re

from bot.sandbox.telegram.errors import bad_request
from bot.sandbox.telegram.methods.media import DOWNLOAD_LIMIT
from bot.sandbox.telegram.methods.registry import Api, method
from bot.sandbox.telegram.params import Call
from bot.sandbox.telegram.state import Json
from bot.sandbox.telegram.updates import KINDS, WEBHOOK_SET

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SECRET = re.compile(r"[A-Za-z0-9_-]*")


@method("getMe")
def get_me(api: Api, call: Call) -> object:
    return api.world.bot.json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": api.world.reads_everything,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
        "supports_guest_queries": False,
    }


@method("getFile")
def get_file(api: Api, call: Call) -> object:
    file_id = call.text("file_id") or ""
    file = api.world.files.find(file_id)
    if file is None:
        raise bad_request("invalid file_id" if file_id else "file_id not specified")
    if file.size > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return {
        "file_id": file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


# Commands and texts


def scope_key(call: Call) -> str:
    """Scope and language of a list of commands, as one key: `default`, `chat:-100…/ru` …

    Raises:
        ApiError: 400 unknown scope or language.
    """
    scope = call.mapping("scope") or {"type": "default"}
    kind = str(scope.get("type"))
    ids = {
        "default": (),
        "all_private_chats": (),
        "all_group_chats": (),
        "all_chat_administrators": (),
        "chat": ("chat_id",),
        "chat_administrators": ("chat_id",),
        "chat_member": ("chat_id", "user_id"),
    }
    if kind not in ids:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    key = ":".join([kind, *(str(scope.get(name)) for name in ids[kind])])
    return f"{key}/{language_of(call)}" if language_of(call) else key


def language_of(call: Call) -> str:
    """`language_code`: two lower-case letters, or empty.

    Raises:
        ApiError: 400.
    """
    code = call.text("language_code") or ""
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


@method("setMyCommands")
def set_my_commands(api: Api, call: Call) -> object:
    given = call.array("commands")
    if given is None:
        raise bad_request("can't parse commands JSON object")
    if len(given) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    commands = [_command(item) for item in given]
    api.world.commands[scope_key(call)] = commands
    api.world.changes.record("state")
    return True


def _command(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad_request("expected an Object as BotCommand")
    name = str(item.get("command") or "").removeprefix("/")
    description = str(item.get("description") or "")
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


@method("getMyCommands")
def get_my_commands(api: Api, call: Call) -> object:
    return api.world.commands.get(scope_key(call), [])


@method("deleteMyCommands")
def delete_my_commands(api: Api, call: Call) -> object:
    api.world.commands.pop(scope_key(call), None)
    api.world.changes.record("state")
    return True


def _profile_text(suffix: str, field: str, limit: int) -> None:
    """Registers `setMy…` and `getMy…` of one of the bot's texts."""

    @method(f"setMy{suffix}")
    def set_text(api: Api, call: Call) -> object:
        text = call.text(field) or ""
        if len(text) > limit:
            raise bad_request(f"{field.replace('_', ' ')} is too long")
        api.world.profile[f"{field}/{language_of(call)}"] = text
        return True

    @method(f"getMy{suffix}")
    def get_text(api: Api, call: Call) -> object:
        default = api.world.bot.first_name if field == "name" else ""
        profile = api.world.profile
        text = profile.get(f"{field}/{language_of(call)}") or profile.get(f"{field}/")
        return {field: text or default}


_profile_text("Name", "name", 64)
_profile_text("Description", "description", 512)
_profile_text("ShortDescription", "short_description", 120)


@method("getUserProfilePhotos")
def get_user_profile_photos(api: Api, call: Call) -> object:
    if call.integer("user_id") not in api.world.users:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}


# How updates come


@method("setWebhook")
def set_webhook(api: Api, call: Call) -> object:
    url = (call.text("url") or "").strip()
    secret = call.text("secret_token") or ""
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    # Like a server in --local mode, plain http is accepted.
    if url and not url.startswith(("https://", "http://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    allow(api, call)
    if call.flag("drop_pending_updates"):
        api.world.updates.clear()
    same = url == api.webhook.url
    api.webhook.set(url, secret, call.integer("max_connections") or 40)
    if url:
        api.world.updates.interrupt(WEBHOOK_SET)
    return True, "Webhook is already set" if same and url else "Webhook was set"


@method("deleteWebhook")
def delete_webhook(api: Api, call: Call) -> object:
    if call.flag("drop_pending_updates"):
        api.world.updates.clear()
    was_set = bool(api.webhook.url)
    api.webhook.set("", "", 40)
    return True, "Webhook was deleted" if was_set else "Webhook is already deleted"


@method("getWebhookInfo")
def get_webhook_info(api: Api, call: Call) -> object:
    webhook, updates = api.webhook, api.world.updates
    info: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(updates),
    }
    if webhook.url:
        info["max_connections"] = webhook.max_connections
        info["ip_address"] = "127.0.0.1"
    if webhook.last_error is not None:
        info["last_error_date"], info["last_error_message"] = webhook.last_error
    if updates.allowed is not None:
        info["allowed_updates"] = sorted(updates.allowed)
    return info


def allow(api: Api, call: Call) -> None:
    """Takes over `allowed_updates`; without it the earlier choice stays.

    Raises:
        ApiError: 400 not a list of strings.
    """
    kinds = call.array("allowed_updates")
    if kinds is None:
        return
    if not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("expected String as allowed update")
    api.world.updates.allow([kind for kind in kinds if kind in KINDS])
