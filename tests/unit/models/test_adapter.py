"""LoRA adapters: what they change, and which are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.adapter import adapter_header, check_fits
from models.chat import Finished, GenerationOptions, Message, Role
from models.errors import ModelDamaged, ModelMissing, ModelUnsupported
from models.llama import LlamaChatModel
from tests.lora import TINY, write_adapter

ASKED = [Message(Role.USER, "Tell me about the sea.")]


def chances(adapter: Path | None, states: Path | None = None) -> Finished:
    """What the small model writes, with the chance of each token."""
    model = LlamaChatModel(
        TINY, "tiny", context_tokens=512, gpu_layers=0, adapter=adapter, states=states
    )
    try:
        model.prime(ASKED, drawer="shared" if states else "")
        *_, last = model.generate(ASKED, GenerationOptions(max_tokens=8))
    finally:
        model.close()
    assert isinstance(last, Finished)
    return last


def test_an_adapter_of_zeros_changes_nothing(tmp_path: Path) -> None:
    assert chances(write_adapter(tmp_path / "none.gguf")).chances == chances(None).chances


def test_an_adapter_changes_what_the_model_writes(tmp_path: Path) -> None:
    changed = chances(write_adapter(tmp_path / "some.gguf", 0.05)).chances
    assert changed != chances(None).chances
    assert changed == chances(tmp_path / "some.gguf").chances


def test_what_was_read_with_an_adapter_is_not_used_without_it(tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "some.gguf", 0.05)
    states = tmp_path / "states"
    states.mkdir()
    changed = chances(adapter, states)
    usual = chances(None, states)
    assert usual.chances == chances(None).chances
    assert chances(adapter, states).chances == changed.chances
    assert len(list(states.glob("*/*.state"))) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"architecture": "gemma3"}, "it changes models of the kind 'gemma3', and this one"),
        ({"weight": "blk.77.ffn_down.weight"}, "it changes a part that the model does not have"),
        ({"narrower": 64}, "it was made for a model of another size"),
        ({"without": "lora_b"}, "half of one of its changes is missing"),
        ({"without": "lora_a"}, "half of one of its changes is missing"),
    ],
)
def test_an_adapter_for_another_model_is_refused(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    adapter = write_adapter(tmp_path / "other.gguf", **changes)  # type: ignore[arg-type]
    with pytest.raises(ModelUnsupported, match=f"The adapter other.gguf is not for .*: {reason}"):
        check_fits(adapter, TINY)
    with pytest.raises(ModelUnsupported, match=reason):
        LlamaChatModel(TINY, "tiny", context_tokens=512, adapter=adapter)


def test_what_is_no_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnsupported, match="is no LoRA adapter"):
        adapter_header(TINY)
    with pytest.raises(ModelMissing):
        adapter_header(tmp_path / "gone.gguf")
    whole = write_adapter(tmp_path / "cut.gguf")
    whole.write_bytes(whole.read_bytes()[:-500])
    with pytest.raises(ModelDamaged):
        adapter_header(whole)
