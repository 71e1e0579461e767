"""Joins the letters of a word that are set apart: letterspaced ones, and a large initial."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from rag.parse.pdf.characters import CharBox

_CANDIDATE = re.compile(r" \S \S \S ")
# Five letters or more, each behind one blank; pdfium writes one between words, too.
_SPACED = re.compile(r"(?<!\S)[^\W\d_](?: [^\W\d_]){4,}(?!\S)")
_VOWEL = re.compile("[aeiouäöüàáâèéêëìíîòóôùúûåæø]", re.IGNORECASE)
_INITIAL = re.compile(r"([^\W\d_]) [^\W\d_]{2}")
_WORDS = frozenset("AIOYEÀÈÓUVWZKS")  # capitals that are words of one letter in some language
_WIDE = 1.6  # times the usual gap between the letters, at most, within a word
_LARGE = 1.5  # times the height of the letters behind it


def with_whole_words(
    raw: str, shown: Sequence[str], indexes: Sequence[int], char_box: CharBox
) -> Sequence[str]:
    """Returns the characters of a line without the blanks within such words.

    Args:
        raw: the line as it is in the file.
        shown: its characters, as they are shown.
        indexes: pdfium's, of each of its characters.
        char_box: of the page.
    """
    blanks: list[int] = []
    if _CANDIDATE.search(raw):
        for match in _SPACED.finditer(raw):
            blanks += _blanks(match, indexes, char_box)
    initial = _INITIAL.match(raw) if raw[1:2] == " " else None
    if initial and _is_initial(initial.group(), indexes, char_box):
        blanks.append(1)
    if not blanks:
        return shown
    characters = list(shown)
    for place in blanks:
        characters[place] = ""
    return characters


def _blanks(match: re.Match[str], indexes: Sequence[int], char_box: CharBox) -> list[int]:
    """Returns the places of blanks between letters of one word; wider ones part words."""
    if not _is_word(match.group()):
        return []
    boxes = [char_box(indexes[place]) for place in range(match.start(), match.end(), 2)]
    gaps = [after[0] - before[2] for before, after in itertools.pairwise(boxes)]
    widest = _WIDE * statistics.median(gaps)
    return [match.start() + 1 + 2 * n for n, gap in enumerate(gaps) if gap <= widest]


def _is_word(spaced: str) -> bool:
    """Tells whether letters make a word, rather than a list of letters or a formula."""
    word = spaced.replace(" ", "")
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(word)}
    is_cased = word.isupper() or word[1:].islower()
    return is_cased and len(steps) > 2 and _VOWEL.search(word) is not None


def _is_initial(begin: str, indexes: Sequence[int], char_box: CharBox) -> bool:
    """Tells whether a line begins with a letter that is much larger than the rest of its word."""
    if not begin[0].isupper() or not begin[2].islower() or begin[0] in _WORDS:
        return False
    first, second = char_box(indexes[0]), char_box(indexes[2])
    return first[3] - first[1] > _LARGE * (second[3] - second[1])
