"""What summaries and comparisons share: the model writes, and sources are numbered through."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.jobs import CancelToken
from app.messages import messages_of
from models.chat import ChatModel, Finished, FinishReason, GenerationOptions
from rag.prompt import ContextPack, without_markers
from rag.types import Citation

_LIST_MARK = re.compile(r"^(?:[-*•#>]+ )+")
_MARKER = re.compile(r"\[(\d{1,3})\]")


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
    options = GenerationOptions(max_tokens=tokens, grammar=pack.grammar)
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

    def renumbered(self, text: str, citations: Sequence[Citation]) -> str:
        """A text whose markers name `citations` (by their `n`), with the markers of all."""
        numbers = {one.n: self.number(one) for one in citations}

        def changed(marker: re.Match[str]) -> str:
            return f"[{numbers[int(marker[1])]}]" if int(marker[1]) in numbers else ""

        return _MARKER.sub(changed, text)

    def number(self, citation: Citation) -> int:
        """The number of a citation, which is added unless it is known."""
        for known in self.citations:
            if replace(known, n=0) == replace(citation, n=0):
                return known.n
        number = len(self.citations) + 1
        self.citations.append(replace(citation, n=number))
        return number


def in_one_line(text: str) -> str:
    """A document's words as a point of a list: no line breaks, marks of lists, links or markers."""
    line = without_markers(" ".join(text.split()))
    return _LIST_MARK.sub("", line.replace("](", "] (").replace("**", "").replace("`", "'"))


def plain_words(text: str) -> str:
    """A name in one line, of which no Markdown makes anything else."""
    return re.sub(r"[*_`\[\]]", " ", " ".join(text.split())).strip()
