"""What an administrator can set for a Telegram bot."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from channels.kind import ChannelSettings, Step
from channels.message import Address
from channels.protocol import Abilities, Misconfigured
from channels.telegram.limits import MAX_TEXT, TELEGRAM


class TelegramSettings(ChannelSettings):
    """One Telegram bot. Its token comes from the environment or a file, never from the YAML."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            pattern=r"^[a-z][a-z0-9_-]*$",
            description="Name of this channel, as desks and reports refer to it.",
        ),
    ] = "telegram"
    token_env: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Environment variable that holds the token @BotFather gave. "
            "`TELEGRAM_TOKEN` when neither this nor `token_file` is set.",
        ),
    ] = None
    token_file: Annotated[
        Path | None,
        Field(
            description="File that holds the token and nothing else, for example a container's "
            "secret. Set either this or `token_env`.",
        ),
    ] = None
    api_url: Annotated[
        str,
        Field(
            pattern=r"^https?://[^\s?#]+$",
            description="Address of the Bot API: Telegram's own, your own Bot API server, or the "
            "sandbox.",
        ),
    ] = "https://api.telegram.org"
    proxy: Annotated[
        str | None,
        Field(
            pattern=r"^https?://\S+$",
            description="HTTP proxy for all requests to the Bot API, `http://host:port`, where "
            "Telegram is reached only through one.",
        ),
    ] = None
    proxy_env: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Environment variable that holds the proxy's whole address, "
            "`http://user:password@host:port`. Set either this or `proxy`.",
        ),
    ] = None
    poll_timeout: Annotated[
        int,
        Field(
            ge=0,
            le=50,
            description="How long Telegram may hold a request for updates open, in seconds. "
            "Smaller values only cause more requests.",
        ),
    ] = 30
    request_timeout: Annotated[
        float,
        Field(
            gt=0,
            le=600,
            description="How long to wait for the answer to any other request, in seconds. "
            "Uploads of large files need it.",
        ),
    ] = 60.0
    upload_limit_mb: Annotated[
        int,
        Field(
            ge=1,
            le=2000,
            description="Largest file the Bot API takes, in megabytes: 50 at Telegram, up to 2000 "
            "on your own Bot API server.",
        ),
    ] = 50

    @model_validator(mode="after")
    def _one_source_of_the_token(self) -> Self:
        if self.token_env is not None and self.token_file is not None:
            raise ValueError("set either token_env or token_file, not both")
        return self

    @model_validator(mode="after")
    def _one_source_of_the_proxy(self) -> Self:
        if self.proxy is not None and self.proxy_env is not None:
            raise ValueError("set either proxy or proxy_env, not both")
        return self

    def abilities(self, place: Address) -> Abilities:
        """Whether a group has topics only trying tells."""
        return Abilities(
            max_text=MAX_TEXT,
            buttons=True,
            edits=True,
            reactions=True,
            threads=TELEGRAM.is_group(place.chat),
            files=True,
        )

    def within(self, folder: Path) -> Self:
        if self.token_file is None:
            return self
        return self.model_copy(update={"token_file": folder / self.token_file})

    def missing_secrets(self) -> Iterator[tuple[tuple[Step, ...], Misconfigured]]:
        try:
            self.token()
        except Misconfigured as error:
            yield ("token_env" if self.token_file is None else "token_file",), error
        try:
            self.proxy_address()
        except Misconfigured as error:
            yield ("proxy_env",), error

    def proxy_address(self) -> SecretStr | None:
        """Read the proxy's address now; None where there is no proxy.

        Raises:
            Misconfigured: it is not where the settings say; the message names the place.
        """
        if self.proxy_env is None:
            return None if self.proxy is None else SecretStr(self.proxy)
        address = os.environ.get(self.proxy_env, "").strip()
        if not re.fullmatch(r"https?://\S+", address):
            detail = f"the environment variable {self.proxy_env} holds no address of a proxy"
            raise Misconfigured(self.name, detail)
        return SecretStr(address)

    def token(self) -> SecretStr:
        """Read the token now.

        Raises:
            Misconfigured: it is not where the settings say; the message names the place.
        """
        if self.token_file is not None:
            try:
                token = self.token_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                detail = f"the file {self.token_file} with the token cannot be read"
                raise Misconfigured(self.name, detail) from error
            if not token:
                raise Misconfigured(self.name, f"the file {self.token_file} holds no token")
            return SecretStr(token)
        variable = self.token_env or "TELEGRAM_TOKEN"
        token = os.environ.get(variable, "").strip()
        if not token:
            raise Misconfigured(self.name, f"the environment variable {variable} holds no token")
        return SecretStr(token)
