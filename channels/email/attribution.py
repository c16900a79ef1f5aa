"""The lines that mail programs write above a quotation, recognised one by one.

Every pattern looks at one bounded string (at most :data:`LONGEST` characters), so the cost of a
line does not depend on the mail around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 400  # characters of an attribution, over all its lines
MOST_LINES: Final = 4

_BIDI: Final = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff"))
_MONTHS: Final = (
    r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
    r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|ene|abr|ago|dic|fév|fev|avr|mai|juin|juil|août|déc|mär|maj|okt|dez|gen|mag|giu|lug|set|ott"
    r"|mei|mrt|des|out|kwi|cze|lip|sie|wrz|paź|lis|gru|sty|lut|tammi|helmi|maalis|huhti|touko|kesä"
    r"|heinä|elo|syys|loka|marras|joulu)\w{0,9}"
)
_DATE: Final = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}\s?年"
    rf"|\d{{1,2}}\.?\s(?:de\s)?{_MONTHS}|\b{_MONTHS}\.?\s\d{{1,2}}\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(r"\b\d{1,2}[:.]\d{2}\b")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_VERB: Final = (
    r"(?:wrote|writes|пишет|писал[аи]?|писал\(а\)|написал(?:[аи]|\(а\))?|сообщил(?:а|\(а\))?"
    r"|пише|написав|schrieb|a écrit|escribió|escreveu|ha scritto|skrev|napisał(?:a|\(a\))?"
    r"|kirjoitti|schreef|geschreven|napsal(?:a|\(a\))?|írta|yazdı|写道|skrifaði)"
)
_VERB_AT_END: Final = re.compile(rf"{_VERB}(?:\s\S{{1,40}})?\s?:?\s?-*$", re.IGNORECASE)
_SAYS: Final = re.compile(rf"(?<!\w){_VERB}(?!\w)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_ADDRESS_AT_END: Final = re.compile(r"[<(\[]\s?[^<>()\s]*@[^<>]*[>)\]]{1,2}\s?:$")
_WEEKDAY: Final = (
    r"(?:пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]"
    r"|воскресенье|mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim|mo|di|mi|do|fr|sa|so)"
)
_STARTS: Final = re.compile(
    r"\d|-{2,}\s|[^\W\d_]{2,4}\.?,?\s\d{1,2}\.?\s"
    r"|(?:on|am|le|el|em|il|op|vào|w dniu|dnia|den|d\.|på|pe|el día|a|in data|в письме от"
    r"|вы писали|you wrote)\s"
    rf"|(?:в\s)?{_WEEKDAY}\w{{0,8}}[.,]",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(
    r"[\"«']?[A-ZА-ЯЁ][\w.'-]{0,30}[\"»']?,?(?:\s[\"«']?[A-ZА-ЯЁ][\w.'-]{0,30}[\"»']?){0,4}"
    rf"(?:\s[<(][^<>()\s]{{1,80}}[>)])?\s{_VERB}\s"
)
_STAMPED: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}\s\d{1,2}:\d{2}\s(?:GMT|UTC)[+-]\d{1,2}:?\d{2}\s"
    r"(?:[A-ZА-ЯЁ][\w.'-]{0,30}(?:\s[A-ZА-ЯЁ][\w.'-]{0,30}){1,4}(?:\s<[^<>\s]{3,80}>)?"
    r"|[^<>]{0,60}<[^<>\s]{1,60}@[^<>\s]{1,60}>)$"
)
"""Gmail's form of 2014, without a verb and often without a colon."""
_USER: Final = re.compile(r"(пользователь(?:ница)?)\s\S{1,40}", re.IGNORECASE)
_LAST_PIECE: Final = re.compile(rf">\s?{_VERB}\s?:$", re.IGNORECASE)
_FIRST_PERSON: Final = re.compile(
    r"\b(?:я|мы|мне|нам|меня|нас|мой|моя|наш|наша|i|we|me|my|us)\b", re.IGNORECASE
)
_SMALL_WORD: Final = re.compile(r"(?<![\w@.-])[a-zа-яё]{2,}(?![\w@-])")
_CONNECTIVES: Final = frozenset(
    (
        "a", "alle", "am", "and", "at", "bei", "da", "das", "de", "del", "den", "der", "des",
        "di", "du", "el", "gmt", "ide", "il", "kl", "klo", "klukkan", "la", "le", "msk", "na",
        "ob", "od", "of", "om", "on", "ore", "pm", "tarafından", "the", "to", "u", "uhr",
        "um", "utc", "uur", "użytkowniczka", "użytkownik", "van", "via", "von", "you", "à",
        "às", "är", "és", "в", "во", "воскресенье", "вс", "вт", "вторник", "вы", "г", "год",
        "года", "для", "из", "мск", "от", "письме", "пн", "по", "пользователь", "понедельник",
        "пт", "пятница", "пятницу", "сб", "ср", "среда", "среду", "суббота", "субботу", "ты",
        "через", "четверг", "чт",
    )
)  # fmt: skip
_BANNER: Final = re.compile(
    r"[-_=*–—]{2,}\s?(?:"
    r"(?P<forward>(?:начало )?пересылаем\w{2,4} сообщени[ея]|пересланн\w{2,4} сообщени[ея]"
    r"|переадресованн\w{2,4} сообщени[ея]|forwarded (?:message|by).{0,60}|weitergeleitete nachricht"
    r"|message transféré|mensaje reenviado|mensagem encaminhada|messaggio inoltrato)"
    r"|исходное сообщение|оригинальное сообщение|первоначальное сообщение|original message"
    r"|original e?-?mail|original appointment|ursprüngliche nachricht|originalnachricht"
    r"|message d'origine|message original|mensaje original|mensagem original|messaggio originale"
    r"|oorspronkelijk bericht|oprindelig (?:meddelelse|besked)|ursprungligt meddelande"
    r"|opprinnelig melding"
    r"|wiadomość oryginalna|reply message|ответное сообщение|antwort nachricht|původní zpráva"
    r"|alkuperäinen viesti)\s?:?\s?[-_=*–—]{2,}\s?$",
    re.IGNORECASE,
)
_ABOVE: Final = re.compile(
    r"[-#=_*~<>| ]{0,20}(?:please )?(?:(?:type|write|enter|add) )?(?:your )?reply above this line"
    r"(?: to .{1,40})?[-#=_*~<>|. ]{0,20}$"
    r"|[-#=_*~<>| ]{0,20}(?:пожалуйста, )?(?:(?:на)?пишите|введите|вводите|оставьте|добавьте)"
    r" (?:(?:ваш|свой) )?ответ (?:выше|над) (?:этой|данной) (?:лини[ией]|строк[иой]{1,2}"
    r"|черт[ыой]{1,2})[-#=_*~<>|. ]{0,20}$",
    re.IGNORECASE,
)
"""What desks put above their notices."""
_GROUPWISE: Final = re.compile(r">>>\s(?=.{0,200}\d[./]\d)(?=.{0,200}\d:\d\d).{5,200}\s>>>$")
_FORWARD_WORDS: Final = re.compile(
    r"(?:begin forwarded message|начало (?:пере(?:адресованного|сылаемого|сланного)) сообщения"
    r"|anfang der weitergeleiteten nachricht|début du message transféré):$",
    re.IGNORECASE,
)
_LABELS: Final = {
    "from": "from от отправитель von de van da od från fra lähettäjä 差出人 发件人 від",
    "date": "sent date отправлено дата gesendet datum envoyé envoyé_le enviado enviado_el data "
    "fecha inviato verzonden verzonden_op wysłano skickat sendt date_sent lähetetty 送信日時 日付 "
    "日期 дата_отправки надіслано enviada enviada_em odesláno dato päivämäärä",
    "to": "to кому получатель an à a para aan do till til vastaanottaja 宛先 收件人 komu",
    "subject": "subject тема betreff objet asunto oggetto onderwerp temat ämne emne aihe 件名 主题 "
    "assunto předmět",
    "copy": "cc копия reply-to bcc kopie importance важность attachments вложения priority",
}
_KIND: Final = {
    label.replace("_", " "): kind for kind, labels in _LABELS.items() for label in labels.split()
}
_LABEL: Final = re.compile(
    r"[\s>*_]{0,6}([\w-]{1,20}(?:\s(?:le|el|em|op|отправки|sent))?)\s?\*?\s?:\*?(?!//)(.*)$"
)
_BLOCK_LINES: Final = 12


