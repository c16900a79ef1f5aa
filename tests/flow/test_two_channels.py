"""One client in the chat and by letter: proved with a code, one set of tickets, parted again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation.client import proving
from bot.conversation.decision import Decision
from bot.delivery.ports import Transaction
from channels.message import Address, Reason
from tests.flow.joined import by_letter, code_in, prove
from tests.flow.letters import MAILBOX
from tests.flow.stage import Stage, stage_in
from tests.workspaces import EMAIL

INVOICE = """
id: invoice
title: { ru: Счета, en: Invoices }
phrases: { ru: [хочу получать счёт на почту], en: [send me invoices by mail] }
questions:
  - { id: mail, type: email, ask: { ru: На какой адрес?, en: Which address? } }
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    files = {"topics/invoice.yaml": INVOICE}
    async with stage_in(tmp_path, more=EMAIL, files=files) as stage, stage.service():
        yield stage


async def owner(stage: Stage, address: str) -> str | None:
    found = await stage.running.store.transact(lambda tx: tx.records.identity("email", address))
    return found.client if found else None


# --------------------------------------------------------------------------- proving


async def test_an_address_is_proved_with_a_code_by_letter(stage: Stage) -> None:
    """case E4: the letter holds nothing the client wrote."""
    stage.anna.user.first_name = "Купите слона"
    stage.anna.says("/email")
    await stage.anna.sees("Какой у вас адрес", button="Отменить")
    stage.anna.says("пишите на Maria@Client.Example, это срочно")
    await stage.anna.sees("maria@client.example")
    letter = await stage.maria.reads("Ваш код")
    assert letter.head.automatic
    assert not letter.place
    for theirs in ("слона", "срочно", "Maria@"):
        assert theirs not in letter.text + letter.subject
    stage.anna.says(code_in(letter))
    await stage.anna.sees("одно целое", button="📧 Моя почта")
    assert await owner(stage, "maria@client.example") is not None


async def test_wrong_codes_are_explained_and_few(stage: Stage) -> None:
    """case E4: five tries, then only a new code counts."""
    stage.anna.says("/email maria@client.example")
    code = code_in(await stage.maria.reads("Ваш код"))
    wrong = str((int(code) + 1) % 10**6).zfill(6)
    for left in ("4 попытки", "3 попытки", "2 попытки", "1 попытка"):
        stage.anna.says(wrong)
        await stage.anna.sees("Код не подошёл", left)
    stage.anna.says(wrong)
    again = await stage.anna.sees("больше он не действует")
    stage.anna.says(code)
    await stage.anna.sees("больше не действует")
    assert await owner(stage, "maria@client.example") is None
    await stage.anna.presses("🔄 Прислать новый код", on=again)
    stage.anna.says(code_in(await stage.maria.reads("Ваш код")))
    await stage.anna.sees("одно целое")


async def test_an_old_code_no_longer_counts(stage: Stage) -> None:
    stage.anna.says("/email maria@client.example")
    code = code_in(await stage.maria.reads("Ваш код"))
    await stage.later(minutes=31)
    stage.anna.says(code)
    await stage.anna.sees("больше не действует")
    assert await owner(stage, "maria@client.example") is None


async def test_letters_with_codes_are_few(stage: Stage) -> None:
    """case E4: three to one address within an hour, whoever asks."""
    for client in (stage.anna, stage.john, stage.anna):
        client.says("/email maria@client.example")
        await stage.maria.reads("")
    stage.john.says("/email maria@client.example")
    await stage.john.sees("try again in an hour")
    await stage.maria.reads_nothing()
    stage.john.says("/email john@example.net")
    await stage.john.sees("john@example.net")
    await stage.later(minutes=61)
    stage.john.says("/email maria@client.example")
    await stage.maria.reads("code")


async def test_one_client_may_not_write_to_everybody(stage: Stage) -> None:
    """case E4: five letters an hour for one client, to whatever addresses."""
    for number in range(5):
        stage.anna.says(f"/email somebody{number}@client.example")
        await stage.anna.sees(f"somebody{number}@client.example")
    stage.anna.says("/email maria@client.example")
    await stage.anna.sees("через час")
    await stage.maria.reads_nothing()


