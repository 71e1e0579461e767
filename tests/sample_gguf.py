"""Small GGUF files for tests, and copies of real ones with another header."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Value = int | float | bool | str | Sequence[str] | Sequence[int] | bytes
"""Of a key; bytes stand for a value as it is written, its type first."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHAT: Mapping[str, Value] = {
    "general.architecture": "llama",
    "llama.block_count": 1,
    "tokenizer.chat_template": CHATML,
}
"""What makes a header that of a chat model."""
WEIGHTS = {"token_embd.weight": b"\1\2\3\4" * 64}
_ALIGN = 32
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_STRING, _ARRAY = 8, 9


def gguf(
    metadata: Mapping[str, Value] = CHAT,
    tensors: Mapping[str, bytes] = WEIGHTS,
    *,
    version: int = 3,
) -> bytes:
    """A file as the GGUF specification has it. Tensors are rows of 8-bit numbers."""
    about, data = b"", b""
    for name, values in tensors.items():
        about += string(name) + struct.pack("<IQIQ", 1, len(values), 24, len(data))
        data += values + b"\0" * (-len(values) % _ALIGN)
    keys = b"".join(string(key) + _written(value) for key, value in metadata.items())
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata)) + keys + about
    return head + b"\0" * (-len(head) % _ALIGN) + data


def string(text: str | bytes) -> bytes:
    """A text behind its length."""
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def header_changed(
    source: Path,
    target: Path,
    change: Callable[[dict[str, bytes]], None],
    tensors: Callable[[bytes], bytes] = lambda about: about,
) -> Path:
    """Copies a model, with another header before the same weights.

    Args:
        source: a GGUF file.
        target: the file to be.
        change: gets the keys with their values as they are written, and changes them.
        tensors: gets what tells of the tensors, and returns what is written instead.
    """
    data = source.read_bytes()
    reader = _Reader(data)
    version, count, keys = struct.unpack_from("<IQQ", data, 4)
    values = {}
    for _ in range(keys):
        key = reader.string().decode()
        values[key] = reader.value()
    begun = reader.at
    for _ in range(count):
        reader.tensor()
    about, start = data[begun : reader.at], -(-reader.at // _ALIGN) * _ALIGN
    change(values)
    head = b"GGUF" + struct.pack("<IQQ", version, count, len(values))
    head += b"".join(string(key) + value for key, value in values.items()) + tensors(about)
    target.write_bytes(head + b"\0" * (-len(head) % _ALIGN) + data[start:])
    return target


def text(value: str) -> bytes:
    """A text as a value is written."""
    return struct.pack("<I", _STRING) + string(value)


def number(value: int) -> bytes:
    """A whole number as a value is written."""
    return struct.pack("<II", 4, value)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 24
        self.offset = 0  # of the last tensor's data

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(form, self._data, self.at)
        self.at += struct.calcsize(form)
        return int(value)

    def string(self) -> bytes:
        size = self.number("<Q")
        self.at += size
        return self._data[self.at - size : self.at]

    def value(self) -> bytes:
        begun = self.at
        kind = self.number("<I")
        if kind == _STRING:
            self.string()
        elif kind == _ARRAY:
            item, count = self.number("<I"), self.number("<Q")
            if item == _STRING:
                for _ in range(count):
                    self.string()
            else:
                self.at += _SIZES[item] * count
        else:
            self.at += _SIZES[kind]
        return self._data[begun : self.at]

    def tensor(self) -> None:
        self.string()
        dimensions = self.number("<I")
        self.at += 8 * dimensions + 4
        self.offset = self.number("<Q")


def _written(value: Value) -> bytes:
    match value:
        case bytes():
            return value
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return number(value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return text(value)
    head = struct.pack("<II", _ARRAY, _STRING if isinstance(value[0], str) else 5)
    items = (string(v) if isinstance(v, str) else struct.pack("<i", v) for v in value)
    return head + struct.pack("<Q", len(value)) + b"".join(items)


def split(source: Path, folder: Path, whole: str, count: int) -> list[Path]:
    """Splits a model as `llama-gguf-split` does: all keys in the first part, then the tensors.

    Args:
        source: a GGUF file.
        folder: where the parts go.
        whole: what their names begin with.
        count: how many there are to be.
    """
    data = source.read_bytes()
    reader = _Reader(data)
    version, tensors, keys = struct.unpack_from("<IQQ", data, 4)
    head = b""
    for _ in range(keys):
        head += string(reader.string()) + reader.value()
    about: list[tuple[bytes, int]] = []
    for _ in range(tensors):
        begun = reader.at
        reader.tensor()
        about.append((data[begun : reader.at - 8], reader.offset))
    start = -(-reader.at // _ALIGN) * _ALIGN
    ends = [offset for _, offset in about[1:]] + [len(data) - start]
    share = -(-tensors // count)
    made = []
    for part in range(count):
        own = list(zip(about, ends, strict=True))[part * share : (part + 1) * share]
        first = own[0][0][1]
        infos = b"".join(info + struct.pack("<Q", at - first) for (info, at), _ in own)
        more = {"split.no": part, "split.count": count}
        written = b"".join(
            string(key) + struct.pack("<IH", 2, value) for key, value in more.items()
        )
        written += string("split.tensors.count") + struct.pack("<Ii", 5, tensors)
        size = len(more) + 1 + (keys if part == 0 else 0)
        header = b"GGUF" + struct.pack("<IQQ", version, len(own), size)
        header += (head if part == 0 else b"") + written + infos
        header += b"\0" * (-len(header) % _ALIGN)
        path = folder / f"{whole}-{part + 1:05}-of-{count:05}.gguf"
        path.write_bytes(header + data[start + first : start + own[-1][1]])
        made.append(path)
    return made
