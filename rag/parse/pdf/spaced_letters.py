"""Joins the letters of a word that are set apart: letterspaced ones, and a large initial."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from rag.parse.pdf.characters import CharBox
from rag.text.lazy_regex import lazy_regex

_CANDIDATE = lazy_regex(r" \S \S{1,2} \S ")
# Five letters or more, each behind one blank; pdfium writes one between words, too.
_SPACED = lazy_regex(r"(?<!\S)[^\W\d_](?: [^\W\d_]){4,}(?!\S)")
# Letters and digits, each at a place of its own; some with little room between them.
_PLACED = lazy_regex(r"(?<!\S)[^\W_]{1,2}(?: [^\W_]{1,2}){4,}(?!\S)")
_ALONE = 0.6  # of what stands between blanks there, at least, is one character
_TWICE = 2.0  # times the widest gap within words, at least, between words
_STEP = 1.5  # times the widest step within words, at least, between words
_LEAST_WORD = 4  # letters of one of those words
_VOWEL = lazy_regex("[aeiouäöüàáâèéêëìíîòóôùúûåæø]", re.IGNORECASE)
_INITIAL = lazy_regex(r"([^\W\d_]) [^\W\d_]{2}")
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
        for match in _PLACED.finditer(raw):
            blanks += _placed_blanks(match, indexes, char_box)
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


def _placed_blanks(match: re.Match[str], indexes: Sequence[int], char_box: CharBox) -> list[int]:
    """Returns the places of blanks within words whose characters were set one by one.

    The gaps between words are another group than those within. Where characters were set at even
    steps, gaps differ by the characters' widths, and the steps are compared.
    """
    parts = match.group().split(" ")
    if sum(len(part) == 1 for part in parts) < _ALONE * len(parts):
        return []
    places = [place for place in range(*match.span()) if match.string[place] != " "]
    boxes = [char_box(indexes[place]) for place in places]
    gaps = [after[0] - before[2] for before, after in itertools.pairwise(boxes)]
    widest = _widest_within(gaps)
    if widest is None:
        gaps = [after[0] - before[0] for before, after in itertools.pairwise(boxes)]
        widest = _widest_within(gaps, _STEP)
    if widest is None:
        return []
    words = [match.string[places[0]]]
    for place, gap in zip(places[1:], gaps, strict=True):
        if gap > widest:
            words.append("")
        words[-1] += match.string[place]
    if not any(len(w) >= _LEAST_WORD and w.isalpha() and _is_word(w) for w in words):
        return []
    return [
        before + 1
        for (before, after), gap in zip(itertools.pairwise(places), gaps, strict=True)
        if after > before + 1 and gap <= widest
    ]


def _widest_within(gaps: Sequence[float], least: float = _TWICE) -> float | None:
    """Returns the widest gap of the narrower group; None if the gaps are not of two groups."""
    ordered = sorted(gaps)
    jumps = [after - before for before, after in itertools.pairwise(ordered)]
    place = max(range(len(jumps)), key=jumps.__getitem__)
    narrow, wide = ordered[place], ordered[place + 1]
    is_apart = wide >= least * narrow and jumps[place] > narrow - ordered[0]
    return narrow if is_apart and narrow > 0 else None


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
