"""Questions for files that speak of something: where one is, which ones, whether there is any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answering.context import AnswerContext
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.fixed import by_path, fixed_answer, folder_of, meaning_words
from app.answering.kinds.place import Library
from app.answering.places import FileQuestion, FilesAsked
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound
from rag.answer.citations import citation
from rag.answer.excerpt import Likeness, Reading, entire
from rag.store.inventory import name_of
from rag.text.answer_markup import code
from rag.text.fold import fold
from rag.types import Citation, Hit

_SEARCHED, _SEARCHED_ALL = 24, 200  # passages
_MOST_NEAR = 3
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class _File:
    """A file with its passages, best first, and the share of the wanted words that it has."""

    path: str
    hits: tuple[Hit, ...]
    share: float


class FindingAnswerer:
    """Names files with the words that speak for them. No model has a part in it.

    Args:
        library: keeps the documents, and finds passages in them.
        likeness: helps to choose sentences; None goes by their words.
    """

    def __init__(self, library: Library, likeness: Likeness | None = None) -> None:
        self._library = library
        self._likeness = likeness

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers, see `app.answering.run.Answerer`; None where no file has any of the words."""
        asked = context.wanted
        if not isinstance(asked, FilesAsked):
            return None
        answer = self._named(context) if not asked.subject else self._about(asked, context)
        if answer is None:
            return None
        if answer.nearest:
            run.on_event(PassagesFound(answer.nearest))
        return run.told(answer)

    def _named(self, context: AnswerContext) -> Answer | None:
        paths = context.documents
        lines = [f"{code(name_of(path))} lies in {folder_of(path)}" for path in paths]
        sources: list[Citation] = []
        for n, path in enumerate(paths):
            hits = self._library.whole(path).hits[:1]
            if hits:
                sources.append(_beginning(hits[0], len(sources) + 1))
                lines[n] += f": {in_one_line(sources[-1].quote)} [{len(sources)}]"
        return fixed_answer(_listed(lines), sources, counted=context.folders or ("",))

    def _about(self, asked: FilesAsked, context: AnswerContext) -> Answer | None:
        every = asked.how is FileQuestion.WHICH
        query = asked.phrase or asked.subject
        hits = self._library.search(query, _SEARCHED_ALL if every else _SEARCHED, context.folders)
        files = _files(asked, hits)
        most = max((file.share for file in files), default=0.0)
        if not most:
            return None
        whole = [file for file in files if file.share >= 1.0]
        chosen = whole or [file for file in files if file.share == most]
        chosen = chosen[: _MOST_LISTED if every else _MOST_NEAR]
        sources = [replace(self._cite(query, file), n=n) for n, file in enumerate(chosen, 1)]
        lines = [
            f"{code(name_of(source.path))} in {folder_of(source.path)}: "
            f"{in_one_line(source.quote)} [{source.n}]"
            for source in sources
        ]
        if not whole:
            opening = f"No file has all of the words “{query}”. The nearest:"
        elif asked.how is FileQuestion.WHETHER:
            opening = "Yes:" if len(chosen) == 1 else "Yes, these:"
        else:
            opening = f"{len(whole):,} files mention it:" if every and len(whole) > 1 else ""
        if len(whole) > len(chosen):
            yes = "Yes: " if asked.how is FileQuestion.WHETHER else ""
            opening = f"{yes}{len(whole):,} files mention it; the first {len(chosen)} are shown:"
        text = _listed(lines)
        if opening:
            text = f"{opening}\n\n{text}" if len(lines) > 1 else f"{opening} {text}"
        nearest = [hit for file in chosen for hit in file.hits[:1]]
        return fixed_answer(text, sources, nearest, counted=context.folders or ("",))

    def _cite(self, query: str, file: _File) -> Citation:
        """Cites the sentence of a file that says most of what is looked for."""
        reading = Reading(query, file.hits, self._likeness)
        (best,) = reading.best([entire(hit) for hit in file.hits], 1)
        return citation(best.hit, *best.spans[0])


def _files(asked: FilesAsked, hits: Sequence[Hit]) -> list[_File]:
    """Returns the files of passages, in their order, with what they have of the wanted words."""
    wanted = meaning_words(asked.subject)
    phrase = fold(asked.phrase)
    files = []
    for path, passages in by_path(hits).items():
        name = f"{name_of(path)} {passages[0].title}"
        if phrase.letters:
            having = [hit for hit in passages if fold(hit.text).find(phrase) is not None]
            if having:
                files.append(_File(path, tuple(having), 1.0))
            continue
        words = [meaning_words(f"{name} {hit.context} {hit.text}") for hit in passages]
        shares = [len(wanted & of_hit) / max(1, len(wanted)) for of_hit in words]
        best = max(shares)
        having = [hit for hit, share in zip(passages, shares, strict=True) if share == best]
        files.append(_File(path, tuple(having), best))
    return files


def _beginning(hit: Hit, n: int) -> Citation:
    first = hit.text.strip().split("\n", 1)[0]
    start = hit.text.index(first)
    return replace(citation(hit, start, start + len(first)), n=n)


def _listed(lines: Sequence[str]) -> str:
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
