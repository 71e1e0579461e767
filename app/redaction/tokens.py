"""The words of a text, and what is known of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.redaction.finding import Kind
from app.redaction.vocabulary import SMALL_WORDS
from app.redaction.word_lists import names, ordinary, places
from rag.text.fold import without_accents
from rag.text.language import small_words

_TOKEN = re.compile(r"[^\W\d_]{1,60}(?:-[^\W\d_]{1,60}){0,4}")
_SENTENCE_ENDS = frozenset('.!?:;\n•*|"“”„»«([{—–')
_ABBREVIATED = 3  # letters of the longest word in capitals that is taken for an abbreviation
_ENOUGH_WORDS = 400  # to tell the language by


@dataclass(slots=True)
class Word:
    """A word at [start, end) of the text. `gap` is what stands between it and the one before."""

    start: int
    end: int
    folded: str
    gap: str
    capital: bool
    shouted: bool  # all in capitals
    mixed: bool  # a capital inside, as in trade names
    opens: bool  # the first of its sentence or line
    is_name: bool
    is_place: bool
    is_ordinary: bool
    kind: Kind | None = None

    @property
    def unknown(self) -> bool:
        """In no list."""
        return not (self.is_name or self.is_place or self.is_ordinary)

    @property
    def abbreviated(self) -> bool:
        """Short and all in capitals, or in capitals and in no list."""
        return self.shouted and (self.unknown or self.end - self.start <= _ABBREVIATED)

    @property
    def initial(self) -> bool:
        """A single capital."""
        return self.capital and self.end - self.start == 1


def tokenise(text: str) -> list[Word]:
    """The words in order.

    A word that also stands with a small letter in the text is ordinary. In a text without capitals,
    as in a chat, what is in the lists and is no ordinary word is taken as written with one.
    """
    found = [(match.start(), match.group()) for match in _TOKEN.finditer(text)]
    small = {without_accents(token) for _, token in found if token[0].islower()}
    if all(token.islower() for _, token in found):
        small = {word for word in small if word in ordinary() or not _listed(word)}
        found = [(at, token if token in small else token.title()) for at, token in found]
    words: list[Word] = []
    end = 0
    for start, token in found:
        words.append(_word(token, start, text[end:start], small, first=not words))
        end = start + len(token)
    return words


def _listed(word: str) -> bool:
    return word in names() or word in places()


def _word(token: str, start: int, gap: str, small: set[str], *, first: bool) -> Word:
    folded = without_accents(token)
    capital = token[0].isupper()
    common = folded in ordinary() or (capital and folded in small)
    parts = folded.split("-") if "-" in folded else ()
    if not common and folded.endswith("s"):
        common = folded[:-1] in ordinary()
    if parts and not common:
        common = all(part in ordinary() for part in parts)
    shouted = capital and len(token) > 1 and token.isupper()
    return Word(
        start=start,
        end=start + len(token),
        folded=folded,
        gap=gap,
        capital=capital,
        shouted=shouted,
        mixed=capital and not shouted and any(_mixed(part) for part in token.split("-")),
        opens=first or not _SENTENCE_ENDS.isdisjoint(gap),
        is_name=folded in names() or any(p in names() and p not in ordinary() for p in parts),
        is_place=capital and folded in places(),
        is_ordinary=common,
    )


def _mixed(part: str) -> bool:
    return part[1:] != part[1:].lower()


def language_of(words: Sequence[Word]) -> str:
    """The language whose smallest words are the most; English where there are none."""
    counts = small_words([word.folded for word in words[:_ENOUGH_WORDS]], SMALL_WORDS)
    return max(counts, key=lambda language: counts[language])
