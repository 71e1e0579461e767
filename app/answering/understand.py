"""Finds out, once for each question, what it asks for: that decides which answerer answers it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.answering.context import (
    AnswerContext,
    ToCompare,
    ToReadAt,
    ToSummarise,
    Understanding,
    Wanted,
)
from app.answering.kinds.listing import Files
from app.answering.kinds.naming import NamedFiles, named_files, places_named, without_words_of
from app.answering.places import (
    FileQuestion,
    FilesAsked,
    PlaceAsked,
    recognise_across,
    recognise_files,
    recognise_place,
    recognise_things,
)
from app.answering.recognise import (
    CompareAsked,
    PresenceAsked,
    SummaryAsked,
    recognise,
    recognise_presence,
)
from rag.store.inventory import FileFilter, FileOrder
from rag.text.place_words import PlaceUnit

MOST_SUMMARISED = 12
"""Files that one summary reads."""
# A question about something in one of these is about all of the document.
_WHOLE_ONLY = (PlaceUnit.LINE, PlaceUnit.MESSAGE, PlaceUnit.PARAGRAPH)


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
    understood = context.understanding
    question = understood.question
    named = named_files(context.question, files, context.folders)
    if not named.paths and question.follows:
        earlier = named_files(f"{question.before} {question.text}", files, context.folders)
        named = replace(named, paths=earlier.paths)
    documents = () if context.scope.document else named.paths
    context = replace(context, understood=replace(understood, documents=documents))
    wanted = _wanted(context, named, files)
    return replace(context, understood=Understanding(question, documents, wanted))


def _wanted(context: AnswerContext, named: NamedFiles, files: Files) -> Wanted | None:
    presence = recognise_presence(context.question) if not context.scope.document else None
    if presence is not None and _is_answered(presence, named, files, context):
        return presence
    if named.missing is not None and not named.paths:
        return named.missing if not context.scope.document else None
    place = recognise_place(named.rest)
    if isinstance(place, PlaceAsked):
        to_read = _to_read(place, context, files)
        if to_read is not None:
            return to_read
    elif place is not None:
        return place
    asked = recognise(context.question, datetime.now().astimezone())
    if isinstance(asked, SummaryAsked):
        return _to_summarise(asked, context, files)
    if context.scope.document:
        return None
    if isinstance(asked, CompareAsked):
        return _to_compare(asked, context, files)
    return (
        asked
        or _files_asked(context.question, named)
        or recognise_things(named.rest)
        or recognise_across(named.rest)
    )


def _is_answered(
    asked: PresenceAsked, named: NamedFiles, files: Files, context: AnswerContext
) -> bool:
    """Tells whether words name a file; a thing may be "in the collection", too."""
    if asked.is_file_name or named.paths:
        return True
    called = FileFilter(name=asked.name, under=context.folders)
    return files.list_files(called, FileOrder.NAME, 1).total > 0


def _files_asked(question: str, named: NamedFiles) -> FilesAsked | None:
    """Returns what is asked about files; other files may speak of the one that is named."""
    if not named.paths:
        return recognise_files(named.rest)
    others = recognise_files(question)
    if others is not None and others.how is FileQuestion.WHICH:
        return others
    return recognise_files(named.rest, names_file=True)


def _to_read(asked: PlaceAsked, context: AnswerContext, files: Files) -> ToReadAt | None:
    """Returns the place in the documents that are named; None where it is not clear which."""
    paths, subject = context.documents, asked.subject
    if context.scope.document:
        paths = (context.scope.document,)
    likely = ""
    for name in dict.fromkeys((asked.behind, asked.subject)):
        if not paths and name:
            paths, used = _named_by(name, context, files)
            subject = without_words_of(subject, used) if paths else subject
            likely = without_words_of(name, used) if paths else ""
    if not paths and not subject:
        paths = _only_file(context, files)
    if not paths or (subject and asked.place.unit in _WHOLE_ONLY):
        return None
    return ToReadAt(asked.place, paths, subject, likely)


def _named_by(name: str, context: AnswerContext, files: Files) -> tuple[tuple[str, ...], str]:
    """Returns the documents that words name, or else their first words, and those words.

    Of "the statutes of the garden club", a file may only be called "statutes".
    """
    words = name.split()
    for count in range(len(words), 0, -1):
        used = " ".join(words[:count])
        paths = places_named(used, files, context.folders)
        if paths:
            return paths, used
    return (), ""


def _only_file(context: AnswerContext, files: Files) -> tuple[str, ...]:
    """Returns the file that the chat is about, where its collection or library has no other."""
    listing = files.list_files(FileFilter(under=context.folders), FileOrder.NAME, 1)
    return tuple(file.path for file in listing.files) if listing.total == 1 else ()


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
