"""Summaries of documents and folders: each section is read and quoted, then all are summed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.answering.chat_messages import Budget
from app.answering.context import AnswerContext, ToSummarise
from app.answering.kinds.composing import Written, in_one_line, renumbered, write
from app.answering.kinds.kept_summaries import KeptSummaries
from app.answering.run import AnswerRun
from app.events import Answer, Grounds, Summarising, Timings
from app.jobs import CancelToken
from models.chat import ChatModel
from rag.answer import summary
from rag.answer.cite import AnswerReader
from rag.answer.ground import Sources, only_supported
from rag.answer.prompt import ContextPack
from rag.answer.summary import Section
from rag.text.answer_markup import DocumentWords, line, named, one_line
from rag.types import Hit, WholeDocument

MOST_SECTIONS = 12
"""Read for one summary; at ten to fifteen seconds each, two or three minutes on a laptop."""
_SUMMED_UP = 4  # points of one document; fewer say as much themselves
_POINT_TOKENS, _OVERVIEW_TOKENS = 220, 160
_NOTHING = "The model could quote nothing of it. Another model may do better."


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of a document, and whether the sections of that leave nothing of it out."""

    title: str
    content_hash: str
    section: Section
    of_whole: bool


class SummaryAnswerer:
    """Summarises documents. What was written of one is kept with it, and goes with it.

    Args:
        whole: gives all passages of a document of the library.
        kept: what was written of documents before.
        marker: what the passages of the document of a content hash begin with, always the same;
            the document cannot know it.
    """

    def __init__(
        self,
        whole: Callable[[str], WholeDocument],
        kept: KeptSummaries,
        marker: Callable[[str], str],
    ) -> None:
        self._whole = whole
        self._kept = kept
        self._marker = marker

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Summarises, see `app.answering.run.Answerer`. Reports `Summarising` before each step."""
        wanted = context.wanted
        if not isinstance(wanted, ToSummarise):
            return None
        answer = self._summarised(wanted, context.model, run)
        if wanted.left_out:
            answer = replace(answer, grounds=Grounds(counted=wanted.places))
        return run.told(answer)

    def _summarised(self, wanted: ToSummarise, model: ChatModel, run: AnswerRun) -> Answer:
        started = run.now()
        parts = self._parts(wanted.paths)
        writing = _Writing()
        fits = Budget(model, _POINT_TOKENS).holds
        for done, part in enumerate(parts):
            if run.token.cancelled:
                break
            each = (run.now() - started) / done if writing.completion_tokens else 0.0
            left = each * (len(parts) - done) or None  # nothing is known from what was kept
            run.on_event(Summarising(part.title, done, len(parts), left))
            pack = summary.point(part.section, self._marker(part.content_hash), fits)
            written = self._written(pack, _POINT_TOKENS, part.content_hash, model, run.token)
            writing.add_point(part.title, written, pack.hits)
        stopped = run.token.cancelled
        overall = Written("")
        least = _SUMMED_UP if len(wanted.paths) == 1 else 2
        if not stopped and len(writing.points) >= least:
            run.on_event(Summarising("", len(parts), len(parts), None))
            pack = summary.overview(writing.points, self._marker(""))
            if fits(pack):
                only = {part.content_hash for part in parts}
                kept_with = only.pop() if len(only) == 1 else ""
                overall = self._written(pack, _OVERVIEW_TOKENS, kept_with, model, run.token)
            stopped = run.token.cancelled
        missing = 0 if stopped else len(parts) - len(writing.points)
        notes = tuple(_notes(parts, missing, len(wanted.paths), wanted.left_out))
        text = writing.text(overall, notes) or ("" if stopped else _NOTHING)
        return Answer(
            text=text,
            citations=tuple(writing.sources.citations),
            abstained=False,
            nearest=tuple(replace(hit, text="", context="") for hit in writing.hits),
            model=model.id,
            timings=Timings(
                prompt_tokens=writing.prompt_tokens, completion_tokens=writing.completion_tokens
            ),
            stopped=stopped,
            copied=DocumentWords(hit.text for hit in writing.hits).signs_in(text),
        )

    def _parts(self, paths: Sequence[str]) -> list[_Part]:
        each = max(1, MOST_SECTIONS // len(paths))
        parts: list[_Part] = []
        for document in map(self._whole, paths):
            sections = summary.sections(document.hits, each) if document.hits else ()
            whole = summary.are_whole(sections, document.hits)
            parts += (
                _Part(document.hits[0].title, document.content_hash, section, whole)
                for section in sections
            )
        return parts

    def _written(
        self,
        pack: ContextPack,
        tokens: int,
        content_hash: str,
        model: ChatModel,
        token: CancelToken,
    ) -> Written:
        """Returns what the model writes; if it wrote it before, and of one document only, that.

        Args:
            pack: the prompt.
            tokens: it writes at most so many.
            content_hash: of the document that it is kept with; "" keeps it nowhere.
            model: writes.
            token: ends it.
        """
        if content_hash and (text := self._kept.find(content_hash, model, pack)):
            return Written(text)
        written = write(model, pack, tokens, token)
        if content_hash and written.text:
            self._kept.keep(content_hash, model, pack, written.text)
        return written


class _Writing:
    """The summary as it grows, and what it rests on."""

    def __init__(self) -> None:
        self.points: list[str] = []
        self.sources = Sources()
        self.hits: list[Hit] = []
        self.prompt_tokens = self.completion_tokens = 0
        self._of: dict[str, list[str]] = {}

    def add_point(self, title: str, written: Written, hits: Sequence[Hit]) -> None:
        """Takes what the model wrote about a section, if its quote stands there.

        Where its own words say what the section does not, those that it quoted take their place.
        """
        self._count(written)
        quoted, text = AnswerReader(hits).push(written.text)
        if not quoted:
            return
        self.hits += hits
        supported = only_supported(summary.finished(text), quoted, hits)
        point = supported.text or f"{in_one_line(quoted[0].quote)} [1]"
        words = DocumentWords(hit.text for hit in hits)
        self.points.append(words.without_markers(point)[0])
        of_title = self._of.setdefault(title, [])
        of_title.append(renumbered(point, supported.citations or quoted, words, self.sources))

    def text(self, overall: Written, notes: Sequence[str]) -> str:
        """Returns the summary in Markdown: the whole in short, the points, what was left out."""
        self._count(overall)
        blocks: list[str] = []
        citations = tuple(self.sources.citations)
        supported = only_supported(summary.finished(overall.text), citations, self.hits)
        if supported.text:
            words = DocumentWords(hit.text for hit in self.hits)
            text = renumbered(supported.text, supported.citations, words, self.sources)
            blocks.append(line(text))
        for title, points in self._of.items():
            heading = [named(one_line(title), "**"), ""] if len(self._of) > 1 else []
            blocks.append("\n".join([*heading, *(f"- {text}" for text in points)]))
        if self._of:
            blocks += [f"*{note}*" for note in notes]
        text = "\n\n".join(blocks)
        return text if "\n" in text else text.removeprefix("- ")  # a single point is no list

    def _count(self, written: Written) -> None:
        self.prompt_tokens += written.prompt_tokens
        self.completion_tokens += written.completion_tokens


def _notes(parts: Sequence[_Part], missing: int, files: int, left_out: int) -> Iterator[str]:
    if left_out:
        yield f"{files} of {files + left_out} files were read, the first by name."
    if missing:
        yield f"{missing} of {len(parts)} parts are missing: the model could quote nothing of them."
    if not all(part.of_whole for part in parts):
        yield "Of what is long, the beginning of passages was read, from first to last."
