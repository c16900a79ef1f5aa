"""Whatever stands in the files, reading them tells mistakes and never fails."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.reading import read
from faq import Document

EXAMPLE = Path(__file__).parents[3] / "config" / "example"
SUPPORT = Document.read(EXAMPLE / "support.yaml").data
TOPIC = Document.read(EXAMPLE / "topics" / "10-no-internet.yaml").data
TEXTS = Document.read(EXAMPLE / "texts" / "ru.yaml").data
FAQ = {
    "section": {"id": "a", "title": "A"},
    "entries": [
        {"id": "pay", "title": {"ru": "Как"}, "answer": {"ru": "Так"}, "topic": "no-internet",
         "steps": [{"text": "x"}], "otherwise": {"topic": "no-internet"}}
    ],
}  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", " ", "ru", "internet", "lights", "{x}", "<b>", "99999999d", "(a|b", "a:b"]
    ),
    st.text(max_size=5),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["id", "ru", "en", "when", "lights", "type", "desk", "week", "mon"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=4,
)


def changed(data: object, draw: st.DataObject, depth: int = 0) -> object:
    """``data`` with one value somewhere in it replaced by anything."""
    inside: list[str | int] = []
    if isinstance(data, dict):
        inside = sorted(data)
    elif isinstance(data, list):
        inside = list(range(len(data)))
    if not inside or (depth and draw.draw(st.integers(0, 3)) == 0):
        return draw.draw(values)
    step = draw.draw(st.sampled_from(inside))
    if isinstance(data, dict):
        return {**data, step: changed(data[step], draw, depth + 1)}
    assert isinstance(data, list)
    return [changed(v, draw, depth + 1) if i == step else v for i, v in enumerate(data)]


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_reading_never_fails_whatever_one_value_is(draw: st.DataObject) -> None:
    """Acceptance case H1: mistakes, each with a place inside its file."""
    files: dict[str, object] = {
        "support.yaml": SUPPORT,
        "topics/a.yaml": TOPIC,
        "texts/ru.yaml": TEXTS,
        "faq/a.yaml": FAQ,
    }
    name = draw.draw(st.sampled_from(sorted(files)))
    files[name] = changed(files[name], draw)
    with tempfile.TemporaryDirectory() as folder:
        for each, data in files.items():
            file = Path(folder) / each
            file.parent.mkdir(exist_ok=True)
            file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
        reading = read(Path(folder))
    assert (reading.workspace is None) == bool(reading.errors)
    for mistake in reading.errors + reading.warnings:
        assert mistake.message
        assert mistake.line >= 1
        assert mistake.column >= 1
