"""The classifier: kernel ridge regression over words, characters and meaning.

Where it makes left-out examples more likely, logistic regression on the same views counts as much;
in it, rare labels count as much as frequent ones.

Each label's own description counts as one more example of it, so a specialist works before it has
seen any, and learns from the first one on. What the views weigh, how much is smoothed, and how
scores become probabilities is chosen on the examples themselves, each left out in turn.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.specialists.classify.blob import Parts, pack, unpack
from app.specialists.classify.decide import Calibration, calibrate, log_loss, measures
from app.specialists.classify.logistic import logits_of, solve_logistic
from app.specialists.classify.ridge import left_out_scores, one_hot, solve
from app.specialists.classify.similarity import (
    Matrix,
    Similarities,
    TermView,
    embeddings,
    nearness,
    with_signs,
)
from app.specialists.classify.types import Choice, Fitted, LabelFeatures, Prediction, TextFeatures
from rag.text.sentences import sentences

MOST_EXAMPLES = 8_000
"""The most examples that are learned from: time grows with the cube, memory with the square."""
_MOST_TO_CHOOSE_ON = 1_000
_FEWEST_TO_CHOOSE_ON = 20
"""With fewer examples, or fewer than two for each label, the usual choice is taken."""
_USUAL = Choice(words=0.25, characters=0.25, meaning=1.0, ridge=0.3)
_WEIGHTS = (
    (0.0, 0.0, 1.0),
    (0.15, 0.15, 1.0),
    (0.5, 0.5, 1.0),
    (1.0, 1.0, 1.0),
    (1.0, 1.0, 0.3),
    (1.0, 0.0, 0.5),
    (0.0, 1.0, 0.5),
    (1.0, 1.0, 0.0),
)
"""Weights of words, characters and meaning that are tried."""
_RIDGES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


def fit(
    examples: Sequence[TextFeatures], labels: Sequence[LabelFeatures], like: Choice | None = None
) -> Fitted:
    """Learns from examples and the labels' descriptions.

    Args:
        examples: each with one of the labels; those with another are left out. Of more than
            `MOST_EXAMPLES`, the last ones are taken.
        labels: at least one.
        like: takes this choice instead of choosing; much faster.
    """
    names = tuple(label.name for label in labels)
    position = {name: number for number, name in enumerate(names)}
    known = [example for example in examples if example.label in position][-MOST_EXAMPLES:]
    rows = [*known, *(TextFeatures(label.description, label.vector) for label in labels)]
    truth = np.array([position[example.label] for example in known], dtype=np.intp)
    row_labels = np.concatenate([truth, np.arange(len(names), dtype=np.intp)])
    targets = one_hot(row_labels, len(names))

    texts = with_signs(rows)
    words, characters = TermView(characters=False), TermView(characters=True)
    word_rows, character_rows = words.learn(texts), characters.learn(texts)
    meaning_rows = embeddings([row.vector for row in rows])
    alike = Similarities(
        _products(word_rows, word_rows),
        _products(character_rows, character_rows),
        nearness(meaning_rows, meaning_rows),
    )
    choice = like or _chosen(alike, truth, targets)
    coefficients, left_out = solve(alike.weighted(choice), targets, choice.ridge)
    accuracy, macro_f1, right = 0.0, 0.0, np.zeros(0, dtype=bool)
    calibration, beside, logistic = Calibration(), None, None
    if len(known):
        scores = left_out[: len(known)]
        if _enough(truth, len(names)):
            if len(names) > 1 and (like is None or like.logistic):
                logistic, beside = solve_logistic(alike.linear(), row_labels, len(names))
            calibration = calibrate(scores, truth, like, beside)
            choice = msgspec.structs.replace(
                choice, balance=calibration.balance, logistic=calibration.logistic
            )
        decided = calibration.labels(calibration.probabilities(scores, beside))
        accuracy, macro_f1 = measures(truth, decided)
        right = decided == truth
    parts = Parts(
        names,
        choice,
        calibration,
        words,
        characters,
        word_rows,
        character_rows,
        meaning_rows,
        coefficients,
        logistic if calibration.logistic else None,
    )
    marks = tuple(bool(value) for value in right)
    return Fitted(pack(parts), choice, len(known), accuracy, macro_f1, marks)


def _enough(truth: NDArray[np.intp], labels: int) -> bool:
    return len(truth) >= max(_FEWEST_TO_CHOOSE_ON, 2 * labels)


def _chosen(alike: Similarities, truth: NDArray[np.intp], targets: Matrix) -> Choice:
    """Chooses the weights and the ridge under which left-out examples are most likely.

    Likelihood tells more of each example than whether it is right, so the choice depends less on
    chance. Of many examples, some are chosen on, spread evenly.
    """
    count, labels = len(truth), targets.shape[1]
    if not _enough(truth, labels):
        return _USUAL
    kept = np.arange(count, dtype=np.intp)
    if count > _MOST_TO_CHOOSE_ON:
        # By label, so that each keeps its share.
        kept = np.argsort(truth, kind="stable")[
            np.linspace(0, count - 1, _MOST_TO_CHOOSE_ON).astype(np.intp)
        ]
    rows = np.concatenate([kept, np.arange(count, len(targets), dtype=np.intp)])
    part, part_truth, part_targets = alike.part(rows), truth[kept], targets[rows]
    best, least = _USUAL, np.inf
    for words, characters, meaning in _WEIGHTS:
        choice = Choice(words, characters, meaning, 0.0)
        scored = left_out_scores(part.weighted(choice), part_targets, _RIDGES)
        for ridge, scores in zip(_RIDGES, scored, strict=True):
            loss = log_loss(scores[: len(kept)], part_truth)
            if loss < least:
                best, least = msgspec.structs.replace(choice, ridge=ridge), loss
    return best


class Classifier:
    """Sorts texts.

    Args:
        blob: of a `Fitted`.

    Raises:
        UnreadableBlob: it is not one.
    """

    def __init__(self, blob: bytes) -> None:
        self._parts = unpack(blob)
        total = sum((self._choice.words, self._choice.characters, self._choice.meaning))
        # The score of each term for each label: what the words of a sentence count.
        self._term_scores = self._parts.word_rows.T @ (
            self._parts.coefficients * max(self._choice.words / total, 0.05)
        )

    @property
    def _choice(self) -> Choice:
        return self._parts.choice

    def predict(self, texts: Sequence[TextFeatures], strictness: float = 0.5) -> list[Prediction]:
        """Returns the label of each text.

        Args:
            texts: with embeddings of the model that was learned with.
            strictness: 0 is never unsure; at 1, only those are sure whose like were all right
                among the examples.

        Raises:
            ValueError: the embeddings are of another model.
        """
        if not texts:
            return []
        parts = self._parts
        written = with_signs(texts)
        meaning = embeddings([text.vector for text in texts])
        if meaning.shape[1] != parts.meaning_rows.shape[1]:
            raise ValueError("embeddings of another model")
        alike = Similarities(
            _products(parts.words.vectors(written), parts.word_rows),
            _products(parts.characters.vectors(written), parts.character_rows),
            nearness(meaning, parts.meaning_rows),
        )
        beside = None if parts.logistic is None else logits_of(alike.linear(), parts.logistic)
        scores = alike.weighted(parts.choice) @ parts.coefficients
        chances = parts.calibration.probabilities(scores, beside)
        decided = parts.calibration.labels(chances)
        least = parts.calibration.least_sure(strictness)
        return [
            Prediction(
                parts.labels[label],
                float(chances[row, label]),
                bool(chances[row, label] < least),
                self._evidence(text.text, int(label)),
            )
            for row, (text, label) in enumerate(zip(texts, decided, strict=True))
        ]

    def _evidence(self, text: str, label: int) -> tuple[int, int]:
        """Returns the sentence whose words count most for a label against the other labels."""
        spans = [_trimmed(text, *span) for span in sentences(text)]
        if len(spans) < 2:
            return spans[0] if spans else (0, 0)
        own = self._term_scores[:, label] - self._term_scores.mean(axis=1)
        rows = self._parts.words.vectors([text[start:end] for start, end in spans])
        # Vectors have length 1: the root of the number of terms makes long sentences count more.
        sizes = np.sqrt(np.diff(rows.indptr))
        return spans[int(np.argmax((rows @ own) * sizes))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Returns a span without outer blanks."""
    words = text[start:end].strip()
    first = text.index(words, start) if words else start
    return first, first + len(words)


def _products(rows: csr_matrix, columns: csr_matrix) -> Matrix:
    return np.asarray((rows @ columns.T).toarray(), dtype=np.float64)
