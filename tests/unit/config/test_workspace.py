"""Reading a workspace: everything right, and every kind of wrong with its place."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from channels import registry
from channels.kind import SecretShape
from channels.telegram.kind import TELEGRAM
from channels.telegram.settings import TelegramSettings
from config.secrets import adopt_env
from config.workspace import BadOverride, InvalidFiles, load, read
from faq import Mistake


def edit(file: Path, old: str, new: str) -> None:
    """Replace exactly one piece of a file."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    file.write_text(text.replace(old, new), encoding="utf-8")


def told(folder: Path, mistakes: tuple[Mistake, ...]) -> list[str]:
    """Mistakes as lines, files relative to the workspace."""
    return [str(m).replace(f"{folder}/", "") for m in mistakes]


def place(file: Path, needle: str) -> str:
    """``line:column`` of a piece that stands once in a file."""
    before, found, after = file.read_text(encoding="utf-8").partition(needle)
    assert found, needle
    assert needle not in after, needle
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def errors(folder: Path) -> list[str]:
    return told(folder, read(folder).errors)


def warnings(folder: Path) -> list[str]:
    return told(folder, read(folder).warnings)


# --------------------------------------------------------------------------- all right


def test_a_right_workspace_is_read_whole(workspace: Path) -> None:
    found = load(workspace)
    assert list(found.topics) == [
        "no-internet", "slow-internet", "tv", "billing", "move-or-connect", "other",
    ]  # fmt: skip
    assert list(found.desks) == ["internet", "billing", "network"]
    assert found.settings.company.in_language("en") == "Northern Beacon"
    assert found.texts.label("time.today", "ru", time="9:00") == "сегодня, в 9:00"
    assert "pay" in found.faq.entries
    assert found.files.keys() >= {str(workspace / "support.yaml")}


def test_overrides_replace_settings_by_path(workspace: Path) -> None:
    found = load(
        workspace,
        overrides={
            "telegram.api_url": "http://127.0.0.1:8081",
            "desks.billing.chat": "-1005",
            "admin_chat": None,
            "tickets.close_after": "1h",
        },
    )
    (telegram,) = found.settings.channels
    assert isinstance(telegram, TelegramSettings)
    assert telegram.api_url == "http://127.0.0.1:8081"
    assert found.desks["billing"].chat == "-1005"
    assert found.settings.admin_chat is None
    assert found.settings.tickets.close_after.total_seconds() == 3600


@pytest.mark.parametrize(
    ("overrides", "told_as"),
    [
        ({"retention.inbox": "5m"}, "5m is too short: at least 1d"),
        ({"retention.journal": "0d"}, "0s is too short: at least 1d"),
        ({"retention.files": "-3d"}, "a duration such as"),
        ({"retention.contacts": 90}, "a duration such as"),
        ({"retention.messages": "2d"}, "2d is too short: tickets.reopen_within is 3d"),
        (
            {"retention.messages": "1w", "letters.intake_timeout": "10d"},
            "1w is too short: letters.intake_timeout is 10d",
        ),
    ],
)
def test_nothing_is_kept_for_too_short_a_time(
    workspace: Path, overrides: dict[str, object], told_as: str
) -> None:
    with pytest.raises(InvalidFiles) as refused:
        load(workspace, overrides=overrides)
    [line] = told(workspace, refused.value.mistakes)
    assert next(iter(overrides)).rpartition(".")[2] in line
    assert told_as in line


def test_most_is_kept_for_ever_unless_somebody_says_otherwise(workspace: Path) -> None:
    kept = load(workspace).settings.retention
    assert (kept.messages, kept.files, kept.contacts) == (None, None, None)
    kept = load(workspace, overrides={"retention.messages": "90d"}).settings.retention
    assert kept.messages == timedelta(days=90)


@pytest.mark.parametrize("path", ["desks.nobody.chat", "company.ru.x", "desks.billing.chat.x"])
def test_an_override_that_leads_nowhere_is_refused(workspace: Path, path: str) -> None:
    with pytest.raises(BadOverride) as refused:
        load(workspace, overrides={path: "1"})
    assert refused.value.path == path


