"""The JSON results of the shell commands, field by field. Other programs depend on them."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from app.events import Answer, Timings
from app.library.forgetting import Removal
from app.presentation import present
from app.settings.protections import Loosening
from app.shell.console import ErrorText
from rag.indexing.report import IndexReport
from rag.text.describe_locator import describe
from rag.types import Citation, Hit

_LEADS_OUT = "leads_out"


class FailedOutput(Struct, frozen=True):
    """A file that was not indexed."""

    path: str
    reason: str
    detail: str


class LeftOutOutput(Struct, frozen=True):
    """A link that leads out of its folder, to `target`, and was not followed.

    `removed` counts the files behind it that were removed from the library.
    """

    path: str
    target: str
    reason: str
    removed: int


class LeftOutKind(Struct, frozen=True):
    """How many files or folders a rule or kind left out, such as `audio files` or `hidden`."""

    kind: str
    count: int


class IndexOutput(Struct, frozen=True):
    """The output of `studiolo index`. `left_out` has the first 500 of `left_out_count` links.

    `left_out_kinds` counts all else that was left out.
    """

    added: int
    updated: int
    unchanged: int
    removed: int
    failed: tuple[FailedOutput, ...]
    chunks: int
    seconds: float
    left_out: tuple[LeftOutOutput, ...]
    left_out_count: int
    left_out_kinds: tuple[LeftOutKind, ...]


class RemoveOutput(Struct, frozen=True):
    """The output of `studiolo remove`: what was removed, and where copies remain.

    Attributes:
        removed: number of files removed from the library.
        chunks: number of passages left in it.
        chats: number of chats with answers that are based on them.
        answers: number of such answers.
        payloads: files with saved payloads that contain them.
        unsure: number of further payload files whose sources are unknown.
        set_aside: folders with older data.
        collections: that contain what was removed.
        also_removed: the answers and the files of `payloads` were removed, too.
        unread_chats: there are chats that cannot be read and may hold copies.
    """

    removed: int
    chunks: int
    chats: int
    answers: int
    payloads: tuple[str, ...]
    unsure: int
    set_aside: tuple[str, ...]
    collections: tuple[str, ...]
    also_removed: bool
    seconds: float
    unread_chats: bool


class HitOutput(Struct, frozen=True):
    """A passage. In `text`, rows from further down a table come with its header."""

    rank: int
    path: str
    page: int | None
    locator: str
    score: float
    text: str


class SearchOutput(Struct, frozen=True, omit_defaults=True):
    """The output of `studiolo search`; `id` only with `--batch`."""

    hits: tuple[HitOutput, ...]
    seconds: float
    id: object = None


class CitationOutput(Struct, frozen=True):
    """A source of an answer."""

    n: int
    path: str
    page: int | None
    locator: str
    quote: str


class AskOutput(Struct, frozen=True, omit_defaults=True):
    """The output of `studiolo ask`; `id` is the line's with `--batch`.

    The window shows the same sentences (`app.presentation`).

    Attributes:
        model: id of the language model.
        sentences: Studiolo's own, in English: why there is no answer, cautions, remarks.
        nearest: the closest passages, if there is no answer.
        stopped: the person stopped it.
        cut: it reached the maximum number of tokens.
        unmentioned: a name in the question that no passage mentions.
    """

    answer: str
    abstained: bool
    citations: tuple[CitationOutput, ...]
    model: str
    timings: Timings
    id: object = None
    sentences: tuple[str, ...] = ()
    nearest: tuple[HitOutput, ...] = ()
    stopped: bool = False
    cut: bool = False
    unmentioned: str = ""


class BackupOutput(Struct, frozen=True):
    """The output of `studiolo backup`. `size` in bytes."""

    file: str
    size: int


class RestoreOutput(Struct, frozen=True):
    """The output of `studiolo restore`.

    Attributes:
        kept: the folder with the previous data, or "".
        left_off: what was not restored, because it would lower the protection here.
        removed: sentences about invalid rows that were left out.
        roots: folders and files that the library did not read before.
    """

    file: str
    kept: str
    left_off: tuple[Loosening, ...] = ()
    removed: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()


class ModelOutput(Struct, frozen=True):
    """A model in `studiolo models list`. `program`: the other one whose file it is.

    `note`: what a person should know of it although it can be used.
    """

    id: str
    name: str
    installed: bool
    bytes: int
    memory_mb: int
    licence: str
    problem: str
    program: str = ""
    note: str = ""


class AdapterOutput(Struct, frozen=True):
    """A LoRA adapter in `studiolo models list`. `sha256`: of its file when it was added."""

    id: str
    bytes: int
    sha256: str


class ModelsOutput(Struct, frozen=True):
    """The output of `studiolo models list`; `models add` and `get` print only their model."""

    models: tuple[ModelOutput, ...]
    adapters: tuple[AdapterOutput, ...] = ()


class FailedLine(Struct, frozen=True):
    """A line of a `--batch` file that failed."""

    id: object
    error: ErrorText


def index_output(report: IndexReport) -> IndexOutput:
    """Returns the output of `studiolo index`."""
    return IndexOutput(
        report.added,
        report.updated,
        report.unchanged,
        report.removed,
        tuple(FailedOutput(f.path, f.reason.value, f.detail) for f in report.failed),
        report.chunks,
        round(report.seconds, 3),
        tuple(
            LeftOutOutput(link.path, link.target, _LEADS_OUT, link.forgotten)
            for link in report.left_out
        ),
        report.left_out_count,
        tuple(LeftOutKind(kind, count) for kind, count in report.kinds),
    )


def remove_output(removal: Removal, *, also_removed: bool) -> RemoveOutput:
    """Returns the output of `studiolo remove`."""
    left = removal.left
    return RemoveOutput(
        removal.report.removed,
        removal.report.chunks,
        left.chats,
        len(left.turns),
        left.payloads,
        left.unsure,
        left.set_aside,
        left.collections,
        also_removed,
        round(removal.report.seconds, 3),
        left.unread,
    )


def hit_output(hit: Hit) -> HitOutput:
    """Returns a passage for `studiolo search`."""
    place = describe(hit.locator, hit.kind)
    text = hit.text_with_header
    return HitOutput(hit.rank, hit.path, hit.locator.page, place, round(hit.score, 4), text)


def citation_output(citation: Citation) -> CitationOutput:
    """Returns a source for `studiolo ask`."""
    place = describe(citation.locator, citation.kind)
    return CitationOutput(citation.n, citation.path, citation.locator.page, place, citation.quote)


def ask_output(answer: Answer, line_id: object = None) -> AskOutput:
    """Returns the output of `studiolo ask`."""
    presented = present(answer)
    return AskOutput(
        presented.text or str(presented.verdict or ""),
        answer.abstained,
        tuple(map(citation_output, presented.citations)),
        answer.model,
        answer.timings,
        line_id,
        tuple(map(str, presented.sentences)),
        tuple(map(hit_output, presented.nearest)),
        answer.stopped,
        answer.cut,
        answer.unmentioned,
    )


def place_name(citation: Citation | Hit) -> str:
    """Returns the name of a file and the place in it, for people."""
    place = describe(citation.locator, citation.kind)
    name = Path(citation.path).name
    return f"{name}, {place}" if place else name
