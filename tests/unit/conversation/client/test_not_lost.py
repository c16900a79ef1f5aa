"""Words of a client that once went nowhere, or came out as something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversation.decision import Decision
from bot.conversation.state import ChoosingTicket, Idle, Waiting
from bot.storage.memory.records import MemoryRecords
from channels.message import Content, Edited, FormattedText, Media, MessageRef, Said
from escalation.ticket import Status
from tests.unit.conversation.client.talk import Talk
from tests.unit.conversation.client.test_tickets import open_tickets


def _waiting(talk: Talk) -> Waiting:
    return talk.conversation.waiting


def _undecided(talk: Talk) -> None:
    """Two tickets are open, and the client does not say which one they write to."""
    open_tickets(talk, "шумит домофон", "сломался пульт")
    chosen_none = replace(talk.conversation, current_ticket=None)
    talk.transact(lambda tx: tx.apply(Decision(conversation=chosen_none), talk.now))
    talk.say("он опять гудит")
    assert isinstance(_waiting(talk), ChoosingTicket)


def _close_all(talk: Talk) -> None:
    for ticket in talk.tickets():
        talk.change_ticket(ticket.number, status=Status.CLOSED, closed_at=talk.now)


def test_words_kept_for_a_choice_are_not_lost_when_every_ticket_ends(talk: Talk) -> None:
    """case G6: the tickets end while the client is asked which one; nobody chooses any more."""
    _undecided(talk)
    _close_all(talk)
    talk.pass_time(hours=1)
    assert isinstance(_waiting(talk), Idle)
    assert any("он опять гудит" in talk.heard(t.number) for t in talk.tickets())


def test_more_words_after_every_ticket_ended_are_heard(talk: Talk) -> None:
    """case G6: as above, and the client goes on writing before the time is over."""
    _undecided(talk)
    _close_all(talk)
    talk.say("и пульт тоже")
    assert talk.screen
    heard = [words for ticket in talk.tickets() for words in talk.heard(ticket.number)]
    assert heard.index("он опять гудит") < heard.index("и пульт тоже")


def test_kept_words_begin_a_new_problem_when_nothing_can_be_reopened(talk: Talk) -> None:
    """case G6: never into the void."""
    _undecided(talk)
    _close_all(talk)
    talk.workspace = replace(
        talk.workspace,
        settings=talk.workspace.settings.model_copy(
            update={
                "tickets": talk.workspace.settings.tickets.model_copy(
                    update={"reopen_within": timedelta()}
                )
            }
        ),
    )
    talk.pass_time(hours=1)
    talk.press("Не знаю")
    assert "он опять гудит" in talk.heard(3)


def test_thanks_kept_for_a_choice_reopen_nothing(talk: Talk) -> None:
    """case F6."""
    _undecided(talk)
    talk.press("№1")
    chosen_none = replace(talk.conversation, current_ticket=None)
    talk.transact(lambda tx: tx.apply(Decision(conversation=chosen_none), talk.now))
    talk.say("спасибо")
    _close_all(talk)
    talk.pass_time(hours=1)
    assert isinstance(_waiting(talk), Idle)
    assert not any(ticket.status.open for ticket in talk.tickets())


@pytest.mark.parametrize("words", ["Отменить", "cancel"])
def test_an_answer_to_a_specialist_is_no_button(talk: Talk, words: str) -> None:
    """case F5: "cancel it or keep it?" – "Cancel"."""
    open_tickets(talk, "шумит домофон")
    talk.take(1)
    talk.say(words)
    assert words in talk.heard(1)
    assert not talk.screen


def test_an_edited_caption_leaves_the_other_pictures_of_an_album(talk: Talk) -> None:
    """case B8, case B17: an edit speaks of one message of the album, not of all."""
    open_tickets(talk, "шумит домофон")
    photos = tuple(Media(kind="photo", channel="telegram", file=name) for name in "ab")
    refs = tuple(MessageRef(channel="telegram", chat=talk.chat, id=each) for each in ("71", "72"))
    talk.arrive(Said(message="71", content=Content(parts=photos, source=refs)))
    new = replace(photos[1], caption=FormattedText("вот этот провод"))
    talk.arrive(Edited(message="72", content=Content(parts=(new,), source=refs[1:])))
    kept = talk.kept("71")
    assert kept is not None
    assert kept.content.parts == (photos[0], new)
    assert kept.content.source == refs


def test_the_desk_sees_which_of_its_words_a_client_picked_out(talk: Talk) -> None:
    """case G3: "this one" is an answer only together with what it answers."""
    open_tickets(talk, "шумит домофон")
    talk.arrive(
        Said(
            message="75",
            content=Content(text=FormattedText("вот этот")),
            quote=FormattedText("провод в углу"),
        )
    )
    assert "провод в углу\nвот этот" in talk.desk_heard()


def test_a_message_of_a_long_ticket_does_not_read_its_history(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case E8: the thousandth message would load the nine hundred and ninety-nine before it."""
    open_tickets(talk, "шумит домофон")
    monkeypatch.delattr(MemoryRecords, "history")
    talk.say("и ещё вот что")
    assert "и ещё вот что" in talk.desk_heard()
