"""Read the text files of the program, and the administrator's that replace some texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Final, Literal

from babel import Locale

from channels.markup import MarkupError
from config.texts.template import STYLES, BraceError, Entry, Plural, Template
from faq import Document, InvalidFiles, Mistake
from faq.document import nearest

LANGUAGES: Final[tuple[Literal["ru", "en"], ...]] = ("ru", "en")

_MARKUP_HINTS: Final[Mapping[str, str]] = {
    "unknown_tag": "known tags: b, i, u, s, code, pre, a, blockquote, tg-spoiler; "
    "write &lt; for the sign itself",
    "not_open": "delete it, or open the tag before",
    "not_closed": "every tag needs its end",
    "no_address": 'write <a href="https://…">words</a>',
    "bad_address": "begin the address with https://, http://, mailto: or tel:",
    "bare_bracket": "write &lt; for the sign itself",
}
_MARKUP_MESSAGES: Final[Mapping[str, str]] = {
    "unknown_tag": "unknown tag",
    "not_open": "an end without a beginning",
    "not_closed": "a tag that does not end",
    "no_address": "a tag without its address",
    "bad_address": "a link to an address of an unknown kind",
    "bare_bracket": "a bracket that opens no tag",
}


def markup_mistake(error: MarkupError) -> tuple[str, str]:
    """A markup error in words: what is wrong, and what to do."""
    return f"{_MARKUP_MESSAGES[error.problem]}: {error.found}", _MARKUP_HINTS[error.problem]


@cache
def plural_forms(language: str) -> frozenset[str]:
    """The CLDR plural forms that whole numbers take in a language."""
    rule = Locale(language).plural_form
    return frozenset(rule(number) for number in range(1_000))


@lru_cache(maxsize=1)
def standard_entries() -> Mapping[str, Mapping[str, Entry]]:
    """The texts that come with the program, by language and key.

    Raises:
        InvalidFiles: one of our own files is wrong; a test keeps this from happening.
    """
    found: dict[str, dict[str, Entry]] = {}
    mistakes: list[Mistake] = []
    with as_file(files("config.texts")) as folder:
        for language in LANGUAGES:
            entries = found.setdefault(language, {})
            for file in sorted((folder / language).glob("*.yaml")):
                document = Document.read(file)
                for key, entry in _entries(document, language, mistakes):
                    if key in entries:
                        message = f"the key {key!r} is also in another file of {language}"
                        mistakes.append(document.mistake((key,), message, key=True))
                    entries[key] = entry
    if mistakes:
        raise InvalidFiles(mistakes)
    return found


def read_overrides(document: Document, language: str) -> tuple[dict[str, Entry], list[Mistake]]:
    """The administrator's own texts of one language, and everything wrong with them."""
    standard = standard_entries()[language]
    mistakes: list[Mistake] = []
    found: dict[str, Entry] = {}
    for key, entry in _entries(document, language, mistakes):
        usual = standard.get(key)
        if usual is None:
            near = nearest(key, standard)
            hint = f"did you mean {near!r}?" if near else "schemas/texts.json lists every key"
            mistakes.append(document.mistake((key,), f"unknown text {key!r}", hint=hint, key=True))
            continue
        for name in sorted(entry.placeholders - usual.placeholders):
            known = sorted(usual.placeholders)
            near = nearest(name, known)
            hint = (
                f"did you mean {{{near}}}?"
                if near
                else "known here: " + ", ".join(f"{{{each}}}" for each in known)
                if known
                else "this text has no placeholders; write {{ and }} for the braces themselves"
            )
            mistakes.append(document.mistake((key,), f"unknown placeholder {{{name}}}", hint=hint))
        mistakes.extend(
            document.mistake(
                (key,),
                f"{{{name}}} of the usual text is missing here",
                hint="fine if you mean it",
                severity="warning",
            )
            for name in sorted(usual.placeholders - entry.placeholders)
        )
        found[key] = entry
    return found, mistakes


def _entries(
    document: Document, language: str, mistakes: list[Mistake]
) -> Iterator[tuple[str, Entry]]:
    """Every key of a file whose text can be read; what cannot goes to ``mistakes``."""
    if document.data is None:
        return
    if not isinstance(document.data, dict):
        mistakes.append(document.mistake((), "expected keys with texts"))
        return
    for key, value in document.data.items():
        if isinstance(value, dict):
            forms = {
                form: template
                for form in value
                if (template := _template(document, (key, form), mistakes)) is not None
            }
            mistakes.extend(_wrong_forms(document, key, value, language))
            if forms.keys() >= plural_forms(language):
                yield key, Plural(forms)
        elif (template := _template(document, (key,), mistakes)) is not None:
            yield key, template


def _wrong_forms(
    document: Document, key: str, value: Mapping[str, object], language: str
) -> Iterator[Mistake]:
    needed = plural_forms(language)
    for form in sorted(needed - value.keys()):
        hint = f"the forms are {', '.join(sorted(needed))}"
        yield document.mistake((key,), f"the plural form {form!r} is missing", hint=hint, key=True)
    for form in value.keys() - needed - {"other"}:
        near = nearest(form, needed)
        hint = f"did you mean {near!r}?" if near else f"the forms are {', '.join(sorted(needed))}"
        yield document.mistake((key, form), f"unknown plural form {form!r}", hint=hint, key=True)


def _template(
    document: Document, path: tuple[str, ...], mistakes: list[Mistake]
) -> Template | None:
    value: object = document.data
    for step in path:
        value = value[step] if isinstance(value, dict) else None
    if not isinstance(value, str) or not value.strip():
        hint = "put it in quotes" if isinstance(value, int | float) else None
        mistakes.append(document.mistake(path, "expected text", hint=hint))
        return None
    try:
        return Template.compile(value.strip("\n"))
    except MarkupError as error:
        message, hint = markup_mistake(error)
        mistakes.append(document.mistake(path, message, hint=hint))
    except BraceError as error:
        mistakes.append(
            document.mistake(
                path,
                f"no placeholder: {error.found}",
                hint=f"a placeholder is {{name}} or {{name:style}}; styles: {', '.join(STYLES)}; "
                "for a brace itself {{ or }}",
            )
        )
    return None


def overridden_entries(
    overrides: Mapping[str, Mapping[str, Entry]],
) -> Mapping[str, Mapping[str, Entry]]:
    """The standard texts with the administrator's in their places."""
    return {
        language: {**entries, **overrides.get(language, {})}
        for language, entries in standard_entries().items()
    }
