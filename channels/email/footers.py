"""What mail programs, virus scanners and lawyers put below a letter, recognised by its words.

It goes to the signature, one tap away, so a wrong guess hides words and never loses them. Every
pattern looks at one bounded string.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 200  # characters of a footer
LONGEST_NOTICE: Final = 2_000  # characters of a paragraph of small print that are looked at
MOST_LINES: Final = 40  # at the end of a letter, among which small print is looked for

_LINK: Final = re.compile(r"<https?:[^<>]*>|\(https?:[^()]*\)")
_DEVICE: Final = (
    r"(?:iphone|ipad|android|samsung|galaxy|xiaomi|redmi|poco|huawei|honor|realme|nokia|pixel|htc"
    r"|mail(?:\.ru)?|outlook|gmail|blackberry|windows|yahoo|typeapp|mymail|почты|яндекс\w*|yandex"
    r"|смартфона|телефона|планшета|устройства|mobile|phone|tablet|bluemail|spark|protonmail"
    r"|proton mail|thunderbird|k-9|verizon|rambler|vk workmail|vk workspace|r7|communigate"
    r"|mobilgerät|handy|smartphone)"
)
_FOOTER: Final = re.compile(
    r"(?:(?:(?:это )?(?:сообщение|письмо) )?"
    r"(?:отправлено|послано|sent|envoyé|gesendet|enviado|inviato|verzonden|sendt|skickat|wysłano"
    r"|odesláno)\s"
    r"(?:с помощью|при помощи|с|со|из|через|от|from|via|using|with|depuis|à partir de|de|von|desde"
    r"|dal|da|vanaf|fra|från|z)\s"
    r"(?:(?:моего|моей|my|mon|meinem|mi|mio|min|mein|mijn|mého|мобильн\w+|mobile|приложения"
    r"|яндекс\w*\.?|yandex\.?|a|the)\s){0,3}"
    rf"{_DEVICE}\b[^,?!]{{0,60}}"
    rf"|(?:von|fra|från) (?:meinem|min|mein) {_DEVICE}\w* (?:gesendet|sendt|skickat)\.?"
    r"|lähetetty (?:iphone|ipad|android|matkapuhelime|puhelime)\w*\.?"
    r"|from my (?:iphone|ipad|android|galaxy|samsung|phone|mobile|blackberry)(?: ?[\w+]{1,10}){0,3}"
    r"\.?"
    r"|(?:простите|извините|прошу прощения) за краткость,? .{0,20}(?:создано|отправлено|написано)"
    r" (?:в|с|из) .{1,60}"
    r"|(?:please )?excuse my brevity\.?"
    r"|(?:без вирусов|не содержит вирусов|virus-free|virenfrei|sans virus|libre de virus)\.?"
    r"\s{0,2}(?:\[?(?:www\.)?[\w.-]{1,60}\]?)?"
    r"|(?:это (?:сообщение|письмо|электронное письмо)|данное (?:сообщение|письмо)"
    r"|this e-?mail(?: message)?|diese e-mail) (?:было )?"
    r"(?:проверено|has been checked|has been scanned|wurde) .{0,40}"
    r"(?:вирус|virus|viren|avast|kaspersky|dr\.?web)[^?!]{0,80}"
    r"|(?:www\.)?(?:avast|avg|kaspersky|drweb|eset|avira)\.(?:ru|com|de|net)/?"
    r"|(?:get|получить|скачать|загрузить|скачайте)\s(?:outlook|the all-new outlook)\s.{0,60})$",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(
    r"[\W_]{0,10}(?:(?:confidentiality|legal|privacy) (?:notice|note|disclaimer|warning|statement)"
    r"|disclaimer\b|confidential\b|notice:|privileged"
    r"|(?:this|the information (?:contained )?in this|the contents of this)"
    r" (?:e-?mail|message|communication|transmission|electronic)"
    r"|уведомление о конфиденциальности|конфиденциальн|внимание[:!]|предупреждение[:!]"
    r"|(?:это|данное|настоящее) (?:электронное )?(?:письмо|сообщение|послание)"
    r"|информация,? (?:содержащаяся|содержащиеся|изложенная)"
    r"|содержание (?:этого|данного|настоящего)"
    r"|diese (?:e-mail|nachricht)|vertraulich)",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(r"confidential|privileged|конфиденциальн|vertraulich", re.IGNORECASE)
_STEMS: Final = tuple(
    re.compile(stem, re.IGNORECASE)
    for stem in (
        r"intended|предназначен|bestimmt",
        r"recipient|addressee|addressed|адресат|адресован|получател|empfänger|adressat",
        r"in error|by mistake|по ошибке|ошибочно|irrtümlich",
        r"delete|destroy|удалит|удалить|уничтож|lösch|vernicht",
        r"notify|inform the sender|contact the sender|уведом|сообщите|известите|informieren",
        (
            r"disclos|disseminat|distribut|copying|unauthori[sz]ed|раскрыт|распростран|копирован|запрещ"
            r"|verboten|weitergabe"
        ),
    )
)
_ONE_PERSON: Final = re.compile(
    r"\b(?:я|мне|меня|мной|мой|моя|моё|мои|моего|моей|i|me|my|ich|mir|mein\w*)\b|\?", re.IGNORECASE
)


def is_footer(text: str) -> bool:
    """Whether a line is what a mail program or a virus scanner added: «Отправлено с iPhone»."""
    return len(text) <= LONGEST and bool(_FOOTER.match(_LINK.sub("", text).strip()))


def notice(texts: Sequence[str]) -> int:
    """Where the small print at the end of a letter begins; ``len(texts)`` if there is none.

    Small print is whole paragraphs that open like it, speak of secrecy and of at least two more of
    its subjects, and in which nobody says "I" or asks anything.
    """
    begins = end = len(texts)
    first = max(0, end - MOST_LINES)
    while end > first:
        if not texts[end - 1].strip():
            end -= 1
            continue
        start = end
        while start > first and texts[start - 1].strip():
            start -= 1
        if not _is_small_print(texts[start:end]):
            break
        begins = end = start
    return begins


def _is_small_print(lines: Sequence[str]) -> bool:
    text = " ".join(" ".join(lines)[:LONGEST_NOTICE].split())
    if not _OPENS.match(text) or not _SECRET.search(text) or _ONE_PERSON.search(text):
        return False
    return sum(bool(stem.search(text)) for stem in _STEMS) >= 2
