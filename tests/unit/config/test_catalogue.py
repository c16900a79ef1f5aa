"""The text catalogue: filling in, plurals, spoken times; what arguments can never do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.markup import parse, to_html
from channels.message import FormattedText, Span, Text
from config.texts import Catalogue, MissingArgument, UnknownText, built_in
from config.texts.files import read_overrides
from config.texts.template import BraceError, Placeholder, Plural, Template
from faq import Document

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=MOSCOW)  # a Sunday


def catalogue(**texts: str) -> Catalogue:
    """The built-in words and some more, the same in both languages."""
    more = {key.replace("_", "."): Template.compile(source) for key, source in texts.items()}
    words = {
        language: {
            key: built_in().entry(key, language)[0]
            for key in built_in().keys()  # noqa: SIM118 - not a dict
        }
        for language in ("ru", "en")
    }
    return Catalogue({lang: {**own, **more} for lang, own in words.items()}, ("ru", "en"))


def said(text: Text, language: str = "ru", now: datetime | None = NOON) -> FormattedText:
    return catalogue(
        hello="<b>№{number}</b>: {subject}",
        plain="{value}",
        gen="в течение {value:genitive}",
        acc="через {value:accusative}",
        clock="{value:time}",
        short="{value:short}",
        date="{value:date}",
        braces="{{{value}}}",
    ).render(text, language, MOSCOW, now=now)


def show(value: object, key: str = "plain", language: str = "ru") -> str:
    return said(Text(key=key, args={"value": value}), language).text  # type: ignore[dict-item]  # any argument


# --------------------------------------------------------------------------- filling in


def test_formatting_of_the_template_covers_what_is_filled_in() -> None:
    text = said(Text(key="hello", args={"number": 1024, "subject": "нет связи"}))
    assert text.text == "№1024: нет связи"
    assert text.spans == (Span(kind="bold", start=0, length=5),)


def test_markup_in_an_argument_stays_words() -> None:
    """Acceptance case B7 at the catalogue: what a client writes is shown literally."""
    text = said(Text(key="hello", args={"number": 1, "subject": "<b>{number}</b> &amp; _*["}))
    assert text.text == "№1: <b>{number}</b> &amp; _*["
    assert len(text.spans) == 1


def test_a_formatted_argument_keeps_its_formatting_inside_ours() -> None:
    inner = parse("go <i>there</i>")
    text = catalogue(x="<b>a {value}</b> c").render(
        Text(key="x", args={"value": inner}), "en", MOSCOW
    )
    assert to_html(text) == "<b>a go <i>there</i></b> c"


def test_a_text_can_be_an_argument() -> None:
    text = said(Text(key="plain", args={"value": Text(key="hello", args={
        "number": 7, "subject": Text(key="time.monday")})}))  # fmt: skip
    assert to_html(text) == "<b>№7</b>: в понедельник"


def test_doubled_braces_are_braces() -> None:
    assert show("x", "braces") == "{x}"


def test_an_empty_argument_leaves_no_formatting_behind() -> None:
    text = catalogue(x="a<b>{value}</b>").render(Text(key="x", args={"value": ""}), "ru", MOSCOW)
    assert text == FormattedText("a")


@given(st.text(), st.text())
def test_no_argument_ever_becomes_markup_or_placeholder(one: str, two: str) -> None:
    template = Template.compile("<b>{one}</b> {two} <code>{one}</code>")
    values = {"one": one, "two": two}
    text = template.fill(lambda place: FormattedText(values[place.name]))
    assert text.text == f"{one} {two} {one}"
    assert {span.kind for span in text.spans} <= {"bold", "code"}
    for span in text.spans:
        assert text.text[span.start : span.start + span.length] == one


pieces = st.sampled_from(["a", " ", "{x}", "{y}", "<b>", "</b>", "<i>", "</i>", "{{", "}}", "я"])


@given(st.lists(pieces, max_size=12), st.text(max_size=4), st.text(max_size=4))
def test_spans_always_lie_within_the_text_and_in_order(parts: list[str], x: str, y: str) -> None:
    try:
        template = Template.compile("".join(parts))
    except (ValueError, BraceError):
        return
    values = {"x": x, "y": y}
    text = template.fill(lambda place: FormattedText(values[place.name]))
    starts = [span.start for span in text.spans]
    assert starts == sorted(starts)
    for span in text.spans:
        assert span.length > 0
        assert 0 <= span.start <= span.start + span.length <= len(text.text)


@pytest.mark.parametrize("source", ["{", "}", "{Name}", "{a b}", "{wait:loud}", "{}", "{0}"])
def test_a_lone_brace_is_refused(source: str) -> None:
    with pytest.raises(BraceError):
        Template.compile(source)


# --------------------------------------------------------------------------- which text


def test_an_unknown_language_gets_the_default_one() -> None:
    text = Text(key="time.monday")
    assert built_in().render(text, "fr", MOSCOW).text == "в понедельник"
    assert built_in(("en", "ru")).render(text, "fr", MOSCOW).text == "on Monday"
    assert built_in().render(text, "en-GB", MOSCOW).text == "on Monday"


def test_unknown_keys_and_missing_arguments_name_themselves() -> None:
    with pytest.raises(UnknownText) as unknown:
        built_in().label("no.such", "ru")
    assert unknown.value.key == "no.such"
    with pytest.raises(MissingArgument) as missing:
        built_in().label("time.today", "ru")
    assert (missing.value.key, missing.value.name) == ("time.today", "time")
    with pytest.raises(MissingArgument):
        built_in().label("duration.days", "ru")


def test_a_pressed_label_is_known_in_any_language() -> None:
    assert built_in().says("language.name", " english ")
    assert built_in().says("language.name", "Русский")
    assert not built_in().says("language.name", "Deutsch")


def test_languages_on_offer_are_the_workspaces() -> None:
    assert dict(built_in(("en", "ru")).languages()) == {"en": "English", "ru": "Русский"}
    assert dict(built_in(("ru",)).languages()) == {"ru": "Русский"}


# --------------------------------------------------------------------------- times in words


@pytest.mark.parametrize(
    ("amount", "ru", "en"),
    [
        (timedelta(hours=1), "1 час", "1 hour"),
        (timedelta(hours=2), "2 часа", "2 hours"),
        (timedelta(hours=5), "5 часов", "5 hours"),
        (timedelta(hours=21), "21 час", "21 hours"),
        (timedelta(days=11), "11 дней", "11 days"),
        (timedelta(minutes=90), "1 час 30 минут", "1 hour 30 minutes"),
        (timedelta(days=1, minutes=5), "1 день", "1 day"),
        (timedelta(seconds=43), "43 секунды", "43 seconds"),
        (timedelta(0), "0 минут", "0 minutes"),
    ],
)
def test_durations_in_words(amount: timedelta, ru: str, en: str) -> None:
    assert show(amount) == ru
    assert show(amount, language="en") == en


def test_durations_have_the_case_their_sentence_needs() -> None:
    assert show(timedelta(minutes=1), "gen") == "в течение 1 минуты"
    assert show(timedelta(hours=2), "gen") == "в течение 2 часов"
    assert show(timedelta(minutes=21), "acc") == "через 21 минуту"


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_durations_are_never_more_than_a_unit_off(amount: timedelta) -> None:
    unit = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
    words = show(amount, language="en").split()
    told = sum(int(n) * unit[name[0]] for n, name in zip(words[::2], words[1::2], strict=True))
    smallest = min(unit[name[0]] for name in words[1::2])
    next_larger = {1: 1, 60: 3_600, 3_600: 86_400, 86_400: 86_400}
    assert 0 <= amount.total_seconds() - told < next_larger[smallest]


@pytest.mark.parametrize(
    ("moment", "ru", "en"),
    [
        (NOON + timedelta(hours=2, minutes=5), "сегодня в 14:05", "today at 14:05"),
        (NOON + timedelta(hours=21), "завтра в 9:00", "tomorrow at 9:00"),
        (NOON - timedelta(hours=20), "вчера в 16:00", "yesterday at 16:00"),
        (
            NOON + timedelta(days=2, hours=-3),
            "во вторник, 24 ноября, в 9:00",
            "on Tuesday, 24 November at 9:00",
        ),
        (
            NOON + timedelta(days=60),
            "в четверг, 21 января 2027, в 12:00",
            "on Thursday, 21 January 2027 at 12:00",
        ),
    ],
)
def test_moments_as_people_say_them(moment: datetime, ru: str, en: str) -> None:
    assert show(moment.astimezone(UTC)) == ru
    assert show(moment.astimezone(UTC), language="en") == en


def test_moments_in_other_forms() -> None:
    moment = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert show(moment, "clock") == "9:00"
    assert show(moment, "short", "en") == "23 Nov 9:00"
    assert show(moment, "date") == "23 ноября 2026"


def test_without_a_now_no_day_is_called_today() -> None:
    text = said(Text(key="plain", args={"value": NOON}), now=None)
    assert text.text == "в воскресенье, 22 ноября, в 12:00"


# --------------------------------------------------------------------------- overrides


def overrides(yaml: str, language: str = "ru") -> tuple[dict[str, Template | Plural], list[str]]:
    document = Document.parse(yaml, Path("texts/ru.yaml"))
    found, mistakes = read_overrides(document, language)
    return found, [f"{m.severity} {m.line}:{m.column} {m.message} ({m.hint})" for m in mistakes]


def test_an_override_takes_the_place_of_the_usual_text() -> None:
    found, mistakes = overrides("time.today: сегодня, в {time}\n")
    assert mistakes == []
    entry = found["time.today"]
    assert isinstance(entry, Template)
    assert Placeholder("time") in entry.pieces


def test_every_wrong_override_is_told_with_its_place() -> None:
    """Acceptance case H1 for texts: unknown key, placeholder, style, plural form, markup, type."""
    _, mistakes = overrides(
        "time.todya: x {time}\n"
        "time.today: сегодня в {tmie}\n"
        "time.tomorrow: '{time:loud}'\n"
        "time.yesterday: '<b>вчера {time}'\n"
        "duration.days: {one: '{n} день', fwe: '{n} дня', many: '{n} дней'}\n"
        "language.name: 5\n"
    )
    assert mistakes == [
        "error 1:1 unknown text 'time.todya' (did you mean 'time.today'?)",
        "error 2:13 unknown placeholder {tmie} (did you mean {time}?)",
        "warning 2:13 {time} of the usual text is missing here (fine if you mean it)",
        (
            "error 3:16 no placeholder: {time:loud} (a placeholder is {name} or {name:style}; "
            "styles: genitive, accusative, time, date, short; for a brace itself {{ or }})"
        ),
        "error 4:17 a tag that does not end: <b> (every tag needs its end)",
        "error 5:1 the plural form 'few' is missing (the forms are few, many, one)",
        "error 5:34 unknown plural form 'fwe' (did you mean 'few'?)",
        "error 6:16 expected text (put it in quotes)",
    ]


def test_an_empty_file_of_texts_changes_nothing() -> None:
    assert overrides("# nothing yet\n") == ({}, [])
