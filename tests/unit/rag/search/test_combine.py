"""Rankings of several wordings become one."""

from __future__ import annotations

import pytest

from rag.search.combine import combined


def test_the_mean_of_the_scores_orders() -> None:
    ranking = combined([[("a", 0.9), ("b", 0.8)], [("b", 0.6), ("c", 0.5)]])
    assert [key for key, _ in ranking] == ["b", "a", "c"]
    assert dict(ranking) == pytest.approx({"b": 0.7, "a": 0.45, "c": 0.25})


def test_a_single_ranking_stays_as_it_is() -> None:
    ranking = [("b", 0.5), ("a", 0.5), ("c", 0.25)]
    assert combined([ranking]) == ranking
