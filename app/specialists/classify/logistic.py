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
    similarities: Matrix, labels: NDArray[np.intp], count: int
) -> tuple[Matrix, Matrix]:
    """Fits logits of labels to examples.

    Args:
        similarities: of all rows to each other, shape (n, n).
        labels: of all rows; the last `count` rows are the labels' descriptions, in order. One is
            learned from only if its label has no other example.
        count: the number of labels, at least 2.

    Returns:
        The coefficients of shape (n + 1, count), whose last row is added to each sum; and the
        logits of the examples, a fifth of each label's left out in turn, of shape
        (n - count, count).
    """
    examples = len(labels) - count
    factor = cholesky(similarities + _DIAGONAL * np.eye(len(labels)), lower=True)
    features = factor.astype(np.float32)  # twice as fast, and as exact as is needed

    def regression(kept: NDArray[np.intp]) -> tuple[Matrix, Matrix]:
        missing = np.setdiff1d(np.arange(count), labels[kept])
        rows = np.concatenate([kept, examples + missing])
        model = LogisticRegression(
            C=_INVERSE_PENALTY, class_weight="balanced", tol=_TOLERANCE, max_iter=_MOST_ROUNDS
        ).fit(features[rows], labels[rows])
        weights, added = model.coef_.T, model.intercept_
        if count == 2:  # the library keeps the second label against the first
            return np.hstack([-weights, weights]) / 2, np.append(-added, added) / 2
        return weights, added

    fold = np.empty(examples, dtype=np.intp)
    fold[np.argsort(labels[:examples], kind="stable")] = np.arange(examples) % _FOLDS
    left_out = np.empty((examples, count))
    for number in range(_FOLDS):
        weights, added = regression(np.flatnonzero(fold != number))
        out = np.flatnonzero(fold == number)
        left_out[out] = features[out] @ weights + added
    weights, added = regression(np.arange(examples))
    coefficients = solve_triangular(factor, weights, lower=True, trans="T")
    return np.vstack([coefficients, added]), left_out


def logits_of(similarities: Matrix, coefficients: Matrix) -> Matrix:
    """Returns the logits of texts from their similarities to the rows learned from."""
    return np.asarray(similarities @ coefficients[:-1] + coefficients[-1], dtype=np.float64)
