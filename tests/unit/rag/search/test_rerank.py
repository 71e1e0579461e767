"""The best passages are read again: what that changes, and what it never does."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from rag.fakes import WordReranker
from rag.search.rerank import CANDIDATES, SECONDS, rerank
from tests.unit.rag.indexing.test_indexer import Library, library

__all__ = ["library"]  # a fixture

RANKED = [("a", 0.9), ("b", 0.8), ("c", 0.7), ("d", 0.6), ("e", 0.5)]


class Told:
    """A reranker that was told its scores; an exception among them is raised."""

    id = "told"

    def __init__(self, *scores: float | Exception) -> None:
        self._scores = scores
        self.clock = 0.0
        self.pace = 0.0

    def scores(self, query: str, texts: Iterable[str]) -> Iterator[float]:
        for score, _ in zip(self._scores, texts, strict=False):
            self.clock += self.pace
            if isinstance(score, Exception):
                raise score
            yield score


def order(told: Told, ranked: list[tuple[str, float]] = RANKED) -> str:
    texts = [key for key, _ in ranked]
    found = rerank(told, "?", ranked, texts, seconds=SECONDS, clock=lambda: told.clock)
    return "".join(key for key, _ in found)


def test_what_the_reranker_prefers_comes_up() -> None:
    assert order(Told(0, 0, 0, 9, 0)) == "dabce"
    assert order(Told(-7.5, -2.1, -7.5, -7.5, -7.5)) == "bacde"


def test_a_passage_gets_the_score_of_its_place() -> None:
    found = rerank(Told(0, 9, 0, 0, 0), "?", RANKED, "abcde")
    assert found == [("b", 0.9), ("a", 0.8), ("c", 0.7), ("d", 0.6), ("e", 0.5)]


def test_the_first_never_falls_behind_the_last_whatever_it_says() -> None:
    for scores in ((0, 1, 1, 1, 1), (-1e30, 1, 1, 1, 1), (1, 2, 3, 4, 5), (0, 0, 0, 0, 1e30)):
        found = order(Told(*scores))
        assert found.index("a") < found.index("e")


def test_a_reranker_that_likes_all_alike_changes_nothing() -> None:
    assert order(Told(3, 3, 3, 3, 3)) == "abcde"
    assert order(Told(0, 0, 0, 0, 0)) == "abcde"


def test_what_is_not_reached_keeps_its_place_below() -> None:
    slow = Told(0, 0, 9, 9, 9)
    slow.pace = 0.4  # the third is read when the second is over
    assert order(slow) == "acbde"
    assert slow.clock == pytest.approx(1.2)


def test_one_text_or_none_changes_nothing() -> None:
    assert order(Told(1)) == "abcde"
    assert order(Told()) == "abcde"
    assert order(Told(5), [("a", 0.5)]) == "a"
    assert order(Told(), []) == ""


@pytest.mark.expects_log
@pytest.mark.parametrize(
    "told",
    [
        Told(0, 9, RuntimeError("the secret lease")),
        Told(MemoryError("the secret lease")),
        Told(0, float("nan"), 9, 1, 1),
        Told(0, float("inf"), 9, 1, 1),
    ],
)
def test_a_reranker_that_fails_changes_nothing(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert order(told) == "abcde"
    assert "not reordered" in caplog.text
    assert "secret" not in caplog.text


class TestSearch:
    def fill(self, library: Library) -> None:
        for number in range(30):
            other = " ".join(f"word{number}x{n}" for n in range(number))
            library.write(f"note-{number:02}.txt", f"The rent of the boat {other}")
        library.run()

    def names(self, library: Library, query: str, reranker: WordReranker | None) -> list[str]:
        hits = library.retriever.search(query, 30, reranker=reranker)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        return [Path(hit.path).name for hit in hits]

    def test_the_best_are_read_with_their_context_in_fused_order(self, library: Library) -> None:
        self.fill(library)
        reranker = WordReranker()
        before = self.names(library, "rent boat", None)
        after = self.names(library, "rent boat", reranker)
        assert len(reranker.read) == CANDIDATES
        assert [text.partition("\n")[0] for text in reranker.read] == [
            name.removesuffix(".txt") for name in before[:CANDIDATES]
        ]
        assert set(after[:CANDIDATES]) == set(before[:CANDIDATES])
        assert after[CANDIDATES:] == before[CANDIDATES:]

    def test_a_passage_that_answers_better_comes_up(self, library: Library) -> None:
        self.fill(library)
        better = "note-19.txt"
        query = " ".join(f"word19x{n}" for n in range(3))
        asked = f"rent boat {query}"
        before = self.names(library, asked, None)
        assert self.names(library, asked, WordReranker()).index(better) <= before.index(better)

    def test_an_empty_library_and_a_single_passage(self, library: Library) -> None:
        reranker = WordReranker()
        assert self.names(library, "rent", reranker) == []
        library.write("one.txt", "The rent.")
        library.run()
        assert self.names(library, "rent", reranker) == ["one.txt"]
        assert reranker.read == []  # there is nothing to reorder
