"""The header of a GGUF file, whole, cut off and hostile."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from models.errors import ModelDamaged, ModelMissing, ModelTooLarge
from models.gguf import check_complete, read_header
from models.llama import LlamaChatModel, kv_cache_bytes
from tests.conftest import MODELS, TINY_CHAT_MODEL

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"


def test_reads_a_real_header() -> None:
    header = check_complete(TINY)
    assert header.architecture == "llama"
    assert header.has_chat_template
    assert header.number("block_count") == 30
    assert header.expected_bytes == header.actual_bytes == TINY.stat().st_size
    assert kv_cache_bytes(header, 4096) == 2 * 4096 * 30 * 3 * (64 + 64)


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
    with pytest.raises(ModelDamaged):
        read_header(path)


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
    assert "smaller model" in caught.value.advice
