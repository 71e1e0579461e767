"""Rankings of several wordings become one."""

from __future__ import annotations

import pytest

from rag.search.combine import combined


def test_the_mean_of_the_scores_orders() -> None:
    ranking = combined([(1.0, [("a", 0.9), ("b", 0.8)]), (1.0, [("b", 0.6), ("c", 0.5)])])
    assert [key for key, _ in ranking] == ["b", "a", "c"]
    assert dict(ranking) == pytest.approx({"b": 0.7, "a": 0.45, "c": 0.25})


def test_a_ranking_counts_by_its_weight() -> None:
    ranking = combined([(1.0, [("a", 0.5)]), (0.5, [("b", 0.8)])])
    assert [key for key, _ in ranking] == ["a", "b"]


def test_a_single_ranking_stays_as_it_is() -> None:
    ranking = [("b", 0.5), ("a", 0.5), ("c", 0.25)]
    assert combined([(1.0, ranking)]) == ranking
