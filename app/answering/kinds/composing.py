"""What summaries and comparisons share: the model writes, and sources are numbered through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answering.chat_messages import messages_of
from app.jobs import CancelToken
from models.chat import ChatModel, Finished, FinishReason, GenerationOptions
from models.grammar import gbnf
from rag.answer.prompt import ContextPack
from rag.text.verbatim import LIST_MARK, MARKER, DocumentWords, one_line
from rag.types import Citation


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote; "" if it was stopped."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


def write(model: ChatModel, pack: ContextPack, tokens: int, token: CancelToken) -> Written:
    """Has the model write a reply of at most so many tokens. Blocks.

    Raises:
        ModelError: the model cannot write.
        WorkerDied: its process ended on the way.
    """
    options = GenerationOptions(max_tokens=tokens, grammar=gbnf(pack.grammar))
    pieces: list[str] = []
    finished = Finished(FinishReason.STOPPED, 0, 0)
    for event in model.generate(messages_of(pack), options, lambda: token.cancelled):
        if isinstance(event, Finished):
            finished = event
        else:
            pieces.append(event.text)
    text = "" if finished.reason is FinishReason.STOPPED else "".join(pieces)
    return Written(text, finished.prompt_tokens, finished.completion_tokens)


class Sources:
    """Citations of several texts, in one numbering."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []

    def renumbered(self, text: str, citations: Sequence[Citation], words: DocumentWords) -> str:
        """A text whose markers name `citations` (by their `n`), with the markers of all.

        What is a marker of a document itself, by `words`, stays as it is.
        """
        numbers = {one.n: self.number(one) for one in citations}

        def changed(marker: re.Match[str]) -> str:
            if words.hold_marker(text, *marker.span()):
                return marker.group()
            return f"[{numbers[int(marker[1])]}]" if int(marker[1] or 0) in numbers else ""

        return MARKER.sub(changed, text)

    def number(self, citation: Citation) -> int:
        """The number of a citation, which is added unless it is known."""
        for known in self.citations:
            if replace(known, n=0) == replace(citation, n=0):
                return known.n
        number = len(self.citations) + 1
        self.citations.append(replace(citation, n=number))
        return number


def in_one_line(text: str) -> str:
    """A document's words as a point of a list, in which they need no mark of their own."""
    line = one_line(text)
    mark = LIST_MARK.match(line)
    return line[mark.end() :] if mark else line
