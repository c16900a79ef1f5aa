"""One ``Outbound`` carried out over the Bot API.

Nothing is tried twice, except what Telegram demonstrably refused and takes in another form: a
text without its formatting, a picture as a document, a message without the reply. A post of
several messages that breaks off half-way says what arrived (``Uncertain.arrived``), so that
nothing is repeated behind anybody's back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiogram.methods import (
    AnswerCallbackQuery,
    CloseForumTopic,
    CreateForumTopic,
    DeleteMessage,
    EditForumTopic,
    LeaveChat,
    PinChatMessage,
    ReopenForumTopic,
    SetMessageReaction,
)
from aiogram.types import ReactionTypeEmoji, ReactionTypeUnion

from channels.message import (
    AnswerPress,
    ChangeThread,
    Delete,
    DeliveryError,
    Edit,
    FormattedText,
    Leave,
    MarkState,
    Media,
    OpenThread,
    Other,
    Outbound,
    Permanent,
    Post,
    React,
    Reason,
    Receipt,
    Transient,
    Uncertain,
)
from channels.telegram import errors
from channels.telegram.client import Client, Json
from channels.telegram.errors import Failed, delivery_error
from channels.telegram.files import sendable
from channels.telegram.limits import MAX_TEXT
from channels.telegram.plan import Copy, LeftOut, Message, Words, plan, size
from channels.telegram.render import MAX_NOTE, MAX_TOPIC_TITLE, shorten, split
from channels.telegram.requests import (
    Manner,
    Request,
    Target,
    another_form,
    edit_request,
    request,
)

log = logging.getLogger(__name__)

CROWDED = 900_000
"""Messages of a forum after which its administrators are warned. At about a million Telegram
deletes the oldest ones, and a topic is lost with the service message that opened it: sending to it
fails with "message thread not found" (tdlib/telegram-bot-api#596). Message ids of a supergroup
count its messages."""

MARKS: Final[Mapping[MarkState, str]] = {
    "delivered": "👌", "failed": "💔", "unsure": "🤔",
    "done": "👌", "noted": "✍", "unheard": "👎", "thanks": "❤",
}  # fmt: skip
"""How a state looks: one of the reactions a bot may give (Bot API, ReactionTypeEmoji)."""

Describe = Callable[[Other | Media], FormattedText]
"""Says in words what cannot be copied, or which file was left out (``Media.left_out``)."""


def describe_plainly(part: Other | Media) -> FormattedText:
    """The description without a text catalogue at hand."""
    said = part.detail if isinstance(part, Other) else part.name or ""
    return FormattedText(f"[{part.kind}] {said}".rstrip())


class Sender:
    """Sends for one bot."""

    def __init__(
        self,
        client: Client,
        *,
        name: str,
        upload_limit: int,
        describe: Describe = describe_plainly,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            client: Carries the requests.
            name: Of the channel; files and messages of other channels cannot be referred to.
            upload_limit: Bytes of the largest file the Bot API takes.
            describe: Says in words what cannot be copied or is left out.
            now: The clock, for receipts.
        """
        self._client = client
        self._name = name
        self._upload_limit = upload_limit
        self._describe = describe
        self._now = now

    async def send(self, outbound: Outbound) -> Receipt:
        """Carry out one act. Raises as ``Channel.send`` says."""
        place = Target.of(outbound.address)
        messages: tuple[str, ...] = ()
        match outbound.act:
            case Post() as post:
                return await self._post(outbound, post)
            case OpenThread(title=title):
                name = shorten(title, MAX_TOPIC_TITLE)
                opened = await self._call(
                    CreateForumTopic(chat_id=place.chat, name=name), repeatable=False
                )
                return Receipt(at=self._now(), thread=str(opened["message_thread_id"]))
            case Edit() as edit:
                await self._edit(place, edit)
                messages = (edit.message,)
            case Delete(messages=messages):
                for message in messages:
                    await self._delete(place, message)
            case React(message=message, state=state):
                reaction: list[ReactionTypeUnion] = (
                    [ReactionTypeEmoji(emoji=MARKS[state])] if state else []
                )
                await self._call(
                    SetMessageReaction(
                        chat_id=place.chat, message_id=int(message), reaction=reaction
                    )
                )
            case AnswerPress(press=press, text=text, alert=alert):
                await self._call(
                    AnswerCallbackQuery(
                        callback_query_id=press,
                        text=shorten(text, MAX_NOTE) or None,
                        show_alert=alert or None,
                    )
                )
            case ChangeThread() as change:
                await self._change_thread(place, change)
            case Leave():
                await self._leave(place)
        return Receipt(at=self._now(), messages=messages, thread=outbound.address.thread)

    async def _call(self, method: Request, *, repeatable: bool = True) -> Json:
        try:
            return await self._client.call(method)
        except Failed as error:
            raise delivery_error(error, repeatable=repeatable) from error

    async def _call_in_some_form(self, method: Request, *, repeatable: bool) -> Json:
        try:
            return await self._client.call(method)
        except Failed as error:
            other = another_form(method, error)
            if other is None:
                raise delivery_error(error, repeatable=repeatable) from error
            log.info("Sent in another form, as Telegram said: %s", error.description)
        return await self._call_in_some_form(other, repeatable=repeatable)

    # ----------------------------------------------------------------------- posting

    async def _post(self, outbound: Outbound, post: Post) -> Receipt:
        place = Target.of(outbound.address)
        content = await sendable(post.content, channel=self._name, limit=self._upload_limit)
        messages = plan(content, channel=self._name, keyboard=post.keyboard is not None)
        if not messages:
            raise Permanent(Reason.REFUSED, "there is nothing to say")
        ids = list(outbound.arrived)
        counted = 0
        for position, message in enumerate(messages):
            counted += size(message)
            if counted <= len(outbound.arrived):
                continue
            manner = Manner(
                reply_to=post.reply_to if position == 0 else None,
                keyboard=post.keyboard if position == len(messages) - 1 else None,
                silent=post.silent,
            )
            try:
                ids += await self._say(place, message, manner)
            except (Transient, Permanent) as error:
                if not ids:
                    raise
                detail = f"broken off after {len(ids)} messages: {error}"
                raise Uncertain(detail, arrived=tuple(ids), rest=error) from error
            except Uncertain as error:
                raise Uncertain(
                    error.detail, arrived=tuple(ids), unreachable=error.unreachable
                ) from error
        if post.pin:
            await self._pin(place, ids[0])
        return Receipt(
            at=self._now(),
            messages=tuple(ids),
            thread=outbound.address.thread,
            left_out=tuple(
                part.name or part.kind
                for part in content.parts
                if isinstance(part, Media) and part.left_out is not None
            ),
            crowded=place.thread is not None and int(ids[-1]) >= CROWDED,
        )

    async def _say(self, place: Target, message: Message, manner: Manner) -> list[str]:
        """Say one message and make sure where it landed. Returns its ids."""
        if isinstance(message, Copy):
            return await self._copy(place, message, manner)
        if isinstance(message, LeftOut):
            return await self._in_words(place, message.media, manner)
        result = await self._call_in_some_form(request(message, place, manner), repeatable=False)
        sent = result if isinstance(result, list) else [result]
        await self._check_thread(place, sent)
        if not all(message["message_id"] for message in sent):
            # Telegram put off what it has to process first; there is no telling what becomes of it.
            raise Uncertain("accepted for later, without a message id", unreachable=False)
        return [str(message["message_id"]) for message in sent]

    async def _copy(self, place: Target, message: Copy, manner: Manner) -> list[str]:
        """Copy what only Telegram can repeat; in words where it may not be copied (case B18).

        The answer to a copy does not say in which thread it landed.
        """
        if message.source is not None:
            try:
                copied = await self._call_in_some_form(
                    request(message, place, manner), repeatable=False
                )
                return [str(copied["message_id"])]
            except Permanent as error:
                if error.reason not in (Reason.REFUSED, Reason.MESSAGE_GONE):
                    raise
                log.info("A %s could not be copied: %s", message.other.kind, error.detail)
        return await self._in_words(place, message.other, manner)

    async def _in_words(self, place: Target, part: Other | Media, manner: Manner) -> list[str]:
        told = self._describe(part)
        if isinstance(part, Media) and part.caption:
            told = told + "\n" + part.caption
        words = split(told, MAX_TEXT)
        if not words:
            raise Permanent(Reason.REFUSED, f"nothing can be said of a {part.kind}")
        return await self._say(place, Words(words[0]), manner)

    async def _check_thread(self, place: Target, sent: list[Json]) -> None:
        """A deleted topic's id can let a message fall silently into the main chat: take it back
        (case B9)."""
        if place.thread is None:
            return
        strayed = [
            message
            for message in sent
            if message["chat"]["type"] != "private"
            and message.get("message_thread_id") != place.thread
        ]
        if not strayed:
            return
        for message in strayed:
            try:
                await self._delete(place, str(message["message_id"]))
            except DeliveryError as error:
                log.warning("A message that strayed from its topic stays: %s", error)
        raise Permanent(Reason.THREAD_GONE, f"topic {place.thread} let a message fall beside it")

    async def _pin(self, place: Target, message: str) -> None:
        """Pin what was posted. The post itself has arrived: a failure here must not repeat it, and
        ``doctor`` finds the missing right."""
        try:
            await self._call(
                PinChatMessage(
                    chat_id=place.chat, message_id=int(message), disable_notification=True
                )
            )
        except DeliveryError as error:
            log.warning("Message %s was posted but not pinned: %s", message, error)

    # ----------------------------------------------------------------------- other acts

    async def _edit(self, place: Target, edit: Edit) -> None:
        try:
            await self._call_edit(edit_request(edit, place))
        except Failed as error:
            if not errors.has_no_text(error):
                raise delivery_error(error, repeatable=True) from error
            caption = edit_request(edit, place, as_caption=True)
            try:
                await self._call_edit(caption)
            except Failed as refused:
                raise delivery_error(refused, repeatable=True) from refused

    async def _call_edit(self, method: Request) -> None:
        try:
            await self._client.call(method)
        except Failed as error:
            if errors.already_so(error):
                return
            other = another_form(method, error)
            if other is None:
                raise
        else:
            return
        await self._call_edit(other)

    async def _delete(self, place: Target, message: str) -> None:
        try:
            await self._client.call(DeleteMessage(chat_id=place.chat, message_id=int(message)))
        except Failed as error:
            if not errors.already_deleted(error):
                raise delivery_error(error, repeatable=True) from error

    async def _change_thread(self, place: Target, change: ChangeThread) -> None:
        if place.thread is None:
            raise Permanent(Reason.NO_THREADS, "the address names no thread")
        topic: dict[str, Any] = {"chat_id": place.chat, "message_thread_id": place.thread}
        steps: list[Request] = []
        if change.title is not None:
            name = shorten(change.title, MAX_TOPIC_TITLE)
            steps.append(EditForumTopic(name=name, **topic))
        if change.closed is not None:
            steps.append(CloseForumTopic(**topic) if change.closed else ReopenForumTopic(**topic))
        for step in steps:
            try:
                await self._client.call(step)
            except Failed as error:
                if not errors.already_so(error):
                    raise delivery_error(error, repeatable=True) from error

    async def _leave(self, place: Target) -> None:
        try:
            await self._call(LeaveChat(chat_id=place.chat))
        except Permanent as error:
            if error.reason is not Reason.CHAT_GONE:  # gone is gone
                raise
