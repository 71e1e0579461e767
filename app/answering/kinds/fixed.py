"""Answers without a model: words of the program around words of documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.events import Answer, Grounds, Timings
from rag.answer.support import content_words
from rag.parse.part_paths import file_of
from rag.store.inventory import name_of
from rag.text.answer_markup import code
from rag.types import Citation, Hit


def fixed_answer(
    text: str,
    citations: Sequence[Citation] = (),
    nearest: Sequence[Hit] = (),
    *,
    files: Sequence[str] = (),
    counted: Sequence[str] = (),
) -> Answer:
    """Returns an answer that no model wrote.

    Args:
        text: with a marker for each citation.
        citations: its sources.
        nearest: passages that it rests on.
        files: paths of files that were read as a whole.
        counted: folders whose files were counted or listed; "" is the whole library.
    """
    return Answer(
        text,
        citations=tuple(citations),
        abstained=False,
        nearest=tuple(nearest),
        model="",
        timings=Timings(),
        grounds=Grounds(files=tuple(files), counted=tuple(counted)),
    )


def folder_of(path: str) -> str:
    """Returns where a file lies, as code: the file that it is a part of, or its folder."""
    outer = file_of(path)
    if outer != path:
        return code(Path(outer).name)
    return code("/".join(Path(outer).parent.parts[-2:]).replace("//", "/"))


def meaning_words(text: str) -> frozenset[str]:
    """Returns the stems of words with a meaning; those of short words have no plural "s" either."""
    return frozenset(word.removesuffix("s") for word in content_words(text))


def by_path(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    """Returns the passages of each file; files and passages keep their order."""
    of_files: dict[str, list[Hit]] = {}
    for hit in hits:
        of_files.setdefault(hit.path, []).append(hit)
    return of_files


def name_shared(paths: Sequence[str]) -> str:
    """Returns a remark, in Markdown, that several files of one name were read; "" if none were."""
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(name_of(path).casefold(), []).append(path)
    remarks = (
        f"{len(same)} files are called {code(name_of(same[0]))}: in "
        f"{', in '.join(folder_of(path) for path in same)}."
        for same in by_name.values()
        if len(same) > 1
    )
    return " ".join(remarks)
