"""Joins the lines of a paragraph; words that were parted at the end of a line are whole again.

A hyphen at the end of a line was put there to part a word ("agree-ment"), or belongs to the word
("cost-benefit", "E-Mail-Adresse", "2019-2020"), or stands for its second half ("Miet- und
Nebenkosten"). What the document itself writes within its lines decides; otherwise, case does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rag.text.language import language_of
from rag.text.lazy_regex import lazy_regex
from rag.text.words import STOP_WORDS

_WORD = lazy_regex(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*")
_HYPHENS = "-\u2010\u2011"
_LAST = lazy_regex(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)*(?=[-\u2010\u2011]$)")
_PARTED = lazy_regex(r"[^\W\d_A-Z]{2}$")
_PAGE_NUMBER = lazy_regex(r"[-\u2010\u2013]\s?\w{1,5}[-\u2010]$")
_ADDRESS = lazy_regex(r"(?:\w+://|www\.|\S+@\S)\S*$")
# Not "Miet- und Nebenkosten", nor "pre- and post-war".
_CONJUNCTION = lazy_regex(
    r"(?:und|oder|bis|bzw|sowie|and|or|to|et|ou|y|o|e|en|of|och|og|i|lub)\b(?!-)"
)
_LIST_LINES, _LIST_SHARE = 3, 0.6  # of its lines, at least, end in hyphens
_LEAST_HALF = 4  # letters of each half of a compound
# Languages that write compounds with hyphens rather than as one word.
_HYPHENATING = frozenset(("en", "fr", "pt"))
_CONTEXT = 200  # characters before a hyphen that are looked at
_SAMPLE = 400  # words by which the language is told
# They begin words that are written as one: "understand", "therefore", "backward".
_PREFIXES = frozenset(
    re.findall(
        r"\w+",
        "after back before counter down every fore hand here home house inter life never other "
        "over some super there through time under water when where within work",
    )
)


class Hyphens:
    """Decides about the hyphens at ends of lines by the words of a document.

    Args:
        lines: of the whole document; they are looked at only when a hyphen asks for it.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines = lines
        self._counts: Counter[str] | None = None
        self._is_hyphenating = False

    def joined(self, lines: Iterable[str]) -> str:
        """Returns the lines of a paragraph as one text, with line feeds between them."""
        texts = list(lines)
        if not any(text.endswith(tuple(_HYPHENS)) for text in texts) or _is_list(texts):
            return "\n".join(texts)
        pieces, context = [texts[0]], texts[0][-_CONTEXT:]
        for line in texts[1:]:
            is_parted = _is_parted(context, line)
            if is_parted and not self._keeps(context, line):
                pieces[-1] = pieces[-1][:-1]
            between = "" if is_parted else "\n"
            pieces += (between, line)
            context = f"{context}{between}{line}"[-_CONTEXT:]
        return "".join(pieces)

    def _keeps(self, text: str, line: str) -> bool:
        """Tells whether the hyphen between the two parts of a word belongs to it."""
        ends = _LAST.findall(text)
        begins = _WORD.match(line)
        last, first = ends[-1] if ends else "", begins.group() if begins else ""
        counts = self._words()
        solid = counts[(last + first).lower()]
        hyphened = counts[f"{last}-{first}".lower()]
        if solid or hyphened:
            return hyphened > solid
        if _ADDRESS.search(text) or not first[0].islower():
            return True
        half = re.split(f"[{_HYPHENS}]", last)[-1]
        other = re.split(f"[{_HYPHENS}]", first)[0]
        if half != last and half.lower() in STOP_WORDS:
            return True  # "mother-in-law", parted at its second hyphen
        if other != first and other.lower() in STOP_WORDS:
            return True  # at its first
        if (half, other) != (last, first) and counts[half.lower()] and counts[other.lower()]:
            return True  # "year-over-year", parted at either hyphen
        return not _PARTED.search(half) or self._is_compound(half, first)

    def _is_compound(self, half: str, other: str) -> bool:
        """Tells whether two words of the document are joined, in a language that does it so."""
        return (
            min(len(half), len(other)) >= _LEAST_HALF
            and self._is_hyphenating
            and half.lower() not in STOP_WORDS | _PREFIXES
            and other not in STOP_WORDS
            and bool(self._words()[half.lower()] and self._words()[other])
        )

    def _words(self) -> Counter[str]:
        """Counts the words of the document, in small letters, but those at parted ends."""
        if self._counts is None:
            words = _WORD.findall("\n".join(self._whole_words()).lower())
            self._counts = Counter(words)
            self._is_hyphenating = language_of(" ".join(words[:_SAMPLE])) in _HYPHENATING
        return self._counts

    def _whole_words(self) -> Iterator[str]:
        """Yields the lines without the words that are parted at their ends."""
        is_parted = False
        for line in self._lines:
            whole = line.partition(" ")[2] if is_parted else line
            is_parted = line.endswith(tuple(_HYPHENS))
            yield whole.rpartition(" ")[0] if is_parted else whole


def _is_parted(text: str, line: str) -> bool:
    """Tells whether a word ends a line with a hyphen, and goes on in the next line."""
    if text[-1] not in _HYPHENS or not _LAST.search(text) or not _WORD.match(line):
        return False
    is_half = line[0].islower() and _CONJUNCTION.match(line)
    return not is_half and not _PAGE_NUMBER.match(text[text.rfind("\n") + 1 :])


def _is_list(lines: Sequence[str]) -> bool:
    """Tells whether hyphens end lines as in a list: the last one, too, and most of the others."""
    ends = sum(line.endswith(tuple(_HYPHENS)) for line in lines)
    if ends < len(lines) and any(line[:1].islower() for line in lines[1:]):
        return False
    return len(lines) >= _LIST_LINES and ends > _LIST_SHARE * len(lines)
