"""A file of settings as bytes, as JSON and as `Settings`, and whether it is as it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.errors import DataFolderUnusable, DataTooNew
from app.settings.fields import VERSION, Settings

CHECKSUM = "checksum"
"""The entry of the file that tells whether the others are as they were written."""
_LIKE_A_CHECKSUM = 32  # characters


class SettingsUnreadable(Exception):
    """A file holds no settings, or one of them is none that can be set."""


def copy_of(path: Path) -> Path:
    """Returns where the copy of a file of settings lies."""
    return path.with_suffix(".copy.json")


def bytes_of(path: Path) -> bytes | None:
    """Reads a file of settings; None when there is none.

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
    """Decodes a JSON object; `errors` is what becomes of odd bytes (`codecs`).

    Raises:
        SettingsUnreadable: they hold none.
    """
    try:
        text = raw.decode(json.detect_encoding(raw), errors)
        values = json.loads(text.removeprefix("\ufeff"), parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise SettingsUnreadable from error
    if not isinstance(values, dict):
        raise SettingsUnreadable
    return values


def _integer(digits: str) -> int | float:
    """Returns a number that no field takes where Python refuses to read so many digits."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def is_plain(value: object) -> bool:
    """Tells whether all text of a JSON value can be written: lone surrogates cannot."""
    try:
        return all(text.isascii() or text.encode() for text in _texts(value))
    except (UnicodeEncodeError, RecursionError):
        return False


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def checksum_of(values: Mapping[str, Any]) -> str:
    """Tells whether a file's values are those that were written, whatever their layout."""
    rest = {name: value for name, value in values.items() if name != CHECKSUM}
    try:
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def vouched(values: Mapping[str, Any]) -> bool | None:
    """Tells whether values are as they were written; None where the file has no checksum.

    It is looked for under any name: its own may be what was damaged.
    """
    marks = [
        value
        for name, value in values.items()
        if name not in Settings.model_fields
        and (name == CHECKSUM or (isinstance(value, str) and len(value) >= _LIKE_A_CHECKSUM))
        and value is not None
    ]
    return marks == [checksum_of(values)] if marks else None


def read_settings(raw: bytes) -> Settings:
    """Settings from the bytes of a file.

    Raises:
        SettingsUnreadable: they are damaged.
        DataTooNew: a later version wrote them.
    """
    values = object_of(raw)
    version = values.get("version", VERSION)
    if type(version) is not int or not is_plain(values):
        raise SettingsUnreadable
    if version > VERSION:
        raise DataTooNew(
            "The settings were written by a later version of Studiolo.",
            "Update Studiolo, or choose another data folder.",
        )
    try:
        return Settings.model_validate({**values, "version": VERSION})
    except (ValidationError, RecursionError) as error:
        raise SettingsUnreadable from error
