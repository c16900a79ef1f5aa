"""Posts into letters: what stands in them, and how mail programs and parsers read it."""

from __future__ import annotations

import email
import re
import unicodedata
from dataclasses import replace
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import message_id, reply_address
from channels.email.mail import Mail
from channels.email.parse import parse
from channels.email.render import From, Rendered, bare_subject, render
from channels.letter import Letterhead, Quotation
from channels.markup import parse as markup
from channels.message import (
    Button,
    Buttons,
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    Other,
    Permanent,
    Post,
    Reason,
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


# --------------------------------------------------------------------------- parts


@pytest.fixture
def picture(tmp_path: Path) -> Media:
    (tmp_path / "0001").write_bytes(b"\x89PNG picture")
    return Media(kind="photo", path=str(tmp_path / "0001"), mime="image/png")


def test_places_cards_and_the_rest_are_told_in_words() -> None:
    said = read(
        post(
            "",
            Location(latitude=55.7558, longitude=37.6173, title="Office", address="Tverskaya 1"),
            Contact(phone="+7 (495) 123-45-67", name="Boris"),
            Other(kind="poll", detail="Which day? Monday, Tuesday"),
            Other(kind="story"),
        )
    ).text
    assert (
        "Office\nTverskaya 1\n55.755800, 37.617300 (https://www.openstreetmap.org/?mlat=55.7"
        in said
    )
    assert "Boris: +7 (495) 123-45-67" in said
    assert "Which day? Monday, Tuesday" in said
    assert words("mail.part.other", "en") in said


def test_files_with_captions_without_words(picture: Media) -> None:
    shown = replace(picture, name="Схема.png", caption=FormattedText("Look at the left side"))
    mail = read(post("", picture, shown))
    assert [one.name for one in mail.attachments] == ["photo-1.png", "Схема.png"]
    assert {one.data for one in mail.attachments} == {b"\x89PNG picture"}
    assert mail.text == "📎 Схема.png\nLook at the left side"
    assert read(post("", picture)).attachments


@pytest.mark.parametrize(
    "name",
    [
        "report.pdf",
        "Отчёт за ноябрь 2026 (итоговый).pdf",
        "Длинное имя " * 8 + "файла.docx",
        "счёт;№5='1'.pdf",
    ],
)
def test_file_names_in_every_form(name: str, picture: Media) -> None:
    """case D3: RFC 2231 for the standard, an encoded word for Outlook; both say the same."""
    letter = written(post("x", replace(picture, name=name, mime="application/pdf")))
    (file,) = source(letter).iter_attachments()
    assert file.get_filename() == name
    raw = letter.data.decode("ascii").replace("\r\n ", " ")
    named = re.search(r'application/pdf; name="([^"]+)"', raw)
    assert named is not None
    assert str(make_header(decode_header(named[1].replace("?= =?", "?=\n =?")))) == name
    assert parse(letter.data, received=NOW).attachments[0].name == name


@given(st.text(min_size=1, max_size=60))
def test_no_name_of_a_file_breaks_out(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """case D3: CR, LF, NUL, quotation marks and paths in a file's name."""
    path = Path(__file__)
    letter = written(post("x", Media(kind="document", path=str(path), name=f"{name}\r\nBcc: a@b")))
    (file,) = source(letter).iter_attachments()
    assert file.get_content_disposition() == "attachment"
    shown = file.get_filename()
    assert shown is not None
    assert shown.isprintable()
    assert "/" not in shown
    assert "Bcc" not in file
    assert file.get_payload(decode=True) == path.read_bytes()


def test_attached_mails_travel_as_files(picture: Media) -> None:
    """RFC 2046 §5.2.1 allows no transfer encoding for message/rfc822."""
    letter = written(post("x", replace(picture, mime="message/rfc822", name="a.eml")))
    (file,) = source(letter).iter_attachments()
    assert file.get_content_type() == "application/octet-stream"


def test_what_is_not_there_or_too_large_is_named_in_words(picture: Media, tmp_path: Path) -> None:
    """case B15"""
    gone = replace(picture, path=str(tmp_path / "erased"), name="gone.png")
    foreign = Media(kind="photo", channel="telegram", file="AgAC", name="there.png")
    fetched = replace(foreign, name="large.mov", size=31_000_000, left_out=Reason.TOO_LARGE)
    letter = written(post("Three files.", gone, foreign, fetched, picture))
    mail = parse(letter.data, received=NOW)
    assert len(mail.attachments) == 1
    assert letter.left_out == ("gone.png", "there.png", "large.mov")
    for name in letter.left_out:
        assert name in mail.text
    assert "30 MB" in mail.text
    assert read(post("x", picture), room=10).attachments == ()


def test_nothing_to_say_is_refused() -> None:
    with pytest.raises(Permanent) as raised:
        written(post("  \n "))
    assert raised.value.reason is Reason.REFUSED
    with pytest.raises(Permanent):
        written(Post(content=Content(), letterhead=Letterhead(subject="x")))


# --------------------------------------------------------------------------- headers


def test_the_same_row_has_the_same_message_id_and_boundaries() -> None:
    """case A4"""
    assert written() == written()
    assert written().message_id == message_id("01row", "01place", "example.com", SECRETS)
    assert written(row="02row").message_id != written().message_id


def test_an_answer_is_threaded() -> None:
    """case D3"""
    head = Letterhead(subject="No internet", references=("<1@x.org>", "<2@x.org>"))
    message = source(written(post(head=head)))
    assert message["In-Reply-To"] == "<2@x.org>"
    assert message["References"].split() == ["<1@x.org>", "<2@x.org>"]
    assert message["Subject"] == "Re: No internet"


def test_a_long_dialogue_keeps_the_first_reference_and_the_last_twenty() -> None:
    """case D3: in lines no server cuts, and never as encoded words."""
    ids = tuple(f"<{n}.{'x' * 180}@mail.example.org>" for n in range(300))
    letter = written(post(head=Letterhead(subject="x", references=ids)))
    raw = letter.data.partition(b"\r\nContent-Language")[0].partition(b"References:")[2]
    assert raw.decode("ascii").split() == [ids[0], *ids[-20:]]


def test_a_dialogue_we_begin_hangs_together_before_anybody_answers() -> None:
    """case D3"""
    first = source(written(post(head=Letterhead(subject="Your ticket"))))
    sent = written().message_id
    second = source(
        written(post(head=Letterhead(subject="Your ticket", references=(sent,))), row="2")
    )
    assert "In-Reply-To" not in first
    assert first["Subject"] == "Your ticket"
    (root,) = first["References"].split()
    assert second["References"].split() == [root, sent]
    assert second["In-Reply-To"] == sent


def test_automatic_letters_say_so_and_a_persons_do_not() -> None:
    """case D3: RFC 3834 §5, so that nobody's machine answers ours."""
    begun = written(post(head=Letterhead(subject="x")))
    answered = written(post(head=Letterhead(subject="x", references=("<1@x>",))))
    person = written(post(head=Letterhead(subject="x", automatic=False)))
    assert source(begun)["Auto-Submitted"] == "auto-generated"
    assert source(answered)["Auto-Submitted"] == "auto-replied"
    assert source(answered)["X-Auto-Response-Suppress"] == "All"
    assert "Auto-Submitted" not in source(person)
    assert "X-Auto-Response-Suppress" not in source(person)
    assert parse(begun.data, received=NOW).auto == "reply"
    assert parse(person.data, received=NOW).auto is None


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("No internet", "No internet"),
        ("Re: No internet", "No internet"),
        ("RE: re: Re[2]: No internet", "No internet"),
        ("Fwd: FW: No internet", "No internet"),
        ("Ответ: НА: No internet", "No internet"),
        ("HA: Отв: No internet", "No internet"),
        ("AW: No internet", "No internet"),
        ("Re：No internet", "No internet"),
        ("Return: five items", "Return: five items"),
        ("На: не то", "не то"),
        ("Reset my password", "Reset my password"),
        ("Re:", ""),
    ],
)
def test_prefixes_are_never_doubled(subject: str, bare: str) -> None:
    """case D3"""
    assert bare_subject(subject) == bare
    shown = read(post(head=Letterhead(subject=subject, references=("<1@x>",)))).subject
    assert shown == f"Re: {bare or 'A message from Daisy support'}"