def test_a_wrong_override_is_told_at_the_nearest_place(workspace: Path) -> None:
    with pytest.raises(InvalidFiles) as refused:
        load(workspace, overrides={"tickets.budget": 0, "tickets.bugdet": 1})
    lines = told(workspace, refused.value.mistakes)
    assert any("budget: expected 1 or more" in line for line in lines)
    assert any("bugdet: unknown key (did you mean 'budget'?)" in line for line in lines)


# --------------------------------------------------------------------------- every mistake


def test_every_mistake_of_every_file_is_told_in_one_run(workspace: Path) -> None:
    """Acceptance case H1: place, what was expected, the nearest valid name; all at once."""
    support = workspace / "support.yaml"
    edit(support, "timezone: Europe/Moscow\n\n", "timezone: Europe/Moskow\n\n")
    edit(support, "escalates_to: network", "escalates_to: netwrok")
    edit(support, "  fallback: internet", "  falback: internet")
    edit(support, "answers: { wish: [pause, cancel] }", "answers: { wish: [pause, cancle] }")
    edit(support, "reopen_within: 3d", "reopen_within: 3 days")
    topic = workspace / "topics" / "10-no-internet.yaml"
    edit(topic, "when: { lights: [red, usual] }", "when: { light: [red, usual] }")
    edit(topic, "- when: { house: down }", "- when: { house: dwon }")
    edit(workspace / "topics" / "20-slow-internet.yaml", "max: 10000", "max: -1")
    edit(workspace / "topics" / "90-other.yaml", "type: text", "type: txet")
    edit(workspace / "faq" / "10-internet.yaml", "topic: billing", "topic: biling")
    edit(workspace / "faq" / "10-internet.yaml", "ru: Картой.,", "ru: <b>Картой.,")
    edit(workspace / "texts" / "ru.yaml", "{time}\ntime.tomorrow", "{tmie}\ntime.tomorrow")
    (workspace / "topics" / "95-broken.yaml").write_text("id: [\n", encoding="utf-8")
    expected = [
        ("faq/10-internet.yaml", "<b>Картой", ("<b> is not closed "
         "(write &lt; for a plain <; tags: b i u s code pre a blockquote tg-spoiler)")),
        ("faq/10-internet.yaml", "biling", "there is no topic 'biling' (did you mean 'billing'?)"),
        ("support.yaml", "Europe/Moskow", ("timezone: there is no time zone 'Europe/Moskow' "
         "(did you mean 'Europe/Moscow'?)")),
        ("support.yaml", "netwrok", "there is no desk 'netwrok' (did you mean 'network'?)"),
        ("support.yaml", "rules:\n", "routing: the key 'fallback' is missing"),
        ("support.yaml", "cancle", ("there is no option of the question 'wish': 'cancle' "
         "(did you mean 'cancel'?)")),
        ("support.yaml", "falback", "falback: unknown key (did you mean 'fallback'?)"),
        ("support.yaml", "3 days", ("reopen_within: a duration such as "
         '"90s", "15m", "2h" or "3d" is expected')),
        ("texts/ru.yaml", "сегодня, в {tmie}", ("unknown placeholder {tmie} "
         "(did you mean {time}?)")),
        ("topics/10-no-internet.yaml", "light: [red", ("there is no question 'light' here "
         "(did you mean 'lights'?)")),
        ("topics/10-no-internet.yaml", "dwon", ("there is no option of the question 'house': "
         "'dwon' (did you mean 'down'?)")),
        ("topics/20-slow-internet.yaml", "-1\n", "max: max is less than min"),
        ("topics/90-other.yaml", "txet", ("type: expected 'choice', 'text', 'number', 'phone', "
         "'email', 'date', 'pattern', 'file' or 'location', found 'txet' (did you mean 'text'?)")),
    ]  # fmt: skip
    assert errors(workspace) == [
        *(f"{file}:{place(workspace / file, at)}: {what}" for file, at, what in expected),
        "topics/95-broken.yaml:2:1: not YAML: did not find expected node content",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "message"),
    [
        ("support.yaml", "id: network", "id: billing # 2", "billing # 2",
         "the desk 'billing' is already in support.yaml:"),
        ("support.yaml", "chat: -1001000000003", "chat: '-1001000000002'", "'-1001000000002'",
         "the chat -1001000000002 is already a desk's in support.yaml:"),
        ("support.yaml", "escalates_to: network", "escalates_to: internet # 2", "internet # 2",
         "a desk can not escalate to itself"),
        ("support.yaml", "timezone: Europe/Moscow\n\n", "timezones: Europe/Moscow\n\n", "timezones",
         "timezones: unknown key (did you mean 'timezone'?)"),
        ("support.yaml", 'mon-sun: ["08:00-22:00"]', 'mon-sun: ["8-22"]', 'mon-sun: ["8-22"]',
         'week: "8-22": an interval such as "09:00-13:00" is expected'),
        ("support.yaml", "- topic: billing", "- topic: [billing, biling]", "biling]",
         "there is no topic 'biling' (did you mean 'billing'?)"),
        ("topics/90-other.yaml", "id: other", "id: tv", "tv",
         "the topic 'tv' is already in topics/30-tv.yaml:2:5"),
        ("topics/90-other.yaml", "- id: details", "- {id: d, type: text, ask: '?'}\n  - id: d",
         "d\n    type", "the question 'd' is already in topics/90-other.yaml:"),
        ("topics/90-other.yaml", "[другой вопрос,", "[проблемы с ТВ!,", "проблемы",
         "'проблемы с тв' is already a phrase of another topic in topics/30-tv.yaml:"),
        ("topics/30-tv.yaml", "- id: box", "- id: freezes #", "freezes #",
         "the option 'freezes' is already in topics/30-tv.yaml:"),
        ("topics/30-tv.yaml", "{ trouble: some-channels }", "{ picture: x }", "picture: x",
         "the question 'picture' is not asked before this one (move it up)"),
        ("topics/20-slow-internet.yaml", "NB-?", "MB-?", "contract\n",
         "the question 'contract' asks for something else in topics/10-no-internet.yaml:"),
        ("topics/10-no-internet.yaml", r"'(NB-?)?\d{8}'", r"'(\d+)+x'", r"'(\d+)+x'",
         "pattern: the pattern could take too long"),
    ],
)  # fmt: skip
def test_names_that_are_given_twice_or_point_nowhere(
    workspace: Path, file: str, old: str, new: str, at: str, message: str
) -> None:
    """Acceptance case H1, one by one."""
    edit(workspace / file, old, new)
    where = place(workspace / file, at)
    found = errors(workspace)
    assert any(line.startswith(f"{file}:{where}: {message}") for line in found), (where, found)


