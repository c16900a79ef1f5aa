"""Cutting quotations: what goes, and above all what stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.html import html_lines
from channels.email.quotes import Cut, cut, plain_lines

OWN = "Не работает кнопка «Оплатить»."


def of(text: str) -> Cut:
    return cut(plain_lines(text))


def of_html(source: str) -> Cut:
    return cut(html_lines(source)[0])


@pytest.mark.parametrize(
    "header",
    [
        "пт, 26 сент. 2026 г. в 10:00, Иван <ivan@example.org>:",
        "02.04.2012 14:20 пользователь \"bob@example.org\" <\nbob@example.org> написал:",
        "12 мая 2024 г., в 14:30, Иван Петров <ivan@example.org> написал(а):",
        "26.06.2014, 14:41, \"Иван\" <ivan@example.org>:",
        "Вторник, 5 марта 2024, 12:33 +03:00 от Иван <ivan@example.org>:",
        "Thu, 26 Jun 2014 14:00:51 +0400 от Иван <ivan@example.org>:",
        "12.05.2024 14:30, Иван Петров пишет:",
        "В Пт, 12/05/2024 в 14:30 +0300, Иван пишет:",
        "В письме от 12 мая 2024 14:30:00 пользователь Иван Петров написал:",
        "Вы писали 12 мая 2024 г., 14:30:18:",
        "Иван Петров писал(а) 2024-05-12 14:30:",
        "-----Исходное сообщение-----",
        "-----Original Message-----",
        "-------- Пересылаемое сообщение --------",
        "---------- Forwarded message ---------",
        "Начало переадресованного сообщения:",
        "От: Иван\nОтправлено: 12 мая 2024 г. 14:30\nКому: Анна\nТема: Re: счёт",
        "*От:* Иван <ivan@example.org>\n*Дата:* 12.05.2024\n*Тема:* счёт",
        "On Fri, Sep 25, 2026 at 10:00 AM Ivan <ivan@example.org> wrote:",
    ],
)  # fmt: skip
def test_what_follows_a_header_of_a_quotation_is_cut(header: str) -> None:
    """case C9"""
    for old in ("> Старый текст\n> ещё", "Старый текст\n\nещё"):
        taken = of(f"{OWN}\n\n{header}\n\n{old}\n")
        assert taken.text == OWN
        assert "Старый текст" in taken.quoted


@pytest.mark.parametrize(
    "text",
    [
        "бухгалтер пишет:\nоплатите счёт",
        "Мне вчера бухгалтер пишет:\n> оплатите счёт\n> до пятницы",
        "12.05.2024 в 14:30 мне бухгалтер написал:\nсчёт не оплачен",
        ">= 10 шт на складе",
        "> 10 шт красных\n> 20 шт синих",
        "Прошу выслать до 12.05.2024 на adres@example.org:\n- акт\n- счёт",
        "12.05.2024 я писал на support@example.org:\nничего не пришло",
        "Тема: интернет\nАдрес: Лесная 5\nКому: домой",
        "Отправлено с нашего склада 5 мая, где груз?",
        "On the other hand, it works.\nOn average too:\nfine",
        "Ответы:\n1. да\n--\n2. нет, потому что " + "очень длинная строка " * 8,
        "From: our database, not From: external sources.",
        "Вот что пишет программа:\n> error 5\n> retry",
    ],
)
def test_in_doubt_nothing_is_cut(text: str) -> None:
    """case C9: no quote headers, no quotations."""
    assert of(text) == Cut(text=text.strip())


def test_words_below_a_quotation_stay() -> None:
    """case C9: bottom-posted."""
    taken = of(f"12.05.2024 14:30, Иван пишет:\n> Что не работает?\n\n{OWN}\n")
    assert taken.text == OWN
    assert "Что не работает?" in taken.quoted


def test_words_between_quotations_stay_with_what_they_answer() -> None:
    """case C9: interleaved."""
    text = "12.05.2024 14:30, Иван пишет:\n> Номер?\n\n4417\n\n> Город?\n\nМосква"
    assert of(f"{text}\n\n> С уважением\n> Иван").text == text


def test_a_forward_without_a_word_is_its_content() -> None:
    """case C10"""
    text = "-------- Пересылаемое сообщение --------\nОт: bank@example.org\n\nВам отказано."
    assert of(text) == Cut(text=text, forward=True, whole=True)
    commented = of(f"Что это?\n\n{text}")
    assert (commented.text, commented.quoted, commented.forward) == ("Что это?", text, True)


def test_signatures_and_footers_go_aside() -> None:
    taken = of(f"{OWN}\n\nОтправлено с iPhone\n\n-- \nАнна\n+7 916 000-00-00")
    assert taken.text == OWN
    assert taken.signature == "Отправлено с iPhone\n--\nАнна\n+7 916 000-00-00"
    assert of("Отправлено с iPhone").text == ""
    assert of("-- \nАнна").text == "--\nАнна"


@pytest.mark.parametrize(
    ("source", "text", "quoted"),
    [
        ("a<div class=gmail_quote>x<blockquote>q</blockquote>below</div>", "a\n\nbelow", "q"),
        ('<p>a</p><blockquote style="margin:0 0 0 40px;border:none">b</blockquote>', "a\n\nb", ""),
        ("<p>a</p><blockquote>b</blockquote>", "a\n\nb", ""),
        ('a<div id="divRplyFwdMsg">От: x</div><div>q</div>', "a", "q"),
        ('a<hr id="stopSpelling">Date: x<br>q', "a", "q"),
        ('a<div class="yahoo_quoted">q</div>b', "a\n\nb", "q"),
        ("a<span style='display: none'>tracker</span> b", "a b", ""),
        ("<style>p{}</style><p>a &lt;b&gt;</p><script>x</script>", "a <b>", ""),
        ('<a href="https://example.org/x">тут</a> и <a href="javascript:1">там</a>',
         "тут (https://example.org/x) и там", ""),
        ("<table><tr><td>a</td><td>b</td></tr></table><ul><li>c</ul>", "a b\n\n- c", ""),
        ("<pre>a\n  b</pre>c", "a\n  b\nc", ""),
        ("a <b and c <d>e", "a <b and c e", ""),
    ],
)  # fmt: skip
def test_html_is_read_by_its_structure(source: str, text: str, quoted: str) -> None:
    """cases C9 and E7: nothing hidden, nothing active."""
    taken = of_html(source)
    assert taken.text == text
    assert quoted in taken.quoted


words = st.text(st.sampled_from("абв xyz>:-<@.,\n12/"), max_size=80)


telling = st.sampled_from(
    ["\n12.05.2024, 14:30, \"A\" <a@b.ru>:\n", "> q\n> r\n", "\n-- \nИван\n",
     "\nОт: a@b.ru\nКому: c\nТема: d\n", "Отправлено с iPhone\n"]
)  # fmt: skip


@given(st.lists(st.one_of(words, telling), max_size=12))
def test_no_word_disappears(parts: list[str]) -> None:
    """case C9: text, quotation and signature together hold every word."""
    source = "".join(parts)
    taken = of(source)
    kept = f"{taken.text} {taken.quoted} {taken.signature}".split()
    assert sorted(kept) == sorted(source.split())


@given(words.filter(lambda text: ">" not in text and "\n" not in text and text.strip("-– \t")))
def test_words_above_a_certain_quotation_are_never_cut(own: str) -> None:
    taken = of(f'Начало.\n{own}\nКонец.\n\n26.06.2014, 14:41, "A" <a@b.ru>:\n> q\n> r')
    together = f"{taken.text} {taken.signature}".split()
    assert together[:1] + together[-1:] == ["Начало.", "Конец."]
    assert " ".join(own.split()) in " ".join(together)


HOSTILE = {
    "dashes": "-" * 100_000,
    "On a": "On a\n" * 20_000,
    "From": "From: a\n" * 20_000,
    "On": "On " * 50_000,
    "colons": "a:\n" * 60_000,
    "quotes": "> a\nb\n" * 30_000,
    "dates": "12.05.2024 14:30 x:\n" * 10_000,
    "delimiters": "--\n" * 60_000,
}
HOSTILE_HTML = {
    "nested": "<div>" * 100_000 + "привет" + "</div>" * 100_000,
    "comments": "<!--" * 1_000_000,
    "unclosed": "<a " * 1_000_000,
    "styles": "<style>" * 500_000,
    "strangers": "<div>" * 50_000 + "</x>" * 100_000,
    "entities": "&amp" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_bounded(name: str) -> None:
    """case C12: every public stripper has such an input that takes 5 s and more."""
    began = time.process_time()
    of(HOSTILE[name])
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_time_is_bounded_for_html(name: str) -> None:
    """case C7: 100,000 nested divs keep their word."""
    began = time.process_time()
    lines, _ = html_lines(HOSTILE_HTML[name])
    assert time.process_time() - began < 2
    if name == "nested":
        assert [line.text for line in lines] == ["привет"]
