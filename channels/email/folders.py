"""Names of IMAP folders on the wire: modified UTF-7 (RFC 3501 §5.1.3).

Printable ASCII stands for itself, ``&`` is written ``&-``, and everything else is UTF-16 in a
base64 with ``,`` for ``/`` and without padding, between ``&`` and ``-``: ``Входящие`` is
``&BBIERQQ+BDQETwRJBDgENQ-``.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_FOREIGN: Final = re.compile(r"[^\x20-\x7e]+|&")
_SHIFTED: Final = re.compile(r"&([A-Za-z0-9+,]*)-")


def encoded(name: str) -> str:
    """A folder's name as people see it, for the wire.

    Raises:
        ValueError: a lone surrogate, which is no character.
    """
    return _FOREIGN.sub(_shifted, name)


def _shifted(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    digits = base64.b64encode(found[0].encode("utf-16-be"), altchars=b"+,")
    return f"&{digits.decode('ascii').rstrip('=')}-"


def decoded(wire: str) -> str:
    """A folder's name as people see it. What is no modified UTF-7 stays as it is: some servers
    send plain UTF-8."""
    return _SHIFTED.sub(_unshifted, wire)


def _unshifted(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    try:
        padded = found[1] + "=" * (-len(found[1]) % 4)
        return base64.b64decode(padded, altchars=b"+,", validate=True).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return found[0]
