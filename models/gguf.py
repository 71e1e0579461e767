"""Reads the header of a GGUF file: enough to say what it is, and whether all of it is there.

The layout is that of the GGUF specification, versions 2 and 3, little-endian. The file is
untrusted: every length in it is checked against the file's, and there
are limits to how many things a header may hold, far above those of real models.
"""

from __future__ import annotations

import math
import os
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from models.catalog import name_of
from models.errors import ModelDamaged, ModelMissing, ModelTooLarge, ModelUnsupported

Scalar = int | float | bool | str

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_BIG_ENDIAN = 1 << 16  # a version at least so large is a small one with its bytes turned round
# Value types of the specification that have a fixed size.
_FIXED = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MAX_KEYS = 10_000
_MAX_TENSORS = 100_000
_MAX_ITEMS = 2_000_000  # of all arrays with strings; vocabularies have up to some 260,000 words
_MAX_DIMENSIONS = 8  # of a tensor; ggml itself has four
_LONGEST_NAME = 1 << 16  # bytes of a key or a tensor's name
_KEPT_STRING = 1 << 20  # longer strings are skipped; a chat template is a few kB
_KEPT_STRINGS = 16 << 20  # bytes of all that are kept
_KEPT_LIST = 1024  # numbers of a list that is kept: those that have one number a layer
_LARGEST_ALIGNMENT = 1 << 20
# llama.cpp hands these on as C strings, which end at a NUL: what is checked would not be what runs.
_READ_AS_C_STRINGS = ("general.architecture", "general.type", "tokenizer.")
_CHOOSE = "Get the file again, or choose another one."


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor of a GGUF file.

    Attributes:
        shape: its dimensions, the innermost (the input of a layer) first.
        kind: its type, as `ggml_type` numbers them.
        bytes: size of its data; 0 for a type that is not known here.
    """

    shape: tuple[int, ...]
    kind: int
    bytes: int

    @property
    def rows(self) -> int:
        """Numbers that a layer with these weights puts out."""
        return self.shape[1] if len(self.shape) > 1 else 1


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the header of a GGUF file says.

    Attributes:
        metadata: keys with a single value.
        tensors: its tensors by name.
        expected_bytes: the file is truncated when it is shorter than this.
        actual_bytes: the file's size.
        lists: keys with a short list of numbers, such as one for each layer.
    """

    metadata: Mapping[str, Scalar]
    tensors: Mapping[str, Tensor]
    expected_bytes: int
    actual_bytes: int
    lists: Mapping[str, tuple[int | float, ...]] = field(default_factory=dict)

    @property
    def architecture(self) -> str:
        """The family of the model, e.g. ``qwen2``; "" when the file does not say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def has_chat_template(self) -> bool:
        """Whether the model knows how a conversation is written."""
        return "tokenizer.chat_template" in self.metadata

    @property
    def parameters(self) -> int:
        """The number of weights in this file; of a model in parts, only of this part."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())

    def number(self, key: str, default: int = 0) -> int:
        """Returns ``<architecture>.<key>``, e.g. ``block_count``, as a whole number.

        Of a list, which has one number for each layer, it is the largest.
        """
        name = f"{self.architecture}.{key}"
        value = self.metadata.get(name, max(self.lists.get(name, ()), default=default))
        if isinstance(value, float) and not math.isfinite(value):
            return default
        return int(value) if isinstance(value, int | float) else default


class _OtherVersion(Exception):
    """The file is in a form that is not read. Its text names it."""


class _Excess(Exception):
    """The header holds more than any real one. Its text is part of a sentence."""


class _Cursor:
    """Reads little-endian values one after another; running off the end is a struct.error.

    The file is read, not mapped: one that is cut short meanwhile would end the process.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._kept = self._items = 0
        self.size = size
        self.at = file.tell()

    def take(self, size: int) -> bytes:
        self.at += size
        if self.at > self.size:
            raise struct.error
        data = self._file.read(size)
        if len(data) < size:
            raise struct.error
        return data

    def fixed(self, code: str) -> int | float | bool:
        form = "<" + code
        value: int | float | bool = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return value

    def count(self, code: str = "Q") -> int:
        return int(self.fixed(code))

    def skip(self, size: int) -> None:
        self.at += size
        if self.at > self.size:
            raise struct.error
        self._file.seek(size, os.SEEK_CUR)

    def string(self) -> str:
        size = self.count()
        if size > _KEPT_STRING:
            self.skip(size)
            return ""
        self._kept += size
        if self._kept > _KEPT_STRINGS:
            raise _Excess(f"more than {_KEPT_STRINGS >> 20} MB of text")
        return self.take(size).decode("utf-8", "replace")

    def name(self) -> str:
        start = self.at
        name = self.string()
        if self.at - start > _LONGEST_NAME:
            raise _Excess(f"a name longer than {_LONGEST_NAME >> 10} kB")
        if "\0" in name:
            raise _Excess("a NUL character in a name")
        return name

    def skip_strings(self, count: int) -> None:
        """Passes over `count` strings; vocabularies have hundreds of thousands."""
        self._items += count
        if self._items > _MAX_ITEMS:
            raise _Excess(f"lists of more than {_MAX_ITEMS:,} words")
        read, seek, number = self._file.read, self._file.seek, int.from_bytes
        for _ in range(count):
            length = number(read(8), "little")
            self.at += 8 + length
            if self.at > self.size:
                raise struct.error
            seek(length, os.SEEK_CUR)

    def value(self) -> Scalar | tuple[int | float, ...] | None:
        kind = self.count("I")
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.fixed(_FIXED[kind])
        item, count = self.count("I"), self.count()
        if item == _STRING:
            self.skip_strings(count)
        elif count <= _KEPT_LIST:
            return tuple(self.fixed(_FIXED[item]) for _ in range(count))
        else:
            self.skip(count * struct.calcsize("<" + _FIXED[item]))
        return None


def read_header(path: Path) -> GgufHeader:
    """Reads the header of the model file at `path`.

    Raises:
        ModelMissing: there is no such file, or it cannot be opened.
        ModelDamaged: it is not a GGUF file, its header is cut off, or holds what no real one does.
        ModelUnsupported: it is of another version, or for processors of another kind.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or file.read(4) != _MAGIC:
                raise ModelDamaged(
                    f"{path.name} is not a GGUF model.",
                    _CHOOSE,
                )
            return _parse(_Cursor(file, os.fstat(file.fileno()).st_size))
    except OSError as error:
        raise ModelMissing(
            f"The model file {path} cannot be opened: {error.strerror or error}.",
            "Get the model again, or choose another one.",
        ) from error
    except _Excess as excess:
        raise ModelDamaged(
            f"The header of the model file {path.name} holds {excess}, which no real model has.",
            _CHOOSE,
        ) from excess
    except _OtherVersion as other:
        raise ModelUnsupported(
            f"The model file {path.name} is written in {other}; Studiolo reads GGUF versions 2 and "
            "3, little-endian.",
            "Get the model in a newer file, or choose another one.",
        ) from other
    except (struct.error, KeyError, ValueError, OverflowError) as error:
        raise damaged(path) from error


