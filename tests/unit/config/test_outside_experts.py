"""Outside experts in a workspace: right, wrong with its place, and right but of no use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.menus import menus
from config.settings import Workspace
from config.workspace import load, read

EMAIL = """
email:
  mailboxes:
    - address: Support@maiak.example
      imap: { host: mail.maiak.example, login: none }
      smtp: { host: mail.maiak.example, login: none }
"""
VENDOR = """
experts:
  - id: vendor
    title: { ru: Поставщик, en: Vendor }
    address: Help@vendor.example
    vendor: true
    desks: [network]
    hours: { week: { mon-fri: ["09:00-18:00"] } }
"""


def written(folder: Path, *sections: str) -> Path:
    """More sections of ``support.yaml``; the example names nobody outside."""
    file = folder / "support.yaml"
    text = file.read_text(encoding="utf-8").replace("\nforward: known\n", "\n")
    file.write_text(text + "".join(sections), encoding="utf-8")
    return file


def of_experts(folder: Path) -> list[str]:
    """What is told about experts, with line, column and hint."""
    found = read(folder)
    lines = (folder / "support.yaml").read_text("utf-8").split("\n")
    first = next(n for n, line in enumerate(lines, 1) if line.startswith(("experts:", "forward:")))
    told = [m for m in (*found.errors, *found.warnings) if m.line >= first]
    return [f"{m.severity} {m.line - first + 1}:{m.column} {m.message} [{m.hint}]" for m in told]


def test_a_vendor_is_read(workspace: Path) -> None:
    written(workspace, EMAIL, VENDOR)
    found = load(workspace)
    (vendor,) = found.experts.values()
    assert (vendor.address, vendor.vendor, vendor.hold) == ("help@vendor.example", True, False)
    assert vendor.remind_after == timedelta(hours=8)
    assert found.experts_for("network") == [vendor]
    assert found.experts_for("billing") == []
    assert found.settings.forward == "known"
    assert of_experts(workspace) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            "address: help",
            "4:14 address: an e-mail address such as help@vendor.example is expected",
        ),
        ("address: support@maiak.example", "4:14 support@maiak.example is a mailbox of our own"),
        ("address: a@b.example\n    desks: [netwrk]", "5:13 there is no desk 'netwrk'"),
        ("address: a@b.example\n    remind_after: 0s", "5:19 remind_after: some time is expected"),
        ("address: a@b.example\n    adress: a", "5:5 "),
    ],
)
def test_mistakes_are_told_with_their_place(workspace: Path, wrong: str, told: str) -> None:
    """case H1, for experts."""
    section = f"\nexperts:\n  - id: lab\n    title: Лаборатория\n    {wrong}\n"
    written(workspace, EMAIL, section)
    found = [line for line in of_experts(workspace) if line.startswith("error")]
    assert len(found) == 1, found
    assert found[0].startswith(f"error {told}")


def test_an_expert_is_named_once(workspace: Path) -> None:
    """case H1: both places are told."""
    twice = VENDOR + VENDOR.removeprefix("\nexperts:\n")
    written(workspace, EMAIL, twice)
    (line,) = of_experts(workspace)
    assert "the expert 'vendor' is already in" in line


@pytest.mark.parametrize("section", [VENDOR, "\nforward: anyone\n"])
def test_nobody_is_asked_without_mail(workspace: Path, section: str) -> None:
    """Advice, not an error: the rest of the desk works."""
    written(workspace, section)
    (line,) = of_experts(workspace)
    assert line.startswith("warning 1:1 ")
    assert "asked by e-mail" in line
    assert "set up `email`" in line
    assert not load(workspace).may_forward("network")


def test_the_menu_names_the_command_where_it_works(workspace: Path) -> None:
    def commands(found: Workspace) -> set[str]:
        return {name for menu in menus(found) for name, _ in menu.commands}

    assert "forward" not in commands(load(workspace))
    written(workspace, EMAIL, VENDOR)
    assert "forward" in commands(load(workspace))
