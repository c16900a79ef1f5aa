"""Line 0 as a library of its own: load, lint, match and explain a FAQ kept in YAML.

Imports no other package of the project, and matching does no I/O.

Errors::

    InvalidFiles        files that cannot be used, with every Mistake found in them
"""

from faq.document import Document, InvalidFiles, Mistake, Position, validate
from faq.loading import Faq, Section, load
from faq.matching import (
    Candidate,
    Decision,
    Explanation,
    Match,
    Matcher,
    Phrasebook,
    Preset,
)
from faq.shapes import Button, Entry, GuideStep, Otherwise, in_language, json_schema
from faq.text import LANGUAGES, Language

__all__ = [
    "LANGUAGES",
    "Button",
    "Candidate",
    "Decision",
    "Document",
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
    "Section",
    "in_language",
    "json_schema",
    "load",
    "validate",
]
