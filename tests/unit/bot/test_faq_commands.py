import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.faq import app

RUN = CliRunner()
FAQ = """\
section: {id: a, title: А}
entries:
  - id: pay
    title: Как оплатить интернет
    questions: [оплата картой, где заплатить]
    answer: да
    tests: [оплатить картой]
  - id: office
    title: Где ваш офис
    questions: [часы работы офиса]
    answer: там
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "faq").mkdir()
    (tmp_path / "faq" / "a.yaml").write_text(FAQ, encoding="utf-8")
    return tmp_path


def test_eval_prints_outcomes_and_what_changed(workspace: Path) -> None:
    first = RUN.invoke(app, ["eval", str(workspace), "--json"])
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["outcomes"] == {
        "right": 1, "suggested": 0, "silent": 0, "wrong": 0,
    }  # fmt: skip
    broken = FAQ.replace("[часы работы офиса]", "[оплатить картой]")
    (workspace / "faq" / "a.yaml").write_text(broken, encoding="utf-8")
    second = RUN.invoke(app, ["eval", str(workspace), "--json"])
    assert second.exit_code == 1
    said = json.loads(second.stdout)
    assert said["changes"] == [{"text": "оплатить картой", "before": "right", "now": "wrong"}]
    assert said["confusions"][0]["instead"] == "office"
    table = RUN.invoke(app, ["eval", str(workspace)])
    assert table.exit_code == 1
    assert "a.yaml:7:13: wrong" in table.stdout


def test_eval_of_a_data_set_prints_the_figures(tmp_path: Path) -> None:
    words = {"pay": "оплатить счёт картой", "tv": "телевизор показывает каналы"}
    rows: list[dict[str, str | None]] = [
        {"split": split, "entry": entry, "text": f"{text} {number}"}
        for entry, text in words.items()
        for split, number in (("train", "раз"), ("train", "два"), ("test", "три"))
    ]
    rows.append({"split": "test", "entry": None, "text": "погода на марсе"})
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    args = ["eval", "--data", str(file), "--per-entry", "2", "--seed", "1", "--json"]
    figures = json.loads(RUN.invoke(app, args).stdout)
    assert set(figures) >= {
        "top1", "top3", "oos_rejected_at_95", "auroc", "answered", "precision", "ms_p50", "ms_p95",
        "rss_mb",
    }  # fmt: skip
    assert (figures["top1"], figures["oos_rejected_at_95"]) == (100, 100)


def test_broken_files_are_named_without_a_traceback(workspace: Path) -> None:
    (workspace / "faq" / "b.yaml").write_text("section: [", encoding="utf-8")
    result = RUN.invoke(app, ["eval", str(workspace)])
    assert result.exit_code == 1
    assert "b.yaml:2:1: error: not YAML" in result.stderr


def test_gaps_are_yaml_to_paste(workspace: Path) -> None:
    log = workspace / "log.jsonl"
    log.write_text(
        '{"text": "мобильная связь есть?", "at": "2026-03-01T10:00:00"}\n'
        '{"text": "есть мобильная связь", "at": "2026-03-01T11:00:00+00:00"}\n',
        encoding="utf-8",
    )
    result = RUN.invoke(app, ["gaps", str(workspace), "--from", str(log)])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("# 2x, last 2026-03-01\n- id: new-entry\n")
    log.write_text("{}\n", encoding="utf-8")
    result = RUN.invoke(app, ["gaps", str(workspace), "--from", str(log)])
    assert result.exit_code == 1
    assert "log.jsonl:1: not a record" in result.stderr


def test_import_reads_what_export_wrote_and_overwrites_nothing(workspace: Path) -> None:
    table = workspace / "out.csv"
    assert RUN.invoke(app, ["export", str(workspace), "--to", str(table)]).exit_code == 0
    target = workspace / "imported"
    assert RUN.invoke(app, ["import", str(table), str(target)]).exit_code == 0
    assert RUN.invoke(app, ["eval", str(target)]).exit_code == 0
    again = RUN.invoke(app, ["import", str(table), str(target)])
    assert again.exit_code == 1
    assert "already there: " in again.stderr
