"""Tells whether a text shares wording with others: the same words in a row, however they are set.

Only letters and digits count, case-folded and without accents; white space, line breaks, hyphens,
quotation marks and formatting do not. Runs of letters are compared by winnowing (Schleimer,
Wilkerson and Aiken 2003, https://doi.org/10.1145/872757.872770), which finds every run of `RUN`
letters that two texts share; shorter sentences and lines are compared as wholes.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.text.sentences import sentences
from rag.text.words import DENSE

Prints: TypeAlias = NDArray[np.uint64]

RUN = 60
"""Letters and digits in a row, about ten words, that make two texts share wording."""
UNIT = 30
"""Letters and digits of a whole sentence or line that do so."""
SHORTEST = 12
"""Fewest letters and digits of a text that can be searched for in others."""

_GRAM = 24
_WINDOW = RUN - _GRAM + 1
_SHORTEST_UNIT = 6
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD)
_NO_LETTER = re.compile(r"[\W_]+")
_NONE: Prints = np.empty(0, np.uint64)


def letters(text: str) -> str:
    """Returns the letters and digits of a text, case-folded, without accents.

    A Chinese, Japanese or Korean character is repeated three times: it says as much as three
    letters.
    """
    if text.isascii():
        return _NO_LETTER.sub("", text.lower())
    text = DENSE.sub(r"\g<0>\g<0>\g<0>", text)
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _NO_LETTER.sub("", text)


@dataclass(frozen=True, slots=True)
class Wording:
    """The fingerprints by which texts are compared. All arrays are sorted and without duplicates.

    Attributes:
        runs: of runs of letters, enough of them to find every run of `RUN` letters.
        units: of whole sentences and lines.
    """

    runs: Prints
    units: Prints

    @classmethod
    def of(cls, text: str) -> Wording:
        """Returns the wording of a text."""
        units = {_fingerprint(unit) for part in _letter_units(text) for unit in part}
        return cls(np.unique(_runs(letters(text))), np.array(sorted(units), np.uint64))

    @classmethod
    def of_all(cls, several: Iterable[Wording]) -> Wording:
        """Merges the wording of several texts."""
        parts = list(several)
        return cls(
            np.unique(np.concatenate([_NONE, *(part.runs for part in parts)])),
            np.unique(np.concatenate([_NONE, *(part.units for part in parts)])),
        )

    def shares(self, text: str) -> bool:
        """Tells whether a text shares wording with these.

        That is a run of `RUN` letters, a sentence or line of `UNIT` letters, or shorter ones that
        make up half of it, such as the rows of a reordered table.
        """
        whole = letters(text)
        if bool(_is_in(_runs(whole), self.runs).any()):
            return True
        for units in _letter_units(text):
            prints = np.fromiter(map(_fingerprint, units), np.uint64, len(units))
            in_units = _is_in(prints, self.units)
            shared = [
                len(unit) for unit, is_shared in zip(units, in_units, strict=True) if is_shared
            ]
            if shared and (max(shared) >= UNIT or 2 * sum(shared) >= len(whole)):
                return True
        return False


def _letter_units(text: str) -> Iterator[list[str]]:
    """Yields the letters of a text's sentences, then those of its lines."""
    spans = sentences(text) if text.strip() else []
    for parts in ((text[start:end] for start, end in spans), text.splitlines()):
        units = (letters(part) for part in parts)
        yield [unit for unit in units if len(unit) >= _SHORTEST_UNIT]


def _is_in(few: Prints, many: Prints) -> NDArray[np.bool_]:
    """Returns a mask of the members of `few` that are in `many`, which is sorted."""
    if not len(many):
        return np.zeros(len(few), np.bool_)
    at = np.searchsorted(many, few)
    return many[np.minimum(at, len(many) - 1)] == few  # type: ignore[no-any-return]


def _fingerprint(unit: str) -> int:
    digest = hashlib.blake2b(unit.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _runs(whole: str) -> Prints:
    if len(whole) < RUN:
        return _NONE
    codes = np.frombuffer(whole.encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    count = len(codes) - _GRAM + 1
    grams = np.zeros(count, np.uint64)
    for at in range(_GRAM):
        grams *= _BASE
        grams += codes[at : at + count]
    grams ^= grams >> np.uint64(33)
    grams *= _MIX
    grams ^= grams >> np.uint64(33)
    least: Prints = np.lib.stride_tricks.sliding_window_view(grams, _WINDOW).min(axis=1)
    return least[np.flatnonzero(np.diff(least, prepend=~least[0]))]
