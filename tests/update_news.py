"""News of new versions as their makers sign them, in the format of minisign."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.updates.place import Place

ADDRESS = "https://updates.example/news.txt"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ID = b"studiolo"


class Maker:
    """Somebody with a key of minisign."""

    def __init__(self, key_id: bytes = _ID) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._id = key_id

    @property
    def public_key(self) -> str:
        """The second line of the ``.pub`` file."""
        return _text(b"Ed" + self._id + self._key.public_key().public_bytes_raw())

    @property
    def place(self) -> Place:
        """Where this maker's news are."""
        return Place(ADDRESS, self.public_key)

    def sign(self, signed: bytes, *, legacy: bool = False, comment: str = "timestamp:1") -> bytes:
        """The news: the signature's four lines, then the text."""
        method, text = (b"Ed", signed) if legacy else (b"ED", hashlib.blake2b(signed).digest())
        own = self._key.sign(text)
        whole = self._key.sign(own + comment.encode())
        lines = (
            "untrusted comment: anything",
            _text(method + self._id + own),
            f"trusted comment: {comment}",
            _text(whole),
        )
        return "\n".join(lines).encode() + b"\n" + signed


def manifest(**changed: object) -> bytes:
    """A manifest of version 9.1, with some values changed; None leaves one out."""
    values = {
        "program": "studiolo",
        "number": 7,
        "version": "9.1.0",
        "expires": "2026-06-01T00:00:00Z",
        "news": ["Scans are read twice as fast."],
        "page": "https://studiolo.example/9.1",
        **changed,
    }
    return msgspec.json.encode({name: value for name, value in values.items() if value is not None})


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
