"""Posts into letters: what stands in them, and how mail programs and parsers read it."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import reply_address
from channels.email.mail import Mail
from channels.email.parse import parse
from channels.email.render import From, Rendered, render
from channels.letter import Letterhead, Quotation
from channels.markup import parse as markup
from channels.message import (
    Button,
    Buttons,
    FormattedText,
    Post,
    ShareRequest,
    Span,
)
from tests.letters import BOX, NOW, SECRETS, outbound, post, words

ENOUGH = 10_000_000
US = From(mailbox=BOX, title="Daisy support")
CHOICES = Buttons(
    rows=(
        (Button(label="Yes, it helped", action="a"), Button(label="No", action="b")),
        (Button(label="My account", url="https://example.org/me"),),
        (Button(label="A person, please", action="c"),),
    )
)


def written(
    act: Post | None = None, *, sender: From = US, room: int = ENOUGH, **to: str
) -> Rendered:
    return render(
        outbound(act, **to), sender=sender, secrets=SECRETS, words=words, now=NOW, room=room
    )


def read(act: Post | None = None, *, room: int = ENOUGH) -> Mail:
    return parse(written(act, room=room).data, received=NOW)


def source(letter: Rendered) -> EmailMessage:
    """As Python's own modern parser sees it."""
    message = email.message_from_bytes(letter.data, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def bodies(letter: Rendered) -> tuple[str, str]:
    """The plain text and the HTML."""
    message = source(letter)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    return plain.get_content().replace("\r\n", "\n"), page.get_content()


# --------------------------------------------------------------------------- words


def test_both_forms_say_the_same_and_survive_our_own_parser() -> None:
    text = markup(
        "Hello!\n\nRestart the <b>router</b>, <i>then</i> see "
        '<a href="https://example.org/help?a=1&amp;b=2">how</a> &lt;here&gt;.'
    )
    plain, page = bodies(written(post(text)))
    said = "Hello!\n\nRestart the router, then see how (https://example.org/help?a=1&b=2) <here>."
    assert plain.replace(" \n", " ").strip() == said
    assert "<b>router</b>, <i>then</i>" in page
    assert 'href="https://example.org/help?a=1&amp;b=2"' in page
    assert read(post(text)).text == said


def test_code_and_quotations_keep_their_lines() -> None:
    text = markup(
        "Run:\n<pre>a  b\n  c</pre>\nYou wrote:\n<blockquote>one\ntwo</blockquote>\nDone."
    )
    plain, page = bodies(written(post(text)))
    assert plain == "Run:\na  b\n   c\nYou wrote:\n| one\n| two\nDone."
    assert "<pre" in page
    assert read(post(text)).text == "Run:\na  b\n  c\nYou wrote:\none\ntwo\nDone."


def test_a_long_text_goes_whole() -> None:
    text = "Слово за словом. " * 5_000
    assert read(post(text)).text == text.strip()


def test_lines_are_short_whatever_stands_in_them() -> None:
    """RFC 5322 §2.1.1: 998 characters at most, 78 wherever possible."""
    text = "word " * 100 + "x" * 5_000 + " ы" * 3_000
    head = Letterhead(subject="y" * 600, references=tuple(f"<{n:0200}@x.org>" for n in range(60)))
    for line in written(post(text, keyboard=CHOICES, head=head)).data.split(b"\r\n"):
        assert len(line) <= 998
        assert b"\r" not in line
        assert b"\n" not in line


OWN_WORDS = st.lists(
    st.text(
        "абвгдежзиклмнопрст ABCdefghij0123456789.,!?()«»\"'&<;=%$^*+/№—\t\u00a0🙂é", max_size=90
    )
    .map(lambda line: " ".join(line.split()))
    .filter(lambda line: not re.search(r"(?i)^[>—–-]|[:–—-]$|^\W*$", line) or not line),
    max_size=12,
).map("\n".join)
"""Lines of ordinary words: none that looks like a quotation, an attribution or a signature."""


def one_blank(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()


@given(OWN_WORDS, st.booleans(), OWN_WORDS, st.sampled_from(["ru", "en"]))
def test_our_letters_are_read_back_to_the_new_words(
    text: str, choices: bool, quoted: str, language: str
) -> None:
    """case D3: exactly, however much is quoted below."""
    quotation = Quotation(author="Анна", at=NOW, text=quoted) if quoted.strip() else None
    head = Letterhead(
        subject="x", references=("<a@b>",), quotation=quotation, automatic=False, language=language
    )
    mail = read(post(f"Hello there.\n{text}", keyboard=CHOICES if choices else None, head=head))
    expected = one_blank(f"Hello there.\n{text}")
    if choices:
        links = "1 — Yes, it helped\n2 — No\nMy account (https://example.org/me)"
        how = words("mail.choose", language)
        expected += f"\n\n{links}\n3 — A person, please\n\n{how}"
    assert one_blank(mail.text) == expected
    assert (one_blank(quoted) in one_blank(mail.quoted)) or not quotation
    assert mail.warnings == ()


@given(OWN_WORDS, OWN_WORDS)
def test_the_plain_form_alone_is_read_back_too(text: str, quoted: str) -> None:
    quotation = Quotation(author="Anna", at=NOW, text=quoted or "Hello")
    head = Letterhead(subject="x", references=("<a@b>",), quotation=quotation)
    plain, _ = bodies(written(post(f"Hello there.\n{text}", head=head)))
    kind = "Content-Type: text/plain; charset=utf-8; format=flowed"
    mail = parse(f"From: a@b.ru\nIn-Reply-To: <a@b>\n{kind}\n\n{plain}".encode(), received=NOW)
    assert one_blank(mail.text) == one_blank(f"Hello there.\n{text}")


ANY_SPANS = st.lists(
    st.builds(
        Span,
        kind=st.sampled_from(
            ["bold", "italic", "underline", "strike", "spoiler", "code", "pre", "link", "quote"]
        ),
        start=st.integers(0, 30),
        length=st.integers(0, 30),
        value=st.sampled_from([None, "https://x.org", "javascript:alert(1)", 'http://"><script>']),
    ),
    max_size=6,
)


MARKS = ("b", "i", "u", "s", "code", "pre")


class Page(HTMLParser):
    """Which tags and addresses a page has, and whether they nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("href", "src", "background")]
        assert not any(k.startswith("on") for k, _ in attrs)
        assert not any("url(" in (v or "") for k, v in attrs if k == "style")
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(st.text(max_size=40), ANY_SPANS, st.text(max_size=10))
def test_html_nests_and_fetches_nothing(text: str, spans: list[Span], author: str) -> None:
    """case E7: whatever was written and marked, addresses are those of LINK_SCHEMES, there is no
    picture, script or style that would have to be fetched."""
    marked = FormattedText(f"x{text}", spans=tuple(spans))
    head = Letterhead(subject="x", quotation=Quotation(author=author, at=NOW, text=text))
    buttons = Buttons(
        rows=((Button(label=text, url="javascript:x"), Button(label="1", action="a")),)
    )
    _, page = bodies(written(post(marked, keyboard=buttons, head=head)))
    seen = Page()
    seen.feed(page)
    seen.close()
    assert seen.open == []
    assert seen.tags <= {
        "html",
        "head",
        "meta",
        "body",
        "div",
        "p",
        "br",
        "a",
        "blockquote",
        *MARKS,
    }
    assert all(one.startswith(("http://", "https://", "mailto:", "tel:")) for one in seen.addresses)


# --------------------------------------------------------------------------- choices


def test_buttons_become_choices_that_work_by_reply() -> None:
    plain, page = bodies(written(post("Did it help?", keyboard=CHOICES)))
    assert "1 — Yes, it helped\n2 — No\nMy account (https://example.org/me)\n3 — A person" in plain
    assert words("mail.choose", "en") in plain
    reply_to = reply_address(BOX, "01place", SECRETS)
    assert (
        f'<b>3</b> — <a href="mailto:{reply_to}?subject=Re%3A%20No%20internet&amp;body=3">'
        "A person, please</a>" in page
    )


def test_choices_cannot_be_pressed_where_the_reply_would_get_lost() -> None:
    """Without a tag in the address a letter that answers nothing finds no dialogue."""
    for letter in (
        written(post("Did it help?", keyboard=CHOICES), sender=replace(US, tagged=False)),
        written(post("Did it help?", keyboard=CHOICES), place=None),  # type: ignore[arg-type]
    ):
        plain, page = bodies(letter)
        assert "mailto:" not in page
        assert words("mail.choose_by_writing", "en") in plain
        assert "Reply-To" not in source(letter)
        assert letter.sender == BOX


def test_a_request_for_a_phone_number_is_a_sentence() -> None:
    request = ShareRequest(kind="phone", label="Your phone number?")
    assert (
        read(post("One question.", keyboard=request)).text == "One question.\n\nYour phone number?"
    )
