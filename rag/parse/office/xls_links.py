"""Reads the links of cells in XLS workbooks: [MS-XLS] 2.4.140 and [MS-OSHARED] 2.3.7."""

from __future__ import annotations

import struct

_CELLS = struct.Struct("<4H")
_HEAD_BYTES = 24  # cells and the class of the object
_HAS_MONIKER, _HAS_PLACE, _HAS_NAME, _HAS_FRAME, _AS_TEXT = 0x01, 0x08, 0x10, 0x80, 0x100
_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FILE = bytes.fromhex("0303000000000000c000000000000046")
_RESERVED = 24  # bytes of a file's moniker behind its short name
_LONGEST = 2_000


def link_target(body: bytes) -> tuple[int, int, str]:
    """Returns row and column, counted from 0, of the first cell of an HLINK record, and its target.

    Raises:
        ValueError: it is damaged, or its target is of another sort.
    """
    try:
        row, _, column, _ = _CELLS.unpack_from(body)
        _, flags = struct.unpack_from("<II", body, _HEAD_BYTES)
        reader = _Reader(body, _HEAD_BYTES + 8)
        for flag in (_HAS_NAME, _HAS_FRAME):
            if flags & flag:
                reader.text()
        target = ""
        if flags & _HAS_MONIKER:
            target = reader.text() if flags & _AS_TEXT else reader.moniker()
        place = reader.text() if flags & _HAS_PLACE else ""
    except struct.error as error:
        raise ValueError from error
    whole = "#".join(filter(None, (target, place))) if target else place
    if not whole:
        raise ValueError
    return row, column, whole[:_LONGEST]


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def text(self) -> str:
        (count,) = self._read("I")
        return self._wide(2 * count)

    def moniker(self) -> str:
        kind = self._data[self._at : self._at + len(_URL)]
        self._at += len(_URL)
        if kind == _URL:
            (size,) = self._read("I")
            return self._wide(size)
        if kind != _FILE:
            raise ValueError
        above, size = self._read("HI")
        name = (
            self._data[self._at : self._at + size].partition(b"\0")[0].decode("cp1252", "replace")
        )
        self._at += size + _RESERVED
        (follows,) = self._read("I")
        if follows:
            size, _ = self._read("IH")
            name = self._wide(size) or name
        return "..\\" * min(above, 20) + name

    def _wide(self, size: int) -> str:
        data = self._data[self._at : self._at + size]
        self._at += size
        return data.decode("utf-16-le", "replace").partition("\0")[0]

    def _read(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values
