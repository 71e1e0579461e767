"""The header of a GGUF file, whole, cut off and hostile."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from models.errors import ModelDamaged, ModelMissing, ModelTooLarge, ModelUnsupported
from models.fit import cache_bytes
from models.gguf import check_complete, read_header
from models.llama import LlamaChatModel
from tests.conftest import MODELS, TINY_CHAT_MODEL

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"


def test_reads_a_real_header() -> None:
    header = check_complete(TINY)
    assert header.architecture == "llama"
    assert header.has_chat_template
    assert header.number("block_count") == 30
    assert header.expected_bytes == header.actual_bytes == TINY.stat().st_size
    assert cache_bytes(header, header.tensors, 4096) == 2 * 4096 * 30 * 3 * (64 + 64)


@pytest.mark.parametrize("size", [4, 20, 24, 1000, 1_000_000, 1_700_000, 98_362_431])
def test_a_file_cut_off_anywhere_is_damaged(size: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    with TINY.open("rb") as file:
        path.write_bytes(file.read(size))
    with pytest.raises(ModelDamaged, match="incomplete or damaged"):
        check_complete(path)


def _file(path: Path, *fields: bytes, tensors: int = 0, keys: int = 1, version: int = 3) -> Path:
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + b"".join(fields))
    return path


def _string(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    ("fields", "keys", "tensors", "version"),
    [
        ((struct.pack("<Q", 2**63),), 1, 0, 3),
        ((_string(b"k"), struct.pack("<IIQ", 9, 8, 2**60)), 1, 0, 3),
        ((_string(b"k"), struct.pack("<IIQ", 9, 9, 3)), 1, 0, 3),
        ((_string(b"k"), struct.pack("<I", 77)), 1, 0, 3),
        ((), 2**40, 0, 3),
        ((), 0, 2**40, 3),
        ((), 0, 0, 99),
        ((_string(b"t"), struct.pack("<I", 2**32 - 1)), 0, 1, 3),
    ],
)
def test_a_hostile_header_is_refused(
    fields: tuple[bytes, ...], keys: int, tensors: int, version: int, tmp_path: Path
) -> None:
    path = _file(tmp_path / "bad.gguf", *fields, keys=keys, tensors=tensors, version=version)
    with pytest.raises((ModelDamaged, ModelUnsupported)):
        read_header(path)


@pytest.mark.parametrize(
    ("version", "name"),
    [
        (1, "version 1;"),
        (4, "version 4;"),
        (3 << 24, "version 3, big-endian;"),
        (99, "version 99;"),
    ],
)
def test_another_version_is_named(version: int, name: str, tmp_path: Path) -> None:
    path = _file(tmp_path / "other.gguf", version=version)
    with pytest.raises(ModelUnsupported, match=f"written in GGUF {name} Studiolo reads"):
        read_header(path)


def _pairs(count: int, value: bytes) -> tuple[bytes, ...]:
    return tuple(_string(f"key.{n}".encode()) + value for n in range(count))


_WORD = struct.pack("<I", 8) + _string(b"x" * (1 << 20))


@pytest.mark.parametrize(
    ("fields", "keys", "tensors", "words"),
    [
        ((), 100_000, 0, "100,000 keys"),
        ((), 1, 2**63, "9,223,372,036,854,775,808 tensors"),
        (_pairs(20, _WORD), 20, 0, "more than 16 MB of text"),
        ((_string(b"k"), struct.pack("<IIQ", 9, 8, 2**40)), 1, 0, "more than 2,000,000 words"),
        ((_string(b"k" * 70_000), struct.pack("<Ib", 1, 0)), 1, 0, "a name longer than 64 kB"),
        ((_string(b"k") + struct.pack("<Ib", 1, 0),) * 2, 2, 0, "the key 'k' twice"),
        ((_string(b"t"), struct.pack("<I", 2**32 - 1)), 0, 1, "4,294,967,295 dimensions"),
    ],
    ids=range(7),
)
def test_a_header_that_holds_too_much_says_what(
    fields: tuple[bytes, ...], keys: int, tensors: int, words: str, tmp_path: Path
) -> None:
    path = _file(tmp_path / "large.gguf", *fields, keys=keys, tensors=tensors)
    with pytest.raises(ModelDamaged, match=f"holds .*{words}, which no real model has"):
        read_header(path)


@pytest.mark.parametrize(
    "value",
    [
        struct.pack("<I", 8) + _string(b"many"),
        struct.pack("<If", 6, float("nan")),
        struct.pack("<IQ", 10, 2**63),
        struct.pack("<Ii", 5, -32),
        struct.pack("<II", 4, 0),
    ],
    ids=range(5),
)
def test_a_wrong_alignment_is_damage(value: bytes, tmp_path: Path) -> None:
    path = _file(tmp_path / "odd.gguf", _string(b"general.alignment"), value)
    with pytest.raises(ModelDamaged):
        read_header(path)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1e308])
def test_a_figure_that_is_no_whole_number(value: float, tmp_path: Path) -> None:
    fields = _string(b".block_count"), struct.pack("<Id", 12, value)
    header = read_header(_file(tmp_path / "odd.gguf", *fields))
    assert header.number("block_count", 7) in (7, int(-1e308))


def test_a_real_vocabulary_is_passed_over_at_once(tmp_path: Path) -> None:
    words = _string(b"k"), struct.pack("<IIQ", 9, 8, 300_000), _string(b"word") * 300_000
    header = read_header(_file(tmp_path / "vocabulary.gguf", *words))
    assert header.expected_bytes == header.actual_bytes


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(ModelDamaged, match="is not a GGUF model"):
        read_header(tmp_path / "pipe.gguf")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(ModelMissing, match="cannot be opened"):
            read_header(path)


def test_a_model_larger_than_the_memory_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    path.write_bytes(TINY.read_bytes())
    with path.open("ab") as file:
        file.truncate(1 << 41)  # a sparse file: two terabytes that take no room
    with pytest.raises(ModelTooLarge, match="not enough free memory") as caught:
        LlamaChatModel(path, "large")
    assert "needs about 2199" in caught.value.message
    assert "smaller" in caught.value.advice
