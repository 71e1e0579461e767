"""Reads the header of a GGUF file: enough to say what it is, and whether all of it is there.

The layout is that of the GGUF specification, versions 2 and 3, little-endian. The file is
untrusted: every length in it is checked by reading through a bounded view of the file.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelDamaged, ModelMissing

Scalar = int | float | bool | str

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
# Value types of the specification that have a fixed size.
_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MAX_KEYS = 10_000
_MAX_TENSORS = 100_000
_KEPT_STRING = 1 << 20  # longer strings are skipped; a chat template is a few kB


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header of a GGUF file says.

    Attributes:
        metadata: keys with a single value; arrays are left out.
        tensors: the names of its tensors.
        expected_bytes: the file is truncated when it is shorter than this.
        actual_bytes: the file's size.
    """

    metadata: Mapping[str, Scalar]
    tensors: frozenset[str]
    expected_bytes: int
    actual_bytes: int

    @property
    def architecture(self) -> str:
        """The family of the model, e.g. ``qwen2``; "" when the file does not say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def has_chat_template(self) -> bool:
        """Whether the model knows how a conversation is written."""
        return "tokenizer.chat_template" in self.metadata

    def number(self, key: str, default: int = 0) -> int:
        """The value of ``<architecture>.<key>``, e.g. ``block_count``, as a whole number."""
        value = self.metadata.get(f"{self.architecture}.{key}", default)
        return int(value) if isinstance(value, int | float) else default


class _Cursor:
    """Reads little-endian values one after another; running off the end is a struct.error."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.at = 0

    def fixed(self, code: str) -> int | float | bool:
        value: int | float | bool = struct.unpack_from("<" + code, self._data, self.at)[0]
        self.at += struct.calcsize("<" + code)
        return value

    def count(self, code: str = "Q") -> int:
        return int(self.fixed(code))

    def skip(self, size: int) -> None:
        self.at += size
        if self.at > len(self._data):
            raise struct.error

    def string(self) -> str:
        size = self.count()
        start = self.at
        self.skip(size)
        if size > _KEPT_STRING:
            return ""
        return self._data[start : self.at].decode("utf-8", "replace")

    def skip_strings(self, count: int) -> None:
        """Passes over `count` strings; vocabularies have hundreds of thousands."""
        unpack, data, at, end = (
            struct.Struct("<Q").unpack_from,
            self._data,
            self.at,
            len(self._data),
        )
        for _ in range(count):
            at += 8 + unpack(data, at)[0]
            if at > end:
                raise struct.error
        self.at = at

    def value(self) -> Scalar | None:
        kind = self.count("I")
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.fixed(_FIXED[kind])
        item, count = self.count("I"), self.count()
        if item == _STRING:
            self.skip_strings(count)
        else:
            self.skip(count * struct.calcsize("<" + _FIXED[item]))
        return None


def read_header(path: Path) -> GgufHeader:
    """Reads the header of the model file at `path`.

    Raises:
        ModelMissing: there is no such file, or it cannot be opened.
        ModelDamaged: it is not a GGUF file, or its header is cut off.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                raise ModelDamaged(
                    f"{path.name} is not a GGUF model.",
                    "Remove it, and get the model again or choose another file.",
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _parse(data)
    except OSError as error:
        raise ModelMissing(
            f"The model file {path} cannot be opened: {error.strerror or error}.",
            "Get the model again, or choose another one.",
        ) from error
    except (struct.error, KeyError, OverflowError) as error:
        raise damaged(path) from error


def check_complete(path: Path) -> GgufHeader:
    """Like `read_header`, and raises `ModelDamaged` as well when tensor data is missing."""
    header = read_header(path)
    if header.actual_bytes < header.expected_bytes:
        raise damaged(path)
    return header


def damaged(path: Path) -> ModelDamaged:
    """The error for a model file that is cut off or garbled."""
    return ModelDamaged(
        f"The model file {path.name} is incomplete or damaged.",
        f"Remove it with `studiolo models remove {path.stem}` and get it again.",
    )


def _parse(data: mmap.mmap) -> GgufHeader:
    cursor = _Cursor(data)
    cursor.skip(len(_MAGIC))
    version = cursor.count("I")
    tensors, keys = cursor.count(), cursor.count()
    if version not in (2, 3) or keys > _MAX_KEYS or tensors > _MAX_TENSORS:
        raise struct.error
    metadata: dict[str, Scalar] = {}
    for _ in range(keys):
        key = cursor.string()
        value = cursor.value()
        if value is not None:
            metadata[key] = value
    names: set[str] = set()
    last = 0
    for _ in range(tensors):
        names.add(cursor.string())
        last = max(last, _tensor_end(cursor))
    alignment = int(metadata.get("general.alignment", 32)) or 32
    start = -(-cursor.at // alignment) * alignment
    expected = start + last if tensors else cursor.at
    return GgufHeader(metadata, frozenset(names), expected, len(data))


# Elements and bytes of a block, by ggml tensor type (ggml/src/ggml-common.h). For a type that is
# not listed only the tensor's beginning is checked.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2), 39: (32, 17),
}  # fmt: skip


def _tensor_end(cursor: _Cursor) -> int:
    """Where a tensor's data end, from what follows its name."""
    elements = 1
    for _ in range(cursor.count("I")):
        elements *= cursor.count()
    kind, offset = cursor.count("I"), cursor.count()
    block, size = _BLOCKS.get(kind, (1, 0))
    return offset + -(-elements // block) * size
