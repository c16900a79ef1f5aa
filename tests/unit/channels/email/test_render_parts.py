"""Parts and headers of a letter of ours."""

from __future__ import annotations

import email
import re
import unicodedata
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.joining import message_id, reply_address
from channels.email.parse import parse
from channels.email.render import From, bare_subject
from channels.letter import Letterhead
from channels.message import (
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    Other,
    Permanent,
    Post,
    Reason,
)
from tests.letters import BOX, NOW, SECRETS, post, words
from tests.unit.channels.email.test_render import US, read, source, written

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
