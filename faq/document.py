"""YAML the way the administrator's files are read: plain values, and where each of them stands.

Read as the YAML 1.2 core schema: ``no`` and ``on`` are words, ``12:30`` and ``2026-01-01`` are
text, only ``true`` and ``false`` are booleans. What makes YAML surprising or dangerous is refused
with its line: anchors and aliases (the "billion laughs"), tags, repeated keys, several documents
in one file, files over a size cap.
"""

import difflib
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from faq.mistakes import InvalidFiles, Mistake, Position, Severity
from faq.nodes import Builder, Node, Step, Value

__all__ = [
    "Document",
    "InvalidFiles",
    "Mistake",
    "Position",
    "Severity",
    "Step",
    "Value",
    "validate",
]

MAX_CHARACTERS: Final = 1_000_000

_YAML_HINTS: Final = (
    ("cannot start any token", "quote text that begins with a special sign"),
    ("mapping values are not allowed", "quote text that contains a colon followed by a space"),
    ("could not find expected ':'", "a key needs a colon after it; quote text of several lines"),
    ("expected <block end>", "check the indentation of this line"),
    ("unexpected end of stream", "a quote or bracket was not closed"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One parsed file: ``data`` in plain values, and ``where`` each of them was written."""

    file: Path
    data: Value
    _root: Node = field(repr=False)
    warnings: tuple[Mistake, ...] = ()
    """What is allowed and probably not meant."""

    @classmethod
    def parse(cls, text: str, file: Path) -> "Document":
        """Read ``text``; ``file`` only names it in mistakes.

        Raises:
            InvalidFiles: the text is no YAML, or uses what is refused here; all refusals at once
                when the syntax itself is sound.
        """
        if len(text) > MAX_CHARACTERS:
            raise InvalidFiles(
                [Mistake(file, 1, 1, f"the file is longer than {MAX_CHARACTERS:,} characters",
                         "split it into several files")]
            )  # fmt: skip
        text = text.removeprefix("\ufeff")
        builder = Builder(file, text)
        try:
            root = builder.document(yaml.parse(text, yaml.CSafeLoader))
        except yaml.MarkedYAMLError as error:
            raise InvalidFiles([*builder.mistakes, _syntax_mistake(error, file, text)]) from None
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
            message = f"the character U+{_code(error.character):04X} is not allowed in YAML"
            raise InvalidFiles([Mistake(file, line, column, message, "delete it")]) from None
        except RecursionError:  # libyaml's own nesting guard
            raise InvalidFiles([Mistake(file, 1, 1, "nested too deeply")]) from None
        if builder.mistakes:
            raise InvalidFiles(builder.mistakes)
        return cls(file=file, data=root.value, _root=root, warnings=tuple(builder.warnings))

    @classmethod
    def read(cls, file: Path, *, named: Path | None = None) -> "Document":
        """Read a UTF-8 file from disk; ``named`` is how mistakes call it.

        Raises:
            InvalidFiles: as ``parse``, or the file cannot be read or is not UTF-8.
        """
        name = named or file
        try:
            if file.stat().st_size > 4 * MAX_CHARACTERS:
                message = f"the file is longer than {MAX_CHARACTERS:,} characters"
                raise InvalidFiles([Mistake(name, 1, 1, message, "split it into several files")])
            raw = file.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InvalidFiles([Mistake(name, 1, 1, f"cannot be read: {reason}")]) from error
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            line = before.count(b"\n") + 1
            column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
            mistake = Mistake(name, line, column, "not UTF-8 text", "save the file as UTF-8")
            raise InvalidFiles([mistake]) from None
        return cls.parse(text, name)

    def where(self, path: Iterable[Step], key: bool = False) -> Position:
        """The place of the value at ``path``, or of its key.

        What does not exist has the place of its nearest existing ancestor (of that one's key).
        """
        node, place = self._root, self._root.at
        for step in path:
            child = node.children.get(step)
            if child is None:
                return place
            place = node.keys.get(str(step), child.at)
            node = child
        return place if key else node.at

    def existing(self, path: Iterable[Step]) -> tuple[Step, ...]:
        """``path`` without the steps that are not in the data.

        Where a short form was written (a text instead of a text for each language), the steps of
        the long form are left out.
        """
        return _path_in(self.data, path)[0]

    def mistake(
        self,
        path: Iterable[Step],
        message: str,
        *,
        hint: str | None = None,
        key: bool = False,
        severity: Severity = "error",
    ) -> Mistake:
        """A ``Mistake`` about the value (or key) at ``path``."""
        at = self.where(path, key)
        return Mistake(self.file, at.line, at.column, message, hint, severity)


def _code(character: object) -> int:
    """libyaml reports the offending character as a number, the Python reader as text or bytes."""
    if isinstance(character, int):
        return character
    return ord(character[0]) if isinstance(character, str) and character else 0


def _syntax_mistake(error: yaml.MarkedYAMLError, file: Path, text: str) -> Mistake:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = error.problem or error.context or "not YAML"
    hint = next((hint for sign, hint in _YAML_HINTS if sign in problem), None)
    lines = text.split("\n")
    if line <= len(lines) and lines[line - 1][column - 1 : column] == "\t":
        problem, hint = "a tab stands here", "indent with spaces"
    return Mistake(file, line, column, f"not YAML: {problem}", hint)


M = TypeVar("M", bound=BaseModel)

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "set_type": "expected a list",
    "frozen_set_type": "expected a list",
    "dict_type": "expected keys with values",
    "mapping_type": "expected keys with values",
    "model_type": "expected keys with values",
    "model_attributes_type": "expected keys with values",
    "dataclass_type": "expected keys with values",
    "date_from_datetime_parsing": "expected a date like 2026-12-31",
    "date_parsing": "expected a date like 2026-12-31",
    "date_type": "expected a date like 2026-12-31",
    "time_parsing": "expected a time like 09:30",
    "time_delta_parsing": "expected a duration like PT30M",
    "string_too_short": "expected at least {min_length} character(s)",
    "string_too_long": "expected at most {max_length} characters",
    "too_short": "expected at least {min_length} item(s)",
    "too_long": "expected at most {max_length} items",
    "greater_than": "expected a number above {gt}",
    "greater_than_equal": "expected {ge} or more",
    "less_than": "expected a number below {lt}",
    "less_than_equal": "expected {le} or less",
    "string_pattern_mismatch": "expected text of the form {pattern}",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
}


def validate(
    model: type[M], document: Document, *, context: Mapping[str, Any] | None = None
) -> tuple[M | None, list[Mistake]]:
    """Read ``document`` as ``model``; every error becomes a mistake with its place.

    Unknown keys come with the nearest valid name. A validator may raise a ``PydanticCustomError``
    with ``hint`` in its context to add one, and with ``at`` (a relative path, a tuple) to point
    deeper than the value it checks. ``context`` goes to the validators.

    Returns:
        The model and no mistakes, or ``None`` and at least one.
    """
    try:
        read = model.model_validate(document.data, context=dict(context or {}))
    except ValidationError as error:
        return None, _mistakes(model, document, error.errors(include_url=False))
    return read, []


def _mistakes(
    model: type[BaseModel], document: Document, errors: Sequence[ErrorDetails]
) -> list[Mistake]:
    """One mistake for each place: the branches of a union become one "… or …"."""
    found: dict[tuple[tuple[Step, ...], bool], list[tuple[str, str | None]]] = {}
    inputs: dict[tuple[Step, ...], str] = {}
    for error in errors:
        if error["type"] == "too_short" and any(
            len(other["loc"]) > len(error["loc"])
            and other["loc"][: len(error["loc"])] == error["loc"]
            for other in errors
        ):
            continue  # there are items, only not right ones
        extra = tuple(error.get("ctx", {}).get("at", ()))
        path, _ = _path_in(document.data, (*error["loc"], *extra))
        key = error["type"] == "extra_forbidden"
        said = found.setdefault((path, key), [])
        message = _sentence(error)
        if not any(message == other for other, _ in said):
            said.append((message, _hint(model, error, path)))
        if message.startswith("expected ") and not error["type"].startswith(
            ("too_", "string_too_")
        ):
            inputs[path] = f", found {_described(error.get('input'))}"
    mistakes: list[Mistake] = []
    for (path, key), said in found.items():
        expected = [m for m, _ in said if m.startswith("expected ")]
        others = [m for m, _ in said if not m.startswith("expected ")]
        joined = " or ".join([*expected[:1], *(m.removeprefix("expected ") for m in expected[1:])])
        joined += inputs.get(path, "") if expected else ""
        hint = next((hint for _, hint in said if hint), None)
        name = _name(path)
        mistakes.extend(
            document.mistake(path, f"{name}{m}", hint=hint, key=key)
            for m in [*([joined] if joined else []), *others]
        )
    return mistakes


def _path_in(data: Value, loc: Iterable[Step]) -> tuple[tuple[Step, ...], list[Step]]:
    """The part of a pydantic location that exists in the data, and what does not.

    Pydantic mixes names of union branches and validators into its locations.
    """
    path: list[Step] = []
    labels: list[Step] = []
    for step in loc:
        if isinstance(data, dict) and step in data:
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            labels.append(step)
            continue
        path.append(step)
    return tuple(path), labels


def _name(path: Sequence[Step]) -> str:
    return f"{path[-1]}: " if path and isinstance(path[-1], str) else ""


def _sentence(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        return f"the key {error['loc'][-1]!r} is missing"
    if kind == "extra_forbidden":
        return "unknown key"
    if kind in ("value_error", "assertion_error"):
        return error["msg"].split(", ", 1)[-1]
    expected = _EXPECTED.get(kind)
    if expected is None:
        return error["msg"]
    return expected.format(**context)


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    text = text if len(text) <= 40 else text[:39] + "…"
    return repr(text) if isinstance(value, str) else text


def _hint(model: type[BaseModel], error: ErrorDetails, path: tuple[Step, ...]) -> str | None:
    context = error.get("ctx", {})
    if "hint" in context:
        return str(context["hint"])
    if error["type"] == "string_type" and isinstance(error.get("input"), int | float):
        return "put it in quotes"
    if error["type"] == "extra_forbidden":
        names = sorted(_names_at(model, error["loc"][:-1]))
        near = nearest(str(path[-1]), names)
        if near:
            return f"did you mean {near!r}?"
        return f"known here: {', '.join(names)}" if names else None
    if error["type"] in ("literal_error", "enum") and isinstance(error.get("input"), str):
        known = [word.strip("'\"") for word in _words(str(context.get("expected", "")))]
        near = nearest(error["input"], known)
        return f"did you mean {near!r}?" if near else None
    return None


def _words(expected: str) -> list[str]:
    return expected.replace(" or ", ", ").split(", ")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like ``name``, if any looks like it at all."""
    by_lower = {word.lower(): word for word in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def _names_at(model: type[BaseModel], loc: Sequence[Step]) -> set[str]:
    """The keys that a model accepts at a pydantic location."""
    types: list[object] = [model]
    for step in loc:
        types = [inner for outer in types for inner in _inside(outer, step)]
    names: set[str] = set()
    for kind in (leaf for outer in types for leaf in _leaves(outer)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            names |= {field.alias or name for name, field in kind.model_fields.items()}
    return names


def _leaves(kind: object) -> list[object]:
    """A type without its ``Annotated``, its union taken apart."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _leaves(get_args(kind)[0])
    if origin in (typing.Union, UnionType):
        return [leaf for branch in get_args(kind) for leaf in _leaves(branch)]
    return [kind]


def _inside(kind: object, step: Step) -> list[object]:
    """The types one step further down; a step that only names a union branch stays."""
    found: list[object] = []
    for leaf in _leaves(kind):
        origin, arguments = get_origin(leaf), get_args(leaf)
        if isinstance(leaf, type) and issubclass(leaf, BaseModel):
            found += [
                field.annotation
                for name, field in leaf.model_fields.items()
                if step in (name, field.alias)
            ]
        elif origin is not None and issubclass(origin, Mapping):
            found += arguments[1:2]
        elif origin is not None and issubclass(origin, Iterable) and isinstance(step, int):
            found += [argument for argument in arguments[:1] if argument is not Ellipsis]
    return found or [kind]
