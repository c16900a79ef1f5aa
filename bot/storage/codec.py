"""Values as JSON text and back.

The stored form is the dataclasses' own: field names as keys. Reading ignores keys it does not know
and takes the default for keys that are missing, so rows written by a neighbouring version load.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from bot.conversation.decision import ContactRecord, Outgoing
from bot.conversation.state import Client, Conversation, Message
from channels.message import Inbound, Receipt
from escalation.experts import SideThread
from escalation.ticket import Ticket, TicketEvent

T = TypeVar("T")


class Codec(Generic[T]):
    """One kind of value."""

    def __init__(self, kind: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)

    def dump(self, value: T) -> str:
        """JSON. Halves of surrogate pairs, which no encoding can store, become U+FFFD."""
        try:
            return self._adapter.dump_json(value).decode()
        except (PydanticSerializationError, UnicodeEncodeError):
            return to_json(_whole(self._adapter.dump_python(value))).decode()

    def brief(self, value: T) -> str:
        """JSON without what a reader takes for granted, for values that say little."""
        return self._adapter.dump_json(value, exclude_defaults=True).decode()

    def load(self, text: str) -> T:
        return self._adapter.validate_json(text)


def whole_text(text: str) -> str:
    """The same text without what databases cannot keep in a text column: NUL and halves of
    surrogate pairs become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return (
        text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )


def _whole(value: Any) -> Any:  # noqa: ANN401 - any tree of plain values
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_whole(item) for item in value]
    return value


CLIENT = Codec(Client)
CONVERSATION = Codec(Conversation)
MESSAGE = Codec(Message)
SIDE_THREAD = Codec(SideThread)
TICKET = Codec(Ticket)
TICKET_EVENT = Codec(TicketEvent)
CONTACT = Codec(ContactRecord)
INBOUND = Codec(Inbound)
OUTGOING = Codec(Outgoing)
RECEIPT = Codec(Receipt)