def plain(text: str) -> str:
    """A line as the patterns want it: single spaces, no invisible direction marks."""
    return " ".join(text[: LONGEST + 1].translate(_BIDI).replace("\xa0", " ").split())


def may_end(text: str) -> bool:
    """Whether a line could be the last of an attribution; cheap, for every line of a mail."""
    if not text or len(text) > LONGEST:
        return False
    return (
        text.endswith((":", "："))
        or (text[-1] in "-eabavtó)dıo" and bool(_VERB_AT_END.search(text[-60:])))
        or bool(_STAMPED.match(text))
    )


def ends_wrapped(text: str, above: str) -> bool:
    """Whether «> wrote:» is the last line of «… <⏎mailto:a@example.org⏎> wrote:», not quoted."""
    return bool(_LAST_PIECE.match(text)) and "@" in above and not above.startswith(">")


def is_attribution(text: str) -> bool:
    """Whether «12.05.2024, 14:30, "Иван" <i@example.org>:» and its many relatives stand here,
    certain enough to cut without any further sign of a quotation."""
    text = text.strip("*_ ")
    if len(text) > LONGEST or not _DATE.search(text):
        return False
    if _FIRST_PERSON.search(_ADDRESS.sub(" ", text)):
        return False
    says = _SAYS.search(text)
    if not (_STARTS.match(text) or _NAMED.match(text)):
        return False
    if _ADDRESS_AT_END.search(text) or _STAMPED.match(text):
        return True
    if not says or not (text.endswith(":") or _VERB_AT_END.search(text)):
        return False
    if _ADDRESS.search(text):
        return True
    if not (_TIME.search(text) or _YEAR.search(text)):
        return False
    # Without an address only names may stand beside the date: «мне бухгалтер пишет:» is no header.
    rest = _SAYS.sub(" ", _USER.sub(" ", _DATE.sub(" ", text)))
    return all(word in _CONNECTIVES for word in _SMALL_WORD.findall(rest))


