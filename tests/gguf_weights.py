"""Writes small GGUF files with weights set by hand, which llama.cpp really loads."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ALIGN = 32
_U32, _F32, _BOOL, _STRING, _ARRAY, _I32 = 4, 6, 7, 8, 9, 5

Matrix = NDArray[np.float16 | np.float32 | np.float64]


def written(metadata: Sequence[bytes], tensors: Sequence[tuple[str, Matrix]]) -> bytes:
    """A file as the GGUF specification has it, version 3.

    Args:
        metadata: keys with their values, as the functions below write them.
        tensors: names and values; those of 16 bits stay so, others become float32.
    """
    data, about = b"", b""
    for name, values in tensors:
        shape = values.shape[::-1]
        about += _bytes(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        half = values.dtype == np.float16
        about += struct.pack("<IQ", 1 if half else 0, len(data))
        data += _padded(values.astype(np.float16 if half else np.float32).tobytes())
    header = struct.pack("<IQQ", 3, len(tensors), len(metadata))
    return _padded(b"GGUF" + header + b"".join(metadata) + about) + data


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % _ALIGN)


def _bytes(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def text(key: str, value: str) -> bytes:
    """Writes a key with a text."""
    return _bytes(key) + struct.pack("<I", _STRING) + _bytes(value)


def number(key: str, value: int) -> bytes:
    """Writes a key with a whole number."""
    return _bytes(key) + struct.pack("<II", _U32, value)


def real(key: str, value: float) -> bytes:
    """Writes a key with a fraction."""
    return _bytes(key) + struct.pack("<If", _F32, value)


def flag(key: str, *, value: bool) -> bytes:
    """Writes a key with a truth value."""
    return _bytes(key) + struct.pack("<I?", _BOOL, value)


def texts(key: str, values: Sequence[str]) -> bytes:
    """Writes a key with a list of texts."""
    head = _bytes(key) + struct.pack("<IIQ", _ARRAY, _STRING, len(values))
    return head + b"".join(map(_bytes, values))


def integers(key: str, values: Sequence[int]) -> bytes:
    """Writes a key with a list of whole numbers."""
    head = _bytes(key) + struct.pack("<IIQ", _ARRAY, _I32, len(values))
    return head + struct.pack(f"<{len(values)}i", *values)


def reals(key: str, values: Sequence[float]) -> bytes:
    """Writes a key with a list of fractions."""
    head = _bytes(key) + struct.pack("<IIQ", _ARRAY, _F32, len(values))
    return head + struct.pack(f"<{len(values)}f", *values)