def test_no_mistake_in_one_file_hides_those_in_another(workspace: Path) -> None:
    """Acceptance case H1: support.yaml is no YAML, the topics' mistakes are told all the same."""
    (workspace / "support.yaml").write_text("company: [\n", encoding="utf-8")
    edit(workspace / "topics" / "90-other.yaml", "type: text", "type: txet")
    found = errors(workspace)
    assert [line.split(":")[0] for line in found] == ["support.yaml", "topics/90-other.yaml"]


@pytest.mark.parametrize("missing", ["support.yaml", "faq"])
def test_a_missing_part_is_named(workspace: Path, missing: str) -> None:
    (workspace / missing).rename(workspace / "gone")
    assert any(line.startswith(f"{missing}:1:1: there is no such") for line in errors(workspace))


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (mistake,) = read(tmp_path / "no").errors
    assert str(mistake).endswith("no:1:1: there is no such folder (`linezero init` makes one)")


def test_a_file_of_another_language_is_refused(workspace: Path) -> None:
    (workspace / "texts" / "de.yaml").write_text("", encoding="utf-8")
    assert errors(workspace) == [
        "texts/de.yaml:1:1: there is no language 'de' (texts are in ru.yaml and en.yaml)"
    ]


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("a: &x [1]\nb: *x\n", "the anchor &x is not allowed"),
        ("a: !!python/object/apply:os.system [ls]\n", "the tag"),
        ("a: 1\na: 2\n", "the key 'a' is already used"),
        ("id: x\n--- \nid: y\n", "a second document"),
    ],
)
def test_dangerous_yaml_is_refused_in_every_kind_of_file(
    workspace: Path, yaml: str, message: str
) -> None:
    """Acceptance case E10: no aliases, no tags, no bombs, with the line."""
    for name in ("support.yaml", "topics/90-other.yaml", "texts/en.yaml", "faq/10-internet.yaml"):
        (workspace / name).write_text(yaml, encoding="utf-8")
    found = errors(workspace)
    for name in ("support.yaml", "topics/90-other.yaml", "texts/en.yaml", "faq/10-internet.yaml"):
        assert any(line.startswith(f"{name}:") and message in line for line in found), (name, found)


