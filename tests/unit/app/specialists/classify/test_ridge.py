"""Kernel ridge regression: the score of a left-out example is that of fitting without it."""

from __future__ import annotations

import numpy as np
import pytest

from app.specialists.classify.ridge import evened, left_out_scores, one_hot, solve

LABELS = np.array([0] * 9 + [1] * 4 + [2] * 2, dtype=np.intp)
TARGETS = one_hot(LABELS, 3)
POINTS = np.random.default_rng(0).normal(size=(len(LABELS), 4)) + TARGETS @ np.eye(3, 4)
SIMILARITIES = np.exp(-((POINTS[:, None] - POINTS) ** 2).sum(axis=2) / 4)
EMPHASIS = evened(LABELS)


def test_the_score_of_a_left_out_example_is_that_of_a_fit_without_it() -> None:
    _, left_out = solve(SIMILARITIES, TARGETS, EMPHASIS, 0.3)
    for row in range(len(LABELS)):
        others = np.delete(np.arange(len(LABELS)), row)
        at = np.ix_(others, others)
        without, _ = solve(SIMILARITIES[at], TARGETS[others], EMPHASIS[others], 0.3)
        assert left_out[row] == pytest.approx(SIMILARITIES[row, others] @ without)


def test_one_decomposition_gives_the_same_for_each_ridge() -> None:
    scored = left_out_scores(SIMILARITIES, TARGETS, EMPHASIS, (0.1, 1.0))
    for ridge, scores in zip((0.1, 1.0), scored, strict=True):
        assert scores == pytest.approx(solve(SIMILARITIES, TARGETS, EMPHASIS, ridge)[1])


def test_an_example_of_a_rare_label_counts_more() -> None:
    assert EMPHASIS.mean() == pytest.approx(1)
    assert EMPHASIS[9] / EMPHASIS[0] == pytest.approx(1.5)  # the root of 9 / 4
