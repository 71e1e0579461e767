"""Finds the documents that a question names, by the names of files and folders, and by titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answering.context import NoSuchFile
from app.answering.kinds.listing import Files
from rag.formats import DocumentKind
from rag.parse.extensions import ENDINGS
from rag.store.inventory import FileFilter, FileOrder, name_of
from rag.text.file_mention import FileMention

MOST_FILES = 5
"""A name that more files have names none of them."""
MOST_MENTIONED = 20
"""Files that a question is bound to at most: "notes.txt" may lie in every folder."""
# Questions speak of "node.js" and "setup.py" without meaning a file of the library.
DOCUMENT_ENDINGS = frozenset(
    ending for ending, kind in ENDINGS.items() if kind is not DocumentKind.CODE
)
"""Endings of files that a question with such a name can only mean."""
# What a person calls a file, which its name need not say.
_KIND = re.compile(r" (?:e-?mail|mail|letter|note|pdf|document|file|spreadsheet|presentation)s?$")


def places_named(name: str, files: Files, under: Sequence[str]) -> tuple[str, ...]:
    """Paths of the files, or else of the folders, that a name means; empty if there are none.

    Args:
        name: as it stands in the question, in lower case and without its article.
        files: knows the files.
        under: only files in these folders count, if there are any.

    Raises:
        RagError: the library cannot be read.
        WorkerDied: the process that keeps the library ended.
    """
    for title in dict.fromkeys((name, _KIND.sub("", name))):
        named = FileFilter(name=title, under=tuple(under))
        found = files.list_files(named, FileOrder.NAME, MOST_FILES)
        if 0 < found.total <= MOST_FILES:
            return tuple(file.path for file in found.files)
    folder = name.removesuffix(" folder").removeprefix("folder ")
    inside = FileFilter(folder=folder, under=tuple(under))
    listing = files.list_files(inside, FileOrder.NAME, 1)
    return listing.folders if listing.total else ()


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """The files that a question names for certain.

    Attributes:
        paths: of those in the library, by name; several where a name is that of several files.
        rest: the question without their names.
        missing: a file that it names and that is not among them; None if there is none.
    """

    paths: tuple[str, ...] = ()
    rest: str = ""
    missing: NoSuchFile | None = None


def named_files(question: str, files: Files, under: Sequence[str]) -> NamedFiles:
    """Returns the files that a question names, by the rules of `rag.text.file_mention`.

    Asks the library nothing when nothing in the question looks like a name.

    Args:
        question: as the person wrote it.
        files: knows the files.
        under: only files in these folders count, if there are any.

    Raises:
        RagError: the library cannot be read.
        WorkerDied: the process that keeps the library ended.
    """
    mention = FileMention(question)
    if not mention.possible:
        return NamedFiles(rest=question)
    which = FileFilter(mentioned=question, under=tuple(under))
    listing = files.list_files(which, FileOrder.NAME, MOST_MENTIONED)
    every = [file.path for file in listing.files] if listing.total <= MOST_MENTIONED else []
    paths = mention.named(every)
    failed = files.list_files(replace(which, failed=True), FileOrder.NAME, MOST_FILES).files
    missing = next((NoSuchFile(name_of(file.path), file.detail) for file in failed), None)
    if missing is None and (name := mention.unknown(DOCUMENT_ENDINGS, every)):
        missing = NoSuchFile(name)
    shown = (*paths, *(file.path for file in failed))
    return NamedFiles(tuple(paths), mention.without(shown), missing)


def without_words_of(words: str, name: str) -> str:
    """Returns words without those of a name."""
    gone = set(name.split())
    return " ".join(word for word in words.split() if word not in gone)
