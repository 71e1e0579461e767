"""Meaning and words make one ranking; meaning counts less in languages the embedder cannot read."""

from __future__ import annotations

import pytest

from models.embedding import SentenceTransformerEmbedder
from rag.fusion import dense_weight, fuse
from rag.lexical import WordMatches
from tests.conftest import EMBEDDER, MODELS


def test_what_both_sides_find_is_first() -> None:
    dense = [("a", 0.9), ("b", 0.8), ("c", 0.1)]
    words = WordMatches((), (("b", 12.0), ("d", 6.0), ("e", 2.0)))
    ranked = fuse(dense, words, 0.5)
    assert [key for key, _ in ranked][:2] == ["b", "a"]
    assert {key for key, _ in ranked} == {"a", "b", "c", "d", "e"}
    assert all(0 <= score <= 1 for _, score in ranked)


def test_one_side_alone_is_enough() -> None:
    assert fuse([("a", 0.5)], WordMatches((), ()), 0.5)[0][0] == "a"
    assert fuse([], WordMatches((), (("b", 3.0),)), 0.5)[0][0] == "b"
    assert fuse([], WordMatches((), ()), 0.5) == []


@pytest.mark.parametrize(
    ("query", "least", "most"),
    [
        ("How many months of notice must be given to end the lease?", 0.5, 0.5),
        ("Wie lange ist die Kündigungsfrist für diese Wohnung?", 0.1, 0.45),
        ("ما هي مدة الإشعار لإنهاء عقد الإيجار؟", 0.1, 0.1),
        ("解除租约需要提前几个月通知", 0.1, 0.1),
        ("ต้องแจ้งล่วงหน้ากี่เดือนก่อนยกเลิกสัญญาเช่า", 0.1, 0.1),
    ],
)
def test_the_weight_follows_how_well_the_embedder_knows_the_language(
    query: str, least: float, most: float
) -> None:
    embedder = SentenceTransformerEmbedder(MODELS / EMBEDDER)
    assert least - 1e-9 <= dense_weight(query, embedder.count_tokens(query)) <= most + 1e-9
