"""Splits a text into words, with what is known about each."""

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
_ABBREVIATED = 3  # letters of the longest all-capitals word that counts as an abbreviation
_ENOUGH_WORDS = 400  # to tell the language by


@dataclass(slots=True)
class Word:
    """A word at [start, end) of the text. `gap` is the text between it and the previous word."""

    start: int
    end: int
    folded: str
    gap: str
    capital: bool
    shouted: bool  # all in capitals
    mixed: bool  # has a capital inside, as in brand names
    opens: bool  # the first of its sentence or line
    is_name: bool
    is_place: bool
    is_ordinary: bool
    kind: Kind | None = None

    @property
    def unknown(self) -> bool:
        """Whether the word is in no list."""
        return not (self.is_name or self.is_place or self.is_ordinary)

    @property
    def abbreviated(self) -> bool:
        """Whether the word is short and all in capitals, or in capitals and in no list."""
        return self.shouted and (self.unknown or self.end - self.start <= _ABBREVIATED)

    @property
    def initial(self) -> bool:
        """Whether the word is a single capital."""
        return self.capital and self.end - self.start == 1


def tokenise(text: str) -> list[Word]:
    """Returns the words of a text in order.

    A word that also occurs in lower case counts as ordinary. In a text without capitals, such as
    a chat, listed words that are not ordinary are treated as capitalised.
    """
    tokens = [(match.start(), match.group()) for match in _TOKEN.finditer(text)]
    lowercased = {without_accents(token) for _, token in tokens if token[0].islower()}
    if all(token.islower() for _, token in tokens):
        lowercased = {word for word in lowercased if word in ordinary() or not _listed(word)}
        tokens = [
            (offset, token if token in lowercased else token.title()) for offset, token in tokens
        ]
    words: list[Word] = []
    end = 0
    for start, token in tokens:
        words.append(_word(token, start, text[end:start], lowercased, first=not words))
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
    """Returns the language with the most frequent function words; English if there are none."""
    counts = small_words([word.folded for word in words[:_ENOUGH_WORDS]], SMALL_WORDS)
    return max(counts, key=lambda language: counts[language])
