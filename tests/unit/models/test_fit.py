"""Estimates of memory, and the context window that fits it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from models import fit
from models.errors import ModelTooLarge
from models.fit import (
    SMALLEST_CONTEXT,
    cache_bytes,
    checked_context,
    context_that_fits,
    memory_need,
    window_now,
)
from models.gguf import GgufHeader, Tensor
from models.inspection import ChatFile, chat_file
from models.memory import Memory
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.sample_gguf import gguf

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
GB = 10**9


def _header(
    metadata: Mapping[str, int | str], *, lists: Mapping[str, tuple[int, ...]]
) -> GgufHeader:
    return GgufHeader({"general.architecture": "some", **metadata}, {}, 0, 0, lists)


def _weights(rows: int) -> Tensor:
    return Tensor((64, rows), 0, 64 * rows * 4)


def _layers(*layers: Mapping[str, int]) -> dict[str, Tensor]:
    """Returns the tensors of layers, given the rows of each."""
    return {
        f"blk.{number}.{name}.weight": _weights(rows)
        for number, layer in enumerate(layers)
        for name, rows in layer.items()
    }


ATTENTION = {"attn_k": 128, "attn_v": 64}


class TestCache:
    """What each kind of layer keeps of the text that it has read."""

    def test_attention_keeps_keys_and_values_of_each_token(self) -> None:
        header = _header({"some.block_count": 2}, lists={})
        assert cache_bytes(header, _layers(ATTENTION, ATTENTION), 1000) == 2 * 1000 * (128 + 64) * 2

    def test_values_that_are_the_keys_have_their_width(self) -> None:
        header = _header({"some.block_count": 1}, lists={})
        assert cache_bytes(header, _layers({"attn_k": 128}), 1000) == 1000 * (128 + 128) * 2

    def test_layers_that_share_have_none_of_their_own(self) -> None:
        header = _header({"some.block_count": 3, "some.attention.shared_kv_layers": 2}, lists={})
        tensors = _layers(ATTENTION, ATTENTION, ATTENTION)
        assert cache_bytes(header, tensors, 1000) == 1000 * (128 + 64) * 2

    def test_latent_attention_keeps_what_is_compressed(self) -> None:
        header = _header({"some.block_count": 1}, lists={})
        tensors = _layers({"attn_kv_a_mqa": 576, "attn_k_b": 128, "attn_v_b": 128})
        assert cache_bytes(header, tensors, 1000) == 1000 * 576 * 2

    def test_a_state_does_not_grow_with_the_text(self) -> None:
        keys = {
            "some.block_count": 2,
            "some.ssm.inner_size": 4096,
            "some.ssm.state_size": 128,
            "some.ssm.group_count": 16,
            "some.ssm.conv_kernel": 4,
        }
        tensors = _layers({"ssm_out": 64, "attn_qkv": 8192}, ATTENTION)
        state = 4 * (3 * (4096 + 2 * 16 * 128) + 4096 * 128)
        assert cache_bytes(_header(keys, lists={}), tensors, 1000) == state + 1000 * 192 * 2

    def test_a_short_convolution_keeps_the_last_tokens(self) -> None:
        keys = {"some.block_count": 1, "some.shortconv.l_cache": 3, "some.embedding_length": 2048}
        tensors = _layers({"shortconv.conv": 3})
        assert cache_bytes(_header(keys, lists={}), tensors, 1000) == 4 * 2 * 2048

    def test_one_tensor_for_all_three_is_told_apart_by_the_metadata(self) -> None:
        keys = {
            "some.block_count": 2,
            "some.embedding_length": 3072,
            "some.attention.head_count": 32,
        }
        lists = {"some.attention.head_count_kv": (8, 0)}
        tensors = _layers({"attn_qkv": 4608}, {"attn_qkv": 4608})
        assert cache_bytes(_header(keys, lists=lists), tensors, 1000) == 1000 * 8 * (96 + 96) * 2

    def test_an_absurd_number_of_layers_is_not_counted_through(self) -> None:
        header = _header({"some.block_count": 1 << 62}, lists={})
        assert cache_bytes(header, _layers(ATTENTION), 1000) == 1000 * (128 + 64) * 2


def test_the_estimate_grows_with_the_context_and_counts_the_file() -> None:
    file = chat_file(TINY)
    small, large = memory_need(file, 2048), memory_need(file, 8192)
    assert small.weights == TINY.stat().st_size
    assert large.cache == 4 * small.cache == 8192 * 30 * 3 * (64 + 64) * 2
    assert small.least <= small.resident < large.resident


def _file(path: Path, size: int) -> Path:
    path.write_bytes(gguf())
    with path.open("ab") as file:
        file.truncate(size)  # sparse: takes no room
    return path


class TestFitting:
    """A smaller context where that makes it fit, else a refusal."""

    @pytest.fixture
    def tiny(self) -> ChatFile:
        return chat_file(TINY)

    def test_what_fits_is_left_as_it_was(self, tiny: ChatFile) -> None:
        assert context_that_fits(tiny, 8192, GB) == 8192

    def test_a_smaller_window_makes_it_fit(self, tiny: ChatFile) -> None:
        free = memory_need(tiny, 4096).least
        assert context_that_fits(tiny, 8192, free) == 4096
        assert context_that_fits(tiny, 8192, free - 1) == SMALLEST_CONTEXT

    def test_a_window_below_the_smallest_is_kept(self, tiny: ChatFile) -> None:
        assert context_that_fits(tiny, 512, GB) == 512

    def test_nothing_fits(self, tiny: ChatFile) -> None:
        assert context_that_fits(tiny, 8192, 1000) == 0

    def test_a_refusal_has_figures_and_names_what_fits(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fit, "memory", lambda: Memory(8 * GB, GB))
        large = _file(tmp_path / "large.gguf", 5 * GB)
        _file(tmp_path / "middling.gguf", GB // 2)
        _file(tmp_path / "small.gguf", GB // 10)
        with pytest.raises(ModelTooLarge, match=r"needs about 5.1 GB, and 1.0 GB are") as caught:
            checked_context(chat_file(large), 4096)
        assert "choose middling, which fits," in caught.value.advice

    def test_with_nothing_else_here_the_catalogue_is_looked_at(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fit, "memory", lambda: Memory(8 * GB, 3 * GB))
        with pytest.raises(ModelTooLarge) as caught:
            checked_context(chat_file(_file(tmp_path / "large.gguf", 5 * GB)), 4096)
        assert "which fits" in caught.value.advice
        assert "Coder" not in caught.value.advice

    def test_the_window_of_now_heeds_what_the_model_was_trained_for(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fit, "memory", lambda: Memory(8 * GB, 4 * GB))
        assert window_now(TINY, 32768) == (8192, 8192)
        assert window_now(TINY, 1024) == (1024, 1024)
        monkeypatch.setattr(fit, "memory", lambda: Memory(8 * GB, 1000))
        assert window_now(TINY, 4096) == (0, 4096)
