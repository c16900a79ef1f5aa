"""Which dialogue a letter belongs to, and what a stranger's letter can not do."""

from __future__ import annotations

from bot.conversation.decision import Decision
from bot.conversation.state import Identity
from bot.delivery.ports import Transaction
from tests.flow.letters import MAILBOX, Received, Writer
from tests.flow.stage import PROBLEM, Room, Stage


async def _ticket(stage: Stage) -> tuple[Room, Received]:
    """Maria's ticket, and the confirmation she has."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    return room, opened


async def test_by_the_signed_address(stage: Stage) -> None:
    """case C15: our address with its token is enough, whatever else the letter lacks."""
    room, opened = await _ticket(stage)
    tagged = stage.post.reply_address(opened.place)
    stage.maria.writes("ещё одно: роутер мигает", subject="Совсем другое", to=(tagged,))
    await room.sees("Совсем другое", "роутер мигает")


async def test_by_the_sender_s_own_message_id(stage: Stage) -> None:
    """case C15: an answer to one's own letter joins it; to somebody else's it does not."""
    first = stage.maria.writes(PROBLEM, subject="Интернет", mid="<first@client.example>")
    room = await stage.tech.opens()
    await stage.maria.reads("принята")
    assert first.external_id
    stage.maria.writes("дополнение", subject="Re: Интернет", answers=("<first@client.example>",))
    await room.sees("дополнение")
    stranger = Writer(stage, "stranger@other.example", "Чужой")
    stranger.writes("а у меня?", subject="Re: Интернет", answers=("<first@client.example>",))
    await stage.settled()
    assert not room.shown("а у меня?")


async def test_a_number_in_the_subject_is_a_hint(stage: Stage) -> None:
    """cases C15 and E2: a forged or guessed number joins nothing; people are told what it looks
    like."""
    room, _ = await _ticket(stage)
    number = room.card.text.split("№")[1].split()[0]
    stranger = Writer(stage, "stranger@other.example", "Чужой")
    stranger.writes(PROBLEM, subject=f"По заявке №{number}")
    other = await stage.tech.opens()
    await other.sees(f"Похоже на продолжение заявки №{number}")
    assert f"Похоже на продолжение заявки №{number}" in other.card.text
    await stage.settled()
    assert not room.shown("Чужой")


async def test_a_token_of_another_s_ticket(stage: Stage) -> None:
    """case E2: a valid token from another sender joins nothing and shows nothing; the recipients
    of the ticket stay what they are."""
    room, opened = await _ticket(stage)
    await stage.boris.writes(room, "Ваш договор 123456 в порядке")
    reply = await stage.maria.reads("в порядке")
    stranger = Writer(stage, "stranger@other.example", "Чужой")
    tagged = stage.post.reply_address(opened.place)
    stranger.writes(
        PROBLEM, subject="Re: Интернет", answers=reply, to=(MAILBOX, tagged, "boss@x.example")
    )
    other = await stage.tech.opens()
    await other.sees("Похоже на продолжение заявки")
    answer = await stranger.reads("принята")
    assert "в порядке" not in answer.text
    assert answer.head.quotation is None
    await stage.boris.writes(room, "Готово")
    await stage.maria.reads("Готово")
    await stage.settled()
    assert len(stranger.mailbox) == 1
    assert {letter.to for letter in stage.post.delivered} == {
        "maria@client.example",
        "stranger@other.example",
    }


async def test_a_second_address_that_was_proved(stage: Stage) -> None:
    """case C15: who takes part may write from any address proved to be theirs; what we write goes
    where the dialogue lives."""
    room, opened = await _ticket(stage)

    def prove(tx: Transaction) -> None:
        client = tx.records.conversations_at("email", "maria@client.example")[0].client
        now = stage.clock.now()
        for chat in ("maria@client.example", "maria@home.example"):
            proved = Identity(channel="email", chat=chat, client=client, proven_at=now)
            tx.apply(Decision(identities=(proved,)), now)

    await stage.running.store.transact(prove)
    home = Writer(stage, "maria@home.example", "Мария")
    home.writes("пишу из дома", answers=opened)
    await room.sees("пишу из дома")
    await stage.boris.writes(room, "Вижу")
    await stage.maria.reads("Вижу")
    await stage.settled()
    assert home.mailbox == []


async def test_a_forged_reply_without_a_signature(stage: Stage) -> None:
    """case E2: In-Reply-To in our form, but with another MAC, proves nothing."""
    room, opened = await _ticket(stage)
    forged = f"<{'0' * 20}.{opened.place}.{'0' * 12}@example.com>"
    stage.maria.writes("это точно я", subject="Re: Интернет", answers=(forged,))
    await stage.settled()
    assert not room.shown("это точно я")


async def test_a_forged_sender(stage: Stage) -> None:
    """cases C15 and E2: our own server says that the sender is forged: a dialogue of its own,
    marked, of a client who is not Maria, with nothing of hers filled in."""
    room, opened = await _ticket(stage)
    stage.maria.writes(PROBLEM, subject="Re: Интернет", answers=opened, suspicious=True)
    other = await stage.tech.opens()
    await other.sees("Похоже на продолжение заявки")
    assert "может быть подделан" in other.card.text
    await stage.settled()
    assert len(room.shown(PROBLEM)) == 1
    stage.maria.writes("status", subject="status", suspicious=True)
    await stage.settled()
    assert not any("Ваши заявки" in letter.text for letter in stage.maria.mailbox)


async def test_a_changed_subject_on_an_ended_ticket(stage: Stage) -> None:
    """case C16: another subject is another matter: a new, linked ticket; the old one stays."""
    room, _ = await _ticket(stage)
    await stage.boris.writes(room, "/resolve Починили")
    solved = await stage.maria.reads("решена")
    stage.maria.writes("1", answers=solved)
    rating = await stage.maria.reads("Оцените")
    stage.maria.writes(PROBLEM, subject="Не пришёл счёт", answers=rating)
    other = await stage.tech.opens()
    assert "Продолжение заявки" in other.card.text
    await stage.maria.reads("принята", "продолжени")
    await stage.settled()
    assert room.closed()


async def test_the_same_subject_reopens_within_grace(stage: Stage) -> None:
    """case F6 and C16: Re: and our own number in it do not change a subject."""
    room, _ = await _ticket(stage)
    await stage.boris.writes(room, "/resolve Починили")
    solved = await stage.maria.reads("решена")
    assert solved.subject == "Интернет" or "письмо" in solved.subject
    stage.maria.writes("опять не работает", subject=f"HA: Re: {solved.subject}", answers=solved)
    await room.sees("опять не работает")
    await stage.maria.reads("снова открыта")


async def test_after_grace_a_linked_ticket(stage: Stage) -> None:
    """case G6 by letter: too late to reopen, so a new one is linked."""
    room, _ = await _ticket(stage)
    await stage.boris.writes(room, "/close")
    closed = await stage.maria.reads("закрыта")
    await stage.later(days=10)
    stage.maria.writes(PROBLEM, answers=closed)
    other = await stage.tech.opens()
    assert "Продолжение заявки" in other.card.text
    await stage.settled()
    assert room.closed()


async def test_no_letter_is_a_command(stage: Stage) -> None:
    """case E3: whoever a letter claims to be from, it moves nothing."""
    room, opened = await _ticket(stage)
    forged = Writer(stage, "boris@example.com", "Борис")
    forged.writes("/close", subject="/close", answers=opened)
    stage.maria.writes("/resolve всё готово", answers=opened)
    await room.sees("/resolve всё готово")
    await stage.settled()
    assert not room.closed()
    assert "новая" in room.card.text


async def test_too_many_tickets(stage: Stage) -> None:
    """case E8 by letter: fresh letters beyond the budget go into the latest ticket."""
    for number in range(5):
        stage.maria.writes(PROBLEM, subject=f"Письмо {number}")
        room = await stage.tech.opens()
        await stage.later(hours=1)
    stage.maria.writes("и ещё", subject="Письмо шестое")
    await room.sees("Письмо шестое", "и ещё")
    await stage.settled()
    assert len(stage.telegram.topics(stage.tech.chat)) == 5
