"""The numpy encoder gives the vectors of sentence-transformers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from models.bert import BertEncoder, supports
from tests.conftest import EMBEDDER, MODELS

FOLDER = MODELS / EMBEDDER

TEXTS = (
    "What is the notice period?",
    "",
    "Grüße aus Köln: 42 € — naïve façade, 東京 🙂",
    "The tenant shall pay the rent on the first day of each month. " * 60,
)


@pytest.fixture(scope="module")
def encoder() -> BertEncoder:
    return BertEncoder(FOLDER, 256)


def test_rows_are_unit_vectors(encoder: BertEncoder) -> None:
    vectors = encoder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_vectors_equal_those_of_sentence_transformers(encoder: BertEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(FOLDER), device="cpu", local_files_only=True)
    expected = reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(encoder.embed(TEXTS), expected, atol=2e-6)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 8, 11])
def test_a_text_has_its_vector_whatever_it_is_embedded_with(
    encoder: BertEncoder, threads: int, count: int
) -> None:
    texts = [f"{'Rent is due. ' * n} Number {n}." for n in range(count)]
    together = BertEncoder(FOLDER, 256, threads).embed(texts)
    alone = np.concatenate([encoder.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_text_beyond_the_limit_is_cut(encoder: BertEncoder) -> None:
    long = "word " * 400
    np.testing.assert_array_equal(encoder.embed([long]), encoder.embed([long + "tail"]))


def test_supports_only_what_it_computes_exactly(tmp_path: Path) -> None:
    assert supports(FOLDER)
    assert not supports(tmp_path)
    shutil.copytree(FOLDER, tmp_path / "other", ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((tmp_path / "other" / "config.json").read_bytes())
    (tmp_path / "other" / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
    assert not supports(tmp_path / "other")
