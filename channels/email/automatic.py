"""Mail that no person wrote: automatic replies, delivery reports, lists, reactions (case C14).

Headers decide (RFC 3834 §5, RFC 3464, RFC 2919, RFC 2369, and the older habits of mail servers),
and what only a machine puts into a letter: reports, answers to invitations, reactions. Such mail is
shown quietly and never answered.
"""

from __future__ import annotations

import json
import re
from email.message import Message
from typing import Final

from channels.email import headers
from channels.letter import Automatic, Invitation

REACTION_TYPE: Final = "text/vnd.google.email-reaction+json"
"""How Gmail sends a reaction; other programs follow RFC 9078."""

_DAEMON: Final = re.compile(
    r"(?:mailer[._-]?daemon|mail[._-]daemon)(?:\+[^@]*)?@|<?mailer-daemon>?$", re.IGNORECASE
)
_POSTMASTER: Final = re.compile(r"post[._-]?master(?:\+[^@]*)?@", re.IGNORECASE)
_NO_REPLY: Final = re.compile(
    r"(?:[^@]*[._+-])?(?:no|do[._-]?not|not)[._-]?reply(?:[._+-][^@]*)?@", re.IGNORECASE
)
_NAMELESS: Final = re.compile(r'"?(?:postmaster|mailer-daemon)\b', re.IGNORECASE)
"""In From without any address."""
_UNDELIVERED: Final = re.compile(
    r"undeliver|deliver(?:y|ed)? (?:status|failure|fail|has failed|problem|error|notification)"
    r"|returned mail|failure notice|mail (?:delivery|system)|non[- ]?delivery"
    r"|could not be delivered|не ?доставлен|сбой доставки|ошибка доставки|unzustellbar|non remis",
    re.IGNORECASE,
)
_CERTAIN: Final = (
    r"auto(?:matic|mated)?[ -]?(?:reply|response|antwort)|out of (?:the )?office(?: auto ?reply)?"
    r"|автоответ(?:чик)?|автоматический ответ|abwesenheits(?:notiz|nachricht|meldung|assistent)"
    r"|automatische (?:antwort|abwesenheitsnotiz)|r[ée]ponse automatique|message d.absence"
)
_LIKELY: Final = (
    r"ooo|ooto|on vacation|on holiday|on leave|(?:я )?в отпуске|в командировке"
    r"|нет на (?:работе|месте)|отсутству(?:ет|ю)(?: на (?:работе|месте|рабочем месте))?"
    r"|вне офиса|abwesend|abwesenheit|nicht im b[üu]ro|absent(?:e)?(?: du bureau)?|en cong[ée]s?"
)
_REPLIED: Final = r"(?=(?:re|fwd?|aw|wg|ответ|отв|на|ha|tr)\s{0,3}:)"
_SUBJECT: Final = re.compile(
    rf"(?:\[(?:{_CERTAIN}|{_LIKELY})\]|(?:{_CERTAIN})\s{{0,3}}(?::|$|{_REPLIED})"
    rf"|(?:{_LIKELY})\s{{0,3}}(?::|{_REPLIED}))",
    re.IGNORECASE,
)
"""A subject that is a label, not a sentence that begins like one."""
_EMOJI: Final = re.compile(
    "[\U0001f000-\U0001faff\u2190-\u2bff\u3030\u303d\u00a9\u00ae\ufe0f\u200d\u20e3\U000e0020-\U000e007f]"
)
_REACTED: Final = re.compile(
    r"\b(?:reacted (?:to your (?:message|email)|via gmail|with)"
    r"|(?:отреагировал(?:а|и|\(а\))?|реакция) (?:на ваше (?:сообщение|письмо)|через gmail"
    r"|с помощью gmail|в gmail))",
    re.IGNORECASE,
)
UNREADABLE: Final = "❔"
"""Stands for the emoji of a reaction that names none."""
MAX_REACTION: Final = 160  # characters of own words that may be no more than a reaction


def kind(
    message: Message,
    subject: str,
    *,
    reaction: str = "",
    invitation: Invitation | None = None,
    text: str = "",
) -> Automatic | None:
    """What kind of machine wrote a mail, or None for a mail of a person.

    Args:
        message: the parsed mail.
        subject: its subject in words.
        reaction: the emoji, if its parts or words are those of a reaction.
        invitation: the calendar it carries.
        text: the writer's own words.
    """
    if reaction:
        return "reaction"
    reported = _report(message)
    if reported is not None:
        return reported
    if _is_bounce(message, subject):
        return "bounce"
    if invitation is not None and (invitation.method in _ANSWERS or not text.strip()):
        return "calendar"
    if _is_reply(message, subject):
        return "reply"
    precedence = headers.first(message, "Precedence").lower()
    listed = any(headers.values(message, "List-Id", "List-Post"))
    return "list" if listed or precedence in ("bulk", "list", "junk") else None


