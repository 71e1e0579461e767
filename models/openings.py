"""Chooses with which of some texts a reply begins.

A grammar leaves the choice to the model, one token at a time, and most sentences begin with a few
words such as "The": a model that takes the likeliest first word cannot go back when none of the
sentences that begin so goes on as it would. What else is known of the texts, such as how close they
are to a question, counts here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.chat import Opening
from models.native import Vocabulary


class OpeningChoice:
    """Walks along the tokens of some texts until one text is left.

    Args:
        openings: the texts with their weights. If the vocabulary spells one of them otherwise than
            it is written, such as with a blank before it, there is nothing to choose: a grammar
            would not allow that.
        vocabulary: of the model.
    """

    def __init__(self, openings: Sequence[Opening], vocabulary: Vocabulary) -> None:
        paths = [(vocabulary.tokenize(o.text, control=False), o.weight) for o in openings]
        spelled = [b"".join(map(vocabulary.piece, tokens)) for tokens, _ in paths]
        exact = all(s == o.text.encode() for s, o in zip(spelled, openings, strict=True))
        self._paths = paths if exact else []

    @property
    def is_open(self) -> bool:
        """True as long as there is something to choose or to write."""
        return bool(self._paths)

    def take(self, logits: Callable[[], NDArray[np.float32]]) -> tuple[list[int], float]:
        """Returns the next tokens, and the chance of the first among those that can come next.

        Args:
            logits: returns those of the last token, of shape (tokens of the vocabulary,).
        """
        if len(self._paths) == 1:
            ((tokens, _),) = self._paths
            self._paths = []
            return tokens, 1.0
        best: dict[int, float] = {}
        for tokens, weight in self._paths:
            best[tokens[0]] = max(weight, best.get(tokens[0], weight))
        token, chance = next(iter(best)), 1.0
        if len(best) > 1:
            values = logits()[list(best)].astype(np.float64) + np.array(list(best.values()))
            first = int(values.argmax())
            token = list(best)[first]
            chance = float(1 / np.exp(values - values[first]).sum())
        rest = [(tokens[1:], weight) for tokens, weight in self._paths if tokens[0] == token]
        ended = any(not tokens for tokens, _ in rest)  # one text is the beginning of another
        self._paths = [] if ended else rest
        return [token], chance
