"""The host that an address leads to."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Returns the host of an address in lower case, with its port if it has one; "" if none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if host and port else host
