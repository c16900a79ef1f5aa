"""Settings, their documentation, their schemas and the example are one thing (case H4)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.check import check
from config.documentation import schema_text, schemas, settings_page
from escalation.settings import Topic
from faq import Document, validate

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "example"
DOCS = ROOT / "docs"
SCHEMAS = schemas()


def keys(schema: Mapping[str, Any]) -> set[str]:
    """Every key that a kind of file knows, at any depth."""
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", ())}


def test_the_page_of_settings_is_current() -> None:
    """Acceptance case H4. If this fails: `make docs`."""
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_the_page_names_every_setting_and_no_other() -> None:
    """Acceptance case H4: every setting is documented, every documented setting exists."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    explained = {"ru", "en"}  # words in a language: at the head of the page
    assert listed == (keys(SCHEMAS["support.json"]) | keys(SCHEMAS["topic.json"])) - explained
    for line in page.splitlines():
        if line.startswith("| `"):
            assert line.rstrip(" |").count("|") == 4, f"no meaning: {line}"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_current_and_valid(name: str) -> None:
    """If this fails: `make docs`."""
    text = (ROOT / "config" / "schemas" / name).read_text(encoding="utf-8")
    assert text == schema_text(SCHEMAS[name])
    Draft202012Validator.check_schema(json.loads(text))


def example_files() -> Iterator[Any]:
    for name, pattern in [
        ("support.json", "support.yaml"),
        ("topic.json", "topics/*.yaml"),
        ("faq.json", "faq/*.yaml"),
        ("texts.json", "texts/*.yaml"),
    ]:
        found = sorted(EXAMPLE.glob(pattern))
        assert found, pattern
        yield from (pytest.param(name, file, id=file.name) for file in found)


@pytest.mark.parametrize(("name", "file"), list(example_files()))
def test_the_example_fits_the_schemas_it_names(name: str, file: Path) -> None:
    """Acceptance case H4: an editor that completes by these schemas marks nothing."""
    document = Document.read(file)
    errors = [
        error.message for error in Draft202012Validator(SCHEMAS[name]).iter_errors(document.data)
    ]
    assert errors == []
    named = re.search(
        r"^# yaml-language-server: \$schema=(\S+)$", file.read_text("utf-8"), re.MULTILINE
    )
    assert named, "the file names no schema"
    below = "" if file.parent == EXAMPLE else "../"
    assert named[1] == f"{below}schemas/{name}"


@pytest.mark.parametrize(
    ("yaml", "good"),
    [
        ("company: A\ndesks: [{id: a, title: A, chat: -1}]\nrouting: {fallback: a}\n", True),
        ("company: A\ndesks: [{id: a, title: A, chat: '-1'}]\nrouting: {fallback: a}\n", True),
        ("company: A\ndesks: [{id: a, title: A}]\nrouting: {fallback: a}\n", False),
        ("company: A\ndesks: [{id: A, title: A, chat: 1}]\nrouting: {fallback: a}\n", False),
        (
            (
                "company: A\ndesks: [{id: a, title: A, chat: 1}]\nrouting: {fallback: a}\n"
                "tickets: {close_after: 2 days}\n"
            ),
            False,
        ),
    ],
)
def test_the_schema_marks_what_check_refuses(yaml: str, good: bool) -> None:
    data = Document.parse(yaml, Path("support.yaml")).data
    assert Draft202012Validator(SCHEMAS["support.json"]).is_valid(data) is good


def test_the_example_passes_check_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acceptance case H4."""
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    report = check(EXAMPLE)
    assert [str(mistake) for mistake in report.reading.errors + report.reading.warnings] == []
    assert {each.outcome for each in report.tested} >= {"answered"}


def test_the_example_shows_every_setting() -> None:
    """Acceptance case H4: as a value or, commented out, as the value it has anyway."""
    written = (EXAMPLE / "support.yaml").read_text(encoding="utf-8")
    for file in (EXAMPLE / "topics").glob("*.yaml"):
        written += file.read_text(encoding="utf-8")
    shown = set(re.findall(r"(?:^|[\s{,-])#?\s*(\w+):(?=\s)", written))
    known = keys(SCHEMAS["support.json"]) | keys(SCHEMAS["topic.json"])
    assert known - shown == set()
    commented = set(re.findall(r"^\s*# (?:- )?([a-z_]+):(?: |$)", written, re.MULTILINE))
    assert commented - known == set()


# --------------------------------------------------------------------------- pages by hand

BLOCKS = [
    pytest.param(page, number, block, id=f"{page.name}-{number}")
    for page in sorted(DOCS.glob("*.md"))
    for number, block in enumerate(
        re.findall(
            r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
    )
]


@pytest.mark.parametrize(("page", "number", "block"), BLOCKS)
def test_yaml_in_the_documentation_is_right(page: Path, number: int, block: str) -> None:
    """Acceptance case H4: what a page shows can be copied. A block's first line names its file."""
    first = block.partition("\n")[0]
    assert first.startswith("# "), f"block {number} of {page.name} names no file"
    file = first[2:]
    document = Document.parse(block, page)
    if file.startswith("topics/"):
        _, mistakes = validate(Topic, document)
        assert [str(mistake) for mistake in mistakes] == []
        return
    name = {"support": "support.json", "faq": "faq.json", "texts": "texts.json"}[
        re.split(r"[./]", file)[0]
    ]
    schema = dict(SCHEMAS[name])
    if name == "support.json":
        schema.pop("required")  # pages show parts of it
    assert [e.message for e in Draft202012Validator(schema).iter_errors(document.data)] == []
