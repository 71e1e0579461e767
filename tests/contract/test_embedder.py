"""What every embedder keeps to: the fake one, and the real one with either of its encoders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.embedding import SentenceTransformerEmbedder
from models.errors import ModelDamaged, ModelMissing
from models.fakes import HashEmbedder
from rag.ports import Embedder
from tests.conftest import EMBEDDER, MODELS

FOLDER = MODELS / EMBEDDER
TEXTS = [
    "The tenant pays the rent on the first of each month.",
    "",
    "Rent is due monthly, at the beginning of the month.",
    "The washing machine has a warranty of two years. " * 40,
    "Grüße 日本語 🎉",
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


@pytest.fixture(params=["fake", "light", "full"])
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
        assert np.abs(together - alone).max() < 1e-5

    def test_texts_that_say_the_same_are_near(self, embedder: Embedder) -> None:
        rent, _, same, machine, _ = embedder.embed(TEXTS)
        assert rent @ same > rent @ machine + 0.1

    def test_no_texts_give_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.dimension)

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


class TestSentenceTransformer:
    def test_both_encoders_give_the_same_vectors(
        self, light: SentenceTransformerEmbedder, full: SentenceTransformerEmbedder
    ) -> None:
        assert np.abs(light.embed(TEXTS) - full.embed(TEXTS)).max() < 1e-5
        assert light.id == full.id

    def test_counting_tokens_and_questions_need_no_torch(self) -> None:
        script = (
            "import sys; from pathlib import Path\n"
            "from models.embedding import SentenceTransformerEmbedder as E\n"
            f"e = E(Path({str(FOLDER)!r}))\n"
            "e.count_tokens('a boat'); e.warm(); e.embed(['a boat']); e.id\n"
            "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True)

    def test_missing_files_are_named(self, tmp_path: Path) -> None:
        folder = tmp_path / EMBEDDER
        folder.mkdir()
        (folder / "config.json").write_bytes((FOLDER / "config.json").read_bytes())
        with pytest.raises(ModelMissing, match=r"model\.safetensors") as caught:
            SentenceTransformerEmbedder(folder)
        assert f"studiolo models get {EMBEDDER}" in caught.value.advice

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
