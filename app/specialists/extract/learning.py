"""Learns from corrected and confirmed cells what right values stand beside.

What is learned is data: a weight for each word and sign, which can be read and deleted. Learning
needs scikit-learn and runs outside the window's process; using it needs neither.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import msgspec

from app.specialists.cells import SEVERAL
from app.specialists.definition import Column
from app.specialists.extract.candidates import Candidate, DocumentIndex, candidates
from app.specialists.extract.ranker import (
    THRESHOLD,
    LearnedColumn,
    features,
    prior,
    takes_several,
)
from app.specialists.extract.values import key_of

_MOST_WRONG = 60
"""Wrong candidates of a document that are learned from, the likeliest first."""
_LEAST_DOCUMENTS = 3
_FOLDS = 5
_STRENGTH = 1.0  # of the logistic regression: the inverse of its regularisation
_THRESHOLDS = tuple(n / 20 for n in range(2, 20))


class TaughtCandidate(msgspec.Struct, frozen=True):
    """A candidate of a corrected document, without the document's text.

    Attributes:
        key: of its value (`app.specialists.extract.values.key_of`).
        features: see `app.specialists.extract.ranker.features`.
        is_right: its value is the confirmed one.
    """

    key: str
    features: dict[str, float]
    is_right: bool


class TaughtCell(msgspec.Struct, frozen=True):
    """A corrected or confirmed cell, as it is learned from.

    Attributes:
        keys: of the right values; empty where the document has none.
        candidates: right ones and the likeliest wrong ones.
    """

    column: str
    keys: tuple[str, ...]
    candidates: tuple[TaughtCandidate, ...]


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
    chosen = [(each, True) for each in right] + [(each, False) for each in wrong[:_MOST_WRONG]]
    return TaughtCell(
        column.name,
        keys,
        tuple(
            TaughtCandidate(each.key, features(each.signs, each.context, prior(each)), is_right)
            for each, is_right in chosen
        ),
    )


def learn(column: Column, cells: Sequence[TaughtCell]) -> LearnedColumn | None:
    """Learns a column from its taught cells, one for each document.

    Returns:
        What was learned; None where it is too little, or decides the taught cells worse than the
        general weights do, each by what was learned from the others.
    """
    if len(cells) < _LEAST_DOCUMENTS or not any(cell.keys for cell in cells):
        return None
    several = takes_several(column)
    scores = _held_out(cells)
    if scores is None:
        return None
    before = _f1(cells, [_prior_chances(cell) for cell in cells], THRESHOLD, several)
    threshold = max(_THRESHOLDS, key=lambda t: (_f1(cells, scores, t, several), -abs(t - 0.5)))
    if _f1(cells, scores, threshold, several) < before:
        return None
    fitted = _fit(cells)
    if fitted is None:
        return None
    weights, intercept = fitted
    return LearnedColumn(column.name, weights, intercept, threshold, len(cells))


def _held_out(cells: Sequence[TaughtCell]) -> list[list[float]] | None:
    """Returns the chances of each cell's candidates by what the other folds teach."""
    order = list(range(len(cells)))
    random.Random(0).shuffle(order)  # noqa: S311  # the same folds each time
    chances: list[list[float]] = [[] for _ in cells]
    folds = min(_FOLDS * 2, len(cells))
    for fold in range(folds):
        out = set(order[fold::folds])
        fitted = _fit([cell for n, cell in enumerate(cells) if n not in out])
        if fitted is None:
            return None
        for n in out:
            chances[n] = [_chance(each.features, *fitted) for each in cells[n].candidates]
    return chances


def _fit(cells: Sequence[TaughtCell]) -> tuple[dict[str, float], float] | None:
    """Fits a logistic regression; twice, as the first tells which places of a value are meant."""
    fitted: tuple[dict[str, float], float] | None = None
    for _ in range(2):
        rows, labels = _rows(cells, fitted)
        if len(set(labels)) < 2:
            return fitted
        fitted = _regression(rows, labels)
    return fitted


def _rows(
    cells: Sequence[TaughtCell], fitted: tuple[dict[str, float], float] | None
) -> tuple[list[dict[str, float]], list[int]]:
    """Returns features and labels: of each right value its likeliest place, and all wrong ones."""
    rows: list[dict[str, float]] = []
    labels: list[int] = []
    for cell in cells:
        best: dict[str, tuple[float, TaughtCandidate]] = {}
        for each in cell.candidates:
            if not each.is_right:
                rows.append(each.features)
                labels.append(0)
                continue
            score = _chance(each.features, *fitted) if fitted else each.features["prior"]
            if each.key not in best or best[each.key][0] < score:
                best[each.key] = (score, each)
        rows += [each.features for _, each in best.values()]
        labels += [1] * len(best)
    return rows, labels


def _regression(
    rows: Sequence[Mapping[str, float]], labels: Sequence[int]
) -> tuple[dict[str, float], float]:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(rows)
    model = LogisticRegression(
        C=_STRENGTH, class_weight="balanced", solver="liblinear", random_state=0
    )
    model.fit(matrix, labels)
    names = vectorizer.get_feature_names_out()
    weights = {
        str(name): round(float(weight), 5)
        for name, weight in zip(names, model.coef_[0], strict=True)
        if abs(weight) > 1e-3
    }
    return weights, float(model.intercept_[0])


def _chance(own: Mapping[str, float], weights: Mapping[str, float], intercept: float) -> float:
    import math

    score = intercept + sum(weights.get(key, 0.0) * value for key, value in own.items())
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, score))))


def _prior_chances(cell: TaughtCell) -> list[float]:
    return [
        _chance({"prior": each.features["prior"]}, {"prior": 1.0}, 0.0) for each in cell.candidates
    ]


def _f1(
    cells: Sequence[TaughtCell],
    chances: Sequence[Sequence[float]],
    threshold: float,
    several: bool,
) -> float:
    """Returns F1 over the values of cells, as they are decided by a threshold."""
    right = given = wanted = 0
    for cell, own in zip(cells, chances, strict=True):
        best: dict[str, float] = {}
        for each, chance in zip(cell.candidates, own, strict=True):
            best[each.key] = max(best.get(each.key, 0.0), chance)
        likely = sorted((k for k in best if best[k] >= threshold), key=lambda k: -best[k])
        chosen: list[str] = []
        for key in likely:
            if not any(key in other or other in key for other in chosen):
                chosen.append(key)
        values = set(chosen if several else likely[:1])
        right += len(values & set(cell.keys))
        given += len(values)
        wanted += len(cell.keys)
    return 2 * right / (given + wanted) if given + wanted else 1.0


def _at(candidate: Candidate, place: tuple[int, int] | None) -> bool:
    """Tells whether a candidate stands where a person selected words."""
    return place is None or (candidate.value.start < place[1] and place[0] < candidate.value.end)
