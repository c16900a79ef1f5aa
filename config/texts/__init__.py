"""The text catalogue: every sentence the bot says, per language, overridable by the administrator.

Errors::

    TextError
    ├── UnknownText       no text has this key
    └── MissingArgument   a text needs an argument it was not given
"""

from config.texts.catalogue import (
    Catalogue,
    MissingArgument,
    TextArgument,
    TextError,
    UnknownText,
    built_in,
)

__all__ = [
    "Catalogue",
    "MissingArgument",
    "TextArgument",
    "TextError",
    "UnknownText",
    "built_in",
]
