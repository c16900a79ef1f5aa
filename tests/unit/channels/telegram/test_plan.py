"""How a post is cut into messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.message import (
    Contact,
    Content,
    FormattedText,
    Location,
    Media,
    MediaKind,
    MessageRef,
    Other,
    Part,
)
from channels.telegram.limits import MAX_TEXT
from channels.telegram.plan import ALBUM_SIZE, Album, Copy, File, Message, Words, plan, size
from channels.telegram.render import MAX_CAPTION, units

KINDS: list[MediaKind] = [
    "photo",
    "video",
    "document",
    "audio",
    "voice",
    "video_note",
    "sticker",
    "animation",
]
CAPTIONS = ["", "short", "x" * MAX_CAPTION, "x" * (MAX_CAPTION + 1), "y" * (MAX_TEXT + 1)]


@st.composite
def parts(draw: st.DrawFn) -> Part:
    what = draw(st.sampled_from(["media"] * 5 + ["location", "contact", "other"]))
    if what == "location":
        return Location(latitude=1.0, longitude=2.0)
    if what == "contact":
        return Contact(phone="1", name="a")
    if what == "other":
        return Other(kind="poll")
    caption = FormattedText(draw(st.sampled_from(CAPTIONS)))
    number = draw(st.integers(0, 99))
    kind = draw(st.sampled_from(KINDS))
    return Media(kind=kind, channel="telegram", file=str(number), caption=caption)


contents = st.builds(
    Content,
    text=st.sampled_from(["", "text", "z" * 1025, "z" * 9000]).map(FormattedText),
    parts=st.lists(parts(), max_size=14).map(tuple),
)


def files_of(messages: list[Message]) -> list[str | None]:
    found: list[str | None] = []
    for message in messages:
        if isinstance(message, Album):
            found += [file.file for file in message.files]
        elif isinstance(message, File):
            found.append(message.media.file)
    return found


def words_of(messages: list[Message]) -> str:
    """All that is written anywhere, sorted: the order of captions and texts may differ."""
    written = []
    for message in messages:
        if isinstance(message, Words):
            written.append(message.text.text)
        elif isinstance(message, Album):
            written += [file.caption.text for file in message.files]
        elif isinstance(message, File):
            written.append(message.media.caption.text)
    return "".join(sorted("".join(written)))


@given(contents, st.booleans())
def test_nothing_is_lost_and_every_message_is_legal(content: Content, keyboard: bool) -> None:
    """case B6, case B17"""
    messages = plan(content, channel="telegram", keyboard=keyboard)
    assert files_of(messages) == [p.file for p in content.parts if isinstance(p, Media)]
    captions = "".join(p.caption.text for p in content.parts if isinstance(p, Media))
    assert words_of(messages) == "".join(sorted(content.text.text + captions))
    others = [p for p in content.parts if not isinstance(p, Media)]
    said = [m.other if isinstance(m, Copy) else m for m in messages]
    assert [m for m in said if isinstance(m, Location | Contact | Other)] == others
    for message in messages:
        if isinstance(message, Words):
            assert 0 < units(message.text.text) <= MAX_TEXT
        if isinstance(message, Album):
            assert 2 <= len(message.files) <= ALBUM_SIZE
            assert all(units(file.caption.text) <= MAX_CAPTION for file in message.files)
            kinds = {file.kind for file in message.files}
            assert kinds <= {"photo", "video"} or kinds in ({"document"}, {"audio"})
        if isinstance(message, File):
            assert units(message.media.caption.text) <= MAX_CAPTION
            assert message.media.kind not in ("sticker", "video_note") or not message.media.caption
    if keyboard and messages:
        assert not isinstance(messages[-1], Album)


@given(contents, st.booleans())
def test_the_same_post_is_always_cut_alike(content: Content, keyboard: bool) -> None:
    """What ``Outbound.arrived`` counts on."""
    first = plan(content, channel="telegram", keyboard=keyboard)
    assert plan(content, channel="telegram", keyboard=keyboard) == first


def test_sizes_count_message_ids() -> None:
    file = Media(kind="photo", channel="telegram", file="1")
    assert size(Album((file, file, file))) == 3
    assert size(File(file)) == size(Words(FormattedText("x"))) == 1


def ref(message: str, channel: str = "telegram") -> MessageRef:
    return MessageRef(channel=channel, chat="7", id=message)


def test_the_message_to_copy() -> None:
    """case B18"""
    poll, dice = Other(kind="poll"), Other(kind="dice")

    def sources(content: Content) -> list[MessageRef | None]:
        messages = plan(content, channel="telegram")
        return [m.source for m in messages if isinstance(m, Copy)]

    assert sources(Content(parts=(poll,), source=(ref("1"),))) == [ref("1")]
    both = Content(parts=(poll, dice), source=(ref("1"), ref("2")))
    assert sources(both) == [ref("1"), ref("2")]
    unknown = Content(parts=(poll,), source=(ref("1"), ref("2")))
    assert sources(unknown) == [None]
    assert sources(Content(parts=(poll,))) == [None]
    assert sources(Content(parts=(poll,), source=(ref("1", "mail"),))) == [None]
    protected = Content(parts=(poll,), source=(ref("1"),), protected=True)
    assert sources(protected) == [None]
