"""How letters look: greeting, words, who writes; and the subject of their thread."""

from __future__ import annotations

from pathlib import Path

from tests.flow.stage import PROBLEM, Stage, stage_in


async def test_the_bot_greets_and_signs(stage: Stage) -> None:
    """A letter of the bot's begins and ends as letters do; a stranger's name is not repeated until
    they have answered (case E4)."""
    stage.maria.writes(PROBLEM, subject="Интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    assert opened.head.greeting == "Здравствуйте!"
    assert opened.head.signature == "Ромашка, служба поддержки"
    stage.maria.writes("мигает", answers=opened)
    await room.sees("мигает")
    await stage.boris.writes(room, "/resolve Готово")
    solved = await stage.maria.reads("решена")
    assert solved.head.greeting == "Здравствуйте, Мария!"


async def test_a_specialist_signs_below(tmp_path: Path) -> None:
    """The specialist's words are theirs from the first one; name and company stand below."""
    async with stage_in(tmp_path) as stage:
        settings = stage.folder / "support.yaml"
        signed = settings.read_text().replace("{ id: tech,", "{ id: tech, sign: name,")
        settings.write_text(signed)
        async with stage.service():
            stage.maria.writes(PROBLEM, subject="Интернет")
            room = await stage.tech.opens()
            await stage.maria.reads("принята")
            await stage.boris.writes(room, "Добрый день! Проверяем линию.")
            reply = await stage.maria.reads("Проверяем линию")
            assert reply.content.words == "Добрый день! Проверяем линию."
            assert reply.head.greeting == ""
            assert reply.head.signature == "Борис\nРомашка, служба поддержки"


async def test_the_clients_subject_comes_back(stage: Stage) -> None:
    """cases D3 and E4: ours until they have answered, theirs from then on; an answer under our
    subject does not make that theirs."""
    stage.maria.writes(PROBLEM, subject="Пропал интернет")
    room = await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    assert "Ромашка" in opened.subject
    assert "интернет" not in opened.subject
    stage.maria.writes("мигает красным", answers=opened)
    await room.sees("мигает красным")
    await stage.boris.writes(room, "Смотрю")
    reply = await stage.maria.reads("Смотрю")
    assert reply.subject == "Пропал интернет"
    await stage.boris.writes(room, "/resolve Готово")
    assert (await stage.maria.reads("решена")).subject == "Пропал интернет"


async def test_a_vouched_sender_reads_their_own_subject_at_once(stage: Stage) -> None:
    """case E4: where our own mail server says that the sender is not forged, nobody else reads
    what they wrote: the first answer stays in their thread, by name."""
    stage.maria.writes(PROBLEM, subject="Пропал интернет", vouched=True)
    await stage.tech.opens()
    opened = await stage.maria.reads("принята")
    assert opened.subject == "Пропал интернет"
    assert opened.head.greeting == "Здравствуйте, Мария!"
    assert opened.head.quotation is not None
