"""Words for the full-text index: any person's text made into something that FTS5 can search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# The tokenizer of the full-text table (rag.schema), by its name and arguments.
TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2", "categories", "L* N* Co Mn Mc"])

# Scripts written without spaces between words, cut into overlapping pieces: two characters of
# Chinese and Japanese make a word more often than not; Thai and its relatives spell with
# vowel signs and need three.
_TWO = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_THREE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = re.compile(f"[{_TWO}]+|[{_THREE}]+")
_IS_TWO = re.compile(f"[{_TWO}]")

# English words that carry no subject. Frequent words of any language are left out by their
# frequency in the library; these also when a small library happens to hold few of them.
_STOP_WORDS = (
    "a about all also am an and any are as at be been being but by can could did do does doing for "
    "from give had has have having he her here him his how i if in into is it its just know like "
    "many may me might more most much must my no not of on or our please shall she should so some "
    "such tell than that the their them then there these they this those to too up us very was we "
    "were what when where which who whom whose why will with would you your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


def searchable(text: str) -> str:
    """`text` as the full-text index is given it: compatibility forms folded, scripts cut."""
    if text.isascii():
        return text
    return _UNSPACED.sub(_cut, unicodedata.normalize("NFKC", text))


def _cut(match: re.Match[str]) -> str:
    run = match.group()
    size = 2 if _IS_TWO.match(run) else 3
    if len(run) <= size:
        return f" {run} "
    return f" {' '.join(run[i : i + size] for i in range(len(run) - size + 1))} "


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query.

    Attributes:
        word: as it is written.
        stem: as the full-text index knows it.
        passages: how many passages have it.
    """

    word: str
    stem: str
    passages: int


def match_expression(terms: Sequence[Term], operator: str = "OR") -> str:
    """An FTS5 expression that any of the words satisfies, or only all of them with "AND".

    Each is quoted: nothing in it is syntax.
    """
    return f" {operator} ".join('"' + term.word.replace('"', '""') + '"' for term in terms)
