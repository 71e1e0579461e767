"""Unpacks the files in Outlook's ``winmail.dat`` (TNEF, as MS-OXTNEF describes it)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from rag.parse.mail import mime

MARK = b"\x78\x9f\x3e\x22"
"""The first bytes of the format."""

_ATTRIBUTE = struct.Struct("<BHHI")  # level, id, type, length; data and a checksum follow
_HEADER_BYTES = 6
_CHECKSUM_BYTES = 2
_BEGINS, _TITLE, _DATA, _PROPERTIES, _CODE_PAGE = 0x9002, 0x8010, 0x800F, 0x9005, 0x9007

# Properties of an attached file (MS-OXPROPS), and how long values of fixed length are.
_LONG_NAME = 0x3707
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_NARROW, _WIDE, _BINARY, _OBJECT = 30, 31, 258, 13
_SEVERAL = 0x1000
_NAMED = 0x8000
_MOST_PROPERTIES = 1_000


@dataclass(slots=True)
class _File:
    name: str = ""
    data: bytes | None = None


def files(data: bytes) -> list[tuple[str, bytes]]:
    """Returns the names and bytes of the files in it; a mail or an object in it is left out.

    What is behind a damaged place is left out, too.

    Args:
        data: the bytes of ``winmail.dat``.
    """
    found: list[_File] = []
    encoding = "cp1252"
    for identity, value in _attributes(data):
        if identity == _CODE_PAGE and len(value) >= 4:
            encoding = f"cp{int.from_bytes(value[:4], 'little')}"
        elif identity == _BEGINS:
            found.append(_File())
        elif not found:
            continue
        elif identity == _DATA:
            found[-1].data = value
        elif identity == _TITLE:
            found[-1].name = found[-1].name or _text(value, encoding)
        elif identity == _PROPERTIES:
            found[-1].name = _long_name(value, encoding) or found[-1].name
    return [(file.name or "attachment", file.data) for file in found if file.data is not None]


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEADER_BYTES if data.startswith(MARK) else len(data)
    while at + _ATTRIBUTE.size <= len(data):
        _, identity, _, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if at + length > len(data):
            return
        yield identity, data[at : at + length]
        at += length + _CHECKSUM_BYTES


def _long_name(properties: bytes, encoding: str) -> str:
    try:
        for identity, kind, value in _properties(properties):
            if identity == _LONG_NAME:
                return _text(value, "utf-16-le" if kind == _WIDE else encoding)
    except struct.error:  # it ends within a property
        pass
    return ""


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yields the id, the type and the first value of each property.

    Raises:
        struct.error: the data end too early.
    """
    (count,) = struct.unpack_from("<I", data, 0)
    at = 4
    for _ in range(min(count, _MOST_PROPERTIES)):
        kind, identity = struct.unpack_from("<HH", data, at)
        at += 4
        if identity >= _NAMED:
            at += 16
            by_name, length = struct.unpack_from("<II", data, at)
            at += 8 + (_padded(length) if by_name else 0)
        several, kind = kind & _SEVERAL, kind & ~_SEVERAL
        varies = kind in (_NARROW, _WIDE, _BINARY, _OBJECT)
        values = 1
        if several or varies:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        first = b""
        for number in range(min(values, _MOST_PROPERTIES)):
            length = _FIXED.get(kind, 4)
            if varies:
                (length,) = struct.unpack_from("<I", data, at)
                at += 4
            first = first if number else data[at : at + length]
            at += _padded(length)
        yield identity, kind, first


def _padded(length: int) -> int:
    return -(-length // 4) * 4


def _text(value: bytes, encoding: str) -> str:
    return mime.decoded(value, encoding).rstrip("\0")
