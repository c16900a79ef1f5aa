"""A FAQ from and to other tools: CSV, XLSX, and a FAQ page saved from a web site.

The table has one row for each entry: ``id``, ``section``, ``title_ru``, ``title_en``,
``questions_ru``, ``questions_en`` (one to a line in the cell), ``answer_ru``, ``answer_en``,
``topic``. The shortest table that can be read has ``question`` and ``answer``.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import yaml

from faq.loading import Faq
from faq.markup import escaped, wrong_markup
from faq.text import LANGUAGES, Language, language_of
from faq.translit import slug

COLUMNS: Final = (
    "section", "id", "title_ru", "title_en", "questions_ru", "questions_en",
    "answer_ru", "answer_en", "topic",
)  # fmt: skip
LARGEST: Final = 20_000_000
"""Bytes of one unpacked sheet: more is no FAQ."""
_QUESTION: Final = ("question", "вопрос", "title", "название")
_ANSWER: Final = ("answer", "ответ", "text", "текст")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as another tool knew it."""

    id: str
    section: str
    title: Mapping[Language, str]
    questions: Mapping[Language, Sequence[str]] = field(default_factory=dict)
    answer: Mapping[Language, str] = field(default_factory=dict)
    topic: str | None = None


class NotReadable(ValueError):
    """A file that holds no FAQ in a form known here; the message says what was expected."""


def read(file: Path) -> list[Draft]:
    """Drafts from a ``.csv``, ``.xlsx`` or ``.html`` file.

    Raises:
        NotReadable: the file is of another kind, damaged, or has no questions and answers.
        OSError: the file cannot be read.
    """
    kind = file.suffix.lower()
    if kind == ".csv":
        drafts = list(_from_rows(_csv_rows(file.read_bytes())))
    elif kind == ".xlsx":
        drafts = list(_from_rows(_xlsx_rows(file)))
    elif kind in (".html", ".htm"):
        drafts = list(_from_page(_decoded(file.read_bytes())))
    else:
        raise NotReadable(f"{file.name}: expected .csv, .xlsx or .html")
    if not drafts:
        raise NotReadable(f"{file.name}: no questions with answers were found")
    return drafts


def to_yaml(drafts: Iterable[Draft], *, section: str = "imported") -> dict[str, str]:
    """FAQ files by name; ids are made unique."""
    files: dict[str, list[dict[str, object]]] = {}
    titles: dict[str, str] = {}
    used: set[str] = set()
    for draft in drafts:
        name = slug(draft.section) or section
        titles.setdefault(name, draft.section or section)
        unique, number = draft.id, 1
        while unique in used:
            number += 1
            unique = f"{draft.id[:36]}-{number}"
        used.add(unique)
        entry: dict[str, object] = {"id": unique, "title": dict(draft.title)}
        if any(draft.questions.values()):
            entry["questions"] = {k: list(v) for k, v in draft.questions.items() if v}
        entry["answer"] = dict(draft.answer)
        if draft.topic:
            entry["topic"] = draft.topic
        files.setdefault(name, []).append(entry)
    return {
        f"{name}.yaml": yaml.safe_dump(
            {"section": {"id": name, "title": titles[name]}, "entries": entries},
            allow_unicode=True, sort_keys=False, width=100,
        )
        for name, entries in files.items()
    }  # fmt: skip


