"""Word documents as Word 97 wrote them, from nothing but the specification."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests import more_samples

_PAGE = 512
_TEXT_AT = 4 * _PAGE

Properties = Mapping[int, bytes]
"""Operands by the numbers of their properties."""


def doc(
    path: Path,
    text: str,
    *stories: str,
    paragraphs: Mapping[int, tuple[int, Properties]] | None = None,
    runs: Sequence[tuple[str, Properties]] = (),
    narrow: int = 0,
    flags: int = 0x0200,
    version: int = 0xC1,
) -> Path:
    r"""A Word document.

    Args:
        path: of the file.
        text: of the document; `\r` ends a paragraph, `\x07` a cell and a row.
        stories: texts of footnotes, headers, macros, comments, endnotes and boxes.
        paragraphs: style and properties of paragraphs, by their number.
        runs: words that occur once in the text, and their properties.
        narrow: how many characters of the text are stored in one byte each.
        flags: of the file.
        version: of its format.
    """
    whole = "".join((text, *stories))
    first, second = whole[:narrow].encode("cp1252"), whole[narrow:].encode("utf-16-le")
    main = bytearray(_TEXT_AT)
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 0x0A, flags)
    struct.pack_into(f"<{1 + len(stories)}I", main, 0x4C, *map(len, (text, *stories)))
    main += first + second

    def place(index: int) -> int:
        return _TEXT_AT + min(index, narrow) + 2 * max(index - narrow, 0)

    ends = [at + 1 for at, sign in enumerate(whole) if sign in "\r\x07"]
    settings = paragraphs or {}
    papx = []
    for number, end in enumerate(ends):
        style, own = settings.get(number, (0, {}))
        papx.append((place(ends[number - 1] if number else 0), place(end), style, own))
    chpx = []
    for words, own in runs:
        at = whole.index(words)
        chpx.append((place(at), place(at + len(words)), -1, own))
    table = bytearray()
    for at, kept in ((0x102, papx), (0xFA, chpx)):
        if kept:
            main += b"\0" * (-len(main) % _PAGE)
            struct.pack_into("<II", main, at, len(table), 12)
            table += struct.pack("<III", kept[0][0], kept[-1][1], len(main) // _PAGE)
            main += _formatted(kept)
    pieces = [(0, narrow, (_TEXT_AT * 2) | 1 << 30), (narrow, len(whole), place(narrow))]
    pieces = [piece for piece in pieces if piece[0] < piece[1]]
    listed = struct.pack(f"<{len(pieces)}I", *(start for start, _, _ in pieces))
    listed += struct.pack("<I", len(whole))
    listed += b"".join(struct.pack("<HIH", 0, at, 0) for _, _, at in pieces)
    clx = b"\x01" + struct.pack("<H", 2) + b"\0\0" + b"\x02" + struct.pack("<I", len(listed))
    struct.pack_into("<II", main, 0x1A2, len(table), len(clx) + len(listed))
    table += clx + listed
    return more_samples.ole_of(path, {"1Table": bytes(table), "WordDocument": bytes(main)})


def _formatted(runs: Sequence[tuple[int, int, int, Properties]]) -> bytes:
    """A page of runs: their ends, where their properties are, and these."""
    page = bytearray(_PAGE)
    page[-1] = len(runs)
    ends = sorted({place for start, end, _, _ in runs for place in (start, end)})
    if len(ends) != len(runs) + 1:  # runs of characters lie apart
        filled = []
        for run, following in zip(runs, [*runs[1:], None], strict=True):
            filled.append(run)
            if following is not None and run[1] < following[0]:
                filled.append((run[1], following[0], run[2], {}))
        runs = filled
        page[-1] = len(runs)
    places = [run[0] for run in runs] + [runs[-1][1]]
    struct.pack_into(f"<{len(places)}I", page, 0, *places)
    free = _PAGE - 2
    for number, (_, _, style, properties) in enumerate(runs):
        data = b"".join(struct.pack("<H", name) + value for name, value in properties.items())
        if style < 0:
            body = bytes([len(data)]) + data
            at = 4 * len(places) + number
        else:
            data = struct.pack("<H", style) + data
            body = b"\0" + bytes([len(data) // 2]) + data if len(data) % 2 == 0 else b""
            body = body or bytes([len(data) // 2 + 1]) + data
            at = 4 * len(places) + 13 * number
        free -= len(body) + len(body) % 2
        page[free : free + len(body)] = body
        page[at] = free // 2
    return bytes(page)
