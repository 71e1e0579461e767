"""Frozen events that services send while they work. Callbacks run on a background thread."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Citation, Hit


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on besides its citations and nearest passages.

    Attributes:
        local_only: some of what it rests on was in a collection that never leaves this computer.
        passages: ids of those of its own passages that were in such a collection.
        doubtful: such a collection exists, and for some source membership could not be determined.
        doubted: ids of those of its own passages for which it could not be determined.
        files: paths of files that were read as a whole.
        counted: folders whose files were counted or listed; "" is the whole library.
        retold: ids of passages behind earlier answers that its prompt repeated, separated by a
            space: thousands of them are read at once with the chats.
        retold_files: paths of files behind those earlier answers.
        complete: `retold` names all of them.
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
        abstained: the documents hold no answer; `nearest` holds the closest passages.
        nearest: the passages in the prompt, best first; without text where files were only listed
            or were summarised. All of them decide what may leave this computer.
        model: id of the model that wrote it.
        stopped: the person pressed Stop; the text is what had arrived.
        dropped_markers: number of markers that named no source and were removed.
        unmentioned: a name or year in the question that no passage mentions, which is why there is
            no answer.
        shared: words of the question that the first of `nearest` has, too, if it is about the same
            and yet there is no answer; separated by commas.
        grounds: what else it rests on, recorded when it was written; None for answers from
            versions that did not record it.
        cut: it reached the maximum number of tokens.
        copied: words of documents in `text` that stand neither in `citations` nor in `nearest`.
        taken_back: the person removed the answer with its document; `abstained` is set as well,
            so that no follow-up builds on it.
    """

    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    nearest: tuple[Hit, ...]
    model: str
    timings: Timings
    stopped: bool = False
    dropped_markers: int = 0
    unmentioned: str = ""
    grounds: Grounds | None = None
    taken_back: bool = False
    cut: bool = False
    copied: tuple[str, ...] = ()
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Searching:
    """The library is being searched for the question."""

    question: str


@dataclass(frozen=True, slots=True)
class Summarising:
    """Sections of documents are being summarised, one after the other.

    Attributes:
        title: of the current document; "" while the sections' summaries are combined.
        done: finished sections, of `total`.
        seconds_left: an estimate; None until there is one.
    """

    title: str
    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """Retrieval is done; the model starts to read these passages."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """The model quoted a source before answering. Sent once for each verified quote."""

    citation: Citation


@dataclass(frozen=True, slots=True)
class AnswerText:
    """More text of the answer, to append."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerDone:
    """The answer is complete; it replaces the streamed text."""

    answer: Answer


AnswerEvent = Searching | Summarising | PassagesFound | EvidenceFound | AnswerText | AnswerDone
