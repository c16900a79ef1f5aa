"""Generate the documentation of settings: JSON Schemas and ``docs/settings.md``.

``python -m config.documentation`` (``make docs``) writes them; a test keeps them current.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

import faq
from config.settings import settings_model
from config.texts.files import LANGUAGES, plural_forms, standard_entries
from config.texts.template import Plural, Template
from escalation.durations import duration_words
from escalation.settings import Topic

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ROOT: Final = Path(__file__).parent.parent

Schema = Mapping[str, Any]


def schemas() -> dict[str, Schema]:
    """The JSON Schema of every kind of file in a workspace, by file name."""
    return {
        "support.json": _of(settings_model(), "support.yaml of LineZero"),
        "topic.json": _of(Topic, "A topic of LineZero"),
        "faq.json": faq.json_schema(),
        "texts.json": _texts(),
    }


class _AsWritten(GenerateJsonSchema):
    """Defaults in the form in which an administrator would write them."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
        return duration_words(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


def _of(model: type[BaseModel], title: str) -> Schema:
    schema = model.model_json_schema(mode="validation", schema_generator=_AsWritten)
    return {"$schema": _DIALECT, **schema, "title": title}


def _texts() -> Schema:
    """Keys with what they usually say. One schema serves both languages: it takes the plural forms
    of either, ``check`` is strict."""
    entries = standard_entries()
    forms = sorted({form for language in LANGUAGES for form in plural_forms(language)} | {"other"})
    form_texts = {form: {"type": "string"} for form in forms}
    plural = {"type": "object", "properties": form_texts, "additionalProperties": False}
    properties: dict[str, Schema] = {}
    for key in sorted(entries["en"]):
        entry = entries["en"][key]
        text: Schema = {"type": "string", "minLength": 1}
        properties[key] = {
            "description": _usual(key, entries),
            **({"anyOf": [text, plural]} if isinstance(entry, Plural) else text),
        }
    return {
        "$schema": _DIALECT,
        "title": "Texts of LineZero",
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }


def _usual(key: str, entries: Mapping[str, Mapping[str, Template | Plural]]) -> str:
    lines: list[str] = []
    for language in LANGUAGES:
        entry = entries[language][key]
        templates = entry.forms.values() if isinstance(entry, Plural) else [entry]
        lines.append(f"{language}: {' | '.join(template.source for template in templates)}")
    return "\n".join(lines)


# --------------------------------------------------------------------------- docs/settings.md

_HEAD: Final = """\
# Every setting

<!-- Written by `make docs` from the program itself. Do not edit. -->

Keys of a workspace's files, what they mean and what they are when they are not written. A key that
is not listed here is a mistake that `linezero check` names. The way to write durations: `90s`,
`15m`, `2h`, `3d`, `1w`, or a sum such as `1d 12h`. Words for clients are written in each language
(`{ru: Оплата, en: Payment}`) or, if they are the same in all, as plain text.
"""


def settings_page() -> str:
    """``docs/settings.md``."""
    return "\n".join(
        [
            _HEAD,
            *_page("support.yaml", schemas()["support.json"]),
            *_page("topics/*.yaml", schemas()["topic.json"]),
            "FAQ files are described in [faq-yaml.md](faq-yaml.md), texts in [texts.md](texts.md).",
            "",
        ]
    )


def _page(file: str, schema: Schema) -> Iterator[str]:
    sections: dict[str, str] = {}
    _collect(schema, schema, "", sections)
    for name, path in {"": "", **sections}.items():
        part = schema["$defs"][name] if name else schema
        yield f"## `{file}`" if not name else f"### `{path}` in `{file}`"
        yield ""
        if path:
            yield from (part["description"].split("\n\n")[0].replace("\n", " "), "")
        yield "| key | what it is | default | meaning |"
        yield "|---|---|---|---|"
        required = part.get("required", ())
        for key, value in part["properties"].items():
            default = "**required**" if key in required else _default(value.get("default"))
            meaning = _described(value, schema).replace("|", "\\|")
            yield f"| `{key}` | {_kind(value, schema)} | {default} | {meaning} |"
        yield ""


_WORDS: Final = frozenset({"LocalText", "Phrases"})
"""Parts that are explained once, at the head of the page."""


def _collect(part: Schema, schema: Schema, path: str, found: dict[str, str]) -> None:
    """The parts below a part, with the path at which each is first met, in reading order."""
    for key, value in part["properties"].items():
        for name, many in _references(value):
            if name in found or name in _WORDS or "properties" not in schema["$defs"][name]:
                continue
            below = f"{path}.{key}".lstrip(".") + ("[]" if many else "")
            found[name] = below
            _collect(schema["$defs"][name], schema, below, found)


def _references(value: Schema, *, many: bool = False) -> Iterator[tuple[str, bool]]:
    if "$ref" in value:
        yield value["$ref"].rpartition("/")[2], many
    if "items" in value:
        yield from _references(value["items"], many=True)
    for each in value.get("anyOf", ()):
        yield from _references(each, many=many)


def _kind(value: Schema, schema: Schema) -> str:
    """What a value is, in words."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        known = {"LocalText": "words", "Phrases": "lists of phrases, per language"}
        part = schema["$defs"][name]
        return known.get(name) or (_kind(part, schema) if "enum" in part else "section")
    if "anyOf" in value:
        kinds = dict.fromkeys(
            _kind(each, schema) for each in value["anyOf"] if each.get("type") != "null"
        )
        if {"text", "words"} <= kinds.keys():
            del kinds["text"]  # words are said to be plain text, too
        if list(kinds) == ["text", "whole number"]:
            return "number"
        if list(kinds) == ["section", "sections"] or (
            len(kinds) == 2 and f"list of {next(iter(kinds))}" in kinds
        ):
            return f"{next(iter(kinds))}; one or a list"
        return " or ".join(kinds)
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if value.get("type") == "array":
        inner = value.get("items") or value["prefixItems"][0]
        kind = _kind(inner, schema)
        return "sections" if kind == "section" else f"list of {kind}"
    if value.get("type") == "object":
        named = [value.get("additionalProperties"), *value.get("patternProperties", {}).values()]
        inner = next(each for each in named if isinstance(each, dict))
        return f"names with {_kind(inner, schema)}"
    if value.get("pattern", "").endswith("[smhdw]\\s*)+$"):
        return "duration"
    names = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`"}
    return str(names.get(value["type"], value["type"]))


def _described(value: Schema, schema: Schema) -> str:
    """The description of a key, or of the part it holds when both say the same."""
    said = value.get("description")
    if said is None and "$ref" in value:
        said = schema["$defs"][value["$ref"].rpartition("/")[2]].get("description")
    return str(said or "")


def _default(value: object) -> str:
    if value is None or value in ([], {}) or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return ", ".join(f"`{each}`" for each in value)
    return f"`{json.dumps(value) if not isinstance(value, str) else value}`"


def main() -> None:
    """Write everything to its place in the source tree."""
    folder = _ROOT / "config" / "schemas"
    folder.mkdir(exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(schema_text(schema), encoding="utf-8")
    (_ROOT / "docs").mkdir(exist_ok=True)
    (_ROOT / "docs" / "settings.md").write_text(settings_page(), encoding="utf-8")


def schema_text(schema: Schema) -> str:
    """A schema as it is kept in a file."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main()
