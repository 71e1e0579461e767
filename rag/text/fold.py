"""Compares words without regard to how they are set: white space, punctuation and case aside."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from rag.text.visible import UNSEEN


@dataclass(frozen=True, slots=True)
class FoldedText:
    """Letters and digits of a text in one case, each with its offset in that text."""

    letters: str
    offsets: tuple[int, ...]

    def find(self, other: FoldedText, start: int = 0) -> tuple[int, int] | None:
        """Returns the offsets (end exclusive) of `other` in the original text; None if absent."""
        at = self.letters.find(other.letters, start) if other.letters else -1
        if at < 0:
            return None
        return self.offsets[at], self.offsets[at + len(other.letters) - 1] + 1


def without_accents(text: str) -> str:
    """Returns the text case-folded and without accents; its length may differ."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def fold(text: str) -> FoldedText:
    """Reduces `text` to its letters and digits (NFKC, case-folded); fillers are none."""
    letters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        if character.isascii():
            if character.isalnum():
                letters.append(character.lower())
                offsets.append(index)
            continue
        if UNSEEN.match(character):
            continue
        for folded in unicodedata.normalize("NFKC", character).casefold():
            if folded.isalnum() or unicodedata.category(folded).startswith("M"):
                letters.append(folded)
                offsets.append(index)
    return FoldedText("".join(letters), tuple(offsets))
