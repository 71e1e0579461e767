"""Which chat models are too small for tables."""

from pathlib import Path

import pytest

from models import size
from models.gguf import read_header
from tests.sample_gguf import CHAT, WEIGHTS, gguf


def test_weights_are_counted_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.gguf"
    file.write_bytes(gguf(CHAT, WEIGHTS))
    assert read_header(file).parameters == 256
    assert size.is_small(file)
    monkeypatch.setattr(size, "LEAST_PARAMETERS", 256)
    size._is_small.cache_clear()
    assert not size.is_small(file)


def test_what_is_not_known_is_not_small(tmp_path: Path) -> None:
    part = tmp_path / "a-00001-of-00002.gguf"
    part.write_bytes(gguf({**CHAT, "split.count": 2}, WEIGHTS))
    assert not size.is_small(part)
    assert not size.is_small(tmp_path / "none.gguf")
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF")
    assert not size.is_small(damaged)
