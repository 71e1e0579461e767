"""Asks the local model for the stand-alone wording of a follow-up."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs import CancelToken
from models.chat import ChatModel, GenerationOptions, Message, Role, TextPiece
from models.grammar import gbnf
from models.states import SHARED
from rag.answer.prompt import PastTurn
from rag.answer.question import Question
from rag.answer.rewording import INSTRUCTIONS, MOST_TOKENS, grammar, prompt, reworded


def reword(
    question: Question, history: Sequence[PastTurn], model: ChatModel, token: CancelToken
) -> Question:
    """Returns a follow-up with the model's wording, if that is one. Blocks.

    The instructions are always the same: what was read of them is kept on the disk.

    Raises:
        ModelError: the model cannot write.
        WorkerDied: its process ended on the way.
    """
    instructions = [Message(Role.SYSTEM, INSTRUCTIONS)]
    model.prime(instructions, lambda: token.cancelled, drawer=SHARED)
    messages = [*instructions, Message(Role.USER, prompt(question, history[-1]))]
    form = gbnf(grammar(question, history[-1]))
    options = GenerationOptions(max_tokens=MOST_TOKENS, grammar=form)
    events = model.generate(messages, options, lambda: token.cancelled)
    written = "".join(event.text for event in events if isinstance(event, TextPiece))
    return reworded(question, history[-1], written)
