"""Learns from corrected and confirmed cells what right values stand beside.

What is learned is data: a weight for each word and sign, which can be read and deleted. Learning
needs scikit-learn and runs outside the window's process; using it needs neither.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.specialists.cells import SEVERAL
from app.specialists.definition import Column
from app.specialists.extract.candidate import Candidate
from app.specialists.extract.candidates import DocumentIndex, candidates
from app.specialists.extract.quotes import quote_around
from app.specialists.extract.ranker import (
    LEARNED_THRESHOLD,
    PRIOR,
    THRESHOLD,
    features,
    takes_several,
    weighed,
)
from app.specialists.extract.types import LearnedColumn, TaughtCandidate, TaughtCell
from app.specialists.extract.values import key_of
from app.specialists.extract.weights import prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_WRONG = 60
"""Wrong candidates of a document that are learned from, the likeliest first."""
_LEAST_DOCUMENTS = 3
_FOLDS = 10
_LEAST_SURE = 8
"""Documents that must show that values of some chance are right, for them to be called so."""
_LEAST_SURE_OF_SEVERAL = 24
"""The same of a cell with several values, each of which can be wrong. With ten documents of the
half "chose", a tenth of the cells of parties that 8 let through were wrong."""
_LEAST_WEIGHT = 1e-3  # smaller ones are left out of what was learned
_STRENGTH = 1.0  # of the logistic regression: the inverse of its regularisation
_THRESHOLDS = tuple(n / 20 for n in range(round(20 * LEARNED_THRESHOLD), 20))


def taught_cell(
    index: DocumentIndex, column: Column, value: str, place: tuple[int, int] | None = None
) -> TaughtCell:
    """Returns a corrected or confirmed cell as it is learned from.

    Args:
        index: of its document.
        column: of the cell.
        value: the right one; several are joined by `SEVERAL`; "" where the document has none.
        place: offsets of the words that the person selected; None learns from the likeliest place
            at which the value stands.
    """
    keys = tuple(key_of(part) for part in value.split(SEVERAL.strip()) if part.strip())
    found = candidates(index, column)
    right = [each for each in found if each.key in keys and _at(each, place)]
    wrong = sorted((each for each in found if each.key not in keys), key=lambda c: -prior(c))
    best = max(right, key=prior, default=None)
    chosen = [(each, True) for each in right] + [(each, False) for each in wrong[:_MOST_WRONG]]
    return TaughtCell(
        column.name,
        keys,
        tuple(
            TaughtCandidate(each.key, features(each.signs, each.context, prior(each)), is_right)
            for each, is_right in chosen
        ),
        value,
        quote_around(index.split.document, best).text if best is not None else "",
    )


def learn(column: Column, cells: Sequence[TaughtCell]) -> LearnedColumn | None:
    """Learns a column from its taught cells, one for each document.

    Returns:
        What was learned; None where it is too little, or decides the taught cells worse than the
        general weights do, each by what was learned from the others.
    """
    if len(cells) < _LEAST_DOCUMENTS or not any(cell.keys for cell in cells):
        return None
    rows = _Rows(cells)
    several = takes_several(column)
    held_out = rows.held_out()
    if held_out is None:
        return None
    before = _f1(cells, [_prior_chances(cell) for cell in cells], THRESHOLD, several)
    threshold = max(_THRESHOLDS, key=lambda t: (_f1(cells, held_out, t, several), -t))
    f1 = _f1(cells, held_out, threshold, several)
    if f1 < before:
        return None
    weights, intercept = rows.learned()
    right = _right(cells, held_out, threshold, several)
    sure = _sure(cells, held_out, threshold, several)
    return LearnedColumn(column.name, weights, intercept, threshold, len(cells), right, f1, sure)


def learn_better(
    column: Column, cells: Sequence[TaughtCell], before: LearnedColumn | None
) -> LearnedColumn | None:
    """Learns a column again; keeps what was learned before if that decides more cells rightly.

    What was learned before has seen the first of the cells, so that it is asked about the others
    only; for the first, it counts what it decided rightly when they were left out.

    Args:
        column: what is learned.
        cells: one for each document, oldest first.
        before: what is in use.

    Returns:
        What to use: None for the general weights.
    """
    learned = learn(column, cells)
    if before is None or before.documents > len(cells):
        return learned
    several = takes_several(column)
    new = cells[before.documents :]
    chances = [[weighed(before, each.features) for each in cell.candidates] for cell in new]
    right_before = before.right + _right(new, chances, before.threshold, several)
    if learned is not None:
        right = learned.right
    else:
        right = _right(cells, [_prior_chances(cell) for cell in cells], THRESHOLD, several)
    return before if right < right_before else learned


class _Rows:
    """The candidates of taught cells as a matrix, made once for all fits.

    Args:
        cells: one for each document.
    """

    def __init__(self, cells: Sequence[TaughtCell]) -> None:
        import numpy as np
        from sklearn.feature_extraction import DictVectorizer

        own = [(n, each) for n, cell in enumerate(cells) for each in cell.candidates]
        self._vectorizer = DictVectorizer()
        self._matrix = self._vectorizer.fit_transform([each.features for _, each in own])
        # liblinear is quick for few rows; it reads 32-bit indices only
        self._matrix.indices = self._matrix.indices.astype("int32")
        self._matrix.indptr = self._matrix.indptr.astype("int32")
        self._cell = np.array([n for n, _ in own])
        self._right = np.array([each.is_right for _, each in own], bool)
        self._prior = np.array([each.features[PRIOR] for _, each in own])
        self._value = [(n, each.key) for n, each in own]
        self._count = len(cells)

    def held_out(self) -> list[list[float]] | None:
        """Returns the chances of each cell's candidates by what the other folds teach."""
        import numpy as np

        order = list(range(self._count))
        random.Random(0).shuffle(order)  # noqa: S311  # the same folds each time
        chances = np.zeros(len(self._cell))
        folds = min(_FOLDS, self._count)
        for fold in range(folds):
            out = np.isin(self._cell, order[fold::folds])
            model = self._fit(~out)
            if model is None:
                return None
            if out.any():
                chances[out] = model.predict_proba(self._matrix[out])[:, 1]
        return [chances[self._cell == n].tolist() for n in range(self._count)]

    def learned(self) -> tuple[dict[str, float], float]:
        """Returns the weights by feature, and the intercept."""
        import numpy as np

        model = self._fit(np.ones(len(self._cell), bool))
        names = self._vectorizer.get_feature_names_out()
        weights = {
            str(name): round(float(weight), 5)
            for name, weight in zip(names, model.coef_[0], strict=True)
            if abs(weight) > _LEAST_WEIGHT
        }
        return weights, float(model.intercept_[0])

    def _fit(self, rows: NDArray[np.bool_]) -> Any:
        """Fits some rows; twice, as the first tells which place of a value is meant."""
        from sklearn.linear_model import LogisticRegression

        model, scores = None, self._prior
        for _ in range(2):
            chosen = rows & (~self._right | self._likeliest(scores))
            labels = self._right[chosen]
            if labels.all() or not labels.any():
                return model
            model = LogisticRegression(
                C=_STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
            )
            model.fit(self._matrix[chosen], labels)
            scores = model.decision_function(self._matrix)
        return model

    def _likeliest(self, scores: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Marks, of each right value of each cell, the place with the highest score."""
        import numpy as np

        best: dict[tuple[int, str], int] = {}
        for row in np.flatnonzero(self._right):
            value = self._value[row]
            if value not in best or scores[best[value]] < scores[row]:
                best[value] = int(row)
        marks = np.zeros(len(scores), bool)
        marks[list(best.values())] = True
        return marks


def _prior_chances(cell: TaughtCell) -> list[float]:
    return [1 / (1 + math.exp(-each.features[PRIOR])) for each in cell.candidates]


def _f1(
    cells: Sequence[TaughtCell],
    chances: Sequence[Sequence[float]],
    threshold: float,
    several: bool,
) -> float:
    """Returns F1 over the values of cells, as they are decided by a threshold."""
    right = given = wanted = 0
    for cell, own in zip(cells, chances, strict=True):
        values = _decided(cell, own, threshold, several)
        right += len(values & set(cell.keys))
        given += len(values)
        wanted += len(cell.keys)
    return 2 * right / (given + wanted) if given + wanted else 1.0


def _right(
    cells: Sequence[TaughtCell],
    chances: Sequence[Sequence[float]],
    threshold: float,
    several: bool,
) -> int:
    """Counts the cells that are decided rightly."""
    pairs = zip(cells, chances, strict=True)
    return sum(_decided(cell, own, threshold, several) == set(cell.keys) for cell, own in pairs)


def _sure(
    cells: Sequence[TaughtCell],
    chances: Sequence[Sequence[float]],
    threshold: float,
    several: bool,
) -> float:
    """Returns the chance above which no cell was decided wrongly; 1 where too few are above it.

    For the next document, the share of wrong cells above it is then at most one in the number of
    cells and one, on average, as for any score that is not fitted to the cell itself (conformal
    prediction). Of a cell with several values, the least chance counts.
    """
    decided: list[tuple[float, bool]] = []
    for cell, own in zip(cells, chances, strict=True):
        keys = _decided(cell, own, threshold, several)
        if keys:
            best = _best(cell, own)
            decided.append((min(best[key] for key in keys), keys <= set(cell.keys)))
    sure = max((chance for chance, is_right in decided if not is_right), default=threshold)
    above = sum(chance > sure for chance, _ in decided)
    return sure if above >= (_LEAST_SURE_OF_SEVERAL if several else _LEAST_SURE) else 1.0


def _best(cell: TaughtCell, chances: Sequence[float]) -> dict[str, float]:
    """Returns the highest chance of each value of a cell."""
    best: dict[str, float] = {}
    for each, chance in zip(cell.candidates, chances, strict=True):
        best[each.key] = max(best.get(each.key, 0.0), chance)
    return best


def _decided(
    cell: TaughtCell, chances: Sequence[float], threshold: float, several: bool
) -> set[str]:
    """Returns the keys of the values that a cell gets by the chances of its candidates."""
    best = _best(cell, chances)
    likely = sorted((k for k in best if best[k] >= threshold), key=lambda k: -best[k])
    if not several:
        return set(likely[:1])
    chosen: list[str] = []
    for key in likely:
        if not any(key in other or other in key for other in chosen):
            chosen.append(key)
    return set(chosen)


def _at(candidate: Candidate, place: tuple[int, int] | None) -> bool:
    """Tells whether a candidate stands where a person selected words."""
    return place is None or (candidate.value.start < place[1] and place[0] < candidate.value.end)
