"""TLS to mail servers."""

from __future__ import annotations

import ssl

from channels.email.settings import Server


def tls_context(server: Server) -> ssl.SSLContext:
    """How to talk TLS with a server: its certificate must be one this machine trusts, unless the
    settings say otherwise (case D4)."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    if not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
