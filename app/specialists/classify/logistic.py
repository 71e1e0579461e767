"""Logistic regression on the same views, each label counting the same however rare it is.

It is fitted to the Cholesky factor of the similarities, which gives the same regression as the
views' own columns would (they are many more than the examples), and is kept as coefficients of the
examples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from sklearn.linear_model import LogisticRegression

from app.specialists.classify.similarity import Matrix

_INVERSE_PENALTY = 3.0
_FOLDS = 5
_DIAGONAL = 1e-4
"""Added to the diagonal, so that the same text twice does not make the matrix singular."""
_TOLERANCE = 1e-3
_MOST_ROUNDS = 1_000


def solve_logistic(
    similarities: Matrix, labels: NDArray[np.intp], kept: NDArray[np.intp], count: int
) -> Matrix:
    """Fits logits of labels to some of the examples.

    Args:
        similarities: of all rows to each other, shape (n, n).
        labels: of all rows; the last `count` rows are the labels' descriptions, in order. One is
            learned from only if its label has no other example.
        kept: the examples to learn from.
        count: the number of labels, at least 2.

    Returns:
        The coefficients of shape (n + 1, count), 0 for what was not learned from; the last row is
        added to each sum.
    """
    missing = np.setdiff1d(np.arange(count), labels[kept])
    rows = np.concatenate([kept, len(labels) - count + missing])
    part = similarities[np.ix_(rows, rows)]
    part.flat[:: len(rows) + 1] += _DIAGONAL
    factor = cholesky(part, lower=True, overwrite_a=True)
    model = LogisticRegression(
        C=_INVERSE_PENALTY, class_weight="balanced", tol=_TOLERANCE, max_iter=_MOST_ROUNDS
    ).fit(factor, labels[rows])
    weights, added = model.coef_, model.intercept_
    if count == 2:  # the library keeps the second label against the first
        weights, added = np.vstack([-weights, weights]) / 2, np.append(-added, added) / 2
    coefficients = np.zeros((len(labels) + 1, count))
    coefficients[rows] = solve_triangular(factor, weights.T, lower=True, trans="T")
    coefficients[-1] = added
    return coefficients


def left_out_logits(similarities: Matrix, labels: NDArray[np.intp], count: int) -> Matrix:
    """Returns the logits of each example, a fifth of each label's examples left out in turn.

    Args: as of `solve_logistic`.

    Returns:
        Shape (n - count, count).
    """
    examples = len(labels) - count
    fold = np.empty(examples, dtype=np.intp)
    fold[np.argsort(labels[:examples], kind="stable")] = np.arange(examples) % _FOLDS
    logits = np.empty((examples, count))
    for number in range(_FOLDS):
        out, kept = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        coefficients = solve_logistic(similarities, labels, kept, count)
        logits[out] = logits_of(similarities[out], coefficients)
    return logits


def logits_of(similarities: Matrix, coefficients: Matrix) -> Matrix:
    """Returns the logits of texts from their similarities to the rows learned from."""
    return np.asarray(similarities @ coefficients[:-1] + coefficients[-1], dtype=np.float64)
