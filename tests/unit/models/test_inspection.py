"""What a GGUF file is, told from its header: answering models are told from all others."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest

from models.errors import ModelDamaged, ModelError, ModelUnsupported
from models.fit import memory_need
from models.inspection import chat_file, part_name, whole_name
from models.native import load_model
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.sample_gguf import CHAT, WEIGHTS, Value, gguf, header_changed, string, text
from tests.sample_rerankers import write_reranker

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def without(key: str) -> dict[str, Value]:
    return {name: value for name, value in CHAT.items() if name != key}


def bert(**more: Value) -> dict[str, Value]:
    return {"general.architecture": "bert", **{f"bert.{key}": v for key, v in more.items()}}


def test_a_chat_model_is_one(tmp_path: Path) -> None:
    path = written(tmp_path / "chat.gguf", gguf())
    file = chat_file(path)
    assert (file.parts, file.bytes) == ((path,), path.stat().st_size)
    assert chat_file(TINY).header.architecture == "llama"


@pytest.mark.parametrize(
    ("metadata", "tensors", "words"),
    [
        ({**CHAT, "llama.pooling_type": 3}, WEIGHTS, "is an embedding model"),
        ({**CHAT, "llama.attention.causal": False}, WEIGHTS, "is an embedding model"),
        (bert(), WEIGHTS, "is an embedding model"),
        ({**CHAT, "general.architecture": "gemma-embedding"}, WEIGHTS, "is an embedding model"),
        ({**CHAT, "llama.pooling_type": 4}, WEIGHTS, "is a reranker"),
        (CHAT, {**WEIGHTS, "cls.output.weight": b"1234"}, "is a reranker"),
        (bert(pooling_type=4), {**WEIGHTS, "cls.weight": b"1234"}, "is a reranker"),
        ({**CHAT, "general.type": "adapter"}, WEIGHTS, r"is an adapter \(LoRA\)"),
        ({**CHAT, "adapter.lora.alpha": 16.0}, WEIGHTS, r"is an adapter \(LoRA\)"),
        ({**CHAT, "general.type": "mmproj"}, WEIGHTS, "is the vision part"),
        ({"general.architecture": "clip"}, WEIGHTS, "is the vision part"),
        ({**CHAT, "general.type": "imatrix"}, WEIGHTS, "holds measurements"),
        ({**CHAT, "general.type": "hat\u202e"}, WEIGHTS, r"is of the type 'hat\\u202e'"),
        (CHAT, {}, "holds a vocabulary only"),
        ({"general.architecture": "t5"}, WEIGHTS, "is a translation model"),
        ({**CHAT, "general.architecture": "llada"}, WEIGHTS, "is a diffusion model"),
        (without("general.architecture"), WEIGHTS, "does not say what kind"),
    ],
)
def test_what_does_not_answer_is_named(
    metadata: Mapping[str, Value], tensors: Mapping[str, bytes], words: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "other.gguf", gguf(metadata, tensors))
    with pytest.raises(ModelUnsupported, match=f"^other.gguf {words}") as caught:
        chat_file(path)
    assert "instruct" in caught.value.advice


def test_a_real_reranker_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnsupported, match="is a reranker"):
        chat_file(write_reranker(tmp_path / "tiny.gguf"))


@pytest.mark.parametrize(
    "metadata",
    [
        {**CHAT, "general.architecture": "lla\0ma"},
        {**CHAT, "tokenizer.chat_template": "{{ messages }}\0{{ 1/0 }}"},
        {**CHAT, "general.ty\0pe": "model"},
    ],
    ids=range(3),
)
def test_a_nul_hides_nothing(metadata: Mapping[str, Value], tmp_path: Path) -> None:
    path = written(tmp_path / "nul.gguf", gguf(metadata))
    with pytest.raises(ModelDamaged, match="holds a NUL character in"):
        chat_file(path)


class TestParts:
    """A large model comes in several files."""

    def parts(self, folder: Path, count: int = 3, *, say: int = 0) -> list[Path]:
        made = []
        for number in range(count):
            split: dict[str, Value] = {"split.count": say or count, "split.no": number}
            more = CHAT if number == 0 else {}
            data = gguf({**more, **split}, {f"blk.{number}.weight": bytes([number]) * 100})
            made.append(written(folder / part_name("big", number, count), data))
        return made

    def test_all_of_them_are_one_model(self, tmp_path: Path) -> None:
        made = self.parts(tmp_path)
        assert made[1].name == "big-00002-of-00003.gguf"
        for part in made:
            file = chat_file(part)
            assert file.parts == tuple(made)
            assert file.bytes == sum(one.stat().st_size for one in made)
            assert file.header.has_chat_template
            assert whole_name(part) == "big"

    def test_what_is_missing_is_named(self, tmp_path: Path) -> None:
        made = self.parts(tmp_path)
        made[2].unlink()
        with pytest.raises(ModelDamaged, match=r"one of 3 parts .*; big-00003-of-00003\.gguf is"):
            chat_file(made[0])
        made[0].unlink()
        with pytest.raises(ModelDamaged, match=r"big-00001-of-00003\.gguf and 1 more is missing"):
            chat_file(made[1])

    def test_a_part_that_is_cut_off_is_damaged(self, tmp_path: Path) -> None:
        made = self.parts(tmp_path)
        made[2].write_bytes(made[2].read_bytes()[:-60])
        with pytest.raises(ModelDamaged, match=r"big-00003-of-00003\.gguf is incomplete"):
            chat_file(made[0])

    def test_parts_that_changed_places_are_damaged(self, tmp_path: Path) -> None:
        _, second, third = self.parts(tmp_path)
        third.write_bytes(second.read_bytes())
        with pytest.raises(ModelDamaged, match="not the part of the model that its name says"):
            chat_file(second)

    @pytest.mark.parametrize("say", [2, 65_535, 2**32 - 1])
    def test_a_number_of_parts_that_is_not_that_of_the_name(self, say: int, tmp_path: Path) -> None:
        made = self.parts(tmp_path, say=say)
        with pytest.raises(ModelUnsupported, match="its name does not say which"):
            chat_file(made[0])

    def test_a_part_with_a_name_of_its_own(self, tmp_path: Path) -> None:
        made = self.parts(tmp_path)
        renamed = made[0].rename(tmp_path / "big (1).gguf")
        with pytest.raises(ModelUnsupported, match="one of 3 parts") as caught:
            chat_file(renamed)
        assert "model-00001-of-00003.gguf" in caught.value.advice


class TestMutated:
    """However a header is garbled, it ends in a sentence, soon and without much memory."""

    @pytest.mark.parametrize(
        "count", [1000, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "many"]
    )
    def test_thousands_of_headers(self, count: int, tmp_path: Path) -> None:
        chance = random.Random(12 + count)
        deep: Mapping[str, Value] = {
            **CHAT,
            "llama.attention.head_count_kv": [1, 2, 3],
            "tokenizer.ggml.tokens": ["a", "b", "<|im_end|>"],
            "tokenizer.ggml.scores": [1, 2, 3],
            "split.count": 1,
            "general.alignment": 32,
        }
        good = gguf(deep, {**WEIGHTS, "blk.0.attn_q.weight": b"1234"})
        end = good.index(WEIGHTS["token_embd.weight"])
        path = tmp_path / "mutated.gguf"
        outcomes: dict[str, int] = {}
        tracemalloc.start()
        for _ in range(count):
            path.write_bytes(_mutated(good, end, chance))
            outcome = _outcome(path)
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        assert tracemalloc.get_traced_memory()[1] < 60 << 20
        tracemalloc.stop()
        assert set(outcomes) <= {"read", "ModelDamaged", "ModelUnsupported"}
        assert min(outcomes.values()) > count // 100, outcomes

    def test_arrays_within_arrays(self, tmp_path: Path) -> None:
        nested = struct.pack("<IIQ", 9, 9, 1) + struct.pack("<IQ", 9, 1) * 100_000
        path = written(tmp_path / "deep.gguf", gguf({**CHAT, "a.b": nested}))
        with pytest.raises(ModelDamaged):
            chat_file(path)


def _outcome(path: Path) -> str:
    try:
        assert memory_need(chat_file(path), 4096).resident > 0
    except ModelError as error:
        told = error.message and error.advice and "\n" not in error.message
        return type(error).__name__ if told else "untold"
    return "read"


def _mutated(good: bytes, end: int, chance: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(chance.randint(1, 3)):
        end = min(end, len(data) - 8)
        if end < 40:
            break
        at = chance.randrange(4, end)
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                struct.pack_into("<Q", data, at, chance.choice([0, 2**31, 2**63, 2**64 - 1]))
            case 2:
                data[at : at + chance.randrange(1, 40)] = chance.randbytes(chance.randrange(40))
            case 3:
                data[at : at + 4] = struct.pack("<I", chance.randrange(14))
            case 4:
                del data[chance.randrange(24, len(data)) :]
    return bytes(data)


VOCABULARY: Mapping[str, Value] = {
    **{f"llama.{key}": 8 for key in ("context_length", "embedding_length", "feed_forward_length")},
    "llama.attention.head_count": 1,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "qwen2",
    "tokenizer.ggml.tokens": ["a", "b", "c"],
    "tokenizer.ggml.token_type": [1, 1, 1],
    "tokenizer.ggml.merges": ["a b"],
}


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (
            {"general.architecture": "llama9"},
            ModelUnsupported,
            "cannot run. llama.cpp says: unknown model architecture: 'llama9'.",
        ),
        (
            {"tokenizer.ggml.pre": "martian"},
            ModelUnsupported,
            "llama.cpp says: unknown pre-tokenizer type: 'martian'.",
        ),
        (
            {"llama.context_length": "x"},
            ModelDamaged,
            "missing or wrong. llama.cpp says: key llama.context_length has wrong type",
        ),
        ({}, ModelDamaged, "missing or wrong. llama.cpp says: "),
    ],
    ids=["architecture", "tokenizer", "key", "tensor"],
)
def test_what_llama_cpp_says_is_told(
    change: Mapping[str, Value], kind: type[ModelError], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf({**CHAT, **VOCABULARY, **change}))
    chat_file(path)  # nothing of this can be told from the header
    with pytest.raises(kind) as caught:
        load_model(path)
    assert words in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert caught.value.advice


def test_what_a_file_makes_llama_cpp_say_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "loud.gguf"
    loud = "x\n\x1b[31mRun `rm -rf`\u202e" + "y" * 500
    path.write_bytes(gguf({**CHAT, "general.architecture": loud}))
    with pytest.raises(ModelUnsupported) as caught:
        load_model(path)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


def test_a_header_can_be_changed(tmp_path: Path) -> None:
    """The tool of other tests is itself right: the same header makes the same file."""
    same = header_changed(TINY, tmp_path / "same.gguf", lambda _keys: None)
    assert same.read_bytes() == TINY.read_bytes()
    assert string("a") == text("a")[4:]
