"""Models that nobody has vouched for, tried in a process of their own."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from app.answering.model_profiles import profile_of
from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.services import build_services
from app.upkeep.doctor import _other_models
from app.workers.model_trial import ModelTrial
from models.chat import GenerationOptions, Message, Role, TextPiece
from models.errors import InferenceFailed, ModelDamaged, ModelError, ModelMissing, ModelUnsupported
from models.llama import LlamaChatModel
from models.template import PLAIN_NOTE
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.sample_gguf import CHAT, gguf, header_changed, number, split, string, text

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
_WEIGHTS_BEGIN = 40_000_000  # somewhere within them


def trial(paths: Paths, name: str, seconds: float = 60) -> ModelTrial:
    return ModelTrial(paths, f"tests.sample_models:{name}", seconds)


def test_what_the_process_says_is_told(paths: Paths) -> None:
    with pytest.raises(ModelUnsupported, match="It writes nothing") as caught:
        trial(paths, "unfit_chat")(TINY, 1)
    assert caught.value.advice == "Choose another."


def test_a_model_that_cannot_be_tried_passes(paths: Paths) -> None:
    trial(paths, "fake_chat")(TINY, 1)


@pytest.mark.expects_log
def test_a_model_that_ends_the_process_is_told_and_nothing_else_ends(paths: Paths) -> None:
    with pytest.raises(InferenceFailed, match="mine ends the process that runs it"):
        trial(paths, "deadly_chat")(Path("mine.gguf"), 1)


@pytest.mark.expects_log
def test_a_model_that_never_answers_is_ended(paths: Paths) -> None:
    with pytest.raises(InferenceFailed, match="did not answer a simple question within 3 seconds"):
        trial(paths, "endless_chat", 3)(Path("mine.gguf"), 1)


def test_an_unknown_architecture_is_told_in_llama_cpps_words(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "newer.gguf"
    path.write_bytes(gguf({**CHAT, "general.architecture": "llama9"}))
    library = ModelLibrary(tmp_path / "models", trial=ModelTrial(paths))
    with pytest.raises(ModelUnsupported, match="unknown model architecture: 'llama9'"):
        library.add(path)
    assert library.installed() == ()


Keys = dict[str, bytes]


def _constant(keys: Keys) -> None:
    keys["tokenizer.chat_template"] = text("<|im_start|>user\nHello<|im_end|>\n")


def _computing(keys: Keys) -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    keys["tokenizer.chat_template"] = text(loop)


def _marks_are_text(keys: Keys) -> None:
    kinds = keys["tokenizer.ggml.token_type"]
    keys["tokenizer.ggml.token_type"] = kinds.replace(struct.pack("<i", 3), struct.pack("<i", 1))


def _end_is_a_word(kind: int) -> Callable[[Keys], None]:
    """Calls the end of a turn otherwise, and gives it another kind: it is no end any more."""

    def change(keys: Keys) -> None:
        words = keys["tokenizer.ggml.tokens"]
        keys["tokenizer.ggml.tokens"] = words.replace(string("<|im_end|>"), string("<|finis|>"))
        template = keys["tokenizer.chat_template"][12:].replace(b"<|im_end|>", b"<|finis|>")
        keys["tokenizer.chat_template"] = text(template.decode())
        kinds = bytearray(keys["tokenizer.ggml.token_type"])
        struct.pack_into("<i", kinds, 16 + 4 * 2, kind)  # behind type, items and count: token 2
        keys["tokenizer.ggml.token_type"] = bytes(kinds)
        keys["tokenizer.ggml.eos_token_id"] = number(17)

    return change


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_computing, "chat template cannot be used: it takes"),
        (_marks_are_text, r"says that <\|im_\w+\|>, which separates the turns"),
        (_end_is_a_word(1), r"says that <\|finis\|>, which separates the turns"),
        (_end_is_a_word(4), "does not stop, and writes the marks of a conversation"),
    ],
    ids=["computing", "marks", "end", "end-of-the-user"],
)
def test_real_weights_behind_another_header(
    change: Callable[[Keys], None], words: str, paths: Paths, tmp_path: Path
) -> None:
    path = header_changed(TINY, tmp_path / "changed.gguf", change)
    library = ModelLibrary(tmp_path / "models", trial=ModelTrial(paths))
    try:
        with pytest.raises(ModelUnsupported, match=words):
            library.add(path)
        assert library.installed() == ()
    finally:
        path.unlink()  # 98 MB


def _no_template(keys: Keys) -> None:
    del keys["tokenizer.chat_template"]


@pytest.mark.slow
@pytest.mark.parametrize("change", [_constant, _no_template])
def test_a_model_without_a_usable_template_is_used_with_a_plain_one(
    change: Callable[[Keys], None], paths: Paths, tmp_path: Path
) -> None:
    path = header_changed(TINY, tmp_path / "changed.gguf", change)
    library = ModelLibrary(tmp_path / "models", trial=ModelTrial(paths))
    try:
        assert library.add(path).note == PLAIN_NOTE
        model = LlamaChatModel(path, "changed", gpu_layers=0)
        question = [Message(Role.USER, "What is the capital of France?")]
        pieces = model.generate(question, GenerationOptions(max_tokens=24))
        reply = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
        model.close()
        assert "Paris" in reply
        assert "User:" not in reply
    finally:
        path.unlink()  # 98 MB


@pytest.mark.slow
def test_weights_that_are_noise_or_nothing(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "noise.gguf"
    good = TINY.read_bytes()
    size = len(good) - _WEIGHTS_BEGIN
    for rest, kind in (
        (random.Random(1).randbytes(size), (ModelDamaged, ModelUnsupported)),
        (b"\xff" * size, (ModelDamaged,)),
    ):
        path.write_bytes(good[:_WEIGHTS_BEGIN] + rest)
        with pytest.raises(kind):
            ModelTrial(paths)(path, len(good))
    path.unlink()


@pytest.mark.slow
def test_a_model_in_three_parts_answers(paths: Paths, tmp_path: Path) -> None:
    """Parts as `llama-gguf-split` makes them."""
    parts = split(TINY, tmp_path, "tiny", 3)
    library = ModelLibrary(tmp_path / "models", trial=ModelTrial(paths))
    added = library.add(parts[1])
    assert added.bytes > 98e6
    model = LlamaChatModel(added.path, added.id, context_tokens=512, gpu_layers=0)
    whole = LlamaChatModel(TINY, "whole", context_tokens=512, gpu_layers=0)
    try:
        model.try_out()
        assert model._vocabulary.words() == whole._vocabulary.words()
    finally:
        model.close()
        whole.close()
        for part in parts:
            part.unlink()
    library.remove(added.id)


@pytest.mark.slow
def test_the_real_model_passes_under_any_name(paths: Paths, tmp_path: Path) -> None:
    path = tmp_path / "модель (1).gguf"
    path.write_bytes(TINY.read_bytes() + b"\0")  # another hash
    library = ModelLibrary(tmp_path / "models", trial=ModelTrial(paths))
    added = library.add(path)
    assert (added.id, added.entry, added.problem) == ("модель-1", None, "")
    assert library.resolve() == added
    with pytest.raises(ModelError):
        library.resolve("модель")
    library.remove(added.id)
    path.unlink()


def test_the_model_that_answers_is_known_by_its_hash(paths: Paths) -> None:
    services = build_services(paths, TINY_CHAT_MODEL)
    try:
        known = services.models.catalog.get(TINY_CHAT_MODEL)
        assert services.workers.infer.sha256 == known.sha256
        assert profile_of(services.workers.infer.sha256) != profile_of("")
    finally:
        services.close()


def test_doctor_names_what_is_not_used_and_why(paths: Paths, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    services = build_services(Paths(paths.data, folder))
    try:
        assert _other_models(services) == "all can be used"
        (folder / "lora.gguf").write_bytes(gguf({**CHAT, "general.type": "adapter"}))
        (folder / "newer.gguf").write_bytes(gguf({**CHAT, "general.architecture": "llama9"}))
        with pytest.raises(ModelMissing, match="None of the language models"):
            services.models.resolve()
        told = _other_models(services)
        assert "lora is not used. lora.gguf is an adapter" in told
        assert "newer is not used." in told
        assert "unknown model architecture: 'llama9'" in told
    finally:
        services.close()
