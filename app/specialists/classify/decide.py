"""From scores to probabilities, labels and doubt; all constants are fitted to left-out scores."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from app.specialists.classify.similarity import Matrix
from app.specialists.classify.types import Choice

Labels = NDArray[np.intp]
_SCALES = (1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
_PRIORS = (0.0, 0.25, 0.5, 0.75, 1.0)
_BALANCES = (0.0, 0.25, 0.5, 0.75, 1.0)
_MIDDLE = 0.5
"""The balance that is taken where others are better by chance only: where accuracy and macro-F1
together are better by less than the standard error of a share of the examples."""
_DOUBT_POINTS = 101


class Calibration(Struct, frozen=True):
    """How scores become probabilities.

    Attributes:
        scale: a score is multiplied with it before the softmax.
        prior: how much the labels' frequencies count.
        balance: how much of the frequencies is taken off again when a label is decided.
        log_frequencies: of each label.
        doubts: the lowest probability that counts as sure, for strictness 0, 0.01, … 1.
        logistic: whether the logits of logistic regression count as much as the scores.
    """

    scale: float = 8.0
    prior: float = 0.0
    balance: float = 0.0
    log_frequencies: tuple[float, ...] = ()
    doubts: tuple[float, ...] = ()
    logistic: bool = False

    def probabilities(self, scores: Matrix, logits_beside: Matrix | None = None) -> Matrix:
        """Returns the probability of each label, of the same shape as `scores`.

        Args:
            scores: of the comparison with examples.
            logits_beside: those of logistic regression; not used unless `logistic`.
        """
        logits = scores * self.scale
        if self.log_frequencies:
            logits = logits + self.prior * np.array(self.log_frequencies)
        if self.logistic and logits_beside is not None:
            logits = (logits + logits_beside) / 2
        return softmax(logits)

    def labels(self, probabilities: Matrix) -> Labels:
        """Decides on a label for each row."""
        logs = np.log(np.maximum(probabilities, 1e-300))
        if self.log_frequencies:
            logs = logs - self.balance * np.array(self.log_frequencies)
        return np.asarray(logs.argmax(axis=1), dtype=np.intp)

    def least_sure(self, strictness: float) -> float:
        """Returns the lowest probability that counts as sure."""
        if not self.doubts:
            return 0.5 * strictness
        return self.doubts[round(strictness * (_DOUBT_POINTS - 1))]


def softmax(logits: Matrix) -> Matrix:
    """Returns the softmax of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def calibrate(
    scores: Matrix,
    truth: Labels,
    like: Choice | None = None,
    logits_beside: Matrix | None = None,
) -> Calibration:
    """Fits the calibration to scores of examples that were left out.

    Args:
        scores: shape (n, labels).
        truth: the label of each example.
        like: None chooses the balance by the mean of accuracy and macro-F1 (see `_MIDDLE`), and
            whether logistic regression counts by which makes the examples more likely.
        logits_beside: those of logistic regression, of the same shape; None for none.
    """
    counts = np.bincount(truth, minlength=scores.shape[1])
    frequencies = (counts + 1) / (counts.sum() + len(counts))
    logs = tuple(float(value) for value in np.log(frequencies))
    rows = np.arange(len(truth))

    def loss(calibration: Calibration) -> float:
        chances = calibration.probabilities(scores, logits_beside)[rows, truth]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    fitted = min(
        (Calibration(scale, prior, 0.0, logs) for scale in _SCALES for prior in _PRIORS),
        key=loss,
    )
    if logits_beside is not None:
        both = msgspec.structs.replace(fitted, logistic=True)
        fitted = both if like is not None else min(fitted, both, key=loss)
    chances = fitted.probabilities(scores, logits_beside)

    def quality(calibration: Calibration) -> float:
        decided = calibration.labels(chances)
        accuracy, macro_f1 = measures(truth, decided)
        return accuracy + macro_f1

    options = (like.balance,) if like is not None else _BALANCES
    tried = [msgspec.structs.replace(fitted, balance=option) for option in options]
    qualities = [quality(each) for each in tried]
    least = max(qualities) - _chance_of(max(qualities) / 2, len(truth))
    decided = min(
        (each for each, own in zip(tried, qualities, strict=True) if own >= least),
        key=lambda each: abs(each.balance - _MIDDLE),
    )
    labels = decided.labels(chances)
    doubts = _doubts(chances[rows, labels], labels == truth)
    return msgspec.structs.replace(decided, doubts=doubts)


def _chance_of(share: float, count: int) -> float:
    """Returns the standard error of a share of so many examples."""
    return math.sqrt(share * (1 - share) / count)


def log_loss(scores: Matrix, truth: Labels) -> float:
    """Returns the mean negative log probability of the true labels, at the best scale."""
    rows = np.arange(len(truth))
    chances = (softmax(scores * scale)[rows, truth] for scale in _SCALES)
    return min(float(-np.log(np.maximum(chance, 1e-12)).mean()) for chance in chances)


def measures(truth: Labels, decided: Labels) -> tuple[float, float]:
    """Returns accuracy and macro-F1 over the labels that occur."""
    accuracy = float((truth == decided).mean())
    macro_f1 = f1_score(truth, decided, average="macro", labels=np.unique(truth), zero_division=0)
    return accuracy, float(macro_f1)


def _doubts(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, ...]:
    """Returns the lowest sure probability for each strictness.

    At strictness s, the share of errors among the sure ones is at most (1 - s) of that among all.
    """
    order = np.argsort(-chances)
    errors = np.cumsum(~right[order]) / np.arange(1, len(right) + 1)
    # The largest group, from the surest on, that has at most so many errors.
    limits = []
    for step in range(_DOUBT_POINTS):
        allowed = errors[-1] * (1 - step / (_DOUBT_POINTS - 1))
        within = np.flatnonzero(errors <= allowed + 1e-12)
        limits.append(float(chances[order[within[-1]]]) if len(within) else 1.0)
    limits[0] = 0.0
    return tuple(np.maximum.accumulate(limits).tolist())
