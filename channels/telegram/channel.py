"""Telegram as a ``Channel``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from aiogram.methods import GetMe, SendChatAction, SetMyCommands
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from channels.limits import Limits
from channels.message import Address, Media, Outbound, Receipt, Transient
from channels.patience import CHAT, Patience
from channels.protocol import Abilities, Health, Inbox, Menu
from channels.telegram import files
from channels.telegram.client import AiogramClient, Client
from channels.telegram.errors import Failed, delivery_error
from channels.telegram.limits import TELEGRAM
from channels.telegram.receive import Receiver
from channels.telegram.send import Describe, Sender, describe_plainly
from channels.telegram.settings import TelegramSettings

MEGABYTE: Final = 1024 * 1024


class TelegramChannel:
    """One bot: receives by long polling, sends by Bot API requests."""

    def __init__(
        self,
        settings: TelegramSettings,
        *,
        describe: Describe = describe_plainly,
        client: Client | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            settings: The bot's section of the workspace.
            describe: Says in words what cannot be copied (a story, paid media) or is left out.
            client: Another driver; aiogram by default.
            now: The clock, for receipts and states of health.

        Raises:
            Misconfigured: there is no token, or it cannot be one.
        """
        self._settings = settings
        self._client = client or AiogramClient(settings, settings.token())
        self._receiver = Receiver(
            self._client, name=settings.name, poll_timeout=settings.poll_timeout, now=now
        )
        self._sender = Sender(
            self._client,
            name=settings.name,
            upload_limit=settings.upload_limit_mb * MEGABYTE,
            describe=describe,
            now=now,
        )

    @property
    def name(self) -> str:
        return self._settings.name

    def abilities(self, place: Address) -> Abilities:
        return self._settings.abilities(place)

    @property
    def repeatable(self) -> bool:
        return False

    @property
    def limits(self) -> Limits:
        return TELEGRAM

    @property
    def patience(self) -> Patience:
        return CHAT

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def run(self, inbox: Inbox) -> None:
        await self._receiver.run(inbox)

    async def send(self, outbound: Outbound) -> Receipt:
        return await self._sender.send(outbound)

    async def probe(self, address: Address) -> None:
        """Show in the chat that something is being written; or, as it may be this chat alone that
        gets no answer, ask for our own name (Bot API: sendChatAction, getMe)."""
        typing = SendChatAction(chat_id=int(address.chat), action="typing")
        for method in (typing, GetMe()):
            try:
                await self._client.call(method)
            except Failed as error:
                if error.kind == "answered":
                    return
                silence = error
            else:
                return
        raise Transient(silence.description, unreachable=True)

    async def fetch(self, media: Media, folder: Path) -> Path:
        return await files.fetch(self._client, media, folder)

    async def show_menus(self, menus: Sequence[Menu]) -> None:
        """Bot API: setMyCommands."""
        for menu in menus:
            scope = (
                BotCommandScopeAllPrivateChats()
                if menu.audience == "clients"
                else BotCommandScopeAllGroupChats()
            )
            commands = [BotCommand(command=name, description=does) for name, does in menu.commands]
            try:
                await self._client.call(
                    SetMyCommands(commands=commands, scope=scope, language_code=menu.language)
                )
            except Failed as error:
                raise delivery_error(error, repeatable=True) from error

    def health(self) -> Health:
        return self._receiver.health