def introduces(text: str) -> bool:
    """Whether a line that stands right above a marked quotation is its attribution. A date or an
    address is needed: «бухгалтер пишет:» is the client's own (case C9)."""
    return bool(_DATE.search(text) or _ADDRESS.search(text)) and may_end(text)


def dates_bars(text: str) -> bool:
    """Whether a line above «| …» bars, which may be a table, is certainly their attribution: a date
    with a time and only names beside it, «12.05.2024 14:30, Иван:»."""
    if is_attribution(text):
        return True
    if not (text.endswith(":") and _TIME.search(text) and _STARTS.match(text)):
        return False
    rest = _DATE.sub(" ", text)
    return rest != text and all(word in _CONNECTIVES for word in _SMALL_WORD.findall(rest))


def banner(text: str) -> str | None:
    """``forward`` or ``reply`` for «-------- Исходное сообщение --------» and the like."""
    if not text or len(text) > 220:
        return None
    if _ABOVE.match(text) or _GROUPWISE.match(text):
        return "reply"
    found = _BANNER.match(text)
    if found:
        return "forward" if found["forward"] else "reply"
    return "forward" if _FORWARD_WORDS.match(text) else None


def label(text: str) -> tuple[str, str] | None:
    """``(kind, value)`` of a line like «Отправлено: 12 мая 2024 г. 14:30»; kinds: from, date, to,
    subject, copy."""
    found = _LABEL.match(text[:LONGEST])
    if not found:
        return None
    kind = _KIND.get(found[1].lower())
    return (kind, found[2].strip(" *")) if kind else None


def header_block(texts: Sequence[str], start: int) -> int | None:
    """The line after a block of copied headers (От, Отправлено, Кому, Тема) that begins at
    ``start``, or None. A sender and either a date or an address are needed; with empty lines
    between (Outlook's HTML as plain text) all four, as forms that people fill in look so too."""
    found: dict[str, str] = {}
    at, loose, spaced = start, 0, False
    while at < min(len(texts), start + _BLOCK_LINES):
        one = label(texts[at])
        if one:
            found.setdefault(*one)
            loose = 0
        elif not texts[at] and found and label("".join(texts[at + 1 : at + 2])):
            spaced = True
        elif not texts[at] or loose == 2 or not found or _quotes(texts[at], texts[start]):
            break
        else:
            kind = next(reversed(found))
            found[kind] += " " + texts[at]  # a long list of recipients, wrapped
            loose += 1
        at += 1
    if "from" not in found or len(found) < 3:
        return None
    dated = any(sign.isdigit() for sign in found.get("date", ""))
    if spaced and not (dated and {"to", "subject"} <= found.keys()):
        return None
    return at if dated or "@" in found["from"] else None


def _quotes(text: str, header: str) -> bool:
    return text.startswith(">") and not header.startswith(">")
