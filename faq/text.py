"""What of a text counts for matching: words, their stems, their letters.

Case, ё/е, spaces, punctuation, emoji, links and addresses never count.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from sys import intern
from typing import Final, Literal, TypeAlias

import snowballstemmer  # type: ignore[import-untyped]  # the package has no types

Language: TypeAlias = Literal["ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")

_LINK = re.compile(
    r"https?://\S+|www\.\S+|[^\s@]+@[^\s@]+\.[^\s@]+|(?<!\w)@[a-z]\w{3,}|(?<!\w)t\.me/\S+"
)
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z]")

# Letters that hurried Russian mixes up; the index of letters reads them as one.
_FOLD: Final = str.maketrans({"й": "и", "ы": "и", "э": "е", "ь": None, "ъ": None})

# Latin letters that look like Russian ones, and the other way round.
_LATIN_LIKE: Final = "aceopxykmtbh"
_RUSSIAN_LIKE: Final = "асеорхукмтвн"
_TO_RUSSIAN: Final = str.maketrans(_LATIN_LIKE, _RUSSIAN_LIKE)
_TO_LATIN: Final = str.maketrans(_RUSSIAN_LIKE, _LATIN_LIKE)

_STEMMERS: Final = {"ru": "russian", "en": "english"}

# The stem of a noun loses or gains a vowel: скидок is скидк, денег is деньг, настроек настройк.
_FLEETING = re.compile(r"(?<=[а-я]{2})(?:й(?=к$)|[ое](?=[кнцлргм]$))")
# Genitives that the stemmer takes for other parts of speech, or that are too short for it.
_GENITIVES: Final = {
    "писем": "письмо", "песен": "песня", "сотен": "сотня", "пятен": "пятно", "башен": "башня",
    "вишен": "вишня", "басен": "басня", "таможен": "таможня", "спален": "спальня",
    "тюрем": "тюрьма", "яиц": "яйцо", "дня": "день", "дней": "день", "дни": "день",
}  # fmt: skip

# Greetings and filler around a question. They are dropped when something else remains.
_FILLER_WORDS: Final = """
    здравствуйте здравствуй здрасте здрасьте здраствуйте драсте привет приветик приветствую хай
    добрый доброго доброе добрая день дня вечер вечера утро утра сутки суток ночи
    пожалуйста пожалуста пожалста плиз плз пж пжл пжлст
    подскажите подскажи скажите скажи посоветуйте объясните
    уважаемые уважаемый коллеги ребята ребят девушка девушки
    спасибо спс благодарю заранее извините простите прошу прощения
    вообще просто короче кстати слушайте слушай
    hello hi hey greetings good morning afternoon evening dear sir madam team folks guys
    please pls plz thanks thank thx kindly sorry excuse regards cheers
"""
FILLER: Final = frozenset(_FILLER_WORDS.split())

# Words that say how, not what: sharing them is no likeness.
_FUNCTION_WORDS: Final = """
    и а но да не ни же ли бы то в во на с со у к ко о об от до из за по под при для без над через
    я ты он она оно мы вы они мне меня мной тебе вам вас нам нас его ее их мой моя мое мои свой
    это этот эта эти тот та те так как что кто где куда когда почему зачем какой какая какие какое
    сколько чем есть был была было были быть буду будет можно нужно надо могу может хочу еще уже
    или если про сейчас теперь расскажите скажите подскажите
    там тут здесь вот все всё очень только тоже также чтобы
    a an the and or but not no of to in on at for from by with about as into over after before
    i you he she it we they me him her us them my your his its our their this that these those
    is am are was were be been being do does did have has had will would can could should may might
    what who whom which where when why how there here if so than then too very just also
    s t m re ve ll d
"""
FUNCTION: Final = frozenset(_FUNCTION_WORDS.split())

_ANSWERS: Final = frozenset({"да", "нет", "ага", "ок", "yes", "no", "ok", "okay"})

# With filler only, these do not make a question of a greeting or of thanks.
_POLITE_WORDS: Final = """
    большое большой огромное вам вас тебе всем вы и за все всего хорошего наилучшего доброго
    there you so much very all everyone lot and for
