"""Tries a chat model on questions that any model can answer, before it is asked for more.

A file may be whole, of a known architecture and with a template, and still be no use: marks of a
conversation that the file calls ordinary text, weights that were converted wrongly, an end that
never comes. Such a model's answers would be held back as unsupported one by one, and the person
told that the documents do not say.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from models.chat import (
    ChatModel,
    Finished,
    FinishReason,
    GenerationOptions,
    Message,
    Role,
    TextPiece,
)
from models.errors import ModelUnsupported, WroteNothing

if TYPE_CHECKING:
    from models.native import Vocabulary

# A reply to one is enough: a small model may stumble over the others. The first has a short reply,
# so that its end is seen.
_QUESTIONS = (
    "What is 2 + 2? Answer with the number only.",
    "Say hello to me.",
    "What is the capital of France?",
)
_TOKENS = 32
# More than this share of a reply being one and the same token is no sentence in any language.
_MOST_OF_ONE = 0.8
_FEW_TOKENS = 8
# What templates put around turns: <|im_start|>, </s>, [INST].
_MARK = re.compile(r"</?[^<>\s]{1,60}>|\[/?[A-Z][A-Z_]*\]")
_ENDLESS = "does not stop, and writes the marks of a conversation as if they were words"
_ADVICE = "Choose another model, or another file of this one."


def try_out(model: ChatModel, vocabulary: Vocabulary, frame: str) -> None:
    """Makes sure that `model` reads the marks of a conversation, and writes text that ends.

    Args:
        model: the model, loaded.
        vocabulary: its vocabulary.
        frame: what its chat template writes around a conversation.

    Raises:
        ModelUnsupported: it does not. The message says what is wrong.
        ModelDamaged: it computes what are no numbers.
        InferenceFailed: llama.cpp reports an error.
    """
    marks = frozenset(_MARK.findall(frame))
    _check_marks(marks, vocabulary)
    faults = []
    for question in _QUESTIONS:
        fault = _fault(model, question, marks)
        if not fault:
            return
        faults.append(fault)
        if fault == _ENDLESS:  # no other reply would make that good
            break
    raise ModelUnsupported(
        f"This model cannot be used: asked a simple question, it {faults[-1]}.", _ADVICE
    )


def _check_marks(marks: frozenset[str], vocabulary: Vocabulary) -> None:
    """Marks that are words of the vocabulary have to be read as those words."""
    words = vocabulary.words()
    for mark in sorted(marks & words):
        if len(vocabulary.tokenize(mark, control=True)) != 1:
            raise ModelUnsupported(
                f"This model cannot be used: its file says that {mark}, which separates the "
                "turns of a conversation, is ordinary text, so the model cannot tell who speaks.",
                _ADVICE,
            )


def _fault(model: ChatModel, question: str, marks: frozenset[str]) -> str:
    """Returns what is wrong with the reply, as the end of a sentence; "" if nothing is."""
    text, finished = "", Finished(FinishReason.STOPPED, 0, 0)
    options = GenerationOptions(max_tokens=_TOKENS)
    try:
        for event in model.generate([Message(Role.USER, question)], options):
            if isinstance(event, TextPiece):
                text += event.text
            else:
                finished = event
    except WroteNothing:
        return "writes nothing"
    if any(mark in text for mark in marks):
        return _ENDLESS
    if not any(sign.isalnum() for sign in text):
        return "writes no words"
    tokens = Counter(chance.text for chance in finished.chances)
    count = sum(tokens.values())
    if count >= _FEW_TOKENS and max(tokens.values()) > _MOST_OF_ONE * count:
        return "writes the same over and over"
    return ""
