"""Readable Russian whatever the mail says (case C6)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.charset import decode, known, same

TEXTS = [
    "Привет",
    "Не работает интернет",
    "ЗДРАВСТВУЙТЕ! СРОЧНО!",
    "Добрый день, где мой заказ №15?",
    "Верните деньги за подписку",
    "Спасибо, всё получилось",
    "Как сменить тариф на Premium Plus?",
    "код 500 при входе",
    "Пришлите, пожалуйста, счёт-фактуру за май",
    "Ok, жду",
]


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251", "cp866", "iso8859-5", "utf-8"])
@pytest.mark.parametrize(
    "declared", ["right", None, "x-unknown", "iso-8859-1", "us-ascii", "utf-8"]
)
@pytest.mark.parametrize("text", TEXTS)
def test_russian_is_read(text: str, charset: str, declared: str | None) -> None:
    """case C6: right, missing, unknown and wrong labels."""
    encoded = text.replace("№", "N").encode(charset)
    assert decode(encoded, charset if declared == "right" else declared)[0] == text.replace(
        "№", "N"
    )


@pytest.mark.parametrize(
    ("text", "charset"),
    [("Où est le café ?", "iso-8859-1"), ("Grüße aus München", "cp1252"), ("日本語", "iso-2022-jp"),
     ("日本語のメール", "shift_jis"), ("Привіт, це їжак", "koi8-u"), ("plain", "ascii")],
)  # fmt: skip
def test_other_languages_are_not_made_russian(text: str, charset: str) -> None:
    assert decode(text.encode(charset), charset)[0] == text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("I can’t log in to my account since this morning, please help", "windows-1252"),
        ("Der Router läuft nicht mehr, seit gestern Abend kein Internet", "iso-8859-1"),
        ("Hello dear support, this is about order № 7", "windows-1251"),
        ("The invoice is for 25 €", "windows-1252"),
        ("je n'arrive plus à me connecter", "windows-1252"),
        ("à midi, à une heure, à deux heures, à trois", "windows-1252"),
        ("Price\u00a0100", "windows-1251"),
        ("Δεν δουλεύει το ίντερνετ από χθες το βράδυ", "iso-8859-7"),
        ("Nefunguje mi připojení, prosím o pomoc, děkuji", "iso-8859-2"),
        ("İnternet çalışmıyor, şifremi değiştiremiyorum", "cp1254"),
        ("Доброго дня, не працює інтернет, її вимкнули", "windows-1251"),
        ("Да", "koi8-r"),
        ("朋友們镕", "gbk"),
    ],
)
def test_a_label_that_fits_stands(text: str, charset: str) -> None:
    """case C6: a few letters prove nothing, and other alphabets are no odd Russian."""
    encoded = text.encode(charset)
    read, name = decode(encoded, charset)
    assert read == text
    assert same(charset, name)


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        (b"can\x92t", "iso-8859-1", "can’t"),
        (b"can\x92t", "utf-8", "can’t"),
        (b"can\x92t", None, "can’t"),
        ("镕基".encode("gbk"), "gb2312", "镕基"),
        ("Привет, как дела?".encode()[:-3] + "е".encode()[:1], "utf-8", "Привет, как дел�"),
    ],
)
def test_labels_are_read_as_programs_mean_them(data: bytes, label: str | None, text: str) -> None:
    """case C6: a smaller charset's name on a larger one, and bytes that no label explains."""
    assert decode(data, label)[0] == text


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "cp1251", "latin-1", "utf-7", "utf-16", "x", "hz", "base64"]),
)
def test_any_bytes_under_any_name_are_text(data: bytes, declared: str) -> None:
    """case C5"""
    text, charset = decode(data, declared)
    assert isinstance(text, str)
    assert known(charset) == charset


@pytest.mark.parametrize("name", ["base64", "zlib", "rot13", "\x00", "", "x" * 99, "utf-8\x00"])
def test_what_is_no_charset_is_unknown(name: str) -> None:
    assert known(name) is None
