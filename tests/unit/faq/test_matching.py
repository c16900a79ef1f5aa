from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import faq
from faq.matcher import PhraseMatcher
from faq.readings import readings
from tests.linear import assert_linear, repeated

PHRASINGS = {
    "pay": ["как оплатить интернет", "оплата картой", "how do I pay my bill"],
    "slow": ["интернет тормозит", "низкая скорость интернета", "the internet is slow"],
    "move": ["переезжаю на новый адрес", "перенести интернет в другую квартиру"],
    "office": ["где ваш офис", "часы работы офиса", "opening hours"],
}


@pytest.fixture(scope="module")
def matcher() -> PhraseMatcher:
    return PhraseMatcher(PHRASINGS)


@pytest.mark.parametrize(
    "text", ["и", "a", "?", "интернет", "Интернет!!", "5", "123456", "", "  ", "👍"]
)
def test_one_letter_one_common_word_or_a_bare_number_match_nothing(
    matcher: PhraseMatcher, text: str
) -> None:
    """case F1"""
    assert matcher.match(text).decision == "none"
    assert matcher.match(text).alternatives == ()


def test_near_ties_ask_did_you_mean() -> None:
    """case F1"""
    twins = PhraseMatcher(
        {"router": ["забыл пароль роутера"], "post": ["забыл пароль почты"], "x": ["сменить тариф"]}
    )
    match = twins.match("забыл пароль")
    assert match.decision == "suggest"
    assert {candidate.entry for candidate in match.alternatives} >= {"router", "post"}


@pytest.mark.parametrize("text", ["как подключить второй", "второй подключить"])
def test_a_few_words_that_are_part_of_several_keys_ask_which(text: str) -> None:
    """case F1"""
    phrasings = {
        "tv": ["как подключить второй телевизор", "нужен ещё один телевизор"],
        "phone": ["подключить второй телефон", "ещё один номер"],
        "x": ["сменить тариф", "другой тариф"],
    }
    match = PhraseMatcher(phrasings).match(text)
    assert match.decision == "suggest"
    assert {candidate.entry for candidate in match.alternatives} >= {"tv", "phone"}
    whole = PhraseMatcher({**phrasings, "both": ["подключить второй"]})
    assert whole.match("второй подключить").entry == "both"


@pytest.mark.parametrize(
    "text",
    [
        "как оплатить интернет", "  КАК   оплатить ИНТЕРНЕТ  ", "«Как оплатить интернет»?!",
        "как оплатить интернет 😀😀", "Как—оплатить…интернет", "ка\u0301к оплатить интернет"[0:2]
        + "к оплатить интернет",
    ],
)  # fmt: skip
def test_case_spaces_quotes_and_emoji_change_nothing(matcher: PhraseMatcher, text: str) -> None:
    """case F2"""
    assert matcher.match(text).entry == "pay"


def test_yo_and_ye_are_one_letter() -> None:
    """case F2"""
    book = PhraseMatcher({"bill": ["мой счёт"], "other": ["договор аренды"]})
    assert book.match("мой счет").entry == book.match("МОЙ СЧЁТ").entry == "bill"


@pytest.mark.parametrize(
    ("text", "way", "read_as", "entry"),
    [
        ("rfr jgkfnbnm bynthytn", "layout", "как оплатить интернет", "pay"),
        ("рщц вщ ш зфн ьн ишдд", "layout", "how do i pay my bill", "pay"),
        ("kak oplatit internet", "translit", "как оплатит интернет", "pay"),
        ("gde vash ofis", "translit", "где ваш офис", "office"),
        ("4asy raboty ofisa", "translit", "часы работы офиса", "office"),
        ("как оплатить интернет", "typed", "как оплатить интернет", "pay"),
    ],
)
def test_a_message_is_read_in_several_ways(
    matcher: PhraseMatcher, text: str, way: str, read_as: str, entry: str
) -> None:
    explained = matcher.explain(text)
    assert (explained.way, explained.match.read_as) == (way, read_as)
    assert explained.match.entry == entry


@pytest.mark.parametrize(
    ("latin", "russian"),
    [
        ("shchyot", "щет"), ("schet", "щет"), ("wkola", "школа"), ("4to", "что"), ("moj", "мой"),
        ("zhizn'", "жизнь"), ("privet", "привет"), ("xorosho", "хорошо"), ("yabloko", "яблоко"),
    ],
)  # fmt: skip
def test_latin_letter_russian_comes_back_in_some_custom(latin: str, russian: str) -> None:
    assert russian in {reading.text for reading in readings(latin)}


def test_two_questions_in_one_message_are_both_answered(matcher: PhraseMatcher) -> None:
    match = matcher.match("Здравствуйте! Интернет тормозит. И ещё, где ваш офис?")
    assert [part.entry for part in match.parts] == ["slow", "office"]
    assert match.decision == "answer"


