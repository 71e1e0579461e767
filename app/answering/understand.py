"""Finds out, once for each question, what it asks for: that decides which answerer answers it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.answering.context import AnswerContext, ToCompare, ToSummarise, Wanted
from app.answering.kinds.listing import Files
from app.answering.kinds.naming import places_named
from app.answering.recognise import CompareAsked, SummaryAsked, recognise
from rag.store.inventory import FileFilter, FileOrder

MOST_SUMMARISED = 12
"""Files that one summary reads."""


def understand(context: AnswerContext, files: Files) -> AnswerContext:
    """Returns the context with what the question wants, and the documents that it names.

    What names no document of the library is left to the passages, like any other question.

    Args:
        context: of the question.
        files: knows the files of the library.

    Raises:
        RagError: the library cannot be read.
        WorkerDied: the process that keeps the library ended.
    """
    return replace(context, wanted=_wanted(context, files))


def _wanted(context: AnswerContext, files: Files) -> Wanted | None:
    asked = recognise(context.question, datetime.now().astimezone())
    if isinstance(asked, SummaryAsked):
        return _to_summarise(asked, context, files)
    if asked is None or context.scope.document:
        return None
    if isinstance(asked, CompareAsked):
        return _to_compare(asked, context, files)
    return asked


def _to_summarise(asked: SummaryAsked, context: AnswerContext, files: Files) -> ToSummarise | None:
    if context.scope.document:
        return None if asked.name else ToSummarise((context.scope.document,))
    under = context.folders
    places = places_named(asked.name, files, under) if asked.name else under
    if not places:
        return None
    listing = files.list_files(FileFilter(under=places), FileOrder.NAME, MOST_SUMMARISED)
    paths = tuple(file.path for file in listing.files)
    return ToSummarise(paths, listing.total - len(paths), places) if paths else None


def _to_compare(asked: CompareAsked, context: AnswerContext, files: Files) -> ToCompare | None:
    """Returns both sides; None when they are not two.

    Of "the 2023 and 2024 reports", the first is "2023 reports".
    """
    under = context.folders
    second = places_named(asked.second, files, under)
    if not second:
        return None
    *_, noun = asked.second.split()
    both = places_named(f"{asked.first} {noun}", files, under)
    first = both or places_named(asked.first, files, under)
    if not first or set(first) & set(second):
        return None
    return ToCompare(first, second, asked.about)
