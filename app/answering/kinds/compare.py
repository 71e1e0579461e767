"""Questions that compare two documents or folders: passages of each are found and read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from app.answering.chat_messages import Budget
from app.answering.context import AnswerContext, ToCompare
from app.answering.kinds.composing import in_one_line, write
from app.answering.kinds.listing import Files
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound, Timings
from rag.answer.citations import citation
from rag.answer.comparison import compared, matters
from rag.answer.differing_sentences import Pair, differing_pairs
from rag.answer.ground import Sources
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
        """Returns the best passages in some folders; a file counts as a folder of its own."""
        ...


class ComparisonAnswerer:
    """Compares two documents, or folders, in what they have in common to compare.

    `rag.answer.differing_sentences` chooses the sentences, from all of both documents or from the
    hits about one respect; they are shown verbatim. The model says what they differ in. Where no
    sentence of both names the respect, the passages of each answer.

    Args:
        library: knows the files, and finds passages in them.
        whole: gives all passages of a document of the library.
        marker: what passages begin with; no document may know it.
    """

    def __init__(
        self,
        library: Library,
        whole: Callable[[str], WholeDocument],
        marker: Callable[[], str],
    ) -> None:
        self._library = library
        self._whole = whole
        self._marker = marker

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Compares, see `app.answering.run.Answerer`. Reports the passages first."""
        wanted = context.wanted
        if not isinstance(wanted, ToCompare):
            return None
        first, second = (
            self._passages(side, wanted.about) for side in (wanted.first, wanted.second)
        )
        budget = Budget(context.model, _REPLY_TOKENS)
        pairs = differing_pairs(first, second, MOST_PAIRS, wanted.about)
        pack = compared(pairs, self._marker())
        while pairs and not budget.holds(pack):
            pairs = pairs[:-1]
            pack = compared(pairs, self._marker())
        if not pairs:
            return None
        hits = pack.hits
        run.on_event(PassagesFound(hits))
        points, citations = _side_by_side(pairs)
        written = write(context.model, pack, _REPLY_TOKENS, run.token)
        heading = matters(written.text, pairs)
        answer = Answer(
            text=f"{heading}\n\n{points}" if heading else points,
            citations=citations,
            abstained=False,
            nearest=hits,
            model=context.model.id,
            timings=Timings(
                prompt_tokens=written.prompt_tokens, completion_tokens=written.completion_tokens
            ),
            stopped=run.token.cancelled,
        )
        return run.told(answer)

    def _passages(self, places: Sequence[str], about: str) -> Sequence[Hit]:
        if about:
            return self._library.search(about, _FOUND, places)
        which = FileFilter(under=tuple(places))
        files = self._library.list_files(which, FileOrder.NAME, _MOST_FILES).files
        return [hit for file in files for hit in self._whole(file.path).hits]


def _side_by_side(pairs: Sequence[Pair]) -> tuple[str, tuple[Citation, ...]]:
    """Returns what the documents say, in Markdown with a point for each pair, and the citations."""
    sources = Sources()
    lines: list[str] = []
    for pair in pairs:
        for lead, name, part in zip(
            ("- ", "  "), _names(pair), (pair.first, pair.second), strict=True
        ):
            source = citation(part.hit, *part.spans[0])
            point = f"{in_one_line(source.quote)} [{sources.number(source)}]"
            lines.append(f"{lead}{named(one_line(name))}: {point}")
        lines[-2] += "  "  # a line break in Markdown
    return "\n".join(lines), tuple(sources.citations)


def _names(pair: Pair) -> tuple[str, str]:
    """Returns names for both: their titles, or their file names where the titles are the same."""
    first, second = pair.first.hit, pair.second.hit
    if first.title and second.title and first.title != second.title:
        return first.title, second.title
    return Path(first.path).name, Path(second.path).name
