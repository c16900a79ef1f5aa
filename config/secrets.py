"""Find secrets that are written into YAML, and those that are missing where they belong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from channels import registry
from config.paths import leaves
from config.settings import MissingSecret, Settings
from faq import Document, InvalidFiles, Mistake

_NAMES: Final = frozenset({"token", "password", "secret", "api_key", "apikey", "bot_token"})
_PASSWORD = re.compile(r"\w://[^/\s:@]*:([^/\s@]+)@")
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")

_HINT: Final = (
    "put it into the environment or into .env, for example {variable}=…, and get a new one if "
    "others have seen this file"
)


def literal_secrets(document: Document) -> Iterator[tuple[Mistake, str]]:
    """Secrets that stand in a YAML file, as mistakes that do not repeat them; and the secrets."""
    for path, value in leaves(document.data):
        if value is None or isinstance(value, bool) or not path:
            continue
        text = str(value)
        named = str(path[-1]).lower() in _NAMES and bool(text)
        shape = next((each for each in registry.secrets() if each.pattern.search(text)), None)
        if shape is not None:
            what = f"{shape.name} may not stand in the YAML"
        elif _PASSWORD.search(text):
            what = "an address with a password may not stand in the YAML"
        elif named:
            what = f"a {path[-1]} may not stand in the YAML"
        else:
            continue
        variable = shape.variable if shape is not None else "NAME"
        yield document.mistake(path, what, hint=_HINT.format(variable=variable)), text


def without_secrets(mistakes: Iterable[Mistake], secrets: Iterable[str]) -> Iterator[Mistake]:
    """The mistakes that quote no secret, not even the beginning of one."""
    beginnings = {secret[:12] for secret in secrets if len(secret) >= 4}
    for mistake in mistakes:
        if not any(begin in f"{mistake.message}{mistake.hint}" for begin in beginnings):
            yield mistake


def missing_secrets(settings: Settings, document: Document) -> Iterator[Mistake]:
    """The secrets that the settings need and that are not where they say."""
    env = document.file.parent / ".env"
    hint = f"set it in the environment or in {env}"
    for kind in registry.KINDS:
        written = document.data
        several = isinstance(written, dict) and isinstance(written.get(kind.section), list)
        for number, channel in enumerate(getattr(settings, kind.section)):
            section = (kind.section, number) if several else (kind.section,)
            for at, error in channel.missing_secrets():
                yield document.mistake((*section, *at), error.detail, hint=hint, key=True)
    try:
        settings.database()
    except MissingSecret as error:
        message = f"the environment variable {error.variable} holds no address of a database"
        yield document.mistake(("database_url_env",), message, hint=hint)


def adopt_env(folder: Path) -> tuple[str, ...]:
    """Put what the workspace's ``.env`` says into the environment, where that says nothing yet.

    Returns:
        The names that came from the file.

    Raises:
        InvalidFiles: a line is no ``NAME=value``.
    """
    file = folder / ".env"
    if not file.is_file():
        return ()
    adopted: list[str] = []
    mistakes: list[Mistake] = []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidFiles(
            [Mistake(file, 1, 1, "not UTF-8 text", "save the file as UTF-8")]
        ) from None
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            mistakes.append(Mistake(file, number, 1, "expected NAME=value"))
            continue
        name, value = match[1], match[2].strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if "\0" in value:
            mistakes.append(Mistake(file, number, 1, "expected NAME=value"))
        elif value and not os.environ.get(name):
            os.environ[name] = value
            adopted.append(name)
    if mistakes:
        raise InvalidFiles(mistakes)
    return tuple(adopted)