@pytest.mark.parametrize("path", ["../support.yaml", "/etc/passwd", "files/../../.env"])
def test_an_answer_can_not_attach_files_from_elsewhere(workspace: Path, path: str) -> None:
    """Acceptance case E10: path traversal in attachments."""
    (workspace / ".env").write_text("X=1\n", encoding="utf-8")
    edit(workspace / "faq" / "10-internet.yaml", "    topic:", f"    files: [{path}]\n    topic:")
    (line,) = errors(workspace)
    assert line.startswith("faq/10-internet.yaml:7:13: ")
    assert "is outside the FAQ folder" in line


# --------------------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "message"),
    [
        ("support.yaml", "line: 3", "line: 2", "network\n    # lang",
         "internet of line 2 escalates to line 2 (escalation goes to a higher line)"),
        ("support.yaml", "admin_chat: -1001000000001\n", "", "company: { ru: Сев",
         "there is no admin_chat (alarms are only in the log then)"),
        ("topics/90-other.yaml", "{ ru: Другое, en: Something else }", "Другое", "Другое",
         "there are no English words here (add en: …, or take en out of `languages`)"),
        ("faq/10-internet.yaml", "{ru: Картой., en: By card.}", "Картой.", "Картой.",
         "there are no English words here (add en: …, or take en out of `languages`)"),
    ],
)  # fmt: skip
def test_what_is_probably_not_meant_is_a_warning(
    workspace: Path, file: str, old: str, new: str, at: str, message: str
) -> None:
    edit(workspace / file, old, new)
    assert warnings(workspace) == [f"{file}:{place(workspace / file, at)}: {message}"]
    assert load(workspace).topics


def test_one_language_needs_no_words_in_another(workspace: Path) -> None:
    edit(workspace / "support.yaml", "languages: [ru, en]", "languages: [ru]")
    edit(workspace / "topics" / "90-other.yaml", "{ ru: Другое, en: Something else }", "Другое")
    assert warnings(workspace) == []
    assert list(load(workspace).texts.languages()) == ["ru"]


# --------------------------------------------------------------------------- secrets

TOKEN = "1234567890:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("token_env: TELEGRAM_TOKEN", f"token: {TOKEN}", "a bot's token may not stand in the YAML"),
        ("token_env: TELEGRAM_TOKEN", f"token_env: {TOKEN}", "a bot's token"),
        ("admin_chat: -1001000000001", f"admin_chat: {TOKEN}", "a bot's token"),
        ("token_env: TELEGRAM_TOKEN", "password: hunter22", "a password may not stand"),
        (
            "# database_url: postgresql://db/support",
            "database_url: postgresql://me:hunter22@db/support",
            "an address with a password",
        ),
    ],
)
def test_a_secret_in_the_yaml_is_refused_and_not_repeated(
    workspace: Path, old: str, new: str, what: str
) -> None:
    """Acceptance case H2 and case E9: secrets only from outside, and never in a message."""
    edit(workspace / "support.yaml", old, new)
    found = errors(workspace)
    (line,) = [line for line in found if what in line]
    assert "put it into the environment or into .env" in line
    assert not any("1234567890" in line or "hunter" in line for line in found)


