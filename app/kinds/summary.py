"""Summaries of documents and folders: each section is read and quoted, then all are summed up."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.events import Answer, AnswerEvent, Summarising, Timings
from app.jobs import CancelToken
from app.messages import fits, messages_of
from models.chat import ChatModel, Finished, FinishReason, GenerationOptions
from rag import summary
from rag.cite import AnswerReader
from rag.ground import ground
from rag.prompt import ContextPack
from rag.summary import Section
from rag.types import Citation, Hit, WholeDocument

MOST_SECTIONS = 12
"""Read for one summary; at fifteen seconds each, three minutes on a laptop without a GPU."""
MOST_FILES = 12
_POINT_TOKENS, _OVERVIEW_TOKENS = 220, 160
_NOTHING = "The model could quote nothing of it. Another model may do better."
_RECIPE = "1"  # to be changed with the prompts: what was kept before is not used any more
_MARKER = re.compile(r"\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class _Part:
    """A section of a document, and what the model is asked about it."""

    title: str
    content_hash: str
    section: Section


class Summariser:
    """Summarises documents. What a section says is kept with the document, and goes with it.

    Args:
        whole: gives all passages of a document of the library, and makes its drawer.
        model: writes.
        states: the folder of drawers (`models.states`).
    """

    def __init__(
        self, whole: Callable[[str], WholeDocument], model: ChatModel, states: Path
    ) -> None:
        self._whole = whole
        self._model = model
        self._states = states

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
            passed = time.perf_counter() - started
            left = passed / done * (len(parts) - done) if done else None
            on_event(Summarising(part.title, done, len(parts), left))
            pack = summary.point(part.section, secrets.token_hex(3), self._fits)
            reply = self._reply(part, pack, writing, token)
            if reply and writing.add_point(part.title, reply, pack.hits):
                _keep(self._kept(part), reply)
        stopped = token.cancelled
        text = ""
        if not stopped and len(writing.points) > 1:
            on_event(Summarising("", len(parts), len(parts), None))
            pack = summary.overview(writing.points, secrets.token_hex(3))
            text = self._written(pack, _OVERVIEW_TOKENS, writing, token) if self._fits(pack) else ""
            stopped = token.cancelled
        missing = 0 if stopped else len(parts) - len(writing.points)
        notes = tuple(_notes(parts, missing, len(paths), left_out))
        return Answer(
            text=writing.text(text, notes) or ("" if stopped else _NOTHING),
            citations=tuple(writing.citations),
            abstained=False,
            nearest=tuple(replace(hit, text="", context="") for hit in writing.hits),
            model=self._model.id,
            timings=Timings(
                total_s=time.perf_counter() - started,
                prompt_tokens=writing.prompt_tokens,
                completion_tokens=writing.completion_tokens,
            ),
            stopped=stopped,
        )

    def _parts(self, paths: Sequence[str]) -> list[_Part]:
        each = max(1, MOST_SECTIONS // len(paths))
        return [
            _Part(document.hits[0].title, document.content_hash, section)
            for document in map(self._whole, paths)
            if document.hits
            for section in summary.sections(document.hits, each)
        ]

    def _reply(self, part: _Part, pack: ContextPack, writing: _Writing, token: CancelToken) -> str:
        """What the model says of a section, as it said it before if it did."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return self._kept(part).read_text(encoding="utf-8")
        return self._written(pack, _POINT_TOKENS, writing, token)

    def _kept(self, part: _Part) -> Path:
        """Where that is kept: in the document's drawer, by model and text."""
        text = "\n".join(one.text for one in part.section)
        key = f"{_RECIPE}\0{self._model.id}\0{text}".encode("utf-8", "replace")
        name = hashlib.blake2b(key, digest_size=16).hexdigest()
        return self._states / part.content_hash / f"{name}.summary"

    def _written(
        self, pack: ContextPack, tokens: int, writing: _Writing, token: CancelToken
    ) -> str:
        """What the model writes; "" if it was stopped."""
        options = GenerationOptions(max_tokens=tokens, grammar=pack.grammar)
        pieces: list[str] = []
        finished = Finished(FinishReason.STOPPED, 0, 0)
        for event in self._model.generate(messages_of(pack), options, lambda: token.cancelled):
            if isinstance(event, Finished):
                finished = event
            else:
                pieces.append(event.text)
        writing.prompt_tokens += finished.prompt_tokens
        writing.completion_tokens += finished.completion_tokens
        return "" if finished.reason is FinishReason.STOPPED else "".join(pieces)

    def _fits(self, pack: ContextPack) -> bool:
        return fits(pack, self._model, _POINT_TOKENS)


class _Writing:
    """The summary as it grows, and what it rests on; markers are numbered through."""

    def __init__(self) -> None:
        self.points: list[str] = []
        self.citations: list[Citation] = []
        self.prompt_tokens = self.completion_tokens = 0
        self._of: dict[str, list[str]] = {}
        self.hits: list[Hit] = []

    def add_point(self, title: str, reply: str, hits: Sequence[Hit]) -> bool:
        """Takes what the model wrote about a section; returns whether its quote stands there."""
        reader = AnswerReader(hits)
        reader.push(reply)
        draft = reader.finish()
        if not draft.answered:
            return False
        self.hits += hits
        self.points.append(_MARKER.sub("", draft.text).replace("[?]", "").strip())
        self._of.setdefault(title, []).append(self._renumbered(draft.text, draft.citations))
        return True

    def text(self, overview: str, notes: Sequence[str]) -> str:
        """All of it in Markdown: what is said as a whole, the points, and what was left out."""
        blocks: list[str] = []
        overview = " ".join(overview.split())
        if overview:
            grounded = ground(overview, self.citations, self.hits, "")
            blocks.append(self._renumbered(grounded.text, grounded.citations))
        for title, points in self._of.items():
            heading = [f"**{_plain(title)}**", ""] if len(self._of) > 1 else []
            blocks.append("\n".join([*heading, *(f"- {text}" for text in points)]))
        if self._of:
            blocks += [f"*{note}*" for note in notes]
        return "\n\n".join(blocks)

    def _renumbered(self, text: str, citations: Sequence[Citation]) -> str:
        numbers = {one.n: self._number(one) for one in citations}

        def changed(marker: re.Match[str]) -> str:
            return f"[{numbers[int(marker[1])]}]" if int(marker[1]) in numbers else ""

        return _MARKER.sub(changed, text)

    def _number(self, citation: Citation) -> int:
        for known in self.citations:
            if replace(known, n=0) == replace(citation, n=0):
                return known.n
        number = len(self.citations) + 1
        self.citations.append(replace(citation, n=number))
        return number


def _notes(parts: Sequence[_Part], missing: int, files: int, left_out: int) -> Iterator[str]:
    if left_out:
        yield f"{files} of {files + left_out} files were read, the first by name."
    if missing:
        yield f"{missing} of {len(parts)} parts are missing: the model could quote nothing of them."
    if not all(summary.is_whole(part.section) for part in parts):
        yield "Of what is long, the beginning of passages was read, from first to last."


def _plain(title: str) -> str:
    return re.sub(r"[*_`\[\]]", " ", " ".join(title.split()))


def _keep(file: Path, text: str) -> None:
    """Keeps a reply; where there is no drawer, the document was removed meanwhile."""
    new = file.with_suffix(".new")
    with contextlib.suppress(OSError):
        new.touch(mode=0o600)
        new.write_text(text, encoding="utf-8")
        new.replace(file)