def test_a_long_letter_is_understood_by_its_best_sentence(matcher: PhraseMatcher) -> None:
    letter = (
        "Добрый день, уважаемая служба. Я давно у вас, всё нравится, спасибо мастеру Павлу. "
        "Вчера купили новый диван и телевизор, стало уютно. Подскажите, часы работы офиса? "
        "С уважением, Анна Петровна, улица Садовая."
    )
    assert matcher.match(letter).entry == "office"


def test_what_is_excluded_is_not_answered() -> None:
    phrasings = {"pay": ["как оплатить интернет", "оплата услуг"], "tv": ["список каналов"]}
    text = "как оплатить интернет в роуминге"
    assert PhraseMatcher(phrasings).match(text).entry == "pay"
    excluded = PhraseMatcher(phrasings, excluded={"pay": ["оплатить интернет в роуминге"]})
    assert excluded.match(text).entry is None
    assert "pay" not in {candidate.entry for candidate in excluded.match(text).alternatives}
    assert excluded.match("как оплатить интернет").entry == "pay"


def test_synonyms_are_one_word() -> None:
    phrasings = {"lk": ["войти в личный кабинет"], "tv": ["список каналов"], "x": ["сменить тариф"]}
    plain = PhraseMatcher(phrasings).match("зайти в лк")
    same = PhraseMatcher(phrasings, synonyms=[["личный кабинет", "лк"]]).match("зайти в лк")
    assert same.entry == "lk"
    assert plain.entry is None


def test_priority_decides_between_near_ties() -> None:
    phrasings = {"a": ["не работает приставка дома"], "b": ["не работает приставка опять"]}
    text = "не работает приставка"
    first = {
        name: PhraseMatcher(phrasings, priorities={name: 10}).ranked(text).keys[0] for name in "ab"
    }
    assert first == {"a": "a", "b": "b"}


def test_entries_for_others_or_for_another_day_stay_out(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "section: {id: a, title: А}\nentries:\n"
        "  - {id: summer, title: Летняя акция, questions: [скидка летом], answer: да,\n"
        "     valid: {from: 2026-06-01, until: 2026-08-31}}\n"
        "  - {id: firms, title: Акт сверки, questions: [нужен акт сверки], answer: да,\n"
        "     audience: [business]}\n",
        encoding="utf-8",
    )
    loaded = faq.load(tmp_path)
    assert loaded.match("скидка летом", today=date(2026, 8, 31)).entry == "summer"
    assert loaded.match("скидка летом", today=date(2026, 9, 1)).entry is None
    assert loaded.match("нужен акт сверки", audience="business").entry == "firms"
    assert loaded.match("нужен акт сверки", audience="private").entry is None


def test_a_phrasebook_reads_choices_and_topics() -> None:
    book = faq.Phrasebook(
        {"yes": ["да", "ага", "конечно", "yes"], "no": ["нет", "не надо", "no"], "later": ["позже"]}
    )
    assert [book.match(text).entry for text in ("Да!", "ага", "НЕТ", "yes", "позже.")] == [
        "yes", "yes", "no", "yes", "later",
    ]  # fmt: skip
    assert book.match("фиолетовый").decision == "none"


def test_an_empty_book_matches_nothing() -> None:
    assert faq.Phrasebook({}).match("как оплатить").decision == "none"
    assert faq.Phrasebook({"a": []}).match("как оплатить").decision == "none"
    assert faq.Phrasebook({"a": ["!!!"]}).match("как оплатить").decision == "none"


def test_threads_may_share_a_matcher(matcher: PhraseMatcher) -> None:
    texts = ["как оплатить интернет", "интернет тормозит", "gde vash ofis", "переезжаю"] * 25
    alone = [matcher.match(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(matcher.match, texts)) == alone


ANY = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@ANY
@given(text=st.text(max_size=300))
def test_any_text_is_decided_without_an_error(matcher: PhraseMatcher, text: str) -> None:
    match = matcher.match(text)
    assert (match.entry is not None) == (match.decision == "answer")
    assert 0 <= match.score <= 1
    assert match.entry not in {candidate.entry for candidate in match.alternatives}
    scores = [candidate.score for candidate in match.alternatives]
    assert scores == sorted(scores, reverse=True)


@ANY
@given(
    number=st.integers(0, 10), upper=st.booleans(), before=st.text("«\"!?., \t😀", max_size=5),
    after=st.text("»\"!?., \t😀", max_size=5), gap=st.text(" \t\n", min_size=1, max_size=3),
)  # fmt: skip
def test_how_a_question_is_written_changes_nothing(
    matcher: PhraseMatcher, number: int, upper: bool, before: str, after: str, gap: str
) -> None:
    """case F2"""
    texts = [(name, text) for name, own in PHRASINGS.items() for text in own]
    name, text = texts[number % len(texts)]
    written = before + gap.join((text.upper() if upper else text).replace("е", "ё").split()) + after
    assert matcher.match(written).entry == name


@pytest.mark.parametrize("seed", range(6))
def test_the_longest_text_takes_bounded_time(matcher: PhraseMatcher, seed: int) -> None:
    pieces = ["а", "как ", "оплатить", "?", ". ", " ", "1", "\n", "-"]
    assert_linear(matcher.match, repeated(pieces, seed))