def check_complete(path: Path) -> GgufHeader:
    """Reads the header as `read_header` does, and checks that no tensor data is missing.

    Raises:
        ModelDamaged: some is, or the header cannot be read.
    """
    header = read_header(path)
    if header.actual_bytes < header.expected_bytes:
        raise damaged(path)
    return header


def damaged(path: Path) -> ModelDamaged:
    """Makes the error for a model file that is cut off or garbled."""
    return ModelDamaged(
        f"The model file {path.name} is incomplete or damaged.",
        _CHOOSE,
    )


def too_large(path: Path, detail: str = "", *, better: str = "") -> ModelTooLarge:
    """Makes the error for a model that there is no memory for.

    Args:
        path: its file.
        detail: a sentence about it.
        better: the name of a model that would fit; "" where none is known.
    """
    choice = f"choose {better}, which fits," if better else "choose a smaller model"
    return ModelTooLarge(
        f"There is not enough free memory for the model {name_of(path.stem)}. {detail}".strip(),
        f"Close other programs, or {choice} or a smaller context window in Settings.",
    )


def _open_at_once(name: str, flags: int) -> int:
    """Opens without waiting, as a pipe would have one do."""
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _parse(cursor: _Cursor) -> GgufHeader:
    version = cursor.count("I")
    if version not in (2, 3):
        turned = int.from_bytes(version.to_bytes(4, "little"), "big")
        raise _OtherVersion(
            f"GGUF version {turned}, big-endian"
            if version >= _BIG_ENDIAN
            else f"GGUF version {version}"
        )
    tensors, keys = cursor.count(), cursor.count()
    if keys > _MAX_KEYS:
        raise _Excess(f"{keys:,} keys")
    if tensors > _MAX_TENSORS:
        raise _Excess(f"{tensors:,} tensors")
    metadata: dict[str, Scalar] = {}
    lists: dict[str, tuple[int | float, ...]] = {}
    seen: set[str] = set()
    for _ in range(keys):
        key = cursor.name()
        if key in seen:
            raise _Excess(f"the key {key[:60]!r} twice")
        seen.add(key)
        value = cursor.value()
        if isinstance(value, str) and "\0" in value and key.startswith(_READ_AS_C_STRINGS):
            raise _Excess(f"a NUL character in {key}")
        if isinstance(value, tuple):
            lists[key] = value
        elif value is not None:
            metadata[key] = value
    held: dict[str, Tensor] = {}
    last = 0
    for _ in range(tensors):
        name = cursor.name()
        held[name], offset = _tensor(cursor)
        last = max(last, offset + held[name].bytes)
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 0 < alignment <= _LARGEST_ALIGNMENT:
        raise struct.error
    start = -(-cursor.at // alignment) * alignment
    expected = start + last if tensors else cursor.at
    return GgufHeader(metadata, held, expected, cursor.size, lists)


# Elements and bytes of a block, by ggml tensor type (ggml/src/ggml-common.h). For a type that is
# not listed only the tensor's beginning is checked. The package gguf has the same figures, but
# loads numpy, which the window's process does without.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2), 39: (32, 17),
}  # fmt: skip


def _tensor(cursor: _Cursor) -> tuple[Tensor, int]:
    """Returns a tensor, and where its data begin, from what follows its name."""
    dimensions = cursor.count("I")
    if dimensions > _MAX_DIMENSIONS:
        raise _Excess(f"a tensor of {dimensions:,} dimensions")
    shape = tuple(cursor.count() for _ in range(dimensions))
    kind, offset = cursor.count("I"), cursor.count()
    block, size = _BLOCKS.get(kind, (1, 0))
    return Tensor(shape, kind, -(-math.prod(shape) // block) * size), offset
