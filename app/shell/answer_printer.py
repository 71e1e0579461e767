"""Prints an answer in the terminal: progress on standard error, the result on standard output.

Text that is still being written can be replaced, so it is not printed: only its last words appear
on the progress line.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.events import (
    Answer,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
    Summarising,
)
from app.presentation import NEAREST, READING, SOURCES, Sentence, present
from app.shell.console import Console
from app.shell.outputs import place_name
from rag.text.answer_markup import one_line
from rag.types import Citation, Hit

_PLACES = 4
_WRITTEN = 60  # characters of the text that is being written
_PASSAGE = 160  # characters of a nearest passage


class AnswerPrinter:
    """Prints one answer.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._written = ""

    def __call__(self, event: AnswerEvent) -> None:
        """Shows the answer's progress."""
        match event:
            case Searching():
                self._console.progress("Searching …")
            case Summarising(title, done, total, left):
                remaining = "" if left is None else f", about {duration(left)} left"
                part = f"{title}, part {done + 1} of {total}" if title else "all parts"
                self._console.progress(f"Summarising {part}{remaining} …")
            case PassagesFound(hits):
                places = "; ".join(dict.fromkeys(map(place_name, hits[:_PLACES])))
                self._console.note(f"{READING} {places} …")
            case EvidenceFound(citation):
                self._console.progress(f"{READING} {place_name(citation)} …")
            case AnswerText(text):
                self._written = (self._written + text)[-_WRITTEN:]
                self._console.progress(f"Writing: …{one_line(self._written)}")

    def finish(self, answer: Answer) -> None:
        """Prints the finished answer."""
        presented = present(answer)
        self._say_each((presented.verdict, presented.advice))
        if presented.text:
            self._console.tell(f"{presented.text}\n")
        if presented.citations:
            self._console.say()
            self._console.say(SOURCES)
        for citation in presented.citations:
            self._console.say(f"[{citation.n}] {place_name(citation)}")
            self._console.say(f"    {_quoted(citation)}")
        if presented.cautions or presented.remarks:
            self._console.say()
        self._say_each((*presented.cautions, *presented.remarks))
        if presented.nearest:
            self._console.say()
            self._console.say(NEAREST)
        for hit in presented.nearest:
            self._console.say(f"  · {place_name(hit)}: {_beginning(hit)}")

    def _say_each(self, sentences: Sequence[Sentence | None]) -> None:
        for sentence in sentences:
            if sentence is not None:
                self._console.say(str(sentence))


def duration(seconds: float) -> str:
    """Returns a time in words: "40 s", "3 min"."""
    if seconds < 90:  # a minute and a half reads better in seconds
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"


def _quoted(citation: Citation) -> str:
    return f"“{one_line(citation.quote)}”"


def _beginning(hit: Hit) -> str:
    words = one_line(hit.text_with_header)
    return words if len(words) <= _PASSAGE else f"{words[:_PASSAGE]}…"
