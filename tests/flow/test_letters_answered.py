"""Clients who write letters: answered, asked, passed on, answered by people."""

from __future__ import annotations

from tests.flow.stage import PROBLEM, Stage


async def test_a_ticket_by_letter(stage: Stage) -> None:
    """A letter opens a ticket, the specialist's words come back as a letter that threads with the
    client's (case D3), and the client's answer goes into the ticket."""
    first = stage.maria.writes(PROBLEM, subject="Пропал интернет")
    room = await stage.tech.opens()
    await room.sees("Пропал интернет", PROBLEM)
    opened = await stage.maria.reads("№", "принята")
    assert opened.head.automatic
    assert opened.head.references[-1] == first.event.message  # type: ignore[union-attr]  # a letter
    await stage.boris.writes(room, "Проверяем линию")
    reply = await stage.maria.reads("Проверяем линию")
    assert not reply.head.automatic
    assert reply.subject == "Пропал интернет"
    assert reply.head.quotation is not None
    assert reply.head.quotation.text == PROBLEM
    stage.maria.writes("Спасибо, жду до вечера", answers=reply)
    await room.sees("жду до вечера")
    await stage.maria.reads_nothing()
    assert "maria@client.example" in room.card.text
