"""A FAQ from and to other tools: CSV, XLSX, and a FAQ page saved from a web site.

The table has one row for each entry, with ``COLUMNS``: what people edit stands in columns of its
own (questions one to a line), the rest of the entry as YAML under ``more``. Synonyms stand with
the first row of a section. A table that is written and read again loses nothing but comments. The
shortest table that can be read has ``question`` and ``answer``.
"""

import csv
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import yaml

from faq.document import Document, InvalidFiles, Value
from faq.loading import Faq
from faq.markup import escaped, wrong_markup
from faq.shapes import Entry
from faq.text import LANGUAGES, Language, language_of
from faq.translit import slug

COLUMNS: Final = (
    "section", "id", "title_ru", "title_en", "questions_ru", "questions_en",
    "answer_ru", "answer_en", "not_ru", "not_en", "tests_ru", "tests_en", "topic", "more",
    "file", "section_ru", "section_en", "synonyms",
)  # fmt: skip
SEPARATORS: Final = ",;\t"
_LISTS: Final = ("questions", "not", "tests")
_FILE = re.compile(r"\w[\w .-]{0,80}\.ya?ml")
_COMPUTED = re.compile(r"'*[=+\-@]")
"""Spreadsheets compute cells that begin so, unless an apostrophe stands before."""
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
    excluded: Mapping[Language, Sequence[str]] = field(default_factory=dict)
    tests: Mapping[Language, Sequence[str]] = field(default_factory=dict)
    topic: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    """Everything else of the entry, as in its file."""
    file: str = ""
    """Name of the file it stood in."""
    section_title: Mapping[Language, str] = field(default_factory=dict)
    synonyms: Sequence[Sequence[str]] = ()
    """Of its section."""


class NotReadable(ValueError):
    """A file that holds no FAQ in a form known here; the message says what was expected."""


def read(file: Path, *, skipped: Callable[[int], object] = lambda _: None) -> list[Draft]:
    """Drafts from a ``.csv``, ``.xlsx`` or ``.html`` file.

    Args:
        skipped: called with the number of each row that is no entry: it has no answer, or nothing
            to be found by.

    Raises:
        NotReadable: the file is of another kind, damaged, or has no questions and answers.
        OSError: the file cannot be read.
    """
    kind = file.suffix.lower()
    if kind == ".csv":
        drafts = list(_from_rows(_csv_rows(file.read_bytes()), skipped))
    elif kind == ".xlsx":
        drafts = list(_from_rows(_xlsx_rows(file), skipped))
    elif kind in (".html", ".htm"):
        drafts = list(_from_page(_decoded(file.read_bytes())))
    else:
        raise NotReadable(f"{file.name}: expected .csv, .xlsx or .html")
    if not drafts:
        raise NotReadable(f"{file.name}: no questions with answers were found")
    return drafts


