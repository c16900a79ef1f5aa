"""Evaluation, gaps, import and export, the encoder's memory, the measuring protocol."""

import json
import shutil
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import faq
from faq import evaluate, exchange
from faq.gaps import Unanswered, as_yaml, gaps
from faq.matcher import PhraseMatcher
from faq.matching import Candidate, Decision, Match
from faq.protocol import Ranked, draw, measure
from faq.semantic import Remembered

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def match(entry: str | None, *offered: str) -> Match:
    decision: Decision = "answer" if entry else "suggest" if offered else "none"
    return Match(
        decision=decision, entry=entry, score=0.5, language="ru", read_as="x",
        alternatives=tuple(Candidate(name, 0.1) for name in offered),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "found", "outcome"),
    [
        ("pay", match("pay"), "right"),
        ("pay", match("move"), "wrong"),
        ("pay", match(None, "move", "pay"), "suggested"),
        ("pay", match(None, "move"), "silent"),
        ("pay", match(None), "silent"),
        (None, match(None), "right"),
        (None, match(None, "pay"), "suggested"),
        (None, match("pay"), "wrong"),
    ],
)
def test_a_decision_is_judged(expected: str | None, found: Match, outcome: str) -> None:
    assert evaluate.judge(evaluate.Question(text="?", entry=expected), found) == outcome


def test_both_questions_of_one_message_have_to_be_answered() -> None:
    two = evaluate.Question(text="?", entry="pay", also=("move",))
    parts = (match("move"), match("pay"))
    assert evaluate.judge(two, match("move")) == "wrong"
    both = Match(decision="answer", entry="move", score=1, language="ru", read_as="x", parts=parts)
    assert evaluate.judge(two, both) == "right"


def test_an_edit_that_breaks_another_entry_is_seen(tmp_path: Path) -> None:
    question = evaluate.Question(text="как платить", entry="pay")
    memory = tmp_path / "deep" / "last.json"
    before = [evaluate.Asked(question=question, match=match("pay"), outcome="right")]
    assert evaluate.changes(before, memory) == []
    evaluate.remember(before, memory)
    assert evaluate.changes(before, memory) == []
    after = [evaluate.Asked(question=question, match=match("move"), outcome="wrong")]
    assert evaluate.changes(after, memory) == [
        evaluate.Change(text="как платить", before="right", now="wrong")
    ]
    assert evaluate.confusions(after) == [
        evaluate.Confusion(expected="pay", instead="move", questions=("как платить",))
    ]


def test_a_failing_test_of_an_entry_names_its_line(tmp_path: Path) -> None:
    """case H1"""
    (tmp_path / "a.yaml").write_text(
        "section: {id: a, title: А}\nentries:\n  - id: pay\n    title: Оплата картой\n"
        "    answer: да\n    tests: [оплата картой, совсем другое дело]\n",
        encoding="utf-8",
    )
    loaded = faq.load(tmp_path)
    (failure,) = evaluate.failures(evaluate.run(loaded, evaluate.own_tests(loaded)))
    assert str(failure).startswith(f"{tmp_path}/a.yaml:6:28: 'совсем другое дело' should be")


@pytest.mark.parametrize(
    "line", ["x", "{}", '{"text": "a"}', "[1]", '{"text":"a","entry":null,"accept":["ok"]}']
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"text": "a", "entry": null}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"q\.jsonl:2: not a labelled question"):
        evaluate.from_jsonl(file)


def asked(text: str, hours: int = 0, **more: object) -> Unanswered:
    return Unanswered(text=text, at=NOON + timedelta(hours=hours), **{"outcome": "none", **more})  # type: ignore[arg-type]  # fields of the record by name


def test_gaps_are_grouped_the_biggest_first(example: faq.Faq) -> None:
    found = gaps(
        example,
        [
            asked("есть ли у вас мобильная связь", 1),
            asked("мобильная связь у вас есть?", 2),
            asked("Есть ли у вас мобильная связь?", 3),
            asked("ищете монтажника на работу", 4),
            asked("как оплатить интернет", 5),
            asked("wi-fi еле дышит на балконе", 6, outcome="suggest", pressed="wifi-weak"),
        ],
    )
    biggest = found[0]
    assert (biggest.count, biggest.why, biggest.entry) == (3, "new", None)
    assert biggest.last == NOON + timedelta(hours=3)
    assert set(biggest.questions) == {
        "Есть ли у вас мобильная связь?", "мобильная связь у вас есть?",
    }  # fmt: skip
    assert {(gap.entry, gap.why) for gap in found if gap.why == "pressed"} == {
        ("wifi-weak", "pressed")
    }
    assert not any("как оплатить интернет" in gap.questions for gap in found)  # it is known


def test_a_gap_is_yaml_that_loads_when_pasted(example: faq.Faq, tmp_path: Path) -> None:
    gap, *_ = gaps(example, [asked("есть ли мобильная связь"), asked("мобильная связь есть?")])
    text = as_yaml(gap, {"new-entry"})
    (draft,) = yaml.safe_load(text)
    assert draft["id"] == "new-entry-2"
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    (tmp_path / "a.yaml").write_text(
        "section: {id: a, title: А}\nentries:\n" + indented, encoding="utf-8"
    )
    assert faq.load(tmp_path).match("мобильная связь есть?").entry == "new-entry-2"


