"""What every embedder keeps to: the fake one, and the real one with each of its encoders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.user_messages import describe
from models.embedding import SentenceTransformerEmbedder
from models.errors import ModelDamaged, ModelMissing, ModelUnsupported
from models.fakes import HashEmbedder
from models.gguf_embedding import GgufEmbedder
from models.quantised import Precision
from rag.ports import Embedder
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL
from tests.sample_embedders import CONTEXT, Cutting, Pooling, expected_vector, write_embedder

FOLDER = MODELS / EMBEDDER
TEXTS = [
    "The tenant pays the rent on the first of each month.",
    "",
    "Rent is due monthly, at the beginning of the month.",
    "The washing machine has a warranty of two years. " * 40,
    "Grüße 日本語 🎉",
]
PASSAGES = [
    "The tenant pays the rent on the first of each month. " * 4,
    "Employees may carry over five days of leave if the manager agrees. " * 6,
    "The washing machine has a warranty of two years. " * 10,
    "Before the filter is removed, switch off the pump and let it cool down. " * 3,
    "Die Mieterin zahlt die Miete am ersten Tag des Monats. " * 5,
    "Revenue grew by 12.5 % to 3,480,000 euro in 2024.",
]


@pytest.fixture(scope="module")
def light() -> SentenceTransformerEmbedder:
    embedder = SentenceTransformerEmbedder(FOLDER)
    embedder.warm()
    return embedder


@pytest.fixture(scope="module")
def full() -> SentenceTransformerEmbedder:
    embedder = SentenceTransformerEmbedder(FOLDER)
    embedder.load()
    return embedder


@pytest.fixture(scope="module")
def exact() -> SentenceTransformerEmbedder:
    embedder = SentenceTransformerEmbedder(FOLDER, precision=Precision.FLOAT32)
    embedder.load()
    return embedder


@pytest.fixture(params=["fake", "light", "full", "exact"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "fake":
        return HashEmbedder()
    real: Embedder = request.getfixturevalue(request.param)
    return real


class TestEveryEmbedder:
    def test_gives_a_unit_vector_for_each_text(self, embedder: Embedder) -> None:
        vectors = embedder.embed(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), embedder.dimension)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)

    def test_keeps_the_order_of_the_texts(self, embedder: Embedder) -> None:
        together = embedder.embed(TEXTS)
        alone = np.vstack([embedder.embed([text]) for text in TEXTS])
        # A single text is embedded exactly, several perhaps in eight bits.
        assert (together * alone).sum(axis=1).min() > 0.97

    def test_texts_that_say_the_same_are_near(self, embedder: Embedder) -> None:
        rent, _, same, machine, _ = embedder.embed(TEXTS)
        assert rent @ same > rent @ machine + 0.1

    def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.dimension)

    def test_a_few_texts_that_somebody_waits_for_get_the_same_vectors(
        self, embedder: Embedder
    ) -> None:
        assert (embedder.embed_few(TEXTS) * embedder.embed(TEXTS)).sum(axis=1).min() > 0.97

    def test_what_is_beyond_the_last_token_is_ignored(self, embedder: Embedder) -> None:
        start = "boat " * (embedder.max_tokens + 10)
        with_more, alone = embedder.embed([start + "harbour " * 500, start])
        assert with_more @ alone == pytest.approx(1, abs=1e-5)

    def test_counts_tokens_without_special_ones(self, embedder: Embedder) -> None:
        assert embedder.count_tokens("") == 0
        assert embedder.count_tokens("a boat") == 2
        assert embedder.count_tokens("boat " * 1000) == 1000

    def test_its_id_is_steady(self, embedder: Embedder) -> None:
        assert embedder.id == embedder.id
        assert embedder.id


@pytest.fixture(scope="module")
def gguf() -> GgufEmbedder:
    return GgufEmbedder(MODELS / f"{TINY_CHAT_MODEL}.gguf", "tiny", query_prefix="Question: ")


def test_questions_never_load_what_only_long_jobs_need() -> None:
    embedder = SentenceTransformerEmbedder(FOLDER)
    for _ in range(60):
        embedder.embed_few(["a boat"] * 10)
    assert embedder._full is None


def test_a_long_job_loads_what_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.embedding._LONG_JOB", 3)
    embedder = SentenceTransformerEmbedder(FOLDER)
    embedder.embed(["a boat", "a lease"])
    assert embedder._full is None
    embedder.embed(["a boat", "a lease"])
    assert embedder._full is not None


@pytest.mark.expects_log
def test_where_onnxruntime_does_not_load_numpy_does_long_jobs(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    light: SentenceTransformerEmbedder,
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    embedder = SentenceTransformerEmbedder(FOLDER)
    embedder.load()
    assert np.array_equal(embedder.embed(PASSAGES), light.embed(PASSAGES))
    assert "slowly" in caplog.text


class TestGguf:
    """A small chat model stands in: any decoder sums a text up in its last token."""

    def test_gives_a_unit_vector_for_each_text_in_their_order(self, gguf: GgufEmbedder) -> None:
        texts = [TEXTS[0], "", TEXTS[4]]
        vectors = gguf.embed(texts)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(texts), gguf.dimension)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        alone = np.vstack([gguf.embed([text]) for text in texts])
        assert (vectors * alone).sum(axis=1).min() > 0.99
        assert gguf.embed([]).shape == (0, gguf.dimension)

    def test_a_question_is_read_with_its_prefix(self, gguf: GgufEmbedder) -> None:
        asked = gguf.embed_query("When is the rent due?")
        assert asked.shape == (gguf.dimension,)
        same, other = gguf.embed(["Question: When is the rent due?", "When is the rent due?"])
        assert asked @ same == pytest.approx(1, abs=1e-3)
        assert asked @ other < 0.99

    def test_counts_tokens_and_keeps_its_id(self, gguf: GgufEmbedder) -> None:
        assert gguf.count_tokens("") == 0
        assert gguf.count_tokens("boat " * 100) >= 100
        again = GgufEmbedder(MODELS / f"{TINY_CHAT_MODEL}.gguf", "tiny")
        assert again.id == gguf.id

    def test_a_file_that_is_no_model_is_said_to_be_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "no.gguf").write_bytes(b"no model at all")
        with pytest.raises(ModelDamaged):
            GgufEmbedder(tmp_path / "no.gguf", "no")


class TestEncoderInGguf:
    """Encoders as Granite's embedders are: pooling and tokenizer are those that the file names."""

    @pytest.mark.parametrize("cutting", Cutting)
    @pytest.mark.parametrize("pooling", Pooling)
    def test_pools_as_the_file_says(
        self, tmp_path: Path, pooling: Pooling, cutting: Cutting
    ) -> None:
        embedder = GgufEmbedder(write_embedder(tmp_path / "e.gguf", pooling, cutting), "e")
        tokens = embedder._model.tokenize(b"rent is due")
        start, end = 0, 2
        assert (tokens[0], tokens[-1], len(tokens)) == (start, end, 5)
        vector = embedder.embed_query("rent is due")
        assert vector @ expected_vector(tokens, pooling, cutting) == pytest.approx(1, abs=1e-4)
        other = Pooling.MEAN if pooling is Pooling.FIRST else Pooling.FIRST
        assert vector @ expected_vector(tokens, other, cutting) < 0.99
        assert embedder.count_tokens("rent is due") == 3

    def test_a_text_longer_than_it_can_read_is_cut(self, tmp_path: Path) -> None:
        path = write_embedder(tmp_path / "e.gguf", Pooling.FIRST)
        embedder = GgufEmbedder(path, "e")
        assert embedder.max_tokens == CONTEXT
        long, longer = embedder.embed(["boat " * 100, "boat " * 100 + "rent " * 100])
        assert long @ longer == pytest.approx(1, abs=1e-5)


