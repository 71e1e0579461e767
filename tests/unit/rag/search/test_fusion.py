"""Meaning and words make one ranking; meaning counts less in languages the embedder cannot read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.embedding import SentenceTransformerEmbedder
from rag.search.fusion import Candidates, dense_weight, fuse
from tests.conftest import EMBEDDER, MODELS


def candidates(
    cosines: Sequence[float],
    words: Sequence[float],
    vectors: Sequence[Sequence[float]] = (),
    dates: Sequence[float] = (),
) -> Candidates:
    """Passages a, b, c… of which, without `vectors`, none is like another."""
    count = len(cosines)
    return Candidates(
        ids=tuple("abcdefgh"[:count]),
        vectors=np.array(vectors or np.eye(count), np.float32),
        cosines=np.array(cosines, np.float32),
        words=np.array(words, np.float32),
        dates=np.array(dates or [0.0] * count, np.float32),
        least=0.1,
    )


def order(found: Candidates, weight: float) -> str:
    return "".join(key for key, _ in fuse(found, weight))


def test_what_both_sides_find_is_first() -> None:
    found = candidates([0.9, 0.8, 0.1, 0.0, 0.1], [0.0, 12.0, 0.0, 6.0, 2.0])
    assert order(found, 0.5)[:2] == "ba"
    assert all(0 <= score <= 1 for _, score in fuse(found, 0.5))


def test_one_side_alone_is_enough() -> None:
    assert order(candidates([0.5, 0.2], [0.0, 0.0]), 0.5) == "ab"
    assert order(candidates([0.0, 0.0], [1.0, 3.0]), 0.5) == "ba"
    assert fuse(candidates([], []), 0.5) == []


def test_what_is_like_the_first_ones_gains() -> None:
    cosines, words = [0.9, 0.8, 0.5, 0.5], [9.0, 8.0, 3.0, 3.0]
    apart = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
    assert order(candidates(cosines, words, apart), 0.5) == "abcd"
    like_the_first = [*apart[:3], [0.8, 0.6, 0, 0]]
    assert order(candidates(cosines, words, like_the_first), 0.5) == "abdc"


def test_a_date_decides_between_passages_that_are_much_alike() -> None:
    cosines, words = [0.9, 0.88, 0.3], [9.0, 8.5, 0.0]
    assert order(candidates(cosines, words), 0.5) == "abc"
    assert order(candidates(cosines, words, dates=[0.5, 1.0, 0.0]), 0.5) == "bac"
    assert order(candidates(cosines, words, dates=[0.0, 0.0, 1.0]), 0.5) == "abc"
    assert all(0 <= score <= 1 for _, score in fuse(candidates(cosines, words, (), [1, 1, 0]), 0.5))


def test_a_language_the_embedder_cannot_read_is_ranked_by_words() -> None:
    found = candidates([0.9, 0.2, 0.15], [1.0, 9.0, 8.0], [[1, 0], [1, 0], [0, 1]])
    assert order(found, 0.1) == "bca"


@pytest.mark.parametrize(
    ("query", "least", "most"),
    [
        ("How many months of notice must be given to end the lease?", 0.5, 0.5),
        ("Wie lange ist die Kündigungsfrist für diese Wohnung?", 0.15, 0.4),
        ("Thời hạn báo trước khi chấm dứt hợp đồng thuê là bao lâu?", 0.1, 0.3),
        ("ما هي مدة الإشعار لإنهاء عقد الإيجار؟", 0.1, 0.1),
        ("解除租约需要提前几个月通知", 0.1, 0.15),
        ("ต้องแจ้งล่วงหน้ากี่เดือนก่อนยกเลิกสัญญาเช่า", 0.0, 0.0),
    ],
)
def test_the_weight_follows_how_well_the_embedder_knows_the_language(
    query: str, least: float, most: float
) -> None:
    embedder = SentenceTransformerEmbedder(MODELS / EMBEDDER)
    assert least - 1e-9 <= dense_weight(query, embedder.count_tokens(query)) <= most + 1e-9
