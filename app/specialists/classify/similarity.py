"""How alike texts are: by words, by character sequences, and by meaning.

Each view gives a matrix of similarities that is 1 for a text with itself, so that weighted sums of
them are again such a matrix (a kernel).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from app.specialists.classify.types import Choice, TextFeatures

Matrix = NDArray[np.float64]
_TOKEN = r"(?u)\w+|[^\w\s]"  # noqa: S105  # a regular expression: words and single marks
_COMMON = 200
"""From so many texts on, sequences that occur in one text only are left out: they match nothing."""
_MOST_FEATURES = 200_000
_MOST_CHARACTERS = 20_000
"""Of a longer text, only the beginning is compared by words and characters."""


def with_signs(texts: Sequence[TextFeatures]) -> list[str]:
    """Returns the texts with their signs appended as words that no text contains."""
    return [
        " ".join((features.text[:_MOST_CHARACTERS], *map(sign_word, features.signs)))
        for features in texts
    ]


def sign_word(sign: str) -> str:
    """Returns a sign as one word."""
    return f"sign_{''.join(c if c.isalnum() else '_' for c in sign)}"


class TermView:
    """Compares texts by their words or character sequences, weighted by TF-IDF.

    Args:
        characters: whether sequences of 2 to 5 characters are compared, instead of single words
            and pairs of words.
        terms: the vocabulary, in order; None learns it with `learn`.
        weights: the inverse document frequency of each term.
    """

    def __init__(
        self,
        *,
        characters: bool,
        terms: Sequence[str] | None = None,
        weights: NDArray[np.float32] | None = None,
    ) -> None:
        self._characters = characters
        self._vectorizer = _vectorizer(characters, 1)
        if terms is not None and weights is not None:
            self._vectorizer = _vectorizer(characters, 1, {term: i for i, term in enumerate(terms)})
            self._vectorizer.idf_ = np.asarray(weights, dtype=np.float64)

    def learn(self, texts: Sequence[str]) -> csr_matrix:
        """Learns the vocabulary of texts; returns their vectors, as `vectors` does."""
        rare = 1 if len(texts) < _COMMON else 2
        try:
            self._vectorizer = _vectorizer(self._characters, rare)
            return csr_matrix(self._vectorizer.fit_transform(texts))
        except ValueError:  # no text has any term: an empty vocabulary is refused
            self._vectorizer = _vectorizer(self._characters, 1)
            return csr_matrix(self._vectorizer.fit_transform([*texts, "nothing"]))[: len(texts)]

    def vectors(self, texts: Sequence[str]) -> csr_matrix:
        """Returns vectors of length 1, of shape (texts, terms); all 0 without a known term."""
        return csr_matrix(self._vectorizer.transform(texts))

    @property
    def terms(self) -> list[str]:
        """The vocabulary, in order."""
        vocabulary: dict[str, int] = self._vectorizer.vocabulary_
        return sorted(vocabulary, key=vocabulary.__getitem__)

    @property
    def weights(self) -> NDArray[np.float32]:
        """The inverse document frequency of each term."""
        return np.asarray(self._vectorizer.idf_, dtype=np.float32)


def _vectorizer(characters: bool, rare: int, vocabulary: dict[str, int] | None = None) -> Any:
    form: dict[str, Any] = (
        {"analyzer": "char_wb", "ngram_range": (2, 5)}
        if characters
        else {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": _TOKEN}
    )
    return TfidfVectorizer(
        **form,
        sublinear_tf=True,
        min_df=rare,
        max_features=None if vocabulary is not None else _MOST_FEATURES,
        vocabulary=vocabulary,
    )


def embeddings(vectors: Sequence[bytes]) -> Matrix:
    """Returns embeddings of shape (texts, dimension), each of length 1 or all 0.

    Raises:
        ValueError: they are not all of one length.
    """
    if len({len(vector) for vector in vectors}) > 1:
        raise ValueError("embeddings of different models")
    matrix = np.array([np.frombuffer(v, dtype=np.float32) for v in vectors], dtype=np.float64)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(lengths > 0, lengths, 1), dtype=np.float64)


@dataclass(frozen=True)
class Similarities:
    """The similarities of some texts (rows) to some others (columns), by each view."""

    words: Matrix
    characters: Matrix
    meaning: Matrix

    def weighted(self, choice: Choice) -> Matrix:
        """Returns the weighted mean of the views."""
        total = choice.words + choice.characters + choice.meaning
        mean = (
            choice.words * self.words
            + choice.characters * self.characters
            + choice.meaning * self.meaning
        )
        return np.asarray(mean / total, dtype=np.float64)

    def linear(self) -> Matrix:
        """Returns the sum of the views, meaning by the cosine of the embeddings."""
        cosines = 1 + np.log(self.meaning) / 2  # `nearness`, turned round
        return np.asarray(self.words + self.characters + cosines, dtype=np.float64)

    def part(self, rows: NDArray[np.intp]) -> Similarities:
        """Returns the similarities of some of the texts to each other."""
        at = np.ix_(rows, rows)
        return Similarities(self.words[at], self.characters[at], self.meaning[at])


def nearness(rows: Matrix, columns: Matrix) -> Matrix:
    """Returns how near embeddings are: exp(-squared distance), 1 for the same direction."""
    return np.asarray(np.exp(2 * (rows @ columns.T - 1)), dtype=np.float64)
