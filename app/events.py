"""Frozen events that services send while they work. Callbacks get them on a background thread."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Citation, Hit

WEAK = 0.5
"""From this `Answer.doubt` on, an answer is more likely wrong than right."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on beside the passages that it names.

    Attributes:
        local_only: some of all that it rests on was in a collection that never leaves this
            computer.
        passages: ids of those of its own passages that were.
        doubtful: there was such a collection, and of something it could not be told.
        doubted: ids of those of its own passages of which it could not.
        files: paths of files that were read as a whole.
        counted: folders whose files were counted or listed; "" is the whole library.
        retold: ids of the passages that those earlier answers rest on that its prompt told again,
            with a blank between two: chats are read at once, and have thousands of them.
        retold_files: paths of the files that those answers rest on.
        complete: nothing was left out of `retold`.
    """

    local_only: bool = False
    passages: tuple[str, ...] = ()
    doubtful: bool = False
    doubted: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    retold: str = ""
    retold_files: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds and tokens of one answer. `first_token_s` and `total_s` count from the question."""

    retrieve_s: float = 0.0
    first_token_s: float = 0.0
    total_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer.

    Attributes:
        text: Markdown with ``[n]`` markers, each of which names a citation.
        citations: the sources, in the order of their markers.
        abstained: the documents hold no answer; `nearest` holds what comes closest.
        nearest: the passages that were looked at, best first; without their text where files were
            only named, or read for a summary. What may leave is decided by all of them.
        model: id of the model that wrote it.
        stopped: the person pressed Stop; the text is what had arrived.
        dropped_markers: markers that named no source and were removed.
        doubt: how likely the answer is wrong, 0 to 1, by `app.answering.hint`; 0 where nothing is
            known.
        unmentioned: a name or year of the question that nothing found mentions, which is why there
            is no answer.
        grounds: what it rests on beside `citations` and `nearest`, as that was when it was made;
            None for answers from before this was kept.
        cut: it ends where an answer may have no more tokens.
        copied: words of documents in `text` that stand neither in `citations` nor in `nearest`.
        taken_back: there was an answer, which the person removed with its document; `abstained` as
            well, since nothing goes on from it.
    """

    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    nearest: tuple[Hit, ...]
    model: str
    timings: Timings
    stopped: bool = False
    dropped_markers: int = 0
    doubt: float = 0.0
    unmentioned: str = ""
    grounds: Grounds | None = None
    taken_back: bool = False
    cut: bool = False
    copied: tuple[str, ...] = ()

    @property
    def weak(self) -> bool:
        """Whether the answer should be read with care. It leads to a hint, and to nothing else."""
        return self.doubt >= WEAK


@dataclass(frozen=True, slots=True)
class Searching:
    """The question is being looked up in the documents."""

    question: str


@dataclass(frozen=True, slots=True)
class Summarising:
    """Sections of documents are summarised, one after the other.

    Attributes:
        title: of the document being read; "" while all is summed up.
        done: sections that are done, of `total`.
        seconds_left: an estimate; None until there is one.
    """

    title: str
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Retrieval is done; the model begins to read these passages."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The model quoted a source, before it answers. Sent once for each quote that was verified."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class AnswerText:
    """More text of the answer, to be appended."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """The answer is complete; it replaces what was streamed."""

    answer: Answer


AnswerEvent = Searching | Summarising | PassagesFound | EvidenceFound | AnswerText | AnswerDone
