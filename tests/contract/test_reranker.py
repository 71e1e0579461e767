"""What every reranker keeps to: the fake one, and the real one with a model of 5 kB."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.errors import InferenceFailed, ModelDamaged, ModelMissing
from models.gguf_reranking import GgufReranker
from models.native import Vocabulary, load_model
from rag.fakes import WordReranker
from rag.ports import Reranker
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.sample_rerankers import CONTEXT, write_reranker

QUERY = "when is the rent due"
TEXTS = ["a boat", "the rent is due", "", "zebra \U0001f389 \ud800", "rent rent rent", "machine"]


@pytest.fixture
def gguf(tmp_path: Path) -> Iterator[GgufReranker]:
    made = GgufReranker(write_reranker(tmp_path / "tiny.gguf"), "tiny", threads=1)
    yield made
    made.close()


@pytest.fixture(params=["fake", "gguf"])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    if request.param == "fake":
        return WordReranker()
    real: Reranker = request.getfixturevalue("gguf")
    return real


class TestEveryReranker:
    def test_gives_a_score_for_each_text_in_their_order(self, reranker: Reranker) -> None:
        scores = list(reranker.scores(QUERY, TEXTS))
        assert len(scores) == len(TEXTS)
        assert all(math.isfinite(score) for score in scores)
        assert list(reranker.scores(QUERY, reversed(TEXTS))) == scores[::-1]

    def test_the_same_gets_the_same_score(self, reranker: Reranker) -> None:
        assert list(reranker.scores(QUERY, TEXTS)) == list(reranker.scores(QUERY, TEXTS))

    def test_what_answers_scores_higher(self, reranker: Reranker) -> None:
        boat, rent = reranker.scores("rent", ["a boat", "rent rent rent"])
        assert rent > boat

    def test_no_texts_give_no_scores(self, reranker: Reranker) -> None:
        assert list(reranker.scores(QUERY, [])) == []

    def test_a_text_is_read_when_its_score_is_asked_for(self, reranker: Reranker) -> None:
        texts = iter(TEXTS)
        list(itertools.islice(reranker.scores(QUERY, texts), 2))
        assert list(texts) == TEXTS[2:]

    def test_whoever_stops_early_leaves_it_usable(self, reranker: Reranker) -> None:
        started = reranker.scores(QUERY, TEXTS)
        first = next(started)
        assert next(reranker.scores(QUERY, TEXTS)) == first

    def test_threads_may_share_it(self, reranker: Reranker) -> None:
        expected = list(reranker.scores(QUERY, TEXTS))
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: list(reranker.scores(QUERY, TEXTS)), range(12)))
        assert found == [expected] * 12

    def test_it_has_an_id(self, reranker: Reranker) -> None:
        assert reranker.id


class TestGguf:
    def test_of_long_texts_and_questions_the_beginning_is_read(self, gguf: GgufReranker) -> None:
        boats = "boat " * 2 * CONTEXT
        alone, with_more = gguf.scores("rent", [boats, boats + "rent " * 100])
        assert alone == with_more
        long, longer = (next(gguf.scores(boats * n, ["the rent is due"])) for n in (1, 2))
        assert long == longer
        assert next(gguf.scores(boats, ["rent " * CONTEXT])) > long

    def test_question_and_text_stand_in_the_frame_that_llama_cpp_uses(self, tmp_path: Path) -> None:
        vocabulary = Vocabulary(load_model(write_reranker(tmp_path / "tiny.gguf")))
        tokens = vocabulary.pair("rent", "a boat [SEP]", 64)
        words = [vocabulary.text(token).lstrip("\u2581") for token in tokens]
        frame = ["[CLS]", "rent", "[SEP]", "[SEP]", "a", "boat"]
        assert words[:6] == frame
        assert words[-1] == "[SEP]"
        assert set(words[6:-1]) == {"[UNK]"}  # a text cannot pretend to be a token that steers
        assert len(vocabulary.pair("rent " * 90, "boat " * 90, 64)) == 64
        assert len(vocabulary.pair("rent", "boat " * 90, 64)) == 64

    def test_a_closed_one_says_so(self, gguf: GgufReranker) -> None:
        scores = gguf.scores(QUERY, TEXTS)
        next(scores)
        gguf.close()
        gguf.close()
        with pytest.raises(InferenceFailed, match="closed"):
            next(scores)

    def test_what_gives_no_scores_is_refused(self, tmp_path: Path) -> None:
        """llama.cpp would end the process."""
        headless = write_reranker(tmp_path / "headless.gguf", head=False)
        for path in (headless, MODELS / f"{TINY_CHAT_MODEL}.gguf"):
            with pytest.raises(ModelDamaged, match="not a reranker"):
                GgufReranker(path, "no")

    def test_broken_files_are_refused(self, tmp_path: Path) -> None:
        whole = write_reranker(tmp_path / "tiny.gguf").read_bytes()
        broken = tmp_path / "broken.gguf"
        no_vocabulary = whole.replace(b"tokenizer.ggml.model", b"tokenizer.ggml.mod\xc3\xa9")
        for data in (whole[:-200], whole[:300], b"no model at all", no_vocabulary):
            broken.write_bytes(data)
            with pytest.raises(ModelDamaged):
                GgufReranker(broken, "broken")
        with pytest.raises(ModelMissing):
            GgufReranker(tmp_path / "none.gguf", "none")
