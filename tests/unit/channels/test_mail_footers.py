"""What stands below the words: footers of programs and scanners, and small print."""

from __future__ import annotations

import pytest

from channels.email.quotes import Cut, cut, plain_lines
from tests.linear import assert_linear, repeated

OWN = "Не работает кнопка «Оплатить»."


def of(text: str) -> Cut:
    return cut(plain_lines(text))


@pytest.mark.parametrize(
    "footer",
    [
        "Отправлено с помощью мобильного устройства",
        "Отправлено из VK WorkMail",
        "Отправлено из мобильной Почты Mail.ru",
        "Простите за краткость, создано в K-9 Mail.",
        "Это сообщение отправлено с Android-устройства с помощью K-9 Mail.",
        "Без вирусов. www.avast.ru",
        "Без вирусов.www.avast.ru <https://www.avast.ru/sig-email?utm_medium=email>",
        "Virus-free. www.avast.com",
        "Это письмо проверено на вирусы антивирусом Касперского.",
        "This email has been checked for viruses by Avast antivirus software.\nwww.avast.com",
        "Sendt fra min iPad",
        "Skickat från min iPhone",
        "Lähetetty iPhonesta",
        "Wysłano z iPhone'a",
        "Von meinem Mobilgerät gesendet",
        "Gesendet von meinem iPhone",
        "From My Iphone 6",
        "Sent from my Android device with K-9 Mail.\nPlease excuse my brevity.",
    ],
)
def test_a_footer_goes_aside(footer: str) -> None:
    """case C9"""
    taken = of(f"{OWN}\n\n{footer}\n")
    assert taken.text == OWN
    assert taken.signature == footer


@pytest.mark.parametrize(
    "notice",
    [
        (
            "Это письмо и вложения к нему конфиденциальны и предназначены только для адресата. "
            "Если вы получили его по ошибке, сообщите отправителю и удалите письмо."
        ),
        (
            "УВЕДОМЛЕНИЕ О КОНФИДЕНЦИАЛЬНОСТИ:\nНастоящее сообщение предназначено исключительно\n"
            "для адресата и может содержать конфиденциальную информацию.\nРаскрытие запрещено."
        ),
        (
            "CONFIDENTIALITY NOTICE: This e-mail and any attachments are confidential and\n"
            "intended solely for the addressee. If you are not the intended recipient,\n"
            "please notify us and delete it."
        ),
        (
            "The information contained in this e-mail is privileged and confidential, intended\n"
            "only for the recipient.\n\nThis message is confidential: if received in error, delete."
        ),
    ],
)
def test_small_print_goes_aside(notice: str) -> None:
    """case C9"""
    taken = of(f"{OWN}\n\nС уважением,\nАнна\n\n{notice}\n")
    assert taken.text == f"{OWN}\n\nС уважением,\nАнна"
    assert taken.signature == notice


def test_a_signature_above_small_print_goes_aside_too() -> None:
    """case C9"""
    small = "NOTICE: This message may hold confidential information intended for the recipient only"
    taken = of(f"{OWN}\n-- \nАнна\n\n{small}\n\nБез вирусов. www.avast.ru")
    assert taken.text == OWN
    assert taken.signature.split("\n")[:2] == ["--", "Анна"]


@pytest.mark.parametrize(
    "text",
    [
        "Это письмо я получил по ошибке, оно предназначено другому адресату. Удалите мой адрес.",
        "Это сообщение конфиденциально, его получатель и адресат только юрист.\n\nПередайте.",
        "Здравствуйте!\n\nДанное письмо конфиденциально, предназначено адресату, удалите? Почему?",
        "Confidential data was sent to me in error, please delete it and notify the recipient.",
        "Отправлено с нашего склада 5 мая, где груз?",
        "Без вирусов работать нельзя?",
        "From my iPhone I cannot log in at all, please help",
        "Простите за краткость, создано три заявки, ответа нет.",
        "Письмо проверено бухгалтером, вирусов в счёте нет?",
        (
            "Это письмо и вложения к нему конфиденциальны и предназначены только для адресата. "
            "Если вы получили его по ошибке, удалите письмо."
        ),
    ],
)
def test_a_clients_own_words_are_no_small_print(text: str) -> None:
    """case C9: nor is a letter that says nothing else."""
    assert of(text) == Cut(text=text)


PIECES = [
    "Это письмо ", "конфиденциально ", "предназначено ", "адресат ", "\n", "\n\n", "Отправлено с ",
    "iPhone", "from my ", "| ", ">>> ", " >>>", "reply above this line", "##", "www.avast.ru",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_time_grows_with_the_text_and_no_faster(seed: int) -> None:
    """case C12"""
    assert_linear(of, repeated(PIECES, seed))