class TestSentenceTransformer:
    def test_exact_encoders_give_the_vectors_of_the_library(
        self, light: SentenceTransformerEmbedder, exact: SentenceTransformerEmbedder
    ) -> None:
        from sentence_transformers import SentenceTransformer

        library = SentenceTransformer(str(FOLDER), device="cpu", local_files_only=True)
        expected = library.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
        assert np.abs(light.embed(TEXTS) - expected).max() < 1e-5
        assert np.abs(exact.embed(TEXTS) - expected).max() < 1e-5

    def test_vectors_of_all_encoders_can_be_compared(
        self,
        light: SentenceTransformerEmbedder,
        full: SentenceTransformerEmbedder,
        exact: SentenceTransformerEmbedder,
    ) -> None:
        assert light.id == full.id == exact.id
        cosines = full.embed(PASSAGES) @ exact.embed(PASSAGES).T
        assert cosines.diagonal().min() > 0.99
        assert (cosines.argmax(axis=1) == np.arange(len(PASSAGES))).all()

    def test_eight_bits_are_near_to_exact(
        self, full: SentenceTransformerEmbedder, exact: SentenceTransformerEmbedder
    ) -> None:
        cosines = (full.embed(PASSAGES) * exact.embed(PASSAGES)).sum(axis=1)
        assert 0.985 < cosines.min() < 0.9999

    def test_a_model_that_loses_too_much_by_eight_bits_is_computed_in_float32(
        self, monkeypatch: pytest.MonkeyPatch, exact: SentenceTransformerEmbedder
    ) -> None:
        monkeypatch.setattr("models.quantised._LEAST_COSINE", 0.9999)
        embedder = SentenceTransformerEmbedder(FOLDER)
        embedder.load()
        assert np.abs(embedder.embed(PASSAGES) - exact.embed(PASSAGES)).max() < 1e-5

    def test_the_product_that_cannot_overflow_gives_the_same(
        self, monkeypatch: pytest.MonkeyPatch, full: SentenceTransformerEmbedder
    ) -> None:
        monkeypatch.setattr("models.quantised._overflows", lambda: True)
        embedder = SentenceTransformerEmbedder(FOLDER)
        embedder.load()
        assert np.abs(embedder.embed(PASSAGES) - full.embed(PASSAGES)).max() < 1e-5

    @pytest.mark.parametrize(("share", "overflows"), [(1.0, False), (0.5, True)])
    def test_a_product_that_overflows_is_noticed(
        self, monkeypatch: pytest.MonkeyPatch, share: float, overflows: bool
    ) -> None:
        """0.5 is what onnxruntime gives on an emulated Haswell, which is without VNNI."""
        from models import quantised

        class Session:
            def run(self, _outputs: None, inputs: dict[str, NDArray[np.float32]]) -> list[Any]:
                values = inputs["values"]
                return [share * 127 * values.sum(axis=1, keepdims=True) * np.ones((1, 64))]

        monkeypatch.setattr(quantised, "_session", lambda *_args, **_options: Session())
        assert quantised._overflows.__wrapped__() is overflows

    def test_a_vector_hardly_depends_on_its_neighbours(
        self, full: SentenceTransformerEmbedder
    ) -> None:
        together = full.embed(PASSAGES)
        reverse = np.vstack([full.embed(PASSAGES[i : i + 2]) for i in range(0, len(PASSAGES), 2)])
        assert (together * reverse).sum(axis=1).min() > 0.99

    def test_many_short_texts_take_several_parts(
        self, full: SentenceTransformerEmbedder, exact: SentenceTransformerEmbedder
    ) -> None:
        texts = [f"{text} {number}" for number in range(100) for text in PASSAGES[:2]]
        cosines = (full.embed(texts) * exact.embed(texts)).sum(axis=1)
        assert cosines.min() > 0.98

    def test_counting_tokens_and_questions_need_no_heavy_library(self) -> None:
        script = (
            "import sys; from pathlib import Path\n"
            "from models.embedding import SentenceTransformerEmbedder as E\n"
            f"e = E(Path({str(FOLDER)!r}))\n"
            "e.count_tokens('a boat'); e.warm(); e.embed(['a boat']); e.id\n"
            "heavy = {'onnxruntime', 'torch', 'transformers', 'sentence_transformers'}\n"
            "assert not heavy & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True)

    def test_long_jobs_need_neither_the_library_nor_what_it_brings(self) -> None:
        script = (
            "import sys; from pathlib import Path\n"
            "from models.embedding import SentenceTransformerEmbedder as E\n"
            f"e = E(Path({str(FOLDER)!r}))\n"
            "e.load(); e.embed(['a boat', 'a lease'] * 20)\n"
            "from installers.prune import MODULES_LEFT_OUT\n"
            "assert 'onnxruntime' in sys.modules\n"
            "assert not {'torch', *MODULES_LEFT_OUT} & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True)

    def test_a_model_of_another_form_is_computed_by_the_library(self, tmp_path: Path) -> None:
        from sentence_transformers import SentenceTransformer

        folder = _copy(tmp_path)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
        library = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        expected = library.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
        vectors = SentenceTransformerEmbedder(folder).embed(TEXTS)
        assert np.abs(vectors - expected).max() < 1e-5

    def test_without_the_library_another_one_is_advised(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = _copy(tmp_path)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
        monkeypatch.setitem(sys.modules, "sentence_transformers", None)
        with pytest.raises(ModelUnsupported, match="needs sentence-transformers") as caught:
            SentenceTransformerEmbedder(folder).embed(TEXTS)
        assert "another embedding model" in caught.value.advice
        assert caught.value.model_id == folder.name

    def test_missing_files_are_named(self, tmp_path: Path) -> None:
        folder = tmp_path / EMBEDDER
        folder.mkdir()
        (folder / "config.json").write_bytes((FOLDER / "config.json").read_bytes())
        with pytest.raises(ModelMissing, match=r"model\.safetensors") as caught:
            SentenceTransformerEmbedder(folder)
        assert f"studiolo models get {EMBEDDER}" in describe(caught.value).shell_advice

    @pytest.mark.parametrize("name", ["embeddings.word_embeddings", "encoder.layer.3.output.dense"])
    def test_weights_that_are_missing_are_noticed(self, tmp_path: Path, name: str) -> None:
        from safetensors.numpy import load_file, save_file

        folder = _copy(tmp_path)
        weights = load_file(FOLDER / "model.safetensors")
        del weights[f"{name}.bias" if "dense" in name else f"{name}.weight"]
        save_file(weights, folder / "model.safetensors")
        with pytest.raises(ModelDamaged):
            SentenceTransformerEmbedder(folder).load()

    @pytest.mark.parametrize("encoder", ["light", "full"])
    def test_truncated_weights_are_refused(self, tmp_path: Path, encoder: str) -> None:
        folder = _copy(tmp_path)
        weights = (FOLDER / "model.safetensors").read_bytes()
        (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
        embedder = SentenceTransformerEmbedder(folder)
        with pytest.raises(ModelDamaged):
            embedder.warm() if encoder == "light" else embedder.load()

    def test_an_unreadable_configuration_is_refused(self, tmp_path: Path) -> None:
        folder = _copy(tmp_path)
        (folder / "config.json").write_text("{")
        with pytest.raises(ModelDamaged):
            SentenceTransformerEmbedder(folder)

    def test_other_weights_have_another_id(
        self, tmp_path: Path, light: SentenceTransformerEmbedder
    ) -> None:
        folder = _copy(tmp_path)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "layer_norm_eps": 1e-6}))
        assert SentenceTransformerEmbedder(folder).id != light.id


def _copy(tmp_path: Path) -> Path:
    """The embedder's folder with links to its files, which a test may replace."""
    folder = tmp_path / EMBEDDER
    for file in FOLDER.rglob("*"):
        if file.is_file():
            target = folder / file.relative_to(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".json" or file.name == "model.safetensors":
                target.write_bytes(file.read_bytes())
            else:
                target.symlink_to(file)
    return folder
