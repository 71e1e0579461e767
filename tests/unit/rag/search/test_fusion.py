"""Meaning and words make one ranking; the side whose best stands out more counts more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from rag.search.fusion import Candidates, fuse, meaning_weight


def candidates(
    cosines: Sequence[float],
    words: Sequence[float],
    vectors: Sequence[Sequence[float]] = (),
    dates: Sequence[float] = (),
    documents: Sequence[float] = (),
) -> Candidates:
    """Passages a, b, c… of which, without `vectors`, none is like another."""
    count = len(cosines)
    return Candidates(
        ids=tuple("abcdefgh"[:count]),
        vectors=np.array(vectors or np.eye(count), np.float32),
        cosines=np.array(cosines, np.float32),
        words=np.array(words, np.float32),
        dates=np.array(dates or [0.0] * count, np.float32),
        documents=np.array(documents or [0.0] * count, np.float32),
        least=0.1,
    )


def order(found: Candidates) -> str:
    return "".join(key for key, _ in fuse(found, 0.0))


def weight_of(found: Candidates, familiarity: float = 0.0) -> float:
    return meaning_weight(found, familiarity)


def test_what_both_sides_find_is_first() -> None:
    found = candidates([0.9, 0.8, 0.1, 0.0, 0.1], [0.0, 12.0, 0.0, 6.0, 2.0])
    assert order(found)[:2] == "ba"
    assert all(0 <= score <= 1 for _, score in fuse(found, 0.0))


def test_one_side_alone_is_enough() -> None:
    assert order(candidates([0.5, 0.2], [0.0, 0.0])) == "ab"
    assert order(candidates([0.0, 0.0], [1.0, 3.0])) == "ba"
    assert fuse(candidates([], []), 1.0) == []


def test_what_is_like_the_first_ones_gains() -> None:
    cosines, words = [0.9, 0.8, 0.5, 0.5], [9.0, 8.0, 3.0, 3.0]
    apart = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
    assert order(candidates(cosines, words, apart)) == "abcd"
    like_the_first = [*apart[:3], [0.8, 0.6, 0, 0]]
    assert order(candidates(cosines, words, like_the_first)) == "abdc"


def test_a_date_decides_between_passages_that_are_much_alike() -> None:
    cosines, words = [0.9, 0.88, 0.3], [9.0, 8.5, 0.0]
    assert order(candidates(cosines, words)) == "abc"
    assert order(candidates(cosines, words, dates=[0.5, 1.0, 0.0])) == "bac"
    assert order(candidates(cosines, words, dates=[0.0, 0.0, 1.0])) == "abc"
    assert all(0 <= score <= 1 for _, score in fuse(candidates(cosines, words, (), [1, 1, 0]), 0.0))


ONE_WORD = [0.0, 9.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_side_whose_best_stands_out_more_counts_more() -> None:
    telling = [0.2, 0.9, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2]
    vague = [0.5, 0.9, 0.8, 0.7, 0.2, 0.1, 0.8, 0.6]
    assert weight_of(candidates(vague, ONE_WORD)) < weight_of(candidates(telling, ONE_WORD))


def test_meaning_counts_less_where_its_best_have_no_word_of_the_query() -> None:
    """Unless the embedder knows the language: then they may say it in other words."""
    cosines = [0.5, 0.1, 0.49, 0.1, 0.48, 0.42, 0.47, 0.43]
    assert weight_of(candidates(cosines, ONE_WORD)) == 0
    assert order(candidates(cosines, ONE_WORD))[:2] == "bd"
    assert weight_of(candidates(cosines, ONE_WORD), 1.0) > 0.3
    assert weight_of(candidates(cosines, [9.0, *ONE_WORD[2:], 0.0])) > 0.3


def test_one_side_that_found_nothing_does_not_count() -> None:
    cosines, nothing = [0.9, 0.5, 0.2], [0.0] * 3
    assert weight_of(candidates(cosines, nothing)) == 1
    assert weight_of(candidates(nothing, [1.0, 7.0, 0.0])) == 0
    assert order(candidates([0.9, 0.8, 0.2], nothing, dates=[0.0, 1.0, 0.0]))[0] == "b"


def test_the_weight_is_the_same_on_any_scale() -> None:
    cosines, words = np.array([0.9, 0.5, 0.2]), np.array([1.0, 7.0, 0.0])
    weight = weight_of(candidates(cosines.tolist(), words.tolist()))
    other = candidates((0.1 * cosines + 0.09).tolist(), (3 * words).tolist())
    assert 0 < weight < 1
    assert weight_of(other) == pytest.approx(weight, rel=1e-4)


def test_a_passage_of_the_document_that_is_meant_comes_first() -> None:
    cosines, words = [0.9, 0.88, 0.3], [9.0, 8.5, 0.0]
    assert order(candidates(cosines, words, documents=[0.0, 1.0, 0.0])) == "bac"
    assert order(candidates(cosines, words, documents=[0.0, 0.0, 1.0])) == "abc"
    found = candidates(cosines, words, documents=[1.0, 1.0, 1.0])
    assert all(0 <= score <= 1 for _, score in fuse(found, 0.0))
