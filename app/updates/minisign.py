"""Signatures of minisign: Ed25519 over the text, or over its BLAKE2b hash.

https://jedisct1.github.io/minisign/ has the format. The cryptography is that of the library
`cryptography`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

LINES = 4  # of a signature
_LEGACY, _HASHED = b"Ed", b"ED"
_KEY_ID, _KEY, _SIGNATURE = 8, 32, 64  # bytes
_TRUSTED = "trusted comment: "


class SignatureWrong(ValueError):
    """The signature is malformed, of another key, or not of this text."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with the id that signatures name."""

    id: bytes
    key: bytes


def public_key(text: str) -> PublicKey:
    """Reads the second line of a ``.pub`` file.

    Raises:
        SignatureWrong: it is no key of minisign.
    """
    raw = _decoded(text, len(_LEGACY) + _KEY_ID + _KEY)
    if raw[:2] != _LEGACY:
        raise SignatureWrong("not a key of minisign")
    return PublicKey(raw[2 : 2 + _KEY_ID], raw[2 + _KEY_ID :])


def verify(key: PublicKey, signature: str, signed: bytes) -> None:
    """Checks a signature, and the signature of its trusted comment.

    Args:
        key: the only key that counts.
        signature: its four lines, without a line break at the end.
        signed: the text.

    Raises:
        SignatureWrong: it is malformed, of another key, or not of this text.
    """
    lines = signature.split("\n")
    if len(lines) != LINES or not lines[2].startswith(_TRUSTED):
        raise SignatureWrong("not a signature of minisign")
    raw = _decoded(lines[1], len(_LEGACY) + _KEY_ID + _SIGNATURE)
    method, key_id, own = raw[:2], raw[2 : 2 + _KEY_ID], raw[2 + _KEY_ID :]
    if method not in (_LEGACY, _HASHED):
        raise SignatureWrong("not a signature of minisign")
    if key_id != key.id:
        raise SignatureWrong("signed with another key")
    text = hashlib.blake2b(signed).digest() if method == _HASHED else signed
    comment = lines[2].removeprefix(_TRUSTED).encode()
    _check(key, own, text)
    _check(key, _decoded(lines[3], _SIGNATURE), own + comment)


def _check(key: PublicKey, signature: bytes, text: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature, text)
    except InvalidSignature as error:
        raise SignatureWrong("not the signature of this text") from error


def _decoded(text: str, length: int) -> bytes:
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise SignatureWrong("not base64") from error
    if len(raw) != length:
        raise SignatureWrong("of the wrong length")
    return raw
