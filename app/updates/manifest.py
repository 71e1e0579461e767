"""The signed news of a version: read, and held against the clock and what was seen before."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from app.errors import UpdateRefused
from app.privacy.egress.tickets import is_allowed
from app.updates import minisign

LARGEST = 1 << 16
"""Bytes of the news, signature included."""
_LATER = "Try again later. If it stays so, get new versions from where you got this one."
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){1,3}")
_Line = Annotated[str, Meta(max_length=300)]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the project says of its newest version.

    Attributes:
        program: "studiolo"; a key may sign for other programs, too.
        number: one more with each manifest.
        version: such as "0.2.0".
        expires: after this time the manifest says nothing any more; an old one cannot be shown
            forever.
        news: what is new, in sentences.
        page: the https address of the page to get it from.
    """

    program: str
    number: Annotated[int, Meta(ge=1, le=1 << 53)]
    version: Annotated[str, Meta(max_length=40)]
    expires: Annotated[datetime, Meta(tz=True)]
    news: Annotated[tuple[_Line, ...], Meta(max_length=20)]
    page: Annotated[str, Meta(max_length=300)]


class Seen(Struct, frozen=True):
    """The newest manifest that this data folder has seen; nothing older counts."""

    number: int = 0
    version: str = "0.0"


def read(news: bytes, key: minisign.PublicKey) -> Manifest:
    """Reads the news: the four lines of the signature, then the manifest.

    Raises:
        UpdateRefused: they are too long, not signed with this key, or no manifest.
    """
    if len(news) > LARGEST:
        raise UpdateRefused("The news of new versions are too long to be right.", _LATER)
    *lines, signed = news.split(b"\n", minisign.LINES)
    try:
        minisign.verify(key, b"\n".join(lines).decode("utf-8"), signed)
    except (minisign.SignatureWrong, UnicodeDecodeError) as error:
        words = "The news of new versions are not signed by the makers of Studiolo"
        raise UpdateRefused(f"{words}, and do not count.", _LATER) from error
    try:
        manifest = msgspec.json.decode(signed, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UpdateRefused("The news of new versions cannot be read.", _LATER) from error
    if (
        manifest.program != "studiolo"
        or not _VERSION.fullmatch(manifest.version)
        or not is_allowed(manifest.page)
    ):
        raise UpdateRefused("The news of new versions cannot be read.", _LATER)
    return manifest


def check(manifest: Manifest, seen: Seen, now: datetime) -> None:
    """Refuses a manifest that is out of date.

    Raises:
        UpdateRefused: it has expired, or is older than one that was seen.
    """
    if manifest.expires <= now.astimezone(UTC):
        raise UpdateRefused(
            "The news of new versions are out of date.",
            "Check the date of this computer. Otherwise try again later.",
        )
    older = manifest.number < seen.number
    if older or is_later(seen.version, manifest.version):
        raise UpdateRefused(
            "The news of new versions are older than some that were seen here before, and do not "
            "count.",
            _LATER,
        )


def is_later(version: str, than: str) -> bool:
    """Tells whether a version is later than another: "0.10" is later than "0.9.1"."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()  # 0.2.0 is 0.2
    return tuple(numbers)
