"""The details of a question that its source has to share: dates, codes and names.

A small model is confident that a sentence about another year is an answer. These rules say nothing
about most questions, and are seldom wrong: BENCHMARKS.md has the rates. That a source has the
opposite of a word of the question says nothing: "moved from the old site to Mill Lane" answers
"What is the new address?".
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence, Set
from functools import cache

from rag.answer.agreement import asserts_what_is_denied
from rag.text.calendar_names import months, weekdays
from rag.text.fold import without_accents
from rag.text.question_kind import asks_whether
from rag.text.words import is_english, stem

# Months that are words as well are months beside "in" or a day only.
_WORDS = ("March", "May")
# Four digits are a year, unless they are part of another number or count something.
_COUNTED = (
    r"[€£$¥%]|(?:k?m|k?g|eur(?:os?)?|usd|gbp|dollars?|pounds?|people|employees|members|pages|words|"
    r"hours|days|miles|units)\b"
)
_YEAR = re.compile(
    r"(?<![A-Za-z0-9_.,:/#$€£¥-])(?:1[5-9]|20)\d\d"  # Chinese has no blank before it
    rf"(?!\d|['\u2019]?s\b|[.,/:-]\d|\s?(?:{_COUNTED}))",
    re.IGNORECASE,
)
# "U14", "A4", "Q3", "B-52": codes that differ in their number are different things.
_CODE = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{1,4})-?(\d{1,4})(?![A-Za-z0-9])")
# With these words, another year than the one named may be the answer.
_FROM_YEAR = re.compile(
    r"\b(?:before|prior|after|since|until|by|between|from|than)\b", re.IGNORECASE
)
# "What happens if it is not paid?" is answered by what happens.
_CONDITION = re.compile(r"\b(?:if|when|unless|case|happens)\b", re.IGNORECASE)
# In an English sentence a capital letter begins a name; acronyms are written out in documents. In a
# Title Like This One capitals mean nothing.
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


class QuestionDetails:
    """The details that a source must not contradict, and the names that the hits must mention.

    Args:
        question: as the person wrote it.
    """

    def __init__(self, question: str) -> None:
        self._years = frozenset(_YEAR.findall(question))
        self._codes = _codes(question)
        self._names = names_in(question)
        self._denied = "" if _CONDITION.search(question) else question
        self._whether = asks_whether(question)
        self._from_year = _FROM_YEAR.search(question) is not None
        found_members = ((words, _members(words, question)) for words in _sets())
        self._members = [(words, members) for words, members in found_members if members]

    def contradicted_by(self, source: str, heading: str = "") -> bool:
        """Tells whether a source names another date than the question does, or denies it.

        False for yes-or-no questions: there, the other one is an answer.

        Args:
            source: the words that are to answer the question.
            heading: what they stand under. It names years and teams, but says nothing of its own:
                below "Household policy", moths may still not be covered.
        """
        if self._whether:
            return False
        asserted, source = source, f"{heading} {source}"
        return (
            any(
                _excludes(members, _members(exclusive, source))
                for exclusive, members in self._members
            )
            or (not self._from_year and _excludes(self._years, set(_YEAR.findall(source))))
            or self._another_code(source)
            or asserts_what_is_denied(self._denied, asserted)
        )

    def unheard_of(self, passages: Iterable[str]) -> str:
        """Returns a year or name in the question that no passage mentions; "" if there is none.

        Args:
            passages: everything that was retrieved, with titles and headings.
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
        """Tells whether the question is about the team U14 and the source about U10."""
        source_codes = _codes(source)
        return any(
            _excludes(codes, source_codes.get(kind, set())) for kind, codes in self._codes.items()
        )


@cache
def _sets() -> list[list[re.Pattern[str]]]:
    """Returns what excludes what: patterns of which a text can match one only."""
    names = [rf"in {name}|{name} \d+" if name in _WORDS else name for name in months("en")]
    # January to August, and July to January.
    lines = [names[:8], [*names[6:], names[0]], list(weekdays("en"))]
    return [[re.compile(rf"\b(?:{name})\b", re.IGNORECASE) for name in line] for line in lines]


def _members(exclusive: Sequence[re.Pattern[str]], text: str) -> set[int]:
    return {index for index, pattern in enumerate(exclusive) if pattern.search(text)}


def _excludes(of_question: Set[object], of_source: Set[object]) -> bool:
    return bool(of_question and of_source) and not of_question & of_source


def _codes(text: str) -> dict[str, set[str]]:
    """Returns numbers by the letters before them."""
    codes: dict[str, set[str]] = {}
    for kind, number in _CODE.findall(text):
        codes.setdefault(kind.casefold(), set()).add(number)
    return codes


def names_in(question: str) -> list[str]:
    """Returns the names in an English question; elsewhere capital letters mean too little."""
    words = _WORD.findall(question)
    capital = sum(word[0].isupper() for word in words)
    if not is_english(words) or capital >= _TITLE * len(words):
        return []
    asked = _SENTENCE.split(question.strip())[-1]
    parts = _WORD.findall(" ".join(_NAME.findall(asked)))
    long = (part for part in parts if len(part) >= _SHORTEST_NAME)
    no_names = {*_NO_NAMES.split(), *map(str.lower, (*months("en"), *weekdays("en")))}
    return [part for part in long if part.lower() not in no_names]
