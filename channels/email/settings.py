"""What an administrator can set for e-mail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from channels.email.origin import Sources
from channels.kind import LetterSettings, Step
from channels.message import Address
from channels.protocol import LETTERS, Abilities, Misconfigured

Security = Literal["tls", "starttls", "none"]


class Server(BaseModel):
    """An IMAP or SMTP server and the account at it. The password comes from the environment or a
    file, never from the YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Annotated[str, Field(min_length=1, description="Name or address of the server.")]
    port: Annotated[
        int | None,
        Field(ge=1, le=65535, description="Its port; default: the usual one for `security`."),
    ] = None
    security: Annotated[
        Security,
        Field(
            description="`tls` from the first byte, `starttls` (refused if the server does not "
            "offer it), or `none`: words and password travel open, for a server on this machine.",
        ),
    ] = "tls"
    verify: Annotated[
        bool,
        Field(
            description="Whether the server's certificate must be one we trust. Switched off, "
            "anybody on the way can read the mail: for a self-signed certificate in your own net.",
        ),
    ] = True
    user: Annotated[
        str | None,
        Field(min_length=1, description="Account name; default: the mailbox's address."),
    ] = None
    login: Annotated[
        Literal["password", "xoauth2", "none"],
        Field(
            description="`password` (an app password where the provider wants one), `xoauth2` "
            "(the secret is an access token, read anew at every login, so that a program of yours "
            "can keep `password_file` fresh), or `none`.",
        ),
    ] = "password"
    password_env: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Environment variable that holds the password. `MAIL_PASSWORD` when "
            "neither this nor `password_file` is set.",
        ),
    ] = None
    password_file: Annotated[
        Path | None, Field(description="File that holds the password and nothing else.")
    ] = None

    @model_validator(mode="after")
    def _one_source_of_the_password(self) -> Self:
        if self.password_env is not None and self.password_file is not None:
            raise ValueError("set either password_env or password_file, not both")
        return self

    def password(self, channel: str = "email") -> SecretStr | None:
        """Read the password or access token now; None where no login is wanted.

        Raises:
            Misconfigured: it is not where the settings say; the message names the place.
        """
        if self.login == "none":
            return None
        if self.password_file is not None:
            try:
                password = self.password_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                detail = f"the file {self.password_file} with the password cannot be read"
                raise Misconfigured(channel, detail) from error
            if not password:
                raise Misconfigured(channel, f"the file {self.password_file} holds no password")
            return SecretStr(password)
        variable = self.password_env or "MAIL_PASSWORD"
        password = os.environ.get(variable, "").strip()
        if not password:
            raise Misconfigured(channel, f"the environment variable {variable} holds no password")
        return SecretStr(password)

    def within(self, folder: Path) -> Self:
        """The same with a relative path beginning at ``folder``."""
        if self.password_file is None:
            return self
        return self.model_copy(update={"password_file": folder / self.password_file})


