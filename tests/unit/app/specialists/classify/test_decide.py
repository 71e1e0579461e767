"""What is better by chance only is not chosen."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from app.specialists.classify.decide import calibrate, measures

FREQUENT = 0.8


def _scores(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns noisy scores of two labels, the second of which is rare."""
    chance = np.random.default_rng(seed)
    truth = (chance.random(count) > FREQUENT).astype(np.intp)
    scores = 0.2 * np.eye(2)[truth] + 0.2 * chance.standard_normal((count, 2))
    return scores, truth


@pytest.mark.parametrize("seed", range(6))
def test_a_balance_is_no_worse_than_any_other_but_by_chance(seed: int) -> None:
    scores, truth = _scores(300, seed)
    calibration = calibrate(scores, truth)
    chances = calibration.probabilities(scores)

    def quality(balance: float) -> float:
        own = msgspec.structs.replace(calibration, balance=balance)
        return sum(measures(truth, own.labels(chances))) / 2

    best = max(quality(balance) for balance in (0.0, 0.25, 0.5, 0.75, 1.0))
    own = quality(calibration.balance)
    error = (best * (1 - best) / len(truth)) ** 0.5
    assert best - own <= error / 2 + 1e-9
    if best - quality(0.5) <= error / 2:
        assert calibration.balance == 0.5


def test_few_examples_do_not_move_the_balance() -> None:
    chosen = {calibrate(*_scores(24, seed)).balance for seed in range(8)}
    assert chosen <= {0.25, 0.5, 0.75}
