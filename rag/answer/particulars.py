"""The particulars of a question: years, ranks, sides and names that its source has to share.

A small model takes a sentence about another year, or about the opposite, for an answer, and is sure
of it. These rules go by words that exclude each other, and by names. They say nothing about most
questions, and seldom err: BENCHMARKS.md tells how seldom.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence, Set
from functools import cache

from rag.answer.asking import asks_whether
from rag.text.calendar_names import english_months, english_weekdays
from rag.text.fold import without_accents
from rag.text.words import is_english, stem

# What excludes what: one set on each line, its members between slashes, as regular expressions.
_EXCLUSIVE = r"""
first|1st / second|2nd / third|3rd / fourth|4th / fifth|5th / sixth|6th / seventh / eighth / ninth
first / last|final
increas\w+|ris(?:es?|ing)|rose|gr[eo]w\w* / decreas\w+|declin\w+|f[ae]ll|falls|falling|reduc\w+
long(?:er|est)? / short(?:er|est)?
high(?:er|est)? / low(?:er|est)?
large[rst]*|big(?:ger|gest)?|great(?:er|est)? / small(?:er|est)?
maximum / minimum
most / least|fewest
best / worst
earl(?:y|ier|iest) / late[rst]*
before|prior / after
old(?:er|est)? / new(?:er|est)?|young(?:er|est)?
strong(?:er|est)? / weak(?:er|est)?
north(?:ern)? / south(?:ern)?
east(?:ern)? / west(?:ern)?
major|majority / minor|minority
public / private
internal|inside / external|outside
positive\w* / negative\w*
import(?:s|ed)? / export(?:s|ed)?
male|m[ae]n / female|wom[ae]n
"""
# Months that are words as well are months beside "in" or a day only.
_WORDS = ("march", "may")
# Four digits are a year, unless they are part of another number or count something.
_COUNTED = (
    r"[€£$¥%]|(?:k?m|k?g|eur(?:os?)?|usd|gbp|dollars?|pounds?|people|employees|members|pages|words|"
    r"hours|days|miles|units)\b"
)
_YEAR = re.compile(
    r"(?<![A-Za-z0-9_.,:/#$€£¥-])(?:1[5-9]|20)\d\d"  # Chinese puts no blank before it
    rf"(?!\d|['\u2019]?s\b|[.,/:-]\d|\s?(?:{_COUNTED}))",
    re.IGNORECASE,
)
# "U14", "A4", "Q3", "B-52": of two that differ in their number, one is not the other.
_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})-?(\d{1,4})(?![A-Za-z0-9])")
# With these, another year than the one that is named may be the answer.
_FROM_YEAR = re.compile(
    r"\b(?:before|prior|after|since|until|by|between|from|than)\b", re.IGNORECASE
)
# "What happens if it is not paid?" is answered by what happens.
_NEGATED = re.compile(
    r"^(?!.*\b(?:if|when|unless|case|happens)\b).*(?:\b(?:not|never)\b|n['\u2019]t\b)",
    re.IGNORECASE | re.DOTALL,
)
_DENIES = re.compile(
    r"\b(?:not?|never|none|nor|neither|cannot|without|except\w*|exclu\w+|unless|only|lack\w*|"
    r"refus\w+|reject\w+|prohibit\w*|forbid\w*|fail\w*|oppos\w+|un\w+|in\w{5,})\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_OPPOSITES = ("un", "in", "im", "ir", "non", "dis")
_SHORTEST_OPPOSED = 6
# In an English sentence a capital letter begins a name; words all in capitals are acronyms, which
# documents write out. In a Title Like This One it tells nothing.
_NAME = re.compile(r"(?:(?<=[a-z,] )|(?<=[MD][rs]\. )|(?<=rs\. ))[A-Z][a-z][\w'\u2019-]+")
_TITLE = 0.6
# They begin with a capital letter, but need not stand in what they are asked about.
_NO_NAMES = (
    "english german french spanish italian portuguese dutch russian chinese arabic turkish polish "
    "excel word powerpoint"
)
# "My name is Ada Kowalski. What is my rent?" asks about the rent.
_SENTENCE = re.compile(r"(?<=[a-z]{3}[.!])\s+")
_WORD = re.compile(r"\w+")
_SHORTEST_NAME = 4
_ALIKE = 0.8  # names that differ by a letter or two are one


class Particulars:
    """What a source must not contradict, and what something that was found has to mention.

    Args:
        question: as the person wrote it.
    """

    def __init__(self, question: str) -> None:
        self._years = frozenset(_YEAR.findall(question))
        self._codes = _codes(question)
        self._names = _names(question)
        self._words = frozenset(_WORD.findall(question.casefold()))
        self._whether = asks_whether(question)
        self._from_year = _FROM_YEAR.search(question) is not None
        self._negated = _NEGATED.search(question) is not None
        asked = ((one, _members(one, question)) for one in _sets())
        self._members = [(one, members) for one, members in asked if members]

    def contradicted_by(self, source: str) -> bool:
        """Whether a source names another year, rank or side than the one that is asked about.

        False for questions to answer with yes or no: there, the other one is an answer.

        Args:
            source: the words that are to answer the question, with their heading.
        """
        if self._whether:
            return False
        return (
            any(_excludes(members, _members(one, source)) for one, members in self._members)
            or (not self._from_year and _excludes(self._years, set(_YEAR.findall(source))))
            or self._another_code(source)
            or (self._negated and not _DENIES.search(source))
            or self._opposed_by(source)
        )

    def unheard_of(self, passages: Iterable[str]) -> str:
        """The year, or name of somebody or something, in the question that none mentions, or "".

        Args:
            passages: all that was found for it, with titles and headings.
        """
        if not self._years and not self._names:
            return ""
        text = " ".join(passages)
        words = set(_WORD.findall(without_accents(text)))
        names = self._names if is_english(words) else []  # in others, Munich has another name
        beginnings = {stem(word) for word in words}

        def is_there(name: str) -> bool:
            plain = without_accents(name)
            alike = stem(plain) in beginnings
            return alike or bool(difflib.get_close_matches(plain, words, 1, _ALIKE))

        missing = (
            *(year for year in sorted(self._years) if year not in text),
            *(name for name in names if not is_there(name)),
        )
        return next(iter(missing), "")

    def _another_code(self, source: str) -> bool:
        """Whether the team U14 is asked about and U10 is told of."""
        said = _codes(source)
        return any(_excludes(codes, said.get(kind, set())) for kind, codes in self._codes.items())

    def _opposed_by(self, source: str) -> bool:
        """Whether "necessary" is asked for and "unnecessary" is said."""
        said = frozenset(_WORD.findall(source.casefold()))
        long = (word for word in self._words - said if len(word) >= _SHORTEST_OPPOSED)
        return any(f"{no}{word}" in said for word in long for no in _OPPOSITES)


@cache
def _sets() -> list[list[re.Pattern[str]]]:
    """Returns what excludes what: patterns of which a text can match one only."""
    months = [rf"in {name}|{name} \d+" if name in _WORDS else name for name in english_months()]
    lines = [line.split(" / ") for line in _EXCLUSIVE.strip().splitlines()]
    # January to August, and July to January.
    lines += [months[:8], [*months[6:], months[0]], list(english_weekdays())]
    return [
        [re.compile(rf"\b(?:{one.strip()})\b", re.IGNORECASE) for one in line] for line in lines
    ]


def _members(exclusive: Sequence[re.Pattern[str]], text: str) -> set[int]:
    return {index for index, pattern in enumerate(exclusive) if pattern.search(text)}


def _excludes(asked: Set[object], said: Set[object]) -> bool:
    return bool(asked and said) and not asked & said


def _codes(text: str) -> dict[str, set[str]]:
    """Numbers by the letters in front of them."""
    codes: dict[str, set[str]] = {}
    for kind, number in _CODE.findall(text):
        codes.setdefault(kind.casefold(), set()).add(number)
    return codes


def _names(question: str) -> list[str]:
    """The names in an English question; in other languages capital letters tell too little."""
    words = _WORD.findall(question)
    capital = sum(word[0].isupper() for word in words)
    if not is_english(words) or capital >= _TITLE * len(words):
        return []
    asked = _SENTENCE.split(question.strip())[-1]
    parts = _WORD.findall(" ".join(_NAME.findall(asked)))
    long = (part for part in parts if len(part) >= _SHORTEST_NAME)
    no_names = {*_NO_NAMES.split(), *english_months(), *english_weekdays()}
    return [part for part in long if part.lower() not in no_names]
