"""The local mail world of the sandbox: real SMTP and IMAP servers, people with mailboxes, and a
control API. Nothing that is sent here ever leaves the machine."""

from __future__ import annotations

from bot.sandbox.mail.letters import Draft, Kept
from bot.sandbox.mail.world import MailWorld, Person

__all__ = ["Draft", "Kept", "MailWorld", "Person"]
