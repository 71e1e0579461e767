"""Signatures of minisign: those of its own tool are right, everything else is refused."""

from __future__ import annotations

import pytest

from app.updates.minisign import SignatureWrong, public_key, verify
from tests.update_news import Maker

# Made with minisign itself, for the four bytes "test": published with minisign-verify.
KEY = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
HASHED = (
    "untrusted comment: signature from minisign secret key\n"
    "RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/"
    "z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=\n"
    "trusted comment: timestamp:1556193335\tfile:test\n"
    "y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg=="
)

LEGACY = (
    "untrusted comment: signature from minisign secret key\n"
    "RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIas"
    "SSbXxwA=\n"
    "trusted comment: timestamp:1555779966\tfile:test\n"
    "QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA=="
)


@pytest.mark.parametrize("signature", [HASHED, LEGACY])
def test_a_signature_of_minisign_itself_is_right(signature: str) -> None:
    verify(public_key(KEY), signature, b"test")


@pytest.mark.parametrize("legacy", [True, False])
def test_both_kinds_of_signatures_are_read(legacy: bool) -> None:
    maker = Maker()
    *lines, text = maker.sign(b"a text", legacy=legacy).split(b"\n")
    verify(public_key(maker.public_key), b"\n".join(lines).decode(), text)


@pytest.mark.parametrize("text", [b"", b"tesT", b"test\n"])
def test_another_text_is_refused(text: bytes) -> None:
    with pytest.raises(SignatureWrong):
        verify(public_key(KEY), HASHED, text)


def test_another_trusted_comment_is_refused() -> None:
    with pytest.raises(SignatureWrong):
        verify(public_key(KEY), HASHED.replace("timestamp:1", "timestamp:2"), b"test")


def test_another_key_is_refused_even_if_it_has_the_same_id() -> None:
    maker, other = Maker(), Maker()
    *lines, text = maker.sign(b"a text").split(b"\n")
    with pytest.raises(SignatureWrong):
        verify(public_key(other.public_key), b"\n".join(lines).decode(), text)


def test_another_id_is_refused() -> None:
    maker = Maker(b"somebody")
    *lines, text = maker.sign(b"a text").split(b"\n")
    with pytest.raises(SignatureWrong, match="another key"):
        verify(public_key(KEY), b"\n".join(lines).decode(), text)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "\n\n\n",
        HASHED + "\n",
        HASHED.replace("RUQf", "RVQf"),
        HASHED.replace("trusted comment: timestamp", "comment: timestamp"),
        HASHED.replace("y/rU", "y/r"),
        HASHED.replace("y/rU", "ÿ/rU"),
        "\n".join(HASHED.split("\n")[:3]),
    ],
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(SignatureWrong):
        verify(public_key(KEY), signature, b"test")


@pytest.mark.parametrize("text", ["", "RWQ", KEY[:-4], "x" * 56, "RUQ" + KEY[3:]])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(SignatureWrong):
        public_key(text)
