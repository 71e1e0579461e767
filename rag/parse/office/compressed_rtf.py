"""Decompresses the rich text that Outlook stores (MS-OXRTFCP)."""

from __future__ import annotations

import struct

_HEADER = struct.Struct("<IIII")  # packed size, unpacked size, kind, check sum
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_MOST_BYTES = 20 << 20
# The initial content of the window, fixed by the specification.
_START = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked(data: bytes) -> bytes:
    """Decompresses rich text (RTF).

    Args:
        data: with its header; empty bytes give empty bytes.

    Raises:
        ValueError: it is damaged, or longer than 20 MB.
    """
    if not data:
        return b""
    if len(data) < _HEADER.size:
        raise ValueError("the header is cut off")
    _, size, kind, _ = _HEADER.unpack_from(data)
    body = memoryview(data)[_HEADER.size :]
    if size > _MOST_BYTES:
        raise ValueError("it is too long")
    if kind == _PLAIN:
        return bytes(body[:size])
    if kind != _PACKED:
        raise ValueError("it is packed in an unknown way")
    return _inflated(body, size)


def _inflated(body: memoryview, size: int) -> bytes:
    window = bytearray(_START.ljust(_WINDOW, b"\0"))
    write = len(_START)
    out = bytearray()
    at = 0
    while at < len(body) and len(out) < size:
        flags = body[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                pair = int.from_bytes(body[at : at + 2], "big")
                at += 2
                start, length = pair >> 4, (pair & 0xF) + 2
                if start == write or at > len(body):  # the mark at the end
                    return bytes(out[:size])
                places = [start + step for step in range(length)]
            elif at < len(body):
                window[write] = body[at]
                places = [write]
                at += 1
            else:
                return bytes(out[:size])
            for place in places:
                byte = window[place % _WINDOW]
                window[write] = byte
                write = (write + 1) % _WINDOW
                out.append(byte)
    return bytes(out[:size])