def to_csv(faq: Faq) -> str:
    """The whole FAQ as a table; what a table cannot hold (steps, buttons, files) is left out."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for section in faq.sections:
        for name in section.entries:
            entry = faq.entries[name]
            table.writerow(
                [
                    section.id, name,
                    *(entry.title.get(language, "") for language in LANGUAGES),
                    *("\n".join(entry.questions.get(language, ())) for language in LANGUAGES),
                    *((entry.answer or {}).get(language, "") for language in LANGUAGES),
                    entry.topic or "",
                ]
            )  # fmt: skip
    return out.getvalue()


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def _csv_rows(raw: bytes) -> Iterator[list[str]]:
    text = _decoded(raw)
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)  # Russian Excel writes semicolons
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise NotReadable(f"not a table: {error}") from None


_SHEET: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _xlsx_rows(file: Path) -> Iterator[list[str]]:
    """The first sheet of a workbook; ECMA-376 part 1, 18.3 and 18.4."""
    try:
        with zipfile.ZipFile(file) as book:
            shared: list[str] = []
            if "xl/sharedStrings.xml" in book.namelist():
                shared = [
                    "".join(t.text or "" for t in item.iter(f"{_SHEET}t"))
                    for item in _part(book, "xl/sharedStrings.xml").iter(f"{_SHEET}si")
                ]
            sheets = sorted(n for n in book.namelist() if n.startswith("xl/worksheets/sheet"))
            if not sheets:
                raise NotReadable("the workbook has no sheet")
            for row in _part(book, sheets[0]).iter(f"{_SHEET}row"):
                yield _cells(row, shared)
    except (zipfile.BadZipFile, ET.ParseError, KeyError, IndexError) as error:
        raise NotReadable(f"not an XLSX workbook: {error}") from None


def _part(book: zipfile.ZipFile, name: str) -> ET.Element:
    if book.getinfo(name).file_size > LARGEST:
        raise NotReadable(f"{name} is larger than {LARGEST:,} bytes")
    raw = book.read(name)
    if b"<!DOCTYPE" in raw[:2_000] or b"<!ENTITY" in raw:
        raise NotReadable(f"{name} declares entities")
    return ET.fromstring(raw)  # noqa: S314  entities are refused above, the size is bounded


def _cells(row: ET.Element, shared: Sequence[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_SHEET}c"):
        letters = re.match(r"[A-Z]{1,3}", cell.get("r", ""))
        column = 0
        for letter in letters[0] if letters else "":
            column = column * 26 + ord(letter) - 64
        cells += [""] * (column - 1 - len(cells))
        value = cell.find(f"{_SHEET}v")
        if cell.get("t") == "inlineStr":
            cells.append("".join(t.text or "" for t in cell.iter(f"{_SHEET}t")))
        elif value is None or value.text is None:
            cells.append("")
        else:
            cells.append(shared[int(value.text)] if cell.get("t") == "s" else value.text)
    return cells


def _from_rows(rows: Iterator[list[str]]) -> Iterator[Draft]:
    try:
        head = [cell.strip().lower() for cell in next(rows)]
    except StopIteration:
        return
    short = any(name in head for name in _QUESTION) and any(name in head for name in _ANSWER)
    full = any(name in head for name in ("answer_ru", "answer_en"))
    if not short and not full:
        raise NotReadable(
            "the first row needs columns question and answer, or " + ", ".join(COLUMNS)
        )
    for cells in rows:
        row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        draft = _full(row) if full else _short(row)
        if draft is not None:
            yield draft


def _full(row: Mapping[str, str]) -> Draft | None:
    def texts(name: str) -> dict[Language, str]:
        return {
            language: row[f"{name}_{language}"]
            for language in LANGUAGES
            if row.get(f"{name}_{language}")
        }

    answer = {language: _sound(text) for language, text in texts("answer").items()}
    questions = {
        language: [q.strip() for q in text.splitlines() if q.strip()]
        for language, text in texts("questions").items()
    }
    title = texts("title") or {language: q[0] for language, q in questions.items() if q}
    if not answer or not title:
        return None
    return Draft(
        id=slug(row.get("id", "")) or slug(next(iter(title.values()))) or "entry",
        section=row.get("section", ""), title=title, questions=questions, answer=answer,
        topic=row.get("topic") or None,
    )  # fmt: skip


def _short(row: Mapping[str, str]) -> Draft | None:
    question = next((row[name] for name in _QUESTION if row.get(name)), "")
    answer = next((row[name] for name in _ANSWER if row.get(name)), "")
    return _draft(question, answer, row.get("section") or row.get("раздел") or "")


def _draft(question: str, answer: str, section: str) -> Draft | None:
    lines = [line.strip() for line in question.splitlines() if line.strip()]
    if not lines or not answer.strip():
        return None
    language = language_of(lines[0]) or "ru"
    return Draft(
        id=slug(lines[0]) or "entry", section=section, title={language: lines[0]},
        questions={language: lines[1:]} if lines[1:] else {},
        answer={language: _sound(answer.strip())},
    )  # fmt: skip


def _sound(text: str) -> str:
    """Formatting that Telegram shows stays; anything else becomes plain text."""
    return text if wrong_markup(text) is None else escaped(text)


class _Page(HTMLParser):
    """Question and answer pairs of a page: details/summary, dl/dt/dd, or headings with text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pairs: list[tuple[str, str]] = []
        self.section = ""
        self._question: list[str] | None = None
        self._answer: list[str] | None = None
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "nav", "header", "footer", "form"):
            self._skip += 1
        if tag in ("summary", "dt", "h2", "h3", "h4"):
            self.finish()
            self._question = []
            self._answer = None
        elif tag in ("p", "br", "li", "div", "tr") and self._answer is not None:
            self._answer.append("\n• " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "nav", "header", "footer", "form"):
            self._skip = max(0, self._skip - 1)
        if tag in ("summary", "dt", "h2", "h3", "h4") and self._question is not None:
            self._answer = []
        if tag in ("details", "dd", "section", "main", "body"):
            self.finish()

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        if self._answer is not None:
            self._answer.append(re.sub(r"\s+", " ", data))
        elif self._question is not None:
            self._question.append(data)

    def finish(self) -> None:
        """Close the pair that is open."""
        if self._question is not None and self._answer is not None:
            question = re.sub(r"\s+", " ", "".join(self._question)).strip()
            answer = re.sub(r"[ \t]*\n\s*", "\n", "".join(self._answer)).strip()
            if question and answer:
                self.pairs.append((question, answer))
        self._question = self._answer = None


def _from_page(text: str) -> Iterator[Draft]:
    page = _Page()
    page.feed(text)
    page.close()
    page.finish()
    for question, answer in page.pairs:
        draft = _draft(question, escaped(answer), "")
        if draft is not None:
            yield draft
