"""Finds personal data in a draft, and hides it behind placeholders.

All texts that could be sent are searched together: a value has the same placeholder everywhere, and
a value that was recognised in one text is hidden in all.
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
from rag.text.visible import plain

if TYPE_CHECKING:
    from app.redaction.folded import NormalisedText

QUESTION = "question"
MAX_PIECE_CHARACTERS = 20_000
"""A longer text is not searched, and so is never sent (`payload.build`)."""

_SHORTEST_EVERYWHERE = 3  # characters; shorter values are hidden only where they were recognised


@dataclass(frozen=True, slots=True)
class Mark:
    """A personal value at [start, end) of a text.

    Attributes:
        kind: what it is.
        key: the same for all occurrences of the value; for `draft.keep`.
        placeholder: replaces it.
        hidden: False if the person sends the value itself.
    """

    start: int
    end: int
    kind: Kind
    key: str
    placeholder: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class ReviewedText:
    """A text that can be sent: the original with marks, and the redacted version."""

    text: str
    marks: tuple[Mark, ...]
    sent: str


@dataclass(frozen=True, slots=True)
class Review:
    """The reviewed texts of a draft, by their keys.

    Attributes:
        pieces: `QUESTION`; an excerpt's key for its text and `source_key` of it for its source
            line; an exchange's key for its answer and `question_key` of it for its question.
            Texts that never leave this computer are not included.
        placeholders: maps placeholders to their values.
    """

    pieces: Mapping[str, ReviewedText]
    placeholders: Placeholders


def source_key(key: str) -> str:
    """Returns the key of an excerpt's source line."""
    return f"{key}/source"


def question_key(key: str) -> str:
    """Returns the key of an exchange's question."""
    return f"{key}/question"


def review(draft: EscalationDraft, own_words: Sequence[str] = ()) -> Review:
    """Searches a draft for personal data. Takes milliseconds per passage: not for the GUI thread.

    Args:
        draft: all its texts are searched, ticked or not, so that ticking changes no placeholder.
        own_words: further words that the person wants hidden.
    """
    texts = _texts(draft)
    words = tuple(own_words)
    findings = {key: _findings(text, words) for key, text in texts.items()}
    values = _recognised_values((texts[key], finding) for key in texts for finding in findings[key])
    everywhere = _pattern(values)
    placeholders = Placeholders()
    pieces: dict[str, ReviewedText] = {}
    merged = {
        key: join((*findings[key], *_recurrences(text, everywhere, values)))
        for key, text in texts.items()
    }
    for key, text in texts.items():  # numbers the placeholders, whatever is kept
        placeholders.redact(text, merged[key])
    for key, text in texts.items():
        marks = tuple(_mark(text, finding, draft, placeholders) for finding in merged[key])
        pieces[key] = ReviewedText(text, marks, placeholders.redact(text, merged[key], draft.kept))
    return Review(pieces, placeholders)


def _texts(draft: EscalationDraft) -> dict[str, str]:
    texts = {QUESTION: _legible(draft.question.strip())}
    for excerpt in draft.excerpts:
        if not excerpt.local_only:
            texts[source_key(excerpt.key)] = _legible(
                ", ".join(" ".join(part.split()) for part in (excerpt.title, excerpt.place) if part)
            )
            texts[excerpt.key] = _legible(excerpt.text)
    for exchange in draft.history:
        if not exchange.local_only:
            texts[question_key(exchange.key)] = _legible(exchange.question)
            texts[exchange.key] = _legible(exchange.answer)
    return texts


def _legible(text: str) -> str:
    """Returns text without invisible or deceptive characters, encodable in UTF-8."""
    return plain(text.encode("utf-8", "replace").decode("utf-8"))


@functools.lru_cache(maxsize=128)
def _findings(text: str, own_words: tuple[str, ...]) -> tuple[Finding, ...]:
    """Finds personal values; cached, since each tick reviews the same texts again."""
    from app.redaction.find import find  # loaded only when needed: most sessions do not

    return find(text, own_words) if len(text) <= MAX_PIECE_CHARACTERS else ()


def _recognised_values(findings: Iterable[tuple[str, Finding]]) -> dict[str, Kind]:
    """Returns recognised values, case-folded; for names also their distinctive parts."""
    values: dict[str, Kind] = {}
    for text, finding in findings:
        words = _in_plain_type(finding.of(text)).text.split()
        forms = [" ".join(words)]
        if finding.kind is Kind.NAME:
            bare = [word for word in words if without_accents(word.strip(".,")) not in TITLES]
            forms += (" ".join(bare), *(word for word in bare if not _is_ordinary(word)))
        for form in forms:
            values.setdefault(form.casefold(), finding.kind)
    return values


def _pattern(values: Iterable[str]) -> re.Pattern[str] | None:
    """Returns a pattern for values as whole words, in any case and spacing."""
    searched = [value for value in values if len(value) >= _SHORTEST_EVERYWHERE]
    if not searched:
        return None
    forms = (
        r"\s+".join(map(re.escape, value.split())) for value in sorted(searched, key=len)[::-1]
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


def _recurrences(
    text: str, everywhere: re.Pattern[str] | None, values: Mapping[str, Kind]
) -> Iterator[Finding]:
    """Yields further occurrences of values that were found in any of the texts.

    A name that is also an ordinary word, such as Rose, only counts with a capital.
    """
    if everywhere is None:
        return
    form = _in_plain_type(text)
    for match in everywhere.finditer(form.text):
        value = " ".join(match.group().split()).casefold()
        if match.group()[0].isupper() or not _is_ordinary(value):
            yield Finding(*form.span(*match.span()), values.get(value, Kind.NAME))


def _is_ordinary(word: str) -> bool:
    return without_accents(word) in ordinary() or without_accents(word) in given()


def _in_plain_type(text: str) -> NormalisedText:
    from app.redaction.folded import fold, unhyphenated  # loaded only when needed

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