@pytest.mark.parametrize("subject", ["", "Re: ", "  "])
def test_no_letter_is_without_a_subject(subject: str) -> None:
    assert read(post(subject=subject)).subject == "A message from Daisy support"
    assert read(Post(content=Content(text=FormattedText("x")))).subject


@given(st.text(max_size=300))
def test_any_subject_is_answered(subject: str) -> None:
    """case D3: it is a client's; what no header may hold is dropped, the letter goes."""
    whole = f"S {subject}"
    clean = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in whole
    )
    shown = read(post(subject=whole)).subject
    assert " ".join(shown.split()) == " ".join(clean.split())[:250].strip()


@pytest.mark.parametrize(
    "title", ["Daisy", 'Daisy "the best", Ltd. \\ Co', "Техподдержка «Ромашка»"]
)
def test_our_name_is_shown_as_it_is(title: str) -> None:
    letter = written(sender=From(mailbox=BOX, title=title))
    message = source(letter)
    assert message["From"].addresses[0].addr_spec == BOX
    assert message["Reply-To"].addresses[0].addr_spec == reply_address(BOX, "01place", SECRETS)
    shown = str(make_header(decode_header(str(email.message_from_bytes(letter.data)["From"]))))
    assert parseaddr(shown) == (title, BOX)


BREAKS = st.sampled_from(["\r", "\n", "\r\n", "\x00", "\x0b", "\x85", "\u2028", "\r\nBcc: x@y.org"])


@given(st.text(max_size=20), BREAKS, st.text(max_size=20), st.integers(0, 5))
def test_line_ends_and_nul_never_get_into_a_header(
    before: str, middle: str, after: str, where: int
) -> None:
    """case D3: refused in every value of ours that a header is made of."""
    evil = f"{before}{middle}{after}"
    head = Letterhead(
        subject=evil if where == 0 else "x",
        references=(f"<{evil}@x>",) if where == 1 else (),
        language=evil if where == 2 else "en",
    )
    address = f"a{evil}@x.org" if where == 3 else "anna@example.org"
    row = f"r{evil}" if where == 4 else "01row"
    sender = replace(US, title=f"T{evil}") if where == 5 else US
    if where:
        with pytest.raises(Permanent):
            written(post(head=head), sender=sender, to=address, row=row)
        return
    # The subject is a client's: it loses what no header may hold.
    names = source(written(post(head=head), sender=sender)).keys()
    assert names == source(written(post(head=replace(head, subject="x")))).keys()


def test_the_reserved_nowhere_is_never_written_to() -> None:
    with pytest.raises(Permanent) as raised:
        written(to="unknown@sender.invalid")
    assert raised.value.reason is Reason.NO_ADDRESS


def test_the_languages_are_named() -> None:
    assert (
        source(written(post(head=Letterhead(subject="x", language="ru"))))["Content-Language"]
        == "ru"
    )
