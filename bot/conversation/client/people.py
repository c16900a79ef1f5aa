"""Who writes: the client and their conversation, met once and recognised ever after."""

from __future__ import annotations

from bot.conversation.state import Client, Conversation, Envelope, Message
from bot.conversation.turn import Turn
from channels.message import Content, Inbound, MessageRef, Said
from escalation.ticket import Author
from faq.text import language_of

NAME = "name"
"""A remembered answer to a question of this id is the client's name, whatever the channel says."""


def recognise(turn: Turn, inbound: Inbound) -> bool:
    """Make the turn about the conversation at the address; False if nobody ever wrote from it."""
    conversation = turn.records.conversation_at(inbound.address)
    if conversation is None:
        return False
    turn.about(conversation, turn.parties.owner(conversation))
    return True


def meet(turn: Turn, inbound: Inbound) -> None:
    """As ``recognise``, and make what is new: the client, the name, the channel's language."""
    sender = inbound.sender
    spoken = language_named(turn, sender.language)
    if not recognise(turn, inbound):
        client = Client(
            id=turn.ids.new_id(),
            name=sender.name,
            username=sender.username,
            created_at=turn.now,
        )
        conversation = Conversation(
            id=turn.ids.new_id(),
            client=client.id,
            address=inbound.address,
            language=spoken or _written(turn, inbound) or turn.workspace.default_language,
        )
        turn.about(conversation, client)
        return
    if spoken and not turn.conversation.language_chosen and spoken != turn.language:
        turn.change(language=spoken)
    kept = turn.client.named_by_desk or NAME in turn.client.facts
    name = turn.client.name if kept else sender.name or turn.client.name
    if (name, sender.username) != (turn.client.name, turn.client.username):
        turn.change_client(name=name, username=sender.username)


def language_named(turn: Turn, tag: str | None) -> str | None:
    """A language of the workspace that a tag such as ``pt-br`` names."""
    code = (tag or "").replace("_", "-").partition("-")[0].lower()
    return next((known for known in turn.workspace.settings.languages if known == code), None)


def _written(turn: Turn, inbound: Inbound) -> str | None:
    """The language of the first words, for a channel that names none we speak."""
    if not isinstance(inbound.event, Said):
        return None
    return language_named(turn, language_of(inbound.event.content.words))


def author(turn: Turn) -> Author:
    """The client as the author of what they say."""
    address = turn.conversation.address
    return Author(kind="client", id=f"{address.channel}:{address.chat}", name=turn.client.name)


def keep(
    turn: Turn,
    inbound: Inbound,
    said: Said,
    *,
    reply_to: str | None,
    envelope: Envelope | None = None,
) -> Message:
    """Save what the client said, before anything is made of it."""
    content = said.content
    if not content.source:
        ref = MessageRef(channel=inbound.channel, chat=inbound.address.chat, id=said.message)
        content = with_source(content, ref)
    return turn.save_message(
        Message(
            id=turn.ids.new_id(),
            conversation=turn.conversation.id,
            ticket=None,
            kind="client",
            author=author(turn),
            content=content,
            at=turn.now,
            reply_to=reply_to,
            envelope=envelope,
            quote=said.quote,
        )
    )


def with_source(content: Content, ref: MessageRef) -> Content:
    """The content with the foreign message it came in."""
    return Content(
        text=content.text,
        parts=content.parts,
        source=(ref,),
        forwarded_from=content.forwarded_from,
        protected=content.protected,
    )
