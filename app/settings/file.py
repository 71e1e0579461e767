"""A file of settings as bytes and JSON: read, told from a damaged one, replaced in one step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.errors import DataFolderUnusable

CHECKSUM = "checksum"
"""The entry of the file that tells whether the others are as they were written."""


class SettingsUnreadable(Exception):
    """A file holds no settings, or one of them is none that can be set."""


def copy_of(path: Path) -> Path:
    """Where the copy of a file of settings lies."""
    return path.with_suffix(".copy.json")


def bytes_of(path: Path) -> bytes | None:
    """What a file of settings holds; None when there is none.

    Raises:
        DataFolderUnusable: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataFolderUnusable(
            f"The settings in {path} cannot be read: {error.strerror or 'disk error'}.",
            "Mend the permissions of the data folder, or choose another one.",
        ) from error


def object_of(raw: bytes, errors: str = "strict") -> dict[str, Any]:
    """The JSON object that some bytes hold; `errors` is what becomes of odd ones (`codecs`).

    Raises:
        SettingsUnreadable: they hold none.
    """
    try:
        text = raw.decode(json.detect_encoding(raw), errors)
        values = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise SettingsUnreadable from error
    if not isinstance(values, dict):
        raise SettingsUnreadable
    return values


def is_plain(value: object) -> bool:
    """Whether all text of a JSON value can be written to a file: lone surrogates cannot."""
    try:
        return all(text.isascii() or text.encode() for text in _texts(value))
    except (UnicodeEncodeError, RecursionError):
        return False


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)


def checksum_of(values: Mapping[str, Any]) -> str:
    """Tells whether a file's values are those that were written, whatever their layout."""
    rest = {name: value for name, value in values.items() if name != CHECKSUM}
    try:
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()
