"""Summaries of documents and folders: each section is read and quoted, then all are summed up."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.answering.chat_messages import fits
from app.answering.kinds.composing import Sources, Written, in_one_line, write
from app.events import Answer, AnswerEvent, Summarising, Timings
from app.jobs import CancelToken
from app.privacy.kept_files import read_text, write_text
from models.chat import ChatModel
from models.grammar import gbnf
from rag.answer import summary
from rag.answer.cite import AnswerReader
from rag.answer.ground import only_supported
from rag.answer.prompt import ContextPack
from rag.answer.summary import Section
from rag.text.verbatim import DocumentWords, line, named, one_line
from rag.types import Hit, WholeDocument

MOST_SECTIONS = 12
"""Read for one summary; at ten to fifteen seconds each, two or three minutes on a laptop."""
MOST_FILES = 12
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


class Summariser:
    """Summarises documents. What was written of one is kept with it, and goes with it.

    Args:
        whole: gives all passages of a document of the library, and makes its drawer.
        model: writes.
        states: the folder of drawers (`models.states`).
        marker: what the passages of the document of a content hash begin with, always the same;
            the document cannot know it.
    """

    def __init__(
        self,
        whole: Callable[[str], WholeDocument],
        model: ChatModel,
        states: Path,
        marker: Callable[[str], str],
    ) -> None:
        self._whole = whole
        self._model = model
        self._states = states
        self._marker = marker

    def summarise(
        self,
        paths: Sequence[str],
        left_out: int,
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
    ) -> Answer:
        """The summary of documents. Blocks; events tell how far it is.

        Args:
            paths: of the documents, at most `MOST_FILES`.
            left_out: how many more were asked for.
            on_event: gets `Summarising` before each step.
            token: once cancelled, what was summarised until then is returned, with `stopped` set.

        Raises:
            RagError: a document is not in the library, or that cannot be read.
            ModelError: the model cannot write.
            WorkerDied: a worker ended on the way.
        """
        started = time.perf_counter()
        parts = self._parts(paths)
        writing = _Writing()
        for done, part in enumerate(parts):
            if token.cancelled:
                break
            each = (time.perf_counter() - started) / done if writing.completion_tokens else 0.0
            left = each * (len(parts) - done) or None  # nothing is known from what was kept
            on_event(Summarising(part.title, done, len(parts), left))
            pack = summary.point(part.section, self._marker(part.content_hash), self._fits)
            written = self._written(pack, _POINT_TOKENS, part.content_hash, token)
            writing.add_point(part.title, written, pack.hits)
        stopped = token.cancelled
        overall = Written("")
        least = _SUMMED_UP if len(paths) == 1 else 2
        if not stopped and len(writing.points) >= least:
            on_event(Summarising("", len(parts), len(parts), None))
            pack = summary.overview(writing.points, self._marker(""))
            if self._fits(pack):
                only = {part.content_hash for part in parts}
                kept_with = only.pop() if len(only) == 1 else ""
                overall = self._written(pack, _OVERVIEW_TOKENS, kept_with, token)
            stopped = token.cancelled
        missing = 0 if stopped else len(parts) - len(writing.points)
        notes = tuple(_notes(parts, missing, len(paths), left_out))
        text = writing.text(overall, notes) or ("" if stopped else _NOTHING)
        return Answer(
            text=text,
            citations=tuple(writing.sources.citations),
            abstained=False,
            nearest=tuple(replace(hit, text="", context="") for hit in writing.hits),
            model=self._model.id,
            timings=Timings(
                total_s=time.perf_counter() - started,
                prompt_tokens=writing.prompt_tokens,
                completion_tokens=writing.completion_tokens,
            ),
            stopped=stopped,
            copied=DocumentWords(hit.text for hit in writing.hits).signs_in(text),
        )

    def _parts(self, paths: Sequence[str]) -> list[_Part]:
        each = max(1, MOST_SECTIONS // len(paths))
        parts: list[_Part] = []
        for document in map(self._whole, paths):
            found = summary.sections(document.hits, each) if document.hits else ()
            whole = summary.are_whole(found, document.hits)
            parts += (
                _Part(document.hits[0].title, document.content_hash, section, whole)
                for section in found
            )
        return parts

    def _written(
        self, pack: ContextPack, tokens: int, content_hash: str, token: CancelToken
    ) -> Written:
        """What the model writes; as it wrote it before if it did, and only one document is in it.

        Args:
            pack: the prompt.
            tokens: it writes at most so many.
            content_hash: of the document that it is kept with; "" keeps it nowhere.
            token: ends it.
        """
        name = self._name(pack)
        if content_hash:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                return Written(read_text(self._states, content_hash, name))
        written = write(self._model, pack, tokens, token)
        if content_hash and written.text:
            with contextlib.suppress(OSError):  # without a drawer, the document was removed
                write_text(self._states, content_hash, name, written.text)
        return written

    def _name(self, pack: ContextPack) -> str:
        """Of the file that holds the reply to a prompt."""
        model = self._model.sha256 or self._model.id
        asked = f"{model}\0{pack.system}\0{pack.user}\0{gbnf(pack.grammar)}"
        key = hashlib.blake2b(asked.encode("utf-8", "replace"), digest_size=16).hexdigest()
        return f"{key}.summary"

    def _fits(self, pack: ContextPack) -> bool:
        return fits(pack, self._model, _POINT_TOKENS)


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
        said = only_supported(summary.finished(text), quoted, hits)
        point = said.text or f"{in_one_line(quoted[0].quote)} [1]"
        words = DocumentWords(hit.text for hit in hits)
        self.points.append(words.without_markers(point)[0])
        of_title = self._of.setdefault(title, [])
        of_title.append(self.sources.renumbered(point, said.citations or quoted, words))

    def text(self, overall: Written, notes: Sequence[str]) -> str:
        """All of it in Markdown: what is said as a whole, the points, and what was left out."""
        self._count(overall)
        blocks: list[str] = []
        known = tuple(self.sources.citations)
        said = only_supported(summary.finished(overall.text), known, self.hits)
        if said.text:
            words = DocumentWords(hit.text for hit in self.hits)
            blocks.append(line(self.sources.renumbered(said.text, said.citations, words)))
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
