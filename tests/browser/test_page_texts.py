"""The page's own sources: both languages complete, no HTML from strings, nothing from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.sandbox.telegram.emulator import PAGE

SOURCES = sorted(PAGE.glob("*.js"))
TEXTS: dict[str, dict[str, str | dict[str, str]]] = json.loads(
    (PAGE / "texts.json").read_text(encoding="utf-8")
)
PLURALS = {"en": {"one", "other"}, "ru": {"one", "few", "many", "other"}}


def forms(text: str | dict[str, str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def test_both_languages_say_the_same() -> None:
    for key, entry in TEXTS.items():
        assert list(entry) == ["en", "ru"], key
        assert type(entry["en"]) is type(entry["ru"]), key
        names = {
            frozenset(re.findall(r"\{(\w+)\}", form))
            for text in entry.values()
            for form in forms(text)
        }
        assert len(names) == 1, f"{key}: other placeholders in the other language"
        for language, text in entry.items():
            assert all(form.strip() for form in forms(text)), key
            if isinstance(text, dict):
                assert text.keys() == PLURALS[language], key
        assert not re.search("[а-яё]", str(entry["en"]), re.IGNORECASE), key
    cyrillic = [
        key for key, entry in TEXTS.items() if re.search("[а-яё]", str(entry["ru"]), re.IGNORECASE)
    ]
    assert set(TEXTS) - set(cyrillic) == {"kind.animation"}  # GIF is GIF


def test_every_text_is_used_and_every_used_text_exists() -> None:
    code = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    called = set(re.findall(r'\bt\(\s*"([^"]+)"', code))
    assert called <= TEXTS.keys()
    quoted = set(re.findall(r'"([\w.]+)"', code))
    families = {f"{name}." for name in re.findall(r"\bt\(`(\w+)\.\$", code)}
    unused = [key for key in TEXTS if key not in quoted and not key.startswith(tuple(families))]
    assert unused == []


def test_no_words_for_people_outside_the_table() -> None:
    for source in SOURCES:
        code = re.sub(r"//.*|/\*.*?\*/", "", source.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.search("[а-яё]", code, re.IGNORECASE), source.name


def test_nothing_is_parsed_as_html_and_nothing_comes_from_outside() -> None:
    forbidden = re.compile(
        r"innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
    )
    reads_letters = PAGE / "letterframe.js"  # tried by test_page_mail_safety.py
    assert set(forbidden.findall(reads_letters.read_text(encoding="utf-8"))) == {
        "DOMParser",
        "srcdoc",
    }
    for source in [*SOURCES, *PAGE.glob("*.css"), *PAGE.glob("*.html")]:
        text = source.read_text(encoding="utf-8")
        assert source == reads_letters or not forbidden.search(text), source.name
        addresses = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert addresses == set(), source.name
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'self'" in page
    for path in re.findall(r'(?:src|href)="/static/([^"]+)"', page):
        assert Path(PAGE / path).is_file(), path
