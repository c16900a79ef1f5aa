"""Quote cutting beside the public libraries, in one run:  make bench-mail

    python -m benchmarks.quotes

Three sets: the project's own replies, talon's replies by mail program and the Crisp fixtures whose
reply is the known first paragraph (the last two from ``../shared/corpora/mail``). *exact*: the same
words in the same order as the reply; *lost*: a word of the reply is missing, the worse error.
Each library gets the plain text; HTML goes to those that read it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from typing import Final

import quotequail
from email_reply_parser import EmailReplyParser
from mailparser_reply import EmailReplyParser as MailReplyParser

from channels.email.html import html_lines
from channels.email.quotes import cut, plain_lines
from tests.mail_corpora import OWN, shared

CRISP = "nec nec nibh."
Cutter = Callable[[str], str]


def ours(text: str) -> str:
    """LineZero, plain text."""
    return cut(plain_lines(text)).text


def zapier(text: str) -> str:
    """email-reply-parser of Zapier."""
    return str(EmailReplyParser.parse_reply(text))


def alfonsrv(text: str) -> str:
    """mail-parser-reply with every language it knows of these."""
    return str(
        MailReplyParser(languages=["en", "de", "fr", "it", "nl", "pl", "sv", "da"]).parse_reply(
            text
        )
    )


def quail(text: str) -> str:
    """quotequail: what it would expand, without what it would fold."""
    parts = quotequail.quote(text, quote_intro_line=True)
    return "\n".join(words for expanded, words in parts if expanded)


CUTTERS: Final[dict[str, Cutter]] = {
    "nothing": lambda text: text,
    "email-reply-parser 0.5.12": zapier,
    "mail-parser-reply 1.36": alfonsrv,
    "quotequail 0.5.4": quail,
    "LineZero": ours,
}


def sets() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Name, and pairs of text and reply."""
    own = [(file, json.loads(file.with_suffix(".json").read_text("utf-8"))["text"])
           for file in sorted(OWN.glob("*-plain.eml"))]  # fmt: skip
    for language in ("ru", "en"):
        pairs = [
            (decoded(file.read_bytes()), text) for file, text in own if f"-{language}-" in file.stem
        ]
        yield f"own {language}", pairs
    crisp = [
        file.read_text("utf-8", "replace") for file in shared("crisp-email-reply-parser/**/*.txt")
    ]
    yield "Crisp", [(text, text[: text.index(CRISP) + len(CRISP)]) for text in crisp
                    if text.startswith("Fusce") and CRISP in text]  # fmt: skip


def decoded(raw: bytes) -> str:
    """The body of one of our single-part fixtures."""
    return str(message_from_bytes(raw, policy=policy.default).get_content())


def html_sets() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The same for HTML: pairs of source and reply."""
    talon = shared("talon/tests/fixtures/html_replies/*.html")
    yield (
        "talon HTML",
        [(file.read_text("utf-8", "replace"), "Hi. I am fine. Thanks, Alex") for file in talon],
    )


def score(cutter: Cutter, pairs: list[tuple[str, str]]) -> tuple[int, int]:
    """How many replies are exact, and of how many words are lost."""
    exact = lost = 0
    for text, reply in pairs:
        found, wanted = cutter(text).split(), reply.split()
        exact += found == wanted
        lost += bool(Counter(wanted) - Counter(found))
    return exact, lost


def main() -> None:
    """Print the tables in Markdown."""
    plain = [(name, pairs) for name, pairs in sets() if pairs]
    print(
        "| exact / lost | " + " | ".join(f"{name} ({len(pairs)})" for name, pairs in plain) + " |"
    )
    print("|---|" + "---|" * len(plain))
    for name, cutter in CUTTERS.items():
        cells = ["{} / {}".format(*score(cutter, pairs)) for _, pairs in plain]
        print(f"| {name} | {' | '.join(cells)} |")
    for name, pairs in html_sets():
        exact, lost = score(lambda source: cut(html_lines(source)[0]).text, pairs)
        print(f"\n{name}, LineZero: {exact} of {len(pairs)} exact, {lost} lost")


if __name__ == "__main__":
    main()
