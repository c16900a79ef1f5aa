"""Line 0 as a library of its own: load, lint, match and explain a FAQ kept in YAML.

Imports no other package of the project, and matching does no I/O.

Errors::

    InvalidFiles        files that cannot be used, with every Mistake found in them
"""

from faq.document import Document, InvalidFiles, Mistake, Position, validate
from faq.index import Encoder
from faq.lints import lint
from faq.loading import Faq, Section, load
from faq.matching import Candidate, Decision, Explanation, Match, Matcher, Preset
from faq.phrasebook import Phrasebook
from faq.shapes import Button, Entry, GuideStep, Otherwise, in_language, json_schema
from faq.text import LANGUAGES, Language
from faq.watching import Reload, watch

__all__ = [
    "LANGUAGES",
    "Button",
    "Candidate",
    "Decision",
    "Document",
    "Encoder",
    "Entry",
    "Explanation",
    "Faq",
    "GuideStep",
    "InvalidFiles",
    "Language",
    "Match",
    "Matcher",
    "Mistake",
    "Otherwise",
    "Phrasebook",
    "Position",
    "Preset",
    "Reload",
    "Section",
    "in_language",
    "json_schema",
    "lint",
    "load",
    "validate",
    "watch",
]
