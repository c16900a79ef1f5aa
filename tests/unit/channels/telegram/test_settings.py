"""Settings, the token and its hiding."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.protocol import Misconfigured
from channels.telegram.channel import TelegramChannel
from channels.telegram.redact import redact
from channels.telegram.settings import TelegramSettings

TOKEN = "123456789:AAExampleExampleExampleExampleExample"


def test_every_field_says_what_it_is_for() -> None:
    for name, field in TelegramSettings.model_fields.items():
        assert field.description, name


def test_no_token_in_yaml() -> None:
    with pytest.raises(ValidationError):
        TelegramSettings.model_validate({"token": TOKEN})


def test_token_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_TOKEN", f" {TOKEN}\n")
    assert TelegramSettings().token().get_secret_value() == TOKEN
    monkeypatch.setenv("OTHER", "1:other")
    assert TelegramSettings(token_env="OTHER").token().get_secret_value() == "1:other"


def test_token_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    assert TelegramSettings(token_file=path).token().get_secret_value() == TOKEN


def test_a_missing_token_names_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    with pytest.raises(Misconfigured, match="TELEGRAM_TOKEN"):
        TelegramSettings().token()
    with pytest.raises(Misconfigured, match="nowhere"):
        TelegramSettings(token_file=tmp_path / "nowhere").token()
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(Misconfigured, match="empty"):
        TelegramSettings(token_file=tmp_path / "empty").token()
    with pytest.raises(ValidationError, match="not both"):
        TelegramSettings(token_file=tmp_path, token_env="X")


def test_a_token_that_cannot_be_one_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """case E9"""
    monkeypatch.setenv("TELEGRAM_TOKEN", "hunter2hunter2")
    with pytest.raises(Misconfigured) as caught:
        TelegramChannel(TelegramSettings())
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("written", [TOKEN, TOKEN.replace(":", "%3A"), TOKEN.replace(":", "%3a")])
def test_redaction(written: str) -> None:
    """case E9"""
    assert redact(f"GET /file/bot{written}/a.jpg failed") == "GET /file/bot<secret>/a.jpg failed"


def test_redaction_leaves_the_rest_alone() -> None:
    for text in ("ticket 12345:", "at 2026-11-22 10:15:00", "id 123456789 : x", "123456:short"):
        assert redact(text) == text


def test_a_proxy_with_a_password_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUR_PROXY", "http://user:secret@proxy.example:3128")
    address = TelegramSettings(proxy_env="OUR_PROXY").proxy_address()
    assert address is not None
    assert address.get_secret_value() == "http://user:secret@proxy.example:3128"
    assert "secret" not in repr(address)
    assert TelegramSettings().proxy_address() is None
    monkeypatch.setenv("OUR_PROXY", "proxy.example")
    with pytest.raises(Misconfigured, match="OUR_PROXY") as caught:
        TelegramSettings(proxy_env="OUR_PROXY").proxy_address()
    assert "proxy.example" not in caught.value.detail
    with pytest.raises(ValidationError, match="not both"):
        TelegramSettings(proxy="http://proxy.example:3128", proxy_env="OUR_PROXY")