async def test_all_clients_together_write_few_letters(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """case E4: a total for an hour, whoever asks and for whatever address."""
    monkeypatch.setattr(proving, "IN_ALL", 2)
    stage.anna.says("/email one@client.example")
    await stage.anna.sees("one@client.example")
    stage.john.says("/email two@client.example")
    await stage.john.sees("two@client.example")
    stage.john.says("/email maria@client.example")
    await stage.john.sees("try again in an hour")
    await stage.maria.reads_nothing()


async def test_questions_are_not_pushed_aside(stage: Stage) -> None:
    """A code would take the place of the question that is waited for."""
    stage.anna.says("хочу получать счёт на почту")
    await stage.anna.sees("На какой адрес?")
    stage.anna.says("/email maria@client.example")
    await stage.anna.sees("Закончите начатое")
    await stage.maria.reads_nothing()


async def test_our_own_address_is_nobodys(stage: Stage) -> None:
    stage.anna.says(f"/email {MAILBOX.replace('@', '+abc@')}")
    await stage.anna.sees("Это наш адрес")
    await stage.settled()
    assert not stage.post.delivered


@pytest.mark.parametrize("reason", [Reason.NO_ADDRESS, Reason.CHAT_GONE, Reason.NO_RIGHTS])
async def test_a_letter_that_cannot_be_delivered_is_told_to_the_client(
    stage: Stage, reason: Reason
) -> None:
    room = await stage.ticket()
    stage.post.refused["maria@client.example"] = reason
    stage.anna.says("/email maria@client.example")
    await stage.anna.sees("не доставлено", "maria@client.example")
    await stage.settled()
    assert "🚫" not in room.card.text


async def test_other_words_go_where_they_always_go(stage: Stage) -> None:
    """While a code is waited for, a question is a question and a specialist still hears."""
    room = await stage.ticket()
    stage.anna.says("/email maria@client.example")
    code = code_in(await stage.maria.reads("Ваш код"))
    stage.anna.says("и ещё роутер мигает")
    await room.sees("и ещё роутер мигает")
    stage.anna.says(code)
    await stage.anna.sees("одно целое")
    await stage.settled()
    assert not room.shown(code)


async def test_cancel_leaves_nothing_behind(stage: Stage) -> None:
    stage.anna.says("/email maria@client.example")
    code = code_in(await stage.maria.reads("Ваш код"))
    stage.anna.says("/cancel")
    await stage.anna.sees("ничего не привязал")
    stage.anna.says(code)
    await stage.settled()
    assert await owner(stage, "maria@client.example") is None


# --------------------------------------------------------------------------- one client


async def test_tickets_of_both_are_one(stage: Stage) -> None:
    """case F7 over channels: the chat shows and feeds a ticket that came by letter, and the
    specialist's answer comes where the client last wrote about it."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    await room.sees("maria@client.example", "один клиент")
    await room.reads(room.card, "@anna", "maria@client.example", "подтверждён")

    stage.anna.says("/status")
    await stage.anna.sees("№1", "Где: maria@client.example")
    stage.anna.says("а по телефону быстрее?")
    await room.sees("а по телефону быстрее?")
    await stage.boris.writes(room, "Да, звоните")
    await stage.anna.sees("Да, звоните")
    await stage.maria.reads_nothing()

    letter = stage.maria.mailbox[0]
    stage.maria.writes("Дозвонилась, спасибо, жду мастера", answers=letter)
    await room.sees("жду мастера")
    await stage.boris.writes(room, "Мастер будет в шесть")
    await stage.maria.reads("Мастер будет в шесть")
    await stage.settled()
    assert not stage.anna.shown("Мастер будет в шесть")


async def test_several_tickets_over_channels(stage: Stage) -> None:
    """case F7: with a ticket of the chat and one of letters the client is asked which is meant."""
    mail = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/new")
    await stage.anna.sees("Слушаю вас")
    stage.anna.says("не работает интернет на даче, договор 654321")
    chat = await stage.tech.opens()
    await stage.anna.sees("№2")
    await stage.boris.writes(mail, "Что видно на роутере?")
    await stage.maria.reads("Что видно на роутере?")
    stage.anna.says("/status")
    await stage.anna.sees("№1", "№2")
    await stage.anna.presses("№1")
    await stage.settled()
    await stage.anna.presses("Написать в эту заявку")
    await stage.anna.sees("Вы пишете в заявку", "№1")
    stage.anna.says("горит красным")
    await mail.sees("горит красным")
    await stage.settled()
    assert not chat.shown("горит красным")
    stage.maria.writes("А это новый вопрос про счёт за май", subject="Счёт")
    await stage.settled()
    assert not mail.shown("счёт за май")
    assert not chat.shown("счёт за май")


async def test_a_rating_in_the_chat_for_a_ticket_by_letter(stage: Stage) -> None:
    """case F6: the words that go with a rating are waited for where it was given, and no longer
    than their time."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("горит красным")
    await room.sees("горит красным")
    await stage.boris.writes(room, "/resolve Заменили кабель")
    await stage.anna.sees("Заменили кабель")
    await stage.anna.presses("✅ Да, решено")
    await stage.anna.sees("Оцените")
    await stage.anna.presses("5 ⭐")
    await stage.anna.sees("Спасибо")
    await stage.later(minutes=20)
    await stage.settled()
    stage.anna.says("в какие часы вы работаете")
    await stage.anna.sees("Работаем с 9 до 18")
    await stage.settled()
    assert not room.shown("в какие часы")


async def test_status_by_letter_shows_everything(stage: Stage) -> None:
    await stage.ticket()
    await prove(stage, stage.anna, stage.maria)
    stage.maria.writes("статус", subject="статус")
    await stage.maria.reads("№1", "чат")


async def test_the_client_chooses_where_to_be_answered(stage: Stage) -> None:
    room = await stage.ticket()
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/email")
    await stage.anna.sees("Ваша почта", "maria@client.example")
    await stage.anna.presses("По почте")
    await stage.settled()
    await stage.boris.writes(room, "Пришлите, пожалуйста, фото")
    letter = await stage.maria.reads("Пришлите, пожалуйста, фото")
    assert "№1" in letter.subject
    assert not stage.anna.shown("Пришлите, пожалуйста, фото")
    stage.maria.writes("Фото пришлю вечером из дома", answers=letter)
    await room.sees("вечером из дома")
    await stage.anna.presses("Здесь, в чате", on=stage.anna.with_button("Здесь, в чате"))
    await stage.settled()
    await stage.boris.writes(room, "Ждём")
    await stage.anna.sees("Ждём")
    await stage.maria.reads_nothing()


async def test_a_given_address_is_offered_never_forced(stage: Stage) -> None:
    """The address that answers a question is one tap from being proved."""
    stage.anna.says("хочу получать счёт на почту")
    await stage.anna.sees("На какой адрес?")
    stage.anna.says("maria@client.example")
    await stage.tech.opens()
    opened = await stage.anna.sees("№1", button="📧 Подтвердить maria@client.example")
    await stage.settled()
    assert not stage.post.delivered
    await stage.anna.presses("📧 Подтвердить", on=opened)
    stage.anna.says(code_in(await stage.maria.reads("Ваш код")))
    await stage.anna.sees("одно целое")


# --------------------------------------------------------------------------- parting


async def test_what_was_joined_can_be_parted(stage: Stage) -> None:
    """case E6: after parting, the chat sees nothing of the letters' ticket any more."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/email")
    await stage.anna.sees("Ваша почта")
    await stage.anna.presses("✖️ Отвязать")
    await stage.anna.sees("больше не связан")
    await room.sees("больше не принадлежит клиенту")
    await stage.settled()
    assert "@anna" not in room.card.text
    stage.anna.says("/status")
    await stage.anna.sees("Заявок у вас нет")
    await stage.boris.writes(room, "Готово")
    await stage.maria.reads("Готово")
    await stage.settled()
    assert not stage.anna.shown("Готово")


async def test_a_ticket_written_while_joined_stays_with_the_letters(stage: Stage) -> None:
    """case E6: a letter that came while the address was a wrong client's is not theirs later."""
    await prove(stage, stage.anna, stage.maria)
    room = await by_letter(stage)
    await room.reads(room.card, "@anna")
    await stage.boris.writes(room, "/unlink")
    await stage.anna.sees("Поддержка отвязала")
    await room.sees("больше не принадлежит клиенту")
    stage.anna.says("/status")
    await stage.anna.sees("Заявок у вас нет")
    await stage.boris.writes(room, "Готово")
    await stage.maria.reads("Готово")
    store = stage.running.store
    place = Address(channel="email", chat="maria@client.example")
    talks = await store.transact(lambda tx: tx.records.conversations_at(place.channel, place.chat))
    anna = await store.transact(
        lambda tx: tx.records.conversation_at(
            Address(channel="telegram", chat=str(stage.anna.user.id))
        )
    )
    assert anna is not None
    mine = await store.transact(lambda tx: tx.records.conversations_of(anna.client))
    assert [each.id for each in mine] == [anna.id]
    assert talks
    assert all(each.client != anna.client for each in talks)


async def test_an_address_moves_only_with_a_fresh_code(stage: Stage) -> None:
    """case E6: the former owner is told and sees nothing more."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    stage.john.says("/email maria@client.example")
    await stage.john.sees("maria@client.example")
    letter = await stage.maria.reads("code")
    stage.anna.says("/status")
    await stage.anna.sees("№1")
    stage.john.says(code_in(letter))
    await stage.john.sees("one now")
    await stage.anna.sees("больше не связан", "maria@client.example")
    stage.anna.says("/status")
    await stage.anna.sees("Заявок у вас нет")
    stage.john.says("/status")
    await stage.john.sees("#1")
    await room.reads(room.card, "John")


async def test_old_buttons_of_a_parted_ticket_do_nothing(stage: Stage) -> None:
    """case E6: the number of a ticket that is not theirs is no key to it."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/status")
    shown = await stage.anna.sees("№1", button="✏️ Написать в эту заявку")
    await stage.boris.writes(room, "/unlink maria@client.example")
    await stage.anna.sees("Поддержка отвязала")
    assert await stage.anna.presses("✏️ Написать в эту заявку", on=shown) == (
        "Эта кнопка больше не работает"
    )


