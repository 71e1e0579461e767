"""Finds the documents that a question names, by the names of files and folders, and by titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answering.kinds.listing import Files
from rag.store.inventory import FileFilter, FileOrder

MOST_FILES = 5
"""A name that more files have names none of them."""
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