def test_pressed_suggestions_become_phrasings(example: faq.Faq) -> None:
    (gap,) = gaps(example, [asked("вафля барахлит", pressed="wifi-weak", outcome="suggest")])
    assert yaml.safe_load(as_yaml(gap)) == {"questions": {"ru": ["вафля барахлит"]}}
    assert "wifi-weak" in as_yaml(gap).splitlines()[0]


def round_trip(known: faq.Faq, folder: Path, separator: str = ";") -> faq.Faq:
    table = folder / "faq.csv"
    text = exchange.to_csv(known, separator=separator)
    table.write_text(text, encoding="utf-8-sig", newline="")
    for name, words in exchange.to_yaml(exchange.read(table)).items():
        (folder / name).write_text(words, encoding="utf-8")
    shutil.copytree(known.folder / "files", folder / "files")
    return faq.load(folder)


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_an_export_is_read_back_whole(example: faq.Faq, tmp_path: Path, separator: str) -> None:
    """Guides, buttons, files, synonyms, titles of sections and test questions come back, too."""
    again = round_trip(example, tmp_path, separator)
    assert dict(again.entries) == dict(example.entries)
    assert (again.sections, again.synonyms) == (example.sections, example.synonyms)


def test_what_only_one_file_has_comes_back(tmp_path: Path) -> None:
    written, target = tmp_path / "faq", tmp_path / "again"
    (written / "files").mkdir(parents=True)
    target.mkdir()
    (written / "10 odd.yml").write_text(
        "section: {id: odd, title: {en: Odd}}\n"
        "synonyms: [[a, 'b, c', no], ['=d', \"it's\"]]\n"
        "entries:\n"
        "  - id: e\n    title: {en: '=1+1', ru: '-x'}\n    audience: [vip]\n    priority: -3\n"
        "    valid: {from: 2026-01-01, until: 2026-02-01}\n    not: {en: ['@home', \"'=y\"]}\n"
        '    answer: {en: |-\n      one\n\n        <b>two</b> ; "three"\n    }\n'
        "    buttons: [{text: {en: Go}, person: true}]\n".replace(
            '{en: |-\n      one\n\n        <b>two</b> ; "three"\n    }',
            "{en: 'one\n\n\n      <b>two</b> ; \"three\"'}",
        ),
        encoding="utf-8",
    )
    (written / "20-empty.yaml").write_text("section: {id: empty, title: {en: E}}", encoding="utf-8")
    known = faq.load(written)
    again = round_trip(known, target)
    assert dict(again.entries) == dict(known.entries)
    assert again.synonyms == known.synonyms
    assert again.sections == known.sections[:1]  # a chapter without an entry has no row


def test_rows_without_an_answer_are_named(tmp_path: Path) -> None:
    table = tmp_path / "faq.csv"
    table.write_text("question;answer\nA?;a\n;\nB?;\n;c\n", encoding="utf-8")
    rows: list[int] = []
    assert len(exchange.read(table, skipped=rows.append)) == 1
    assert rows == [4, 5]


@given(raw=st.binary(max_size=300), kind=st.sampled_from(["csv", "xlsx", "html"]))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, kind: str
) -> None:
    file = tmp_path_factory.mktemp("any") / f"x.{kind}"
    for content in (raw, b"question;answer;more\n" + raw, b"answer_ru,more,synonyms\n" + raw):
        file.write_bytes(content)
        with suppress(exchange.NotReadable):
            exchange.to_yaml(exchange.read(file))


@given(st.data())
def test_any_damage_to_a_workbook_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = workbook(tmp_path_factory.mktemp("any") / "a.xlsx", "<si><t>question</t></si>", "<row/>")
    raw = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    with pytest.raises(exchange.NotReadable):
        exchange.read(file)


def test_a_short_table_of_russian_excel_is_read(tmp_path: Path) -> None:
    file = tmp_path / "вопросы.csv"
    file.write_bytes(
        "Вопрос;Ответ\nКак оплатить?;Картой < 100 ₽\n;пусто\n".encode("cp1251", "replace")
    )
    (draft,) = exchange.read(file)
    assert (draft.id, draft.title) == ("kak-oplatit", {"ru": "Как оплатить?"})
    assert draft.answer["ru"].startswith("Картой &lt; 100")


def workbook(file: Path, shared: str, sheet: str) -> Path:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/sharedStrings.xml", f"<sst {space}>{shared}</sst>")
        book.writestr(
            "xl/worksheets/sheet1.xml",
            f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>",
        )
    return file


def test_a_workbook_is_read(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "a.xlsx",
        "<si><t>question</t></si><si><t>answer</t></si>"
        "<si><r><t>How </t></r><r><t>to pay</t></r></si>",
        '<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
        '<row><c r="A2" t="s"><v>2</v></c><c r="C2" t="inlineStr"><is><t>By card</t></is>'
        "</c></row>",
    )
    (draft,) = exchange.read(file)
    assert (draft.title, draft.answer) == ({"en": "How to pay"}, {"en": "By card"})


