"""Questions as hurried people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faq.lexicon import Lexicon
from faq.matcher import PhraseMatcher
from faq.matching import PRESETS, Match
from faq.sounds import alike, heard, skeletons
from faq.spacing import Spaces
from faq.text import stem, telling

SHOP = PhraseMatcher(
    {
        "order": ["где мой заказ", "статус заказа", "когда привезут заказ"],
        "cost": ["сколько стоит доставка", "цена доставки"],
        "when": ["когда привезут посылку", "сроки доставки"],
        "return": ["как вернуть товар", "возврат денег за товар"],
        "cash": ["принимаете ли наличные", "оплата при получении"],
        "apple": ["работает ли Apple Pay", "оплата телефоном"],
        "whatsapp": ["есть ли у вас WhatsApp", "написать вам в мессенджер"],
        "error": ["ошибка 691 при оплате", "что значит ошибка 691"],
        "balance": ["как узнать баланс", "баланс бонусной карты"],
        "hours": ["часы работы магазина", "вы работаете в выходные"],
        "vacancies": ["есть ли у вас вакансии", "хочу у вас работать"],
        "hello": ["привет", "добрый день"],
    },
    gates=PRESETS["normal"],
)


STORY = (
    "пользуюсь вашим магазином третий год и всегда всё нравилось а тут где мой заказ "
    "очень жду ответа потому что завтра уезжаю"
)


def first(match: Match) -> str | None:
    """The entry that is answered or suggested first."""
    return match.entry or next((one.entry for one in match.alternatives), None)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("гдемой заказ", "order"), ("гдемойзаказ", "order"), ("каквернутьтовар", "return"),
        ("сколькостоитдоставка", "cost"), ("добрыйденьгдемойзаказ", "order"),
        ("возврат деньгами", "return"),
        ("ватсап есть?", "whatsapp"), ("эппл пэй работает", "apple"),
        ("в вотсапе есть", "whatsapp"),
        ("баланс", "balance"), ("где мой заказ 4581233", "order"),
        ("где мой заказ № AB-20417 от 12 марта", "order"),
        (STORY, "order"),
    ],
)  # fmt: skip
def test_hurried_questions_find_their_entry(text: str, entry: str) -> None:
    assert first(SHOP.match(text)) == entry


@pytest.mark.parametrize("base", ["доставка", "возврат"])
def test_one_word_of_content_is_suggested_where_it_stands(base: str) -> None:
    match = SHOP.match(base)
    assert (match.decision, bool(match.alternatives)) == ("suggest", True)


@pytest.mark.parametrize(
    "text",
    ["есть ли у вас стоянка", "у вас есть туалет", "есть ли у вас с собой", "как вы там все"],
)
def test_function_words_never_answer(text: str) -> None:
    """case F1"""
    assert SHOP.match(text).decision != "answer"


@pytest.mark.parametrize("text", ["дом 3", "квартира 3", "3", "кв. 3 дом 5"])
def test_a_bare_number_never_decides(text: str) -> None:
    """case F1"""
    book = PhraseMatcher({str(n): [f"Вопрос {n}"] for n in range(1, 9)}, gates=PRESETS["bold"])
    assert book.match(text).decision != "answer"
    assert book.match("вопрос 3").entry == "3"


def test_a_number_of_the_faq_is_kept_and_another_one_beside_its_word_too() -> None:
    lexicon = Lexicon.of([], [["ошибка", "691"], ["где", "заказ"]])
    assert lexicon.heard(["ошибка", "691"]) == ["ошибка", "691"]
    assert lexicon.heard(["ошибка", "700"]) == ["ошибка", "700"]
    assert lexicon.heard(["где", "заказ", "700"]) == ["где", "заказ"]
    assert lexicon.heard(["700"]) == ["700"]


@pytest.mark.parametrize(
    "text",
    ["Добрый день! Сломался тостер", "Привет! Сломался тостер.", "Сломался тостер. Спасибо!",
     "добрый день, сломался тостер", "Доброго дня! Большое спасибо"],
)  # fmt: skip
def test_greetings_and_thanks_never_carry_a_message(text: str) -> None:
    assert SHOP.match(text).decision == "none"
    assert SHOP.match("Добрый день!").entry == "hello"


@pytest.mark.parametrize("joint", [" и ", ", а ", "? ", " а также "])
def test_two_questions_in_one_message_are_both_answered(joint: str) -> None:
    match = SHOP.match(f"сколько стоит доставка{joint}когда привезут посылку")
    assert [part.entry for part in match.parts] == ["cost", "when"]


@pytest.mark.parametrize(
    "pair",
    [
        "деньги/денег", "скидки/скидок", "письма/писем", "окна/окон", "копейки/копеек",
        "дни/дней", "яйцо/яиц",
    ],
)  # fmt: skip
def test_a_fleeting_vowel_leaves_the_stem(pair: str) -> None:
    """case F1"""
    one, other = pair.split("/")
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    "pair",
    [
        "ютуб/youtube", "айфон/iphone", "фейсбук/facebook", "вацап/whatsapp",
        "хуавей/huawei", "юсб/usb", "виндоус/windows", "хром/chrome", "эксель/excel",
        "гитхаб/github", "сяоми/xiaomi",
    ],
)  # fmt: skip
def test_a_brand_is_known_by_ear(pair: str) -> None:
    heard_, written = pair.split("/")
    assert alike(heard_, written) > 0
    assert skeletons(heard_) & skeletons(written)


@pytest.mark.parametrize(
    "pair", ["туалет/apple", "банк/book", "карта/chrome", "заказ/zoom", "стол/steam"]
)
def test_other_words_do_not_sound_like_it(pair: str) -> None:
    heard_, written = pair.split("/")
    assert not alike(heard_, written) or not skeletons(heard_) & skeletons(written)


def test_a_real_word_is_not_taken_apart() -> None:
    spaces = Spaces.of(["заказ", "вернуть", "товар"])
    assert spaces.parted("какзаказ") == ("как", "заказ")
    assert spaces.parted("заказывали") == ("заказывали",)
    run = ("как", "вернуть", "товар", "где", "заказ")
    assert spaces.parted("".join(run)) == run
    lexicon = Lexicon.of([], [["наличные"]])
    assert lexicon.resembles("наличкой")
    assert not lexicon.resembles("налог")
    assert telling(["есть", "ли", "у", "вас", "3"]) == []


@settings(deadline=None, max_examples=60)
@given(token=st.text("абвгдежзиклмнопрстуфхчшяцыьйabcdefghijklmnopqrstuvwxyz", max_size=40))
def test_any_word_is_taken_apart_and_heard_without_loss(token: str) -> None:
    assert "".join(Spaces.of(["заказ", "вернуть", "pay"]).parted(token)) == token
    assert len(heard(token)) <= 600
    assert all(isinstance(one, str) for one in skeletons(token))


@pytest.mark.parametrize("text", ["где мoй зaкaз", "гдe мoй зaкaз", "ГДE МOЙ ЗAКAЗ"])
def test_look_alike_letters_are_folded(text: str) -> None:
    assert SHOP.match(text).entry == "order"
    assert SHOP.match("есть WhatsAрp").entry == SHOP.match("есть WhatsApp").entry