def test_a_token_in_an_answer_is_refused_too(workspace: Path) -> None:
    """Acceptance case H2."""
    edit(workspace / "faq" / "10-internet.yaml", "ru: Картой.", f"ru: {TOKEN}")
    (line,) = errors(workspace)
    assert line.startswith("faq/10-internet.yaml:6:18: a bot's token may not stand in the YAML")


def test_a_channel_brings_what_its_secrets_look_like(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance case E9: what a channel's line of the registry tells is refused in every file."""
    shape = SecretShape(
        name="a pigeon's key", variable="PIGEON_KEY", pattern=re.compile(r"coo-\w{12}")
    )
    kind = replace(TELEGRAM, section="pigeons", secrets=(shape,))
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, kind))
    edit(workspace / "faq" / "10-internet.yaml", "ru: Картой.", "ru: coo-abcdefghijkl")
    (line,) = errors(workspace)
    assert "a pigeon's key may not stand in the YAML" in line
    assert "for example PIGEON_KEY=…" in line
    assert "coo-" not in line


def test_a_missing_secret_names_its_variable(workspace: Path) -> None:
    """Acceptance case H2: needed to run, not to check."""
    assert load(workspace).topics
    with pytest.raises(InvalidFiles) as refused:
        load(workspace, secrets=True)
    (line,) = told(workspace, refused.value.mistakes)
    assert line == (
        "support.yaml:26:3: the environment variable TELEGRAM_TOKEN holds no token "
        "(set it in the environment or in .env)"
    )


def test_a_missing_database_address_names_its_variable(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Acceptance case H2."""
    monkeypatch.delenv("SUPPORT_DB", raising=False)
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    edit(
        workspace / "support.yaml",
        "# database_url_env: DATABASE_URL",
        "database_url_env: SUPPORT_DB",
    )
    (line,) = told(workspace, read(workspace).missing_secrets)
    assert "the environment variable SUPPORT_DB holds no address of a database" in line
    monkeypatch.setenv("SUPPORT_DB", "postgresql://me:hunter22@db/support")
    found = load(workspace, secrets=True)
    address = found.settings.database()
    assert address is not None
    assert address.get_secret_value() == "postgresql://me:hunter22@db/support"
    assert "hunter22" not in repr(found.settings)


def test_a_token_file_is_looked_for_in_the_workspace(workspace: Path) -> None:
    """Acceptance case H2: the other source of a secret."""
    edit(workspace / "support.yaml", "token_env: TELEGRAM_TOKEN", "token_file: secret/token")
    (line,) = told(workspace, read(workspace).missing_secrets)
    assert "secret/token with the token cannot be read" in line
    (workspace / "secret").mkdir()
    (workspace / "secret" / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (telegram,) = load(workspace, secrets=True).settings.channels
    assert isinstance(telegram, TelegramSettings)
    assert telegram.token().get_secret_value() == TOKEN


def test_env_files_fill_in_what_the_environment_lacks(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LZ_TEST_SET", "mine")
    monkeypatch.delenv("LZ_TEST_A", raising=False)
    monkeypatch.delenv("LZ_TEST_B", raising=False)
    (workspace / ".env").write_text(
        "# secrets\n\nLZ_TEST_SET=theirs\nexport LZ_TEST_A='a b'\nLZ_TEST_B = 1=2\nLZ_TEST_C=\n",
        encoding="utf-8",
    )
    assert adopt_env(workspace) == ("LZ_TEST_A", "LZ_TEST_B")
    assert (os.environ["LZ_TEST_SET"], os.environ["LZ_TEST_A"]) == ("mine", "a b")
    assert os.environ["LZ_TEST_B"] == "1=2"
    monkeypatch.delenv("LZ_TEST_A")
    monkeypatch.delenv("LZ_TEST_B")
    (workspace / ".env").write_text(f"LZ_TEST_A=1\n{TOKEN}\n", encoding="utf-8")
    with pytest.raises(InvalidFiles) as refused:
        adopt_env(workspace)
    assert told(workspace, refused.value.mistakes) == [".env:2:1: expected NAME=value"]
    monkeypatch.delenv("LZ_TEST_A")