_ANSWERS: Final = ("reply", "counter", "declinecounter", "refresh")
"""Methods of a calendar that come from programs, whatever words stand beside (RFC 5546 §1.4)."""
_REPORTS: Final[dict[str, Automatic]] = {
    "disposition-notification": "receipt",
    "feedback-report": "complaint",
    "tlsrpt": "report",
}
_DMARC_REPORT: Final = re.compile(r"(?:\[[^\]]*\] ?)?report domain:", re.IGNORECASE)


def _report(message: Message) -> Automatic | None:
    """The kinds of ``multipart/report`` that say nothing about delivery (RFC 6522 §3), and DMARC's
    reports, which have only a usual subject (RFC 7489 §7.2.1.1)."""
    if message.get_content_type() == "multipart/report":
        return _REPORTS.get(str(message.get_param("report-type", "")).lower())
    if _DMARC_REPORT.match(headers.words(headers.first(message, "Subject"))):
        return "report"
    return None


def reaction_of(content: str, data: bytes) -> str:
    """The emoji of a part that is a reaction: Gmail's JSON, or RFC 9078's text."""
    text = data[:2_000].decode("utf-8", "replace").strip()
    if content == REACTION_TYPE:
        try:
            said = json.loads(text)
            text = str(said.get("emoji", "")) if isinstance(said, dict) else ""
        except ValueError:
            text = ""
    return text[:40].split("\n")[0].strip() or UNREADABLE


def reaction(text: str) -> str:
    """The emoji of a letter whose only own words tell of a reaction («👍 Anna reacted to your
    message», Outlook and Gmail for programs that know no reactions); else nothing."""
    if len(text) > MAX_REACTION or not _REACTED.search(text):
        return ""
    emoji = "".join(_EMOJI.findall(text)).strip("\ufe0f")
    return emoji if emoji and text.count("\n") <= 4 else ""


def _is_bounce(message: Message, subject: str) -> bool:
    """A report about delivery: by its form, by its sender, or by nobody's being its sender."""
    if message.get_content_type() == "multipart/report":
        return True
    if headers.first(message, "X-Failed-Recipients"):
        return True
    sender = next((one.address for one in headers.people(message, "From")), "")
    paths = [path.strip().strip("<> ") for path in headers.values(message, "Return-Path")]
    if _DAEMON.match(sender or headers.first(message, "From").split(" ")[0]):
        return True
    if not sender and _NAMELESS.match(headers.first(message, "From")):
        return True
    if any(_DAEMON.match(path) or path.lower() == "mailer-daemon" for path in paths):
        return True
    nobody = "" in paths and not _says_automatic(message)
    if _POSTMASTER.match(sender) or any(_POSTMASTER.match(path) for path in paths):
        # A person may sit there: the name alone proves nothing.
        return nobody or _says_automatic(message) or bool(_UNDELIVERED.search(subject))
    return nobody


def is_machine(address: str) -> bool:
    """Whether an address is one that programs write from and nobody reads."""
    return bool(_DAEMON.match(address) or _NO_REPLY.match(address))


def _says_automatic(message: Message) -> bool:
    said = headers.first(message, "Auto-Submitted").lower().split(";")[0].strip()
    if said and said != "no":
        return True
    if headers.first(message, "Precedence").lower() in ("auto_reply", "auto-reply"):
        return True
    if headers.first(message, "X-Auto-Response-Suppress").lower() not in ("", "none"):
        return True
    if "autoresponder" in headers.first(message, "X-POST-MessageClass").lower():
        return True
    return any(
        headers.values(
            message, "X-Autoreply", "X-Autorespond", "X-Autogenerated", "X-Auto-Reply-From",
            "X-Loop", "X-Autoreply-From", "Auto-Generated", "X-Autoresponder",
            "X-FC-MachineGenerated", "X-MS-Exchange-Inbox-Rules-Loop",
        )
    )  # fmt: skip


def _is_reply(message: Message, subject: str) -> bool:
    if _says_automatic(message):
        return True
    if any(_NO_REPLY.match(one.address) for one in headers.people(message, "From")):
        return True
    return bool(_SUBJECT.match(subject))
