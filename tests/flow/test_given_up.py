"""What Telegram never confirms for one chat: its words and a button stand where people look."""

from __future__ import annotations

from tests.flow.stage import Stage


async def _minutes(stage: Stage, minutes: int) -> None:
    for _ in range(minutes * 6):
        await stage.breath(10)


async def test_a_clients_words_are_shown_again_by_a_button(stage: Stage) -> None:
    """case A3: three times the group answered nothing; the words are there nevertheless, and their
    picture comes when somebody wants it."""
    room = await stage.ticket()
    await stage.settled()
    stage.telegram.fail("500", "sendMessage", chat=room.chat, count=3)
    stage.anna.says("Провод перегрызли крысы")
    await _minutes(stage, 3)
    told = await room.sees("Возможно, это повтор", "Провод перегрызли крысы")
    assert not room.shown("показать не удалось")
    note = await stage.boris.presses(room, "Показать ещё раз", told)
    assert note == "Отправляем ещё раз"
    await room.sees("↻ возможно, повтор", "Провод перегрызли крысы")
    await stage.settled()
    assert told.buttons == []
    assert not stage.admins.shown("крысы")


async def test_an_answer_to_a_client_is_sent_again_by_the_administrators(stage: Stage) -> None:
    """case A3: nobody works on anything of this client's."""
    stage.telegram.fail("500", "sendMessage", chat=stage.john.user, count=3)
    stage.john.says("how can I pay")
    await _minutes(stage, 3)
    told = await stage.admins.sees("клиенту John", "By card", button="🔄 Отправить ещё раз")
    assert stage.john.screen == []
    note = await stage.boris.presses(stage.admins, "Отправить ещё раз", told)
    assert note == "Отправляем ещё раз"
    await stage.john.sees("By card")


async def test_an_alarm_that_nobody_reads_is_known(stage: Stage) -> None:
    """Kept where ``linezero health`` looks."""
    stage.telegram.fail("500", chat=stage.admins.chat, count=None)
    stage.telegram.set_member(stage.tech.chat, None, "left")
    await _minutes(stage, 3)
    alarms = await stage.running.store.transact(lambda tx: tx.outbox.undelivered_alarms())
    assert any("Меня больше нет в группе" in alarm.words for alarm in alarms)
    assert {alarm.address.chat for alarm in alarms} == {str(stage.admins.chat.id)}
