"""What is personal in a draft, and the placeholders that hide it.

Everything that could be sent is looked through as one: a value has the same placeholder wherever it
stands, and what was recognised in one place is hidden in all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.escalation.draft import EscalationDraft
from app.redaction.finding import Finding, Kind, value_key
from app.redaction.placeholders import Placeholders
from app.redaction.spans import join
from app.redaction.vocabulary import TITLES
from app.redaction.word_lists import given, ordinary
from rag.text.fold import without_accents
from rag.text.plain import plain

if TYPE_CHECKING:
    from app.redaction.folded import FoldedText

QUESTION = "question"
MAX_PIECE_CHARACTERS = 20_000
"""A longer piece is not looked through, and so is never sent (`payload.build`)."""

_SHORTEST_EVERYWHERE = 3  # characters; shorter values are hidden only where they were recognised


@dataclass(frozen=True, slots=True)
class Mark:
    """Something personal, at [start, end) of a piece.

    Attributes:
        kind: what it is.
        key: the same for all places where the value stands; for `draft.keep`.
        placeholder: what hides it.
        hidden: it is; not when the person keeps it.
    """

    start: int
    end: int
    kind: Kind
    key: str
    placeholder: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class ReviewedText:
    """A text that may be sent: as it is here with marks, and as it is sent."""

    text: str
    marks: tuple[Mark, ...]
    sent: str


@dataclass(frozen=True, slots=True)
class Review:
    """The pieces of a draft by their keys, and the way back from placeholders.

    Attributes:
        pieces: `QUESTION`; an excerpt's key for its text and `source_key` of it for where it is
            from; an exchange's key for its answer and `question_key` of it for its question.
            Those that never leave this computer are not among them.
        placeholders: knows what each stands for.
    """

    pieces: Mapping[str, ReviewedText]
    placeholders: Placeholders


def source_key(key: str) -> str:
    """Names the line that says where an excerpt is from."""
    return f"{key}/source"


def question_key(key: str) -> str:
    """Names the question of an exchange."""
    return f"{key}/question"


def review(draft: EscalationDraft, own_words: Sequence[str] = ()) -> Review:
    """Looks a draft through. Takes milliseconds for each passage; not for the GUI thread.

    Args:
        draft: ticked or not: what could be ticked is looked through, so that marks and
            placeholders stay as they are when it is.
        own_words: what the person wants hidden in any case.
    """
    texts = _texts(draft)
    words = tuple(own_words)
    found = {key: _found(text, words) for key, text in texts.items()}
    known = _known((texts[key], finding) for key in texts for finding in found[key])
    everywhere = _pattern(known)
    placeholders = Placeholders()
    pieces: dict[str, ReviewedText] = {}
    whole = {
        key: join((*found[key], *_again(text, everywhere, known))) for key, text in texts.items()
    }
    for key, text in texts.items():  # numbers come from here, whatever is kept
        placeholders.redact(text, whole[key])
    for key, text in texts.items():
        marks = tuple(_mark(text, finding, draft, placeholders) for finding in whole[key])
        pieces[key] = ReviewedText(text, marks, placeholders.redact(text, whole[key], draft.kept))
    return Review(pieces, placeholders)


def _texts(draft: EscalationDraft) -> dict[str, str]:
    texts = {QUESTION: _clean(draft.question.strip())}
    for excerpt in draft.excerpts:
        if not excerpt.local_only:
            texts[source_key(excerpt.key)] = _clean(
                ", ".join(" ".join(part.split()) for part in (excerpt.title, excerpt.place) if part)
            )
            texts[excerpt.key] = _clean(excerpt.text)
    for exchange in draft.history:
        if not exchange.local_only:
            texts[question_key(exchange.key)] = _clean(exchange.question)
            texts[exchange.key] = _clean(exchange.answer)
    return texts


def _clean(text: str) -> str:
    """Text that looks like what it is, and can be written in UTF-8."""
    return plain(text.encode("utf-8", "replace").decode("utf-8"))


@functools.lru_cache(maxsize=128)
def _found(text: str, own_words: tuple[str, ...]) -> tuple[Finding, ...]:
    """Kept, since each tick looks through the same texts again."""
    from app.redaction.find import find  # most starts of the window never need it

    return find(text, own_words) if len(text) <= MAX_PIECE_CHARACTERS else ()


def _known(findings: Iterable[tuple[str, Finding]]) -> dict[str, Kind]:
    """What was found, small and with single spaces; of names also those in them that stand out."""
    known: dict[str, Kind] = {}
    for text, finding in findings:
        words = _in_plain_type(finding.of(text)).text.split()
        forms = [" ".join(words)]
        if finding.kind is Kind.NAME:
            bare = [word for word in words if without_accents(word.strip(".,")) not in TITLES]
            forms += (" ".join(bare), *(word for word in bare if not _is_ordinary(word)))
        for form in forms:
            known.setdefault(form.casefold(), finding.kind)
    return known


def _pattern(known: Iterable[str]) -> re.Pattern[str] | None:
    """Finds values as whole words, in any case and spacing."""
    long = [value for value in known if len(value) >= _SHORTEST_EVERYWHERE]
    if not long:
        return None
    forms = (r"\s+".join(map(re.escape, value.split())) for value in sorted(long, key=len)[::-1])
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


def _again(
    text: str, everywhere: re.Pattern[str] | None, known: Mapping[str, Kind]
) -> Iterator[Finding]:
    """Where values stand that were found in any of the texts.

    A word that is an ordinary one as well, such as Rose, is meant only with its capital.
    """
    if everywhere is None:
        return
    form = _in_plain_type(text)
    for hit in everywhere.finditer(form.text):
        value = " ".join(hit.group().split()).casefold()
        if hit.group()[0].isupper() or not _is_ordinary(value):
            yield Finding(*form.span(*hit.span()), known.get(value, Kind.NAME))


def _is_ordinary(word: str) -> bool:
    return without_accents(word) in ordinary() or without_accents(word) in given()


def _in_plain_type(text: str) -> FoldedText:
    from app.redaction.folded import fold, unhyphenated  # most starts never need it

    return unhyphenated(fold(text))


def _mark(text: str, finding: Finding, draft: EscalationDraft, placeholders: Placeholders) -> Mark:
    value = finding.of(text)
    key = value_key(value)
    return Mark(
        finding.start,
        finding.end,
        finding.kind,
        key,
        placeholders.redact(value, [Finding(0, len(value), finding.kind)]),
        key not in draft.kept,
    )
