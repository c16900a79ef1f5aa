"""What a message says after one of the foreign messages it came in was edited."""

from __future__ import annotations

from dataclasses import replace

from channels.message import Content


def edited(old: Content, new: Content, message: str) -> Content:
    """``old`` as it reads after an edit.

    An album came in as many messages as it has parts, and an edit speaks of one of them: the others
    stay as they are (acceptance case B17).

    Args:
        old: what was kept.
        new: how the edited message reads now.
        message: the foreign id of it.
    """
    of_album = len(old.source) == len(old.parts) > 1 and len(new.parts) == 1
    places = [place for place, ref in enumerate(old.source) if ref.id == message]
    if not of_album or not places:
        return replace(new, source=old.source)
    at = places[0]
    return replace(old, parts=(*old.parts[:at], *new.parts, *old.parts[at + 1 :]))
