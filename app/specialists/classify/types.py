"""What is given to the classifier, and what it gives back. Light: no array library."""

from __future__ import annotations

from msgspec import Struct


class TextFeatures(Struct, frozen=True):
    """A text to learn from, or to sort.

    Attributes:
        text: the text itself.
        vector: its embedding, float32 in the machine's byte order; all of one length.
        signs: facts beside the text that count like words of their own, such as "reply-elsewhere".
        label: its label; "" for a text to sort.
    """

    text: str
    vector: bytes
    signs: tuple[str, ...] = ()
    label: str = ""


class LabelFeatures(Struct, frozen=True):
    """A label with what its name and description mean.

    Attributes:
        description: the name and description as one text.
        vector: the embedding of that text, as in `TextFeatures`.
    """

    name: str
    description: str
    vector: bytes


class Choice(Struct, frozen=True):
    """How the texts are compared: chosen by leaving each example out in turn.

    Attributes:
        words: weight of shared words and pairs of words.
        characters: weight of shared character sequences.
        meaning: weight of near embeddings.
        ridge: how much a single example is smoothed out.
        balance: 0 decides by the most likely label, 1 as if all labels were equally frequent.
        logistic: whether logistic regression counts as much as the comparison with examples.
    """

    words: float
    characters: float
    meaning: float
    ridge: float
    balance: float = 0.0
    logistic: bool = False


class Fitted(Struct, frozen=True):
    """A learned classifier.

    Attributes:
        blob: the classifier as plain arrays, for `Learner.predict`.
        choice: what was chosen.
        examples: how many it learned from.
        accuracy: share of examples that it sorts rightly when they are left out; 0 without any.
        macro_f1: mean over the labels of F1, measured in the same way.
        right: for each example, in order, whether it is sorted rightly when it is left out.
    """

    blob: bytes
    choice: Choice
    examples: int
    accuracy: float
    macro_f1: float
    right: tuple[bool, ...] = ()


class Prediction(Struct, frozen=True):
    """The label of a text.

    Attributes:
        label: the label that fits best.
        confidence: its probability, 0 to 1.
        unsure: whether the probability is too low for the strictness that was asked for.
        evidence: start and end of the sentence that counted most for the label; (0, 0) for none.
    """

    label: str
    confidence: float
    unsure: bool
    evidence: tuple[int, int] = (0, 0)
