"""Scores of an answer. All figures are from 0 to 1.

Correctness is 1 when the answer holds a right one, word for word or number for number (within one
per cent), and else the F1 of its words (Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250),
which gives long answers their due. Abstaining on a question that has an answer is 0.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.answers_sets import Question
from rag.answer.prompt import without_markers
from rag.answer.support import content_words
from rag.text.answer_markup import MARK, MARKER

_ARTICLES = frozenset(("a", "an", "the"))
_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_TOLERANCE = 0.01
_SHORT_ANSWER_WORDS = 8
_SUPPORTED = 0.5
"""Share of a sentence's content words that have to stand in what it cites."""
_SENTENCE = re.compile(rf"(?<=[.!?。])((?:\s*{MARK})*)\s+")
# A free-text system abstains by saying so.
_REFUSAL = re.compile(
    r"\b(do(es)? not|don't|doesn't|cannot|can't|could not|unable to|no|not) "
    r"(\w+ ){0,6}?(provide|mention|contain|specif|say|state|find|found|include|information|know|"
    r"determine|answer|given|available|enough|explicit)|无法|没有提到|没有提供|未提",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """A source that a system cites: file, page, words; `verbatim`: they occur there exactly."""

    file: str
    page: int | None
    text: str
    verbatim: bool = True


@dataclass(frozen=True)
class Result:
    """One answer of one system.

    Attributes:
        abstained: None when only the text can tell.
    """

    system: str
    version: str
    key: str
    answer: str
    abstained: bool | None
    sources: tuple[Source, ...]
    first_token_s: float
    total_s: float
    prompt_tokens: int
    error: str = ""


def abstained(result: Result) -> bool:
    """Tells whether a system did not answer."""
    if result.abstained is not None:
        return result.abstained
    return _REFUSAL.search(result.answer[:200]) is not None


def correctness(question: Question, result: Result) -> float:
    """Scores how right the answer is."""
    if abstained(result):
        return 0.0
    text = without_markers(result.answer)
    if question.all_of:
        return sum(holds(text, gold) for gold in question.answers) / len(question.answers)
    return max(max(float(holds(text, gold)), f1(text, gold)) for gold in question.answers)


def f1(text: str, gold: str) -> float:
    """Computes the F1 of the words of two texts."""
    left, right = words(text), words(gold)
    shared = sum((Counter(left) & Counter(right)).values())
    return 2 * shared / (len(left) + len(right)) if shared else 0.0


def words(text: str) -> list[str]:
    """Splits a text into words without case, accents, marks and articles; CJK by characters."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    text = _CJK.sub(r" \1 ", plain)
    return [word for word in re.findall(r"\w+", text) if word not in _ARTICLES]


def holds(text: str, gold: str) -> bool:
    """Tells whether a text holds a right answer: its words in order, or its numbers."""
    wanted, present = words(gold), words(text)
    size = len(wanted)
    if size and any(present[i : i + size] == wanted for i in range(len(present) - size + 1)):
        return True
    return size <= _SHORT_ANSWER_WORDS and _numbers_agree(text, gold)


def _numbers_agree(text: str, gold: str) -> bool:
    wanted, present = _numbers(gold), _numbers(text)
    return bool(wanted) and all(
        any(abs(number - other) <= _TOLERANCE * abs(number) for other in present)
        for number in wanted
    )


def _numbers(text: str) -> list[float]:
    return [float(match.group().replace(",", "")) for match in _NUMBER.finditer(text)]


def page_hits(question: Question, result: Result) -> tuple[int, int, int]:
    """Counts (cited pages that are right, cited pages, right pages)."""
    cited = {(source.file, source.page) for source in result.sources if source.page is not None}
    return len(cited & question.pages), len(cited), len(question.pages)


def supported(result: Result) -> tuple[int, int]:
    """Counts (sentences supported by the sources they cite, sentences).

    Where a system cites for the answer as a whole, each sentence may rest on all sources.
    """
    parts = _SENTENCE.split(result.answer)
    sentences = [
        text + marks for text, marks in zip(parts[::2], [*parts[1::2], ""], strict=True) if text
    ]
    good = 0
    for sentence in sentences:
        numbers = {int(n) for n in MARKER.findall(sentence) if n}
        chosen = [
            source
            for number, source in enumerate(result.sources, start=1)
            if not numbers or number in numbers
        ]
        if result.abstained is not None and not numbers:
            chosen = []  # the product marks what it supports
        good += _is_supported(without_markers(sentence), chosen)
    return good, len(sentences)


def _is_supported(sentence: str, sources: Sequence[Source]) -> bool:
    claimed = content_words(sentence)
    supporting = content_words(" ".join(source.text for source in sources))
    return bool(sources) and len(claimed & supporting) >= _SUPPORTED * len(claimed)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Computes the chance that a positive scores above a negative; ties count half."""
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    return sum(pairs) / len(pairs) if pairs else float("nan")
