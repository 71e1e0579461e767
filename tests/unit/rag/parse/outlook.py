"""Writes small files in Outlook's format (MSG): an OLE container with a mail's values."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "bytes | Tree"]

SUBJECT, BODY, HTML, RTF, HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
SENDER, SENDER_ADDRESS, SENT = 0x0C1A, 0x5D01, 0x0039
NAME, ADDRESS, ROLE = 0x3001, 0x39FE, 0x0C15
FILE_NAME, FILE_DATA, FILE_KIND, HIDDEN, PAGE = 0x3707, 0x3701, 0x370E, 0x7FFE, 0x3FFD
INNER_MAIL = "__substg1.0_3701000D"

_SECTOR = 512
_SMALLEST = 4096  # smaller streams would need a second table; zeros at their end change no value
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def record(
    header: int, values: Mapping[int, str | bytes | int], children: Mapping[str, Tree] | None = None
) -> Tree:
    """The values of a mail (header 32, within another 24), a recipient or a file (8).

    Args:
        header: bytes before the list of short values.
        values: texts, bytes and whole numbers by their id; in 8 bits where text is given as bytes.
        children: recipients and files, by the names of their storages.
    """
    tree: dict[str, bytes | Tree] = {}
    entries = bytes(header)
    for pid, value in values.items():
        if isinstance(value, int):
            entries += struct.pack("<HHIQ", 0x0003, pid, 6, value)
        elif isinstance(value, str):
            tree[f"__substg1.0_{pid:04X}001F"] = value.encode("utf-16-le")
        else:
            narrow = pid in (SUBJECT, BODY)
            tree[f"__substg1.0_{pid:04X}{'001E' if narrow else '0102'}"] = value
    return {**tree, "__properties_version1.0": entries, **(children or {})}


def write(path: Path, root: Tree) -> Path:
    """Writes the container."""
    entries: list[bytearray] = []
    blobs: list[bytes] = []
    _entry(entries, blobs, "Root Entry", root, 5)
    entries += [bytearray(128)] * (-len(entries) % 4)
    blobs.append(b"".join(entries))
    counts = [-(-len(blob) // _SECTOR) for blob in blobs]
    tables = next(n for n in range(1, 109) if n * 128 >= sum(counts) + n)
    chain = [_TABLE] * tables
    starts = []
    for count in counts:
        starts.append(len(chain))
        chain += [*range(len(chain) + 1, len(chain) + count), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    for entry in entries:
        number = struct.unpack_from("<I", entry, 116)[0]
        if entry[66] == 2:
            struct.pack_into("<I", entry, 116, starts[number])
    blobs[-1] = b"".join(entries)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, starts[-1], 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))
    body = b"".join(blob.ljust(-(-len(blob) // _SECTOR) * _SECTOR, b"\0") for blob in blobs)
    path.write_bytes(head + struct.pack(f"<{len(chain)}I", *chain) + body)
    return path


def _entry(
    entries: list[bytearray], blobs: list[bytes], name: str, content: bytes | Tree, kind: int
) -> int:
    """Adds a file or folder; its siblings hang in a row, which is a tree as well. Its number."""
    number = len(entries)
    wide = name.encode("utf-16-le")
    entry = bytearray(128)
    struct.pack_into("<64sHBBIII", entry, 0, wide, len(wide) + 2, kind, 1, _FREE, _FREE, _FREE)
    struct.pack_into("<I", entry, 116, _END)
    entries.append(entry)
    if isinstance(content, bytes):
        struct.pack_into("<I", entry, 116, len(blobs))
        blobs.append(content.ljust(_SMALLEST, b"\0"))
        struct.pack_into("<Q", entry, 120, len(blobs[-1]))
        return number
    before = None
    for child, inner in content.items():
        added = _entry(entries, blobs, child, inner, 2 if isinstance(inner, bytes) else 1)
        where, offset = (entry, 76) if before is None else (entries[before], 72)
        struct.pack_into("<I", where, offset, added)
        before = added
    return number