def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path) -> None:
    """case E10"""
    file = tmp_path / "entities.xlsx"
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(exchange.NotReadable, match="declares entities"):
        exchange.read(file)


def test_a_saved_page_is_read(tmp_path: Path) -> None:
    file = tmp_path / "faq.html"
    file.write_text(
        "<html><nav><h2>Меню</h2><p>Главная</p></nav><script>var a = 1</script><body>"
        "<details><summary>Как <b>оплатить</b>?</summary><p>Картой.</p><ul><li>СБП</ul></details>"
        "<h3>Где офис?</h3><p>Портовая, 12 &amp; Садовая</p><h3>Пусто</h3></body></html>",
        encoding="utf-8",
    )
    assert [(draft.title, draft.answer) for draft in exchange.read(file)] == [
        ({"ru": "Как оплатить?"}, {"ru": "Картой.\n• СБП"}),
        ({"ru": "Где офис?"}, {"ru": "Портовая, 12 &amp; Садовая"}),
    ]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.csv", b""),
        ("a.csv", b"x,y\n1,2\n"),
        ("a.xlsx", b"PK"),
        ("a.doc", b""),
        ("a.html", b"<p>x"),
    ],
)
def test_what_holds_no_faq_is_refused(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(exchange.NotReadable):
        exchange.read(tmp_path / name)


@given(text=st.text(max_size=200))
def test_any_page_is_read_or_refused(text: str) -> None:
    for draft in exchange._from_page("<h2>" + text + "</h2><p>" + text):
        assert draft.id
        assert draft.answer


class Counting:
    """An encoder of two numbers that counts its work."""

    name = "counting-1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
        self.encoded += texts
        return np.array([[len(text), 1] for text in texts], np.float32)


def test_vectors_of_phrasings_are_remembered_by_content(tmp_path: Path) -> None:
    inner = Counting()
    first = Remembered(inner, tmp_path / "cache").encode(["a", "bb", "ccc"], keep=True)
    again = Remembered(inner, tmp_path / "cache").encode(["ccc", "a", "new"], keep=True)
    assert inner.encoded == ["a", "bb", "ccc", "new"]
    assert again.tolist() == [first[2].tolist(), first[0].tolist(), [3, 1]]


def test_a_damaged_memory_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "counting-1.npz").write_bytes(b"no zip at all")
    inner = Counting()
    assert Remembered(inner, tmp_path).encode(["a", "bb"], keep=True).tolist() == [[1, 1], [2, 1]]
    assert Remembered(inner, tmp_path).encode(["a", "bb"], keep=True).shape == (2, 2)
    assert inner.encoded == ["a", "bb"]


def test_questions_are_encoded_and_not_remembered(tmp_path: Path) -> None:
    inner = Counting()
    Remembered(inner, tmp_path / "cache").encode(["one question", "another"])
    assert inner.encoded == ["one question", "another"]
    assert not (tmp_path / "cache").exists()


def test_an_encoder_takes_part_in_the_decision() -> None:
    class Meaning:
        name = "meaning-1"

        def encode(self, texts: Sequence[str], *, keep: bool = False) -> NDArray[np.float32]:
            money = [any(w in text for w in ("оплат", "money", "платить")) for text in texts]
            return np.array([[1, 0] if yes else [0, 1] for yes in money], np.float32)

    phrasings = {"pay": ["как оплатить", "чем платить"], "tv": ["список каналов", "нет картинки"]}
    with_meaning = PhraseMatcher(phrasings, encoder=Meaning()).match("where does my money go")
    without = PhraseMatcher(phrasings).match("where does my money go")
    assert without.decision == "none"
    assert "pay" in {with_meaning.entry, *(c.entry for c in with_meaning.alternatives)}


def test_the_protocol_draws_by_seed_and_counts(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    rows: list[dict[str, str | None]] = [
        {"split": "train", "entry": e, "text": f"{e}{n}"} for e in "ab" for n in range(5)
    ]
    rows += [
        {"split": "test", "entry": "a", "text": "a?"},
        {"split": "test", "entry": "b", "text": "b?"},
    ]
    rows += [{"split": "test", "entry": None, "text": "?"}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    drawn = draw(file, 2, 0)
    assert drawn == draw(file, 2, 0)
    assert [entry for entry, _ in drawn.phrasings] == [0, 0, 1, 1]
    assert len(drawn.rest) == 6
    assert not {t for _, t in drawn.phrasings} & {t for _, t in drawn.rest}
    figures = measure(
        lambda text: Ranked(order=(0, 1), score=float(len(text)), answered=text == "b?"),
        drawn.test, drawn.foreign,
    )  # fmt: skip
    assert (figures.top1, figures.top3, figures.answered, figures.precision) == (50, 100, 50, 0)
    assert (figures.oos_rejected_at_95, figures.auroc, figures.oos_answered) == (100, 1, 0)
