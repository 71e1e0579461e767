"""Words for the full-text index: text and queries in the form that FTS5 can search."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.lazy_regex import lazy_regex

# The tokenizer of the full-text table (rag.store.schema): its name and arguments.
TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2", "categories", "L* N* Co Mn Mc"])

# Unspaced scripts, cut into overlapping pieces: two characters of Chinese or Japanese usually make
# a word; Thai and its relatives spell with vowel signs and need three.
_TWO = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_THREE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = lazy_regex(f"[{_TWO}]+|[{_THREE}]+")
_IS_TWO = lazy_regex(f"[{_TWO}]")
DENSE = lazy_regex(f"[{_TWO}\uac00-\ud7a3]")
"""A Chinese, Japanese or Korean character, which says more than a letter does."""
# Before a footnote mark or a fraction, which NFKC would make part of the number: "1902³", "2½".
_SMALL_NUMBER = lazy_regex(
    "(?<=[0-9])(?=[\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u215e])"
)

# English words that carry no subject. Frequent words of any language are left out by their
# frequency in the library; these also when a small library happens to hold few of them.
# `rag.answer.support` adds some. Two lists are shorter because a wrong word in them does harm: that
# of `rag.text.language`, by which ten languages are told apart, and that of
# `app.redaction.vocabulary`, which bars names of people ("Will" and "Can" are such).
_STOP_WORDS = (
    "a about all also am an and any are as at be been being but by can could did do does doing for "
    "from give had has have having he her here him his how i if in into is it its just know like "
    "many may me might more most much must my no not of on or our please shall she should so some "
    "such tell than that the their them then there these they this those to too up us very was we "
    "were what when where which who whom whose why will with would you your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
# Of a word of English without its commonest endings, the letters that its forms have in common.
_STEM = 6
_ENDING = lazy_regex(r"(?<=[a-z]{4})(?:ing|ed|(?<!s)s)$")
# A question with one of these is English: other languages of Latin letters do not have them.
_ENGLISH_ONLY = (
    "and by does for from how is of that the these this what when where which who why with"
)
_ENGLISH = frozenset(_ENGLISH_ONLY.split())

# The tokenizer stems English only. Words of other languages are compared by their prefixes, which
# works like stemming (McNamee and Mayfield 2004,
# https://doi.org/10.1023/B:INRT.0000009441.78971.be) in any language; two syllables of Korean make
# a word.
ROOT, _ROOT_HANGUL = 5, 2
# Weight of a root beside a stem: a higher one finds more in German, less in English.
_BESIDE_STEM = 0.5
_HANGUL = lazy_regex("[\uac00-\ud7a3]")
LATIN_ENDS = "\u0250"
"""The first letter that is not Latin, among those in common use."""
# The Arabic article is written as part of the word, and so are "and", "in", "like" and "for".
_ARABIC = lazy_regex("[\u0620-\u064a]")
_ARTICLE = "\u0627\u0644"
_ARTICLES = lazy_regex(f"^[\u0648\u0641\u0628\u0643]?{_ARTICLE}|^\u0644\u0644")
_LEAST_ARABIC = 3


def stem(word: str) -> str:
    """Returns what forms of a word begin with: "offer" for "offers", "offered" and "offering".

    Not what the full-text index takes for the stem, which is that of Porter: this is for comparing
    a few words of a question, an answer or a column with each other, also of other languages.

    Args:
        word: in small letters.
    """
    return _ENDING.sub("", word)[:_STEM]


def searchable(text: str) -> str:
    """Returns `text` as the full-text index stores it: NFKC-folded, unspaced scripts cut."""
    if text.isascii():
        return text
    return _UNSPACED.sub(_cut, unicodedata.normalize("NFKC", _SMALL_NUMBER.sub(" ", text)))


def _cut(match: re.Match[str]) -> str:
    run = match.group()
    size = 2 if _IS_TWO.match(run) else 3
    if len(run) <= size:
        return f" {run} "
    return f" {' '.join(run[i : i + size] for i in range(len(run) - size + 1))} "


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a query, or its root: see `root`.

    Attributes:
        word: as it is written.
        stem: as the full-text index knows it.
        passages: the number of chunks that have it; an upper bound for a root.
        begins: whether `stem` is a root.
        weight: how much it counts beside the others.
    """

    word: str
    stem: str
    passages: int
    begins: bool = False
    weight: float = 1.0


def is_english(words: Iterable[str]) -> bool:
    """Tells whether a question with these words is English, as far as a short one shows it."""
    return any(word.lower() in _ENGLISH for word in words)


def forms(query: Sequence[Term]) -> list[Term]:
    """Returns the forms in which a query's words are looked up; their counts are not known yet.

    An English word is looked up by its stem. A word of another language is looked up by its root,
    and by its stem as well where the letters are Latin: it may be English after all.
    """
    if is_english(word.word for word in query):
        return list(query)
    terms: dict[Term, None] = {}
    for word in query:
        begins, latin = root(word.stem), word.stem < LATIN_ENDS
        if latin or not begins:
            terms[word] = None
        if begins:
            weight = _BESIDE_STEM if latin else 1.0
            terms[Term(begins, begins, 0, begins=True, weight=weight)] = None
    return list(terms)


@lru_cache(maxsize=1 << 16)
def root(word: str) -> str:
    """Returns the first letters that identify a word, without an article; "" for shorter words."""
    if word.isascii():
        return word[:ROOT] if len(word) >= ROOT else ""
    if _UNSPACED.match(word):
        return ""
    if _HANGUL.match(word):
        return word[:_ROOT_HANGUL] if len(word) >= _ROOT_HANGUL else ""
    if _ARABIC.match(word):
        bare = _ARTICLES.sub("", word)
        return bare[:ROOT] if len(bare) >= _LEAST_ARABIC else ""
    return word[:ROOT] if len(word) >= ROOT else ""


def is_plain(root_: str) -> bool:
    """Tells whether a root is simply the first `ROOT` letters of every word that has it."""
    return len(root_) == ROOT and not _ARABIC.match(root_)


def beginnings(term: Term) -> list[str]:
    """Returns the beginnings of the words that have the root of `term`."""
    with_article = [_ARTICLE + term.stem] if _ARABIC.match(term.stem) else []
    return [term.stem, *with_article]


def match_expression(terms: Sequence[Term], operator: str = "OR") -> str:
    """Returns an FTS5 expression that any of the words satisfies, or only all of them with "AND".

    Each word is quoted: nothing in it is syntax.
    """
    return f" {operator} ".join(map(_expression, terms))


def _expression(term: Term) -> str:
    if not term.begins:
        return _quoted(term.word)
    return f"({' OR '.join(_quoted(begin) + '*' for begin in beginnings(term))})"


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