class Mailbox(BaseModel):
    """One address clients write to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._-]{1,16}@[A-Za-z0-9.-]{1,200}$",
            description="The address, at most 16 characters before the @.",
        ),
    ]
    sub_addressing: Annotated[
        bool,
        Field(
            description="Whether the server delivers `name+token@domain` to the mailbox of "
            "`name@domain` (RFC 5233; `doctor` tries it). Answers then find their ticket even when "
            "a mail program forgets what it answers. Switched off, they find it by Message-ID.",
        ),
    ] = True
    title: Annotated[
        str | None,
        Field(description="The sender's name clients see; default: the brand's or company's."),
    ] = None
    brand: Annotated[
        str | None,
        Field(
            description="Brand, of those in `brands`, whose clients write to it; default: that of "
            "the channel."
        ),
    ] = None
    lists: Annotated[
        tuple[str, ...],
        Field(
            description="Addresses or List-IDs of mailing lists and groups of yours that send mail "
            "on to it; its own address is known. Who writes to one is a client.",
        ),
    ] = ()
    trusted_forms: Annotated[
        tuple[str, ...],
        Field(
            description="Addresses your website's forms are sent from. The client is then who "
            "`Reply-To` names, if your mail server (`authserv_ids`) reports DMARC as passed for "
            "the sender; otherwise people read the letter and nobody is answered.",
        ),
    ] = ()
    imap: Annotated[Server, Field(description="Where its mail is read.")]
    smtp: Annotated[Server, Field(description="Where its mail is sent.")]
    folders: Annotated[
        tuple[str, ...],
        Field(min_length=1, description="Folders to read, as people see their names."),
    ] = ("INBOX",)
    handled: Annotated[
        str | None,
        Field(
            min_length=1,
            description="Folder that mail is moved to once it is safely kept; default: it stays.",
        ),
    ] = None
    since: Annotated[
        date | None,
        Field(
            description="On the very first run, mail from this day on is taken in; default: only "
            "what arrives from then on, so that a mailbox of years is not answered.",
        ),
    ] = None

    @model_validator(mode="after")
    def _moved_away(self) -> Self:
        # Moving mail to a folder that is read would go on for ever.
        if self.handled is not None and self.handled.upper() in map(str.upper, self.folders):
            raise ValueError("handled must be none of the folders that are read")
        return self

    @property
    def sources(self) -> Sources:
        """Programs of ours that write to it in the name of clients."""
        return Sources(
            forms=frozenset(map(str.lower, self.trusted_forms)),
            lists=frozenset(each.lower().strip("<>") for each in self.lists),
        )

    def within(self, folder: Path) -> Self:
        """The same with relative paths beginning at ``folder``."""
        servers = {"imap": self.imap.within(folder), "smtp": self.smtp.within(folder)}
        return self.model_copy(update=servers)


class EmailSettings(LetterSettings):
    """E-mail."""

    name: Annotated[
        str,
        Field(
            min_length=1,
            pattern=r"^[a-z][a-z0-9_-]*$",
            description="Name of this channel, as reports refer to it.",
        ),
    ] = "email"
    mailboxes: Annotated[
        tuple[Mailbox, ...], Field(min_length=1, description="The company's support addresses.")
    ]
    poll_every: Annotated[
        int,
        Field(
            ge=1,
            le=3600,
            description="Seconds between two looks into a folder where the server does not tell "
            "of new mail by itself (IMAP IDLE), and at longest where it does.",
        ),
    ] = 60
    max_size_mb: Annotated[
        int,
        Field(
            ge=1,
            le=40,
            description="Larger letters are not read: the sender is told once, the desk sees who "
            "wrote and about what.",
        ),
    ] = 25
    authserv_ids: Annotated[
        tuple[str, ...],
        Field(
            description="Names your own mail server uses for itself in `Authentication-Results`. "
            "Only what these say about forged senders is believed.",
        ),
    ] = ()

    spam_headers: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[!-9;-~]+:")], ...],
        Field(
            description="Headers by which your mail server or a rule of yours marks spam: a name "
            "and how the value begins. Such mail is kept and opens nothing, unless its sender "
            "answers a letter. Empty: none is looked for.",
        ),
    ] = ("X-Spam-Flag: YES", "X-Spam-Status: Yes", "X-Spam: Yes")

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        addresses = [box.address.lower() for box in self.mailboxes]
        if len(set(addresses)) < len(addresses):
            raise ValueError("a mailbox is named twice")
        return self

    @property
    def boxes(self) -> tuple[Mailbox, ...]:
        return self.mailboxes

    def abilities(self, place: Address) -> Abilities:
        return LETTERS

    def within(self, folder: Path) -> Self:
        boxes = tuple(box.within(folder) for box in self.mailboxes)
        return self.model_copy(update={"mailboxes": boxes})

    def missing_secrets(self) -> Iterator[tuple[tuple[Step, ...], Misconfigured]]:
        for number, box in enumerate(self.mailboxes):
            for name, server in (("imap", box.imap), ("smtp", box.smtp)):
                try:
                    server.password()
                except Misconfigured as error:
                    yield ("mailboxes", number, name), error
