"""The formula that the hint's bench fits tells wrong answers from right ones."""

from __future__ import annotations

import numpy as np

from bench.hint import fit, probability


def test_the_formula_finds_the_sign_that_matters() -> None:
    random = np.random.default_rng(1)
    rows = random.uniform(0, 1, (200, 3))
    wrong = (rows[:, 1] < 0.5).astype(np.float64)
    weights = fit(rows, wrong)
    told = probability(weights, rows)
    assert weights[2] < -2 < min(weights[1], weights[3])
    assert told[wrong > 0].min() > 0.3
    assert np.mean((told > 0.5) == (wrong > 0)) > 0.95
