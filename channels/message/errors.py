"""Why something did not arrive: the errors of a channel's ``send``.

::

    DeliveryError
    ├── Transient   not delivered, worth another try, after ``retry_after`` seconds if told so
    ├── Permanent   not delivered and another try will not help; ``reason`` says why
    └── Uncertain   it may have been delivered; nobody can tell
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a delivery failed for good."""

    BLOCKED = "blocked"  #: the client blocked us or deleted the account
    NO_ADDRESS = "no_address"  #: there is nobody at this address
    CHAT_GONE = "chat_gone"  #: we are no longer in the group, or it does not exist
    NO_RIGHTS = "no_rights"  #: we are in the group but may not do this
    MOVED = "moved"  #: the chat has a new id, in ``moved_to``
    THREAD_GONE = "thread_gone"  #: the thread was deleted
    THREAD_CLOSED = "thread_closed"  #: the thread is closed to us
    NO_THREADS = "no_threads"  #: the group has no threads (topics switched off)
    MESSAGE_GONE = "message_gone"  #: what should be edited or reacted to is not there
    TOO_LARGE = "too_large"  #: a file is over the channel's limit
    TOO_LATE = "too_late"  #: a pressed button can no longer be answered
    GAVE_UP = "gave_up"  #: tried for as long as the channel's patience lasts
    NO_CHANNEL = "no_channel"  #: the channel is not in the settings any more; told by delivery
    REFUSED = "refused"  #: anything else the channel will never take


class DeliveryError(Exception):
    """An act did not demonstrably reach its address."""


class Transient(DeliveryError):
    """Not delivered; may be tried again after ``retry_after`` seconds (None: use a backoff).

    ``whole_chat`` is true when the channel asked us to leave the whole chat alone meanwhile
    (Telegram's 429). ``unreachable`` is true when the far side gave no sign that it works: other
    acts would fare no better now.
    """

    def __init__(
        self,
        detail: str,
        *,
        retry_after: float | None = None,
        whole_chat: bool = False,
        unreachable: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.whole_chat = whole_chat
        self.unreachable = unreachable


class Permanent(DeliveryError):
    """Not delivered; ``reason`` decides what happens next."""

    def __init__(self, reason: Reason, detail: str = "", *, moved_to: str | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.moved_to = moved_to


class Uncertain(DeliveryError):
    """It may have arrived: the connection broke after the whole request had gone out, or a post of
    several messages was broken off half-way.

    ``arrived`` lists the first messages of the post that did arrive. ``rest`` says why the next
    one demonstrably did not; None means that nobody knows about the next one. The same
    ``Outbound`` with ``arrived`` filled in goes on after them. ``unreachable`` as of ``Transient``;
    a far side that answers, and whose answer does not tell, is not unreachable.
    """

    def __init__(
        self,
        detail: str,
        *,
        arrived: tuple[str, ...] = (),
        rest: Transient | Permanent | None = None,
        unreachable: bool = True,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.arrived = arrived
        self.rest = rest
        self.unreachable = unreachable
