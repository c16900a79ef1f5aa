"""Named phrases without a FAQ around them."""

from collections.abc import Mapping, Sequence

from faq.matcher import PhraseMatcher
from faq.matching import PRESETS, Match, Matcher, Preset
from faq.text import Language


class Phrasebook:
    """A small matcher over named phrases: topics in free words, the choices of an intake question.

    >>> Phrasebook({"yes": ["да", "ага"], "no": ["нет"]}).match("Да!").entry
    'yes'
    """

    def __init__(
        self,
        phrases: Mapping[str, Sequence[str]],
        *,
        preset: Preset = "normal",
        synonyms: Sequence[Sequence[str]] = (),
        default_language: Language = "ru",
    ) -> None:
        self.matcher: Matcher = PhraseMatcher(
            phrases, gates=PRESETS[preset], synonyms=synonyms, default_language=default_language
        )

    def match(self, text: str, *, language: Language | None = None) -> Match:
        """The key that ``text`` means: sure, or several to ask about, or none."""
        return self.matcher.match(text, language=language)
