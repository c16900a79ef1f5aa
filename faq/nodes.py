"""From YAML parser events to values that know their places; used by ``faq.document`` only."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import yaml

from faq.mistakes import InvalidFiles, Mistake, Position

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | list[Value] | dict[str, Value]"
Step: TypeAlias = str | int

MAX_DEPTH: Final = 40

_INTEGER = re.compile(r"[-+]?[0-9]{1,30}|0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_WORDS: Final[Mapping[str, Scalar]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place, the places of its keys, and its children."""

    value: Value
    at: Position
    keys: dict[str, Position] = field(default_factory=dict)
    children: dict[Step, "Node"] = field(default_factory=dict)


def _plain(text: str) -> Scalar:
    """What an unquoted scalar means in the YAML 1.2 core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


class Builder:
    """Turns parser events into nodes, collecting what is refused."""

    def __init__(self, file: Path, text: str = "") -> None:
        self.file = file
        self.lines = text.split("\n")
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []
        """What is allowed and probably not meant."""

    def is_cut(self, event: yaml.ScalarEvent) -> bool:
        """Whether a comment without a space behind its sign cuts words short."""
        end = event.end_mark
        if not event.implicit[0] or end is None:
            return False
        line = self.lines[end.line] if end.line < len(self.lines) else ""
        return re.match(r"\s*(?<=\s)#[^\s#]", line[end.column :]) is not None

    def refuse(self, event: yaml.Event, message: str, hint: str | None = None) -> None:
        at = _at(event)
        self.mistakes.append(Mistake(self.file, at.line, at.column, message, hint))

    def document(self, events: Iterator[yaml.Event]) -> Node:
        root = Node(None, Position(1, 1))
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.refuse(event, "a second document in one file", "use a file for each")
            elif isinstance(event, yaml.NodeEvent):
                node = self.node(event, events, 0)
                root = node if documents == 1 else root
        return root

    def node(self, event: yaml.NodeEvent, events: Iterator[yaml.Event], depth: int) -> Node:
        at = _at(event)
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event, f"the alias *{event.anchor} is not allowed", "write it out")
            return Node(None, at)
        if event.anchor is not None:
            self.refuse(event, f"the anchor &{event.anchor} is not allowed", "write it out")
        if (tag := getattr(event, "tag", None)) is not None:
            self.refuse(event, f"the tag {tag} is not allowed", "write the plain value")
        if depth > MAX_DEPTH:
            self.refuse(event, f"nested more than {MAX_DEPTH} levels deep")
            raise InvalidFiles(self.mistakes)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(at, events, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(at, events, depth)
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101  the only kind of node left
        if self.is_cut(event):
            message = "a comment cuts these words short"
            hint = "what follows # is not read: put the words in quotes"
            self.warnings.append(Mistake(self.file, at.line, at.column, message, hint, "warning"))
        return Node(_plain(event.value) if event.implicit[0] else event.value, at)

    def sequence(self, at: Position, events: Iterator[yaml.Event], depth: int) -> Node:
        children: dict[Step, Node] = {}
        for event in events:
            if not isinstance(event, yaml.NodeEvent):
                break
            children[len(children)] = self.node(event, events, depth + 1)
        return Node([child.value for child in children.values()], at, {}, children)

    def mapping(self, at: Position, events: Iterator[yaml.Event], depth: int) -> Node:
        keys: dict[str, Position] = {}
        children: dict[Step, Node] = {}
        for event in events:
            if not isinstance(event, yaml.NodeEvent):
                break
            key_node = self.node(event, events, depth + 1)
            child = self.node(_next_node(events), events, depth + 1)
            if not isinstance(event, yaml.ScalarEvent) or key_node.value is None:
                self.refuse(event, "a key must be a word")
                continue
            key = event.value  # `1:` and `true:` are the words "1" and "true"
            if key in keys:
                message = f"the key {key!r} is already used in line {keys[key].line}"
                self.refuse(event, message, "keep one of them")
                continue
            keys[key] = key_node.at
            children[key] = child
        return Node({str(k): child.value for k, child in children.items()}, at, keys, children)


def _next_node(events: Iterator[yaml.Event]) -> yaml.NodeEvent:
    event = next(events)
    assert isinstance(event, yaml.NodeEvent)  # noqa: S101  a key is always followed by its value
    return event


def _at(event: yaml.Event) -> Position:
    mark = event.start_mark
    return Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
