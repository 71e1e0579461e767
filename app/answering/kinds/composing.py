"""What summaries and comparisons share: the model writes, and sources are numbered through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.chat_messages import messages_of
from app.jobs import CancelToken
from models.chat import ChatModel, Finished, FinishReason, GenerationOptions
from models.grammar import gbnf
from rag.answer.ground import Sources
from rag.answer.prompt import ContextPack
from rag.text.answer_markup import LIST_MARK, MARKER, DocumentWords, one_line
from rag.types import Citation


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote; "" if it was stopped."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


def write(model: ChatModel, pack: ContextPack, tokens: int, token: CancelToken) -> Written:
    """Generates a reply of at most so many tokens. Blocks.

    Raises:
        ModelError: the model cannot write.
        WorkerDied: its process ended on the way.
    """
    options = GenerationOptions(
        tokens, temperature=None, grammar=gbnf(pack.grammar), own_rules=True
    )
    pieces: list[str] = []
    finished = Finished(FinishReason.STOPPED, 0, 0)
    for event in model.generate(messages_of(pack), options, lambda: token.cancelled):
        if isinstance(event, Finished):
            finished = event
        else:
            pieces.append(event.text)
    text = "" if finished.reason is FinishReason.STOPPED else "".join(pieces)
    return Written(text, finished.prompt_tokens, finished.completion_tokens)


def renumbered(
    text: str, citations: Sequence[Citation], words: DocumentWords, sources: Sources
) -> str:
    """Replaces markers that name `citations` (by their `n`) by the numbers of the whole answer.

    What is a marker of a document itself, by `words`, stays as it is. New citations are added to
    `sources`.
    """
    numbers = {citation.n: sources.number(citation) for citation in citations}

    def changed(marker: re.Match[str]) -> str:
        if words.hold_marker(text, *marker.span()):
            return marker.group()
        return f"[{numbers[int(marker[1])]}]" if int(marker[1] or 0) in numbers else ""

    return MARKER.sub(changed, text)


def in_one_line(text: str) -> str:
    """Returns a document's words as one line of a list."""
    line = one_line(text)
    mark = LIST_MARK.match(line)
    return line[mark.end() :] if mark else line
