"""Asks the model whether what it has read answers the question, before it writes anything.

Asked then, in one line behind passages and question, a small model knows better whether they answer
than it says after it has quoted. It costs the tokens of that line: the reply begins as the
judgement does, so nothing is read twice, and where the judgement is no, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable

from app.answering.chat_messages import messages_of
from models.chat import ChatModel, Finished, GenerationOptions
from models.grammar import gbnf
from rag.answer.prompt import YES, ContextPack, judging


def chance_of_an_answer(
    pack: ContextPack, model: ChatModel, should_stop: Callable[[], bool] = lambda: False
) -> float:
    """Returns the model's probability (0 to 1) that the passages of `pack` answer its question.

    1.0 where it was stopped before it said anything. Raises as `ChatModel.generate` does.
    """
    judged = judging(pack)
    options = GenerationOptions(max_tokens=1, grammar=gbnf(judged.grammar), own_rules=True)
    for event in model.generate(messages_of(judged), options, should_stop):
        if isinstance(event, Finished) and event.chances:
            first = event.chances[0]  # "yes", "no", or how they begin
            return first.chance if YES.startswith(first.text.strip()) else 1 - first.chance
    return 1.0