"""
_POLITE: Final = FILLER | frozenset(_POLITE_WORDS.split())


def plain(text: str) -> str:
    """Lower-case text of one spelling: NFKC, ё as е, links and addresses left out."""
    if not text.isascii():
        # The sign for a number would become the word "no".
        text = unicodedata.normalize("NFKC", text.replace("№", " "))
    text = text.lower().replace("ё", "е")
    may_link = "@" in text or "/" in text or "www." in text
    return _LINK.sub(" ", text) if may_link else text


def words(text: str) -> list[str]:
    """The words of ``plain`` text, numbers and product names included."""
    found = _WORD.findall(text)
    if not text.isascii():
        found = [_one_alphabet(word) for word in found]
    return [intern(word) for word in found]


def mixed_alphabets(word: str) -> bool:
    """Whether a word has letters of two alphabets that look alike, as copied text often has."""
    return _one_alphabet(lowered := word.lower()) != lowered


def _one_alphabet(word: str) -> str:
    """A word in the alphabet of most of its letters, when the others only look different."""
    latin, cyrillic = len(_LATIN.findall(word)), len(_CYRILLIC.findall(word))
    if not latin or not cyrillic:
        return word
    ways = (_TO_RUSSIAN, _TO_LATIN) if cyrillic >= latin else (_TO_LATIN, _TO_RUSSIAN)
    for folded in map(word.translate, ways):
        if not (_LATIN.search(folded) and _CYRILLIC.search(folded)):
            return folded
    return word  # letters that look like none of the other alphabet are meant


def asked(tokens: Sequence[str]) -> list[str]:
    """``tokens`` without greetings and filler; all of them when nothing else is there."""
    kept = [token for token in tokens if token not in FILLER]
    return kept or list(tokens)


def polite(tokens: Sequence[str]) -> bool:
    """Whether words only greet or thank."""
    return all(token in _POLITE for token in tokens)


def telling(tokens: Iterable[str]) -> list[str]:
    """The words that say what a text is about: no function words, filler, letters or numbers."""
    return [
        token
        for token in tokens
        if len(token) > 1
        and token not in FUNCTION
        and token not in FILLER
        and token not in _ANSWERS
        and not any(letter.isdigit() for letter in token)
    ]


def normal(text: str) -> str:
    """The form in which two spellings of one question are equal."""
    return " ".join(words(plain(text)))


def letters(token: str) -> str:
    """A word as the index of letters sees it."""
    return token.translate(_FOLD)


def language_of(text: str) -> Language | None:
    """By the letters: Cyrillic is Russian, Latin is English, none of them is ``None``."""
    lowered = text.lower()
    cyrillic, latin = len(_CYRILLIC.findall(lowered)), len(_LATIN.findall(lowered))
    if not cyrillic and not latin:
        return None
    return "ru" if cyrillic >= latin else "en"


@lru_cache(maxsize=65_536)
def dictionary_stem(token: str) -> str:
    """The Snowball stem of a word, by its script."""
    language = language_of(token)
    if language is None:
        return token
    # A stemmer keeps its word in attributes: one for each call keeps threads apart.
    return str(snowballstemmer.stemmer(_STEMMERS[language]).stemWord(token))


@lru_cache(maxsize=65_536)
def stem(token: str) -> str:
    """The stem of a word, the same for forms with and without a fleeting vowel.

    >>> stem("скидок") == stem("скидки")
    True
    """
    return folded(dictionary_stem(_GENITIVES.get(token, token)))


def folded(stem: str) -> str:
    """A stem without soft signs and without the vowel that other forms may lack."""
    return _FLEETING.sub("", stem.replace("ь", ""))


def content_of(tokens: Iterable[str]) -> set[str]:
    """The stems of the words that say what a text is about."""
    return {stem(token) for token in tokens if token not in FUNCTION}