class _Dumper(yaml.SafeDumper):
    """Words of several lines stand below each other, as a person would write them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(value: object, *, flow: bool | None = False) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100,
        default_flow_style=flow,
    )  # fmt: skip


def to_yaml(drafts: Iterable[Draft], *, section: str = "imported") -> dict[str, str]:
    """FAQ files by name; ids are made unique."""
    files: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    used: set[str] = set()
    for draft in drafts:
        name = slug(draft.section) or section
        if name not in names:
            names[name] = draft.file if _FILE.fullmatch(draft.file) else f"{name}.yaml"
            title = dict(draft.section_title) or draft.section or section
            files[name] = {"section": {"id": name, "title": title}}
            if draft.synonyms:
                files[name]["synonyms"] = [list(line) for line in draft.synonyms]
            files[name]["entries"] = []
        unique, number = draft.id, 1
        while unique in used:
            number += 1
            unique = f"{draft.id[:36]}-{number}"
        used.add(unique)
        files[name]["entries"].append(_entry(draft, unique))
    found = Counter(names.values())
    return {
        names[name] if found[names[name]] == 1 else f"{name}.yaml": _yaml(content)
        for name, content in files.items()
    }


def _entry(draft: Draft, name: str) -> dict[str, object]:
    parts: dict[str, object] = {
        "id": name,
        "title": dict(draft.title),
        "questions": {k: list(v) for k, v in draft.questions.items() if v},
        "not": {k: list(v) for k, v in draft.excluded.items() if v},
        "answer": dict(draft.answer),
        **draft.more,
        "topic": draft.topic,
        "tests": {k: list(v) for k, v in draft.tests.items() if v},
    }
    return {key: value for key, value in parts.items() if value not in (None, {}, [])}


def to_csv(faq: Faq, *, separator: str = ";") -> str:
    """The whole FAQ as a table; ``read`` and ``to_yaml`` make the same FAQ of it."""
    out = io.StringIO(newline="")
    table = csv.writer(out, delimiter=separator)
    table.writerow(COLUMNS)
    for section in faq.sections:
        head = {
            "section": section.id,
            "file": section.file,
            **_by_language("section", section.title),
            "synonyms": "\n".join(_line(words) for words in section.synonyms),
        }
        for name in section.entries or ("",):
            row = {**head, **(_row(faq.entries[name]) if name else {})}
            table.writerow([_stays_text(row.get(column, "")) for column in COLUMNS])
            head["synonyms"] = ""
    return out.getvalue()


def _row(entry: Entry) -> dict[str, str]:
    """An entry by columns."""
    plain = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    row = {"id": plain.pop("id"), "topic": plain.pop("topic", None) or ""}
    for name in ("title", "answer"):
        row |= _by_language(name, plain.pop(name, None) or {})
    for name in _LISTS:
        texts = plain.pop(name, {})
        row |= _by_language(name, {k: "\n".join(v) for k, v in texts.items()})
    row["more"] = _yaml(plain).strip() if plain else ""
    return row


def _by_language(name: str, texts: Mapping[Language, str]) -> dict[str, str]:
    return {f"{name}_{language}": text for language, text in texts.items()}


def _line(words: Sequence[str]) -> str:
    """A line of synonyms as it stands in a file: ``[router, modem]``."""
    return _yaml(list(words), flow=True).replace("\n", " ").strip()


def _stays_text(cell: str) -> str:
    return f"'{cell}" if _COMPUTED.match(cell) else cell


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
    delimiter = max(SEPARATORS, key=head.count)  # Russian Excel writes semicolons
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise NotReadable(f"not a table: {error}") from None


_DAMAGED: Final = (
    zipfile.BadZipFile, ET.ParseError, LookupError, ValueError, EOFError, zlib.error,
    lzma.LZMAError, NotImplementedError, RuntimeError, struct.error,
)  # fmt: skip
"""What reading an archive raises that is damaged, encrypted or of another kind."""
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
            for row in _part(book, next(iter(sheets), "a sheet")).iter(f"{_SHEET}row"):
                yield _cells(row, shared)
    except NotReadable:
        raise
    except _DAMAGED as error:
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


def _from_rows(rows: Iterator[list[str]], skipped: Callable[[int], object]) -> Iterator[Draft]:
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
    synonyms: dict[str, list[list[str]]] = {}
    for number, cells in enumerate(rows, start=2):
        row = {
            name: _as_typed(cell)
            for name, cell in zip(head, cells, strict=False)
            if name  # a column without a name
        }
        if not any(row.values()):
            continue
        if row.get("synonyms"):
            synonyms[row.get("section", "")] = list(_synonyms(row["synonyms"], number))
        draft = _full(row, number) if full else _short(row)
        if draft is None:
            skipped(number)
        else:
            yield replace(draft, synonyms=synonyms.get(draft.section, ()))


def _as_typed(cell: str) -> str:
    text = cell.replace("\r\n", "\n").strip()
    return text[1:] if text.startswith("'") and _COMPUTED.match(text) else text


def _parsed(text: str, number: int) -> Value:
    """YAML of a cell, read as in a file."""
    try:
        return Document.parse(text, Path(f"row {number}")).data
    except InvalidFiles as error:
        raise NotReadable(str(error.mistakes[0])) from None


def _synonyms(text: str, number: int) -> Iterator[list[str]]:
    for line in text.splitlines():
        words = _parsed(line, number)
        if not isinstance(words, list):
            raise NotReadable(f"row {number}: synonyms are lines such as [router, modem]")
        if words:
            yield list(map(str, words))


def _full(row: Mapping[str, str], number: int) -> Draft | None:
    def texts(name: str) -> dict[Language, str]:
        return {
            language: row[f"{name}_{language}"]
            for language in LANGUAGES
            if row.get(f"{name}_{language}")
        }

    def lists(name: str) -> dict[Language, list[str]]:
        return {
            language: [line.strip() for line in text.splitlines() if line.strip()]
            for language, text in texts(name).items()
        }

    more = _parsed(row["more"], number) if row.get("more") else {}
    if not isinstance(more, dict):
        raise NotReadable(f"row {number}: more is keys with values")
    answer = {language: _sound(text) for language, text in texts("answer").items()}
    questions = lists("questions")
    title = texts("title") or {language: q[0] for language, q in questions.items() if q}
    if not title or not (answer or more.get("steps")):
        return None
    return Draft(
        id=slug(row.get("id", "")) or slug(next(iter(title.values()))) or "entry",
        section=row.get("section", ""), title=title, questions=questions, answer=answer,
        excluded=lists("not"), tests=lists("tests"), topic=row.get("topic") or None, more=more,
        file=row.get("file", ""), section_title=texts("section"),
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
