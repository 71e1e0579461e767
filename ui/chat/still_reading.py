"""What the conversation says while documents are still read, and of files that are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.answering.kinds.missing import Missing, MissingFile
from ui import text
from ui.text import tr

if TYPE_CHECKING:
    from rag.indexing.report import IndexProgress


def reading_line(progress: IndexProgress | None, *, paused: bool = False) -> str:
    """Returns the line under the question while a run goes on; "" when no answer misses anything.

    Args:
        progress: of the run; None before it told anything.
        paused: it waits.
    """
    stage = progress.stage if progress is not None else "finding"
    if stage in ("removing", "finishing"):
        return ""
    counts = ""
    if progress is not None and progress.done < progress.total:
        counts = tr(" ({0} of {1})").format(text.number(progress.done), text.number(progress.total))
    if paused:
        words = tr("Reading your documents is paused{0}: answers may miss some of them.")
    elif stage == "recognising":
        words = tr("Still reading the pictures in your documents: answers may miss some.")
    else:
        words = tr("Still reading your documents{0}: answers may miss some of them.")
    return words.format(counts)


def missing_words(file: MissingFile) -> str:
    """Says in a sentence why no answer can be from a file that the question names."""
    name = text.shown_name(file.path)
    if file.why is Missing.WAITING:
        return tr("{0} is still being read.").format(name)
    words = tr("{0} could not be read").format(name)
    return f"{words}: {file.detail}" if file.detail else f"{words}."