async def test_who_may_part(stage: Stage) -> None:
    """case E6: only a specialist in the ticket's place; others are refused."""
    room = await by_letter(stage)
    await prove(stage, stage.anna, stage.maria)
    await stage.boris.writes(room, "/unlink somebody@else.example")
    await room.sees("Какой из них", "maria@client.example")
    await stage.boris.writes(room, "/unlink", anonymous=True)
    await room.sees("Вы пишете анонимно")
    assert await owner(stage, "maria@client.example") is not None


# --------------------------------------------------------------------------- names


async def test_a_corrected_name_stays(stage: Stage) -> None:
    """What staff corrected, no channel overwrites."""
    room = await stage.ticket()
    await stage.boris.writes(room, "/name  Анна   Петрова")
    await room.reads(room.card, "Анна Петрова")
    await room.sees("теперь зовут Анна Петрова", "было Анна")
    stage.anna.user.first_name = "Nюша"
    stage.anna.says("вы тут?")
    await room.sees("Анна Петрова", "вы тут?")
    await prove(stage, stage.anna, stage.maria)
    stage.maria.writes("Ещё вопрос про оплату счёта", subject="Оплата")
    await stage.settled()
    await stage.boris.writes(room, "/history")
    history = await room.sees("Что было сказано", "вы тут?")
    assert "Nюша" not in history.text
    assert "Мария" not in history.text
    await stage.boris.writes(room, "/name")
    await room.sees("Как зовут клиента?")


async def test_a_silence_holds_on_both_channels(stage: Stage) -> None:
    """case E8: who was put in quarantine by letter is silent in the chat, too."""
    await by_letter(stage)

    def silence(tx: Transaction) -> None:
        talk = tx.records.conversations_at("email", "maria@client.example")[0]
        client = tx.records.client(talk.client)
        assert client is not None
        tx.apply(Decision(client=replace(client, quarantined=True)), stage.clock.now())

    await stage.running.store.transact(silence)
    await prove(stage, stage.anna, stage.maria)
    stage.anna.says("/status")
    await stage.settled()
    assert not stage.anna.shown("Ваши заявки")
    stage.maria.writes("Ответьте же, не работает телефон", subject="Ещё")
    await stage.maria.reads_nothing()
