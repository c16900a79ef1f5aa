from datetime import date
from pathlib import Path

import faq

HEAD = "section: {id: net, title: {ru: Интернет, en: Internet}}\nentries:\n"
FULL = """\
  - id: slow
    title: {ru: Медленный интернет, en: Slow internet}
    questions:
      ru: [интернет тормозит, низкая скорость, долго грузит сайты, видео подвисает]
      en: [internet is slow, low speed, pages load slowly, video keeps buffering]
    answer: {ru: Перезагрузите, en: Reboot}
"""


def lints(folder: Path, text: str, today: date | None = None) -> list[str]:
    (folder / "a.yaml").write_text(HEAD + text, encoding="utf-8")
    found = faq.lint(faq.load(folder), today=today)
    assert all(mistake.severity == "warning" for mistake in found)
    return [f"{m.line}:{m.column}: {m.message}" for m in found]


def test_a_good_entry_has_none(tmp_path: Path) -> None:
    assert lints(tmp_path, FULL) == []


def test_too_few_phrasings_and_missing_languages_name_their_line(tmp_path: Path) -> None:
    """case H1"""
    short = (
        "  - id: pay\n    title: {ru: Оплата}\n    questions: [как платить]\n    answer: Картой\n"
    )
    assert lints(tmp_path, FULL + short) == [
        "10:12: 'pay' has no title in 'en'",
        "11:16: 'pay' has only 2 phrasing(s) in 'ru', its title included",
        "11:16: 'pay' has no questions in 'en'",
        "12:13: 'pay' has no answer in 'en'",
    ]


def test_an_answer_over_the_limit_of_a_message_is_named(tmp_path: Path) -> None:
    """case H1"""
    text = FULL.replace("Перезагрузите", '"<b>' + "я" * 4_097 + '</b>"')
    assert lints(tmp_path, text) == ["8:18: the answer has 4,097 of 4,096 characters"]


def test_a_phrasing_of_another_entry_is_named(tmp_path: Path) -> None:
    """case H1"""
    stray = """\
  - id: tv
    title: {ru: Телевидение, en: Television}
    questions:
      ru: [нет сигнала на телевизоре, пропали каналы, приставка не включается, низкая скорость сети]
      en: [no signal on tv, channels are gone, the box does not start, black screen]
    answer: {ru: Проверьте кабель, en: Check the cable}
"""
    text = FULL.replace("долго грузит сайты", "очень низкая скорость, скорость сети низкая")
    found = lints(tmp_path, text + stray)
    assert [line for line in found if line.startswith("12:") and "is nearer to 'slow'" in line]


def test_repeated_and_contradicting_phrasings_are_named(tmp_path: Path) -> None:
    """case H1"""
    text = FULL.replace("видео подвисает", "Интернет  тормозит!").replace(
        "    answer:", "    not: [низкая скорость]\n    answer:"
    )
    assert lints(tmp_path, text) == [
        "6:68: 'Интернет  тормозит!' is there twice",
        "8:11: 'низкая скорость' is both a question and excluded",
    ]


def test_an_entry_past_its_day_is_named(tmp_path: Path) -> None:
    """case H1"""
    text = FULL + "    valid: {until: 2026-01-31}\n"
    assert lints(tmp_path, text, date(2026, 1, 31)) == []
    assert lints(tmp_path, text, date(2026, 2, 1)) == [
        "9:20: 'slow' has not been answered since 2026-01-31"
    ]


def test_phrasings_that_say_nothing_are_named(tmp_path: Path) -> None:
    """case H1"""
    text = FULL.replace("низкая скорость, долго грузит сайты", "добрый день, как вы, cкopocть мала")
    assert lints(tmp_path, text) == [
        "6:31: 'добрый день' is a greeting or thanks",
        "6:44: 'как вы' has no word of content",
        "6:52: 'cкopocть' has letters of two alphabets",
    ]
