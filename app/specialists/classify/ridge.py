"""Kernel ridge regression on labels, with exact leave-one-out scores in closed form.

What each example would score if it had been left out follows from one inverse matrix, so weights
and smoothing can be chosen without fitting again (Rifkin and Lippert, "Notes on Regularized Least
Squares", 2007).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh

from app.specialists.classify.similarity import Matrix


def solve(similarities: Matrix, targets: Matrix, ridge: float) -> tuple[Matrix, Matrix]:
    """Fits scores of labels to examples.

    Args:
        similarities: of the examples to each other, shape (n, n).
        targets: shape (n, labels).
        ridge: added to the diagonal; larger is smoother.

    Returns:
        The coefficients and the leave-one-out scores, both of shape (n, labels).
    """
    count = len(similarities)
    factor = cho_factor(similarities + ridge * np.eye(count))
    inverse = cho_solve(factor, np.eye(count))
    coefficients = inverse @ targets
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return np.asarray(coefficients), np.asarray(left_out)


def left_out_scores(
    similarities: Matrix, targets: Matrix, ridges: Sequence[float]
) -> Iterator[Matrix]:
    """Yields the leave-one-out scores for each of `ridges`, from one decomposition."""
    values, vectors = eigh(similarities)
    rotated = vectors.T @ targets
    squares = vectors**2
    for ridge in ridges:
        factors = 1 / (np.maximum(values, 0) + ridge)
        coefficients = (vectors * factors) @ rotated
        yield np.asarray(targets - coefficients / (squares @ factors)[:, None])


def one_hot(labels: NDArray[np.intp], count: int) -> Matrix:
    """Returns targets of shape (n, count): 1 for the label, 0 else, less 1 / count."""
    return np.asarray(np.eye(count)[labels] - 1 / count, dtype=np.float64)
