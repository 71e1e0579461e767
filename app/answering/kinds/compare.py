"""Questions that compare two documents or folders: passages of each are found and read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.answering.chat_messages import fits
from app.answering.kinds.composing import in_one_line, write
from app.answering.kinds.listing import Files
from app.answering.kinds.naming import places_named
from app.answering.kinds.recognise import CompareAsked
from app.events import Answer, AnswerEvent, PassagesFound, Timings
from app.jobs import CancelToken
from models.chat import ChatModel
from rag.answer.comparison import compared, matters
from rag.answer.differing_sentences import Pair, differing_pairs
from rag.answer.excerpt import PassageExcerpt
from rag.answer.ground import citation
from rag.store.inventory import FileFilter, FileOrder
from rag.text.answer_markup import named, one_line
from rag.types import Citation, Hit, WholeDocument

MOST_PAIRS = 4
_MOST_FILES = 12  # of each side
_FOUND = 8  # passages of each side, where they are compared in one respect
_REPLY_TOKENS = 120


class Library(Files, Protocol):
    """Knows the files, and finds passages in them; the index worker does."""

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """The best passages of files in some folders; files count as folders of themselves."""
        ...


@dataclass(frozen=True, slots=True)
class Sides:
    """What is read to compare two things in one respect.

    Attributes:
        about: the respect, or the question where none was named.
        hits: the best passages of each side.
    """

    about: str
    hits: tuple[tuple[Hit, ...], ...]


def sides(
    asked: CompareAsked, question: str, library: Library, under: Sequence[str], k: int
) -> Sides | None:
    """The best passages of each side; None when they are not two documents of the library.

    Args:
        asked: what is compared.
        question: as the person wrote it.
        library: finds documents and passages.
        under: only files in these folders count, if there are any.
        k: passages of each side.

    Raises:
        RagError: the library cannot be searched.
        WorkerDied: the process that keeps the library ended.
    """
    named = places_compared(asked, library, under)
    if named is None:
        return None
    about = asked.about or question
    found = tuple(library.search(about, k, places) for places in named)
    return Sides(about, found) if all(found) else None


def places_compared(
    asked: CompareAsked, library: Files, under: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The files or folders of both sides; None when they are not two. Raises as `sides` does.

    Of "the 2023 and 2024 reports", the first is "2023 reports".
    """
    second = places_named(asked.second, library, under)
    if not second:
        return None
    *_, noun = asked.second.split()
    both = places_named(f"{asked.first} {noun}", library, under)
    first = both or places_named(asked.first, library, under)
    return (first, second) if first and not set(first) & set(second) else None


class Comparer:
    """Compares two documents, or folders, in what they have in common to compare.

    `rag.answer.differing_sentences` chooses the sentences, from all of both documents or from the
    hits about one respect; they are shown verbatim. The model says what they differ in.

    Args:
        library: knows the files, and finds passages in them.
        whole: gives all passages of a document of the library.
        model: writes.
        marker: what passages begin with; no document may know it.
    """

    def __init__(
        self,
        library: Library,
        whole: Callable[[str], WholeDocument],
        model: ChatModel,
        marker: Callable[[], str],
    ) -> None:
        self._library = library
        self._whole = whole
        self._model = model
        self._marker = marker

    def try_compare(
        self,
        asked: CompareAsked,
        under: Sequence[str],
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
    ) -> Answer | None:
        """How two sides differ. None when they are not two, or do not name the respect. Blocks.

        Args:
            asked: what is compared.
            under: only files in these folders count, if there are any.
            on_event: gets the passages before they are read.
            token: once cancelled, what was found is returned, with `stopped` set.

        Raises:
            RagError: the library cannot be read.
            ModelError: the model cannot write.
            WorkerDied: a worker ended on the way.
        """
        started = time.perf_counter()
        places = places_compared(asked, self._library, under)
        if places is None:
            return None
        first, second = (self._passages(side, asked.about) for side in places)
        pairs = differing_pairs(first, second, MOST_PAIRS, asked.about)
        pack = compared(pairs, self._marker())
        while pairs and not fits(pack, self._model, _REPLY_TOKENS):
            pairs = pairs[:-1]
            pack = compared(pairs, self._marker())
        if not pairs:
            return None
        hits = pack.hits
        on_event(PassagesFound(hits))
        points, citations = _side_by_side(pairs)
        written = write(self._model, pack, _REPLY_TOKENS, token)
        heading = matters(written.text, pairs)
        return Answer(
            text=f"{heading}\n\n{points}" if heading else points,
            citations=citations,
            abstained=False,
            nearest=hits,
            model=self._model.id,
            timings=Timings(
                retrieve_s=0.0,
                total_s=time.perf_counter() - started,
                prompt_tokens=written.prompt_tokens,
                completion_tokens=written.completion_tokens,
            ),
            stopped=token.cancelled,
        )

    def _passages(self, places: Sequence[str], about: str) -> Sequence[Hit]:
        if about:
            return self._library.search(about, _FOUND, places)
        which = FileFilter(under=tuple(places))
        files = self._library.list_files(which, FileOrder.NAME, _MOST_FILES).files
        return [hit for file in files for hit in self._whole(file.path).hits]


def _side_by_side(pairs: Sequence[Pair]) -> tuple[str, tuple[Citation, ...]]:
    """What the documents say, in Markdown, a point for each pair; and the citations."""
    sources: list[Citation] = []
    lines: list[str] = []
    for pair in pairs:
        for lead, name, part in zip(
            ("- ", "  "), _names(pair), (pair.first, pair.second), strict=True
        ):
            sources.append(replace(_cited(part), n=len(sources) + 1))
            said = in_one_line(sources[-1].quote)
            lines.append(f"{lead}{named(one_line(name))}: {said} [{len(sources)}]")
        lines[-2] += "  "  # a line break in Markdown
    return "\n".join(lines), tuple(sources)


def _cited(part: PassageExcerpt) -> Citation:
    ((start, end),) = part.spans
    words = part.hit.text[start:end]
    first = start + len(words) - len(words.lstrip())
    return citation(part.hit, first, first + len(words.strip()))


def _names(pair: Pair) -> tuple[str, str]:
    """What both are called: their titles, or the names of their files if these are the same."""
    first, second = pair.first.hit, pair.second.hit
    if first.title and second.title and first.title != second.title:
        return first.title, second.title
    return Path(first.path).name, Path(second.path).name
