"""Several channels of a kind, brands, and places that name a channel (case H1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.menus import menus
from channels.message import Address
from config.reading import read
from config.settings import Workspace
from config.workspace import load
from tests.workspaces import EMAIL, small_workspace

TWO = """telegram:
  - { token_file: token }
  - { name: second, brand: beam, token_file: token }
"""
BEAM = "brands:\n  - { id: beam, company: Луч, topics: [internet], desks: [core] }\n"


def two_bots(folder: Path, more: str = BEAM, *, bots: str = TWO) -> Path:
    small_workspace(folder, more=more)
    file = folder / "support.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(bots if line.startswith("telegram:") else line for line in lines)
    file.write_text(text, encoding="utf-8")
    return folder


def wrong(folder: Path) -> str:
    """The one mistake."""
    (mistake,) = read(folder).errors
    return str(mistake)


def company(workspace: Workspace) -> str:
    return workspace.settings.company.in_language("ru")


def test_each_channel_shows_its_brand(tmp_path: Path) -> None:
    workspace = load(two_bots(tmp_path / "desk"), secrets=True)
    assert [each.name for each in workspace.settings.channels] == ["telegram", "second"]
    first, second = workspace.seen_by("telegram"), workspace.seen_by("second")
    assert (company(first), company(second)) == ("Ромашка", "Луч")
    assert (set(first.topics), set(second.topics)) == (set(), {"internet"})
    assert (set(first.own_desks), set(second.own_desks)) == ({"tech"}, {"tech", "core"})
    assert first.own_routing.fallback == "tech"
    assert second.own_routing.fallback == "core"
    assert set(workspace.topics) == {"internet"}  # desks and reports see all
    assert set(first.desks) == set(second.desks) == {"tech", "core"}


def test_a_mailbox_may_have_a_brand_of_its_own(tmp_path: Path) -> None:
    """Letters never come in another's name: a brand without a mailbox writes none."""
    server = "{ host: mail.example.com, login: none }"
    boxes = "".join(
        f"    - {{ address: {name}@example.com, {brand}imap: {server}, smtp: {server} }}\n"
        for name, brand in (("rays", "brand: beam, "), ("support", ""))
    )
    more = BEAM + "  - { id: ghost, company: Призрак }\nemail:\n  mailboxes:\n" + boxes
    workspace = load(two_bots(tmp_path / "desk", more), secrets=True)
    assert company(workspace.seen_by("email", "Rays@example.com")) == "Луч"
    assert company(workspace.seen_by("email", "support@example.com")) == "Ромашка"
    assert company(workspace.seen_by("email")) == "Ромашка"
    own = {name: view.own_mailbox for name, view in workspace.views.items()}
    assert own == {"": "support@example.com", "beam": "rays@example.com", "ghost": None}


def test_without_brands_everybody_sees_everything(tmp_path: Path) -> None:
    workspace = load(small_workspace(tmp_path / "desk"), secrets=True)
    assert workspace.seen_by("telegram") is workspace
    assert workspace.seen_by("a channel that is gone") is workspace


def test_a_place_may_name_its_channel(tmp_path: Path) -> None:
    folder = two_bots(tmp_path / "desk", BEAM + "admin_channel: second\n")
    file = folder / "support.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("line: 3,", "line: 3, channel: second,"), encoding="utf-8")
    workspace = load(folder, secrets=True)
    assert workspace.place_of("tech") == Address(channel="telegram", chat="-1001")
    assert workspace.place_of("core") == Address(channel="second", chat="-1002")
    assert workspace.admins == Address(channel="second", chat="-1003")
    # The same id in two channels is two groups.
    text = file.read_text(encoding="utf-8").replace("-1002", "-1001")
    file.write_text(text, encoding="utf-8")
    assert not read(folder).errors


@pytest.mark.parametrize(
    ("more", "bots", "said"),
    [
        ("", TWO, "there is no brand 'beam'; known: none"),
        (BEAM, TWO.replace("second", "telegram"), "two channels have one name"),
        (BEAM.replace("internet", "intrnet"), TWO, "there is no topic 'intrnet'"),
        (BEAM.replace("core", "cor"), TWO, "there is no desk 'cor'"),
        (BEAM.replace("topics", "sections"), TWO, "there is no section of the FAQ 'internet'"),
        (BEAM + BEAM.partition("\n")[2], TWO, "the brand 'beam' is already in"),
        (BEAM + "admin_channel: third\n", TWO, "there is no channel 'third' with groups"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, more: str, bots: str, said: str) -> None:
    """case H1"""
    assert said in wrong(two_bots(tmp_path / "desk", more, bots=bots))


def test_a_secret_that_is_missing_is_named_where_its_bot_stands(tmp_path: Path) -> None:
    """case H2"""
    bots = TWO.replace("brand: beam, token_file: token", "brand: beam, token_file: absent")
    folder = two_bots(tmp_path / "desk", bots=bots)
    (missing,) = read(folder).missing_secrets
    line = (
        (folder / "support.yaml")
        .read_text("utf-8")
        .splitlines()
        .index("  - { name: second, brand: beam, token_file: absent }")
    )
    assert missing.line == line + 1
    assert "absent" in missing.message


def test_a_brand_without_a_mailbox_offers_no_email(tmp_path: Path) -> None:
    """The menu of its bot names no command that its clients are refused; the other bot's does."""
    workspace = load(two_bots(tmp_path / "desk", BEAM + EMAIL))
    offered = [
        {name for menu in menus(each) for name, _ in menu.commands}
        for each in (workspace.views[""], workspace.views["beam"])
    ]
    assert offered[0] - offered[1] == {"email"}
