"""Cutting quotations: what goes, and above all what stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.html import html_lines
from channels.email.quotes import Cut, cut, plain_lines
from tests.linear import assert_linear, repeated

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
        "От: Иван\n\nОтправлено: 12 мая 2024 г. 14:30\n\nКому: Анна\n\nТема: Re: счёт",
        "From: Ivan\n\nSent: Monday, May 13, 2024 2:30 PM\n\nTo: Anna\n\nSubject: Re: bill",
        "##- Please type your reply above this line -##",
        "Пишите ответ выше этой линии",
        "--- Пожалуйста, напишите ваш ответ над этой чертой ---",
        "=-=-= Reply above this line to add a note =-=-=",
        ">>> Anna <a@m.example> 8/4/26 9:14 PM >>>",
        "2026-03-03 17:21 GMT+01:00 Some One",
        "2026-03-03 17:21 GMT+01:00 Some One <a@m.example>:",
        "On 12 May 2024 Ivan <\nmailto:ivan@example.org\n> wrote:",
        "В Пт, 12 мая 2024 в 14:30 Иван <\nmailto:ivan@example.org\n> написал:",
        "суббота, 14 марта 2015 г. пользователь etewiah написал:",
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
        "Счёт от 12.05.2024:\n| товар | цена |\n| стол | 500 |",
        "Цены на 12.05.2024:\n| стол 500\n| стул 200",
        "От: склад\n\nКому: магазин\n\nДата: 5 мая\n\nгде мой заказ?",
        "В журнале:\n2026-03-03 17:21 GMT+01:00 Connection lost\nи всё стоит",
        "Что значит «пишите ответ выше этой линии» в ваших письмах?",
        "> wrote:\nпишет программа, а что?",
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


@pytest.mark.parametrize(
    "header",
    [
        "12.05.2024 14:30, Иван <ivan@example.org>:",
        "From: Ivan\nSent: Monday, May 13, 2024 2:30 PM\nTo: Anna\nSubject: Re: bill",
    ],
)
def test_an_answer_below_the_attribution_of_its_first_line_stays(header: str) -> None:
    """case C9: Outlook set to answer below."""
    assert of(f"{header}\n> Что не работает?\n\n{OWN}\n").text == OWN


def test_words_right_below_an_attribution_are_the_clients_when_quotations_are_marked() -> None:
    """case C9"""
    taken = of(f"12.05.2024 14:30, Иван <i@example.org>:\n{OWN}\n\n> Старый\n> текст\n")
    assert taken.text == OWN
    whole = f"On 12 May 2024, at 14:30, Ivan <i@example.org> wrote:\n{OWN}"
    assert of(whole).text == whole


@pytest.mark.parametrize(
    "header", ["12.05.2024 14:30, Иван:", "On May 12, 2024, Ivan <i@example.org> wrote:"]
)
def test_what_stands_behind_bars_is_quoted_below_an_attribution(header: str) -> None:
    """case C9"""
    taken = of(f"{OWN}\n\n{header}\n| Старый текст\n|\n| ещё\n")
    assert taken.text == OWN
    assert "Старый текст" in taken.quoted


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


PIECES = [
    "On ", "wrote:", "From: a\n", "> ", ">", "--", "-- \n", "-", "_", "\n", "\n\n", " ", "a", "я",
    ":", "12.05.2024 ", "14:30", "<", "@", "написал:\n", "От: б\n", "Sent from my iPhone\n", "*",
    "(", "?",
]  # fmt: skip
"""What the cutter looks for, and what comes between."""
HTML_PIECES = [
    "<div>", "</div>", "<!--", "-->", "<a ", ">", "<", "<style>", "</style>", "&amp;", "&", '="',
    '"', "x", " ", "<blockquote>", "</x>", "<br/>", "</",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(16))
def test_time_grows_with_the_text_and_no_faster(seed: int) -> None:
    """case C12: whatever of the things it looks for comes again and again."""
    assert_linear(of, repeated(PIECES, seed))


@pytest.mark.parametrize("seed", range(16))
def test_time_grows_with_the_html_and_no_faster(seed: int) -> None:
    """case C12: tags that nothing closes, quotes, comments and entities included."""
    assert_linear(html_lines, repeated(HTML_PIECES, seed))


@pytest.mark.parametrize("tag", ["div", "blockquote", "table", "span"])
def test_nesting_costs_no_more_than_length_and_keeps_the_word(tag: str) -> None:
    """case C7"""

    def nested(length: int) -> str:
        depth = length // (2 * len(tag) + 5)
        return f"<{tag}>" * depth + "привет" + f"</{tag}>" * depth

    assert_linear(html_lines, nested)
    lines, _ = html_lines(nested(100_000))
    assert [line.text.strip(" >") for line in lines if line.text.strip(" >")] == ["привет"]
