"""Tells whether a question can be computed, and which table it is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.tables.table import TableSketch
from rag.text.words import stem

_WORDS = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORTEST = 3

# Words that ask for a figure over many rows, in English, German, Spanish, French, Italian, Dutch.
_COMPUTE = re.compile(
    r"\b(?:how (?:many|much|often)|number of|count|total|sum|add up|average|mean|median|typical"
    r"|minimum|maximum|min|max|least|most|lowest|highest|smallest|largest|biggest|cheapest|oldest"
    r"|youngest|longest|shortest|earliest|latest|best|worst|top \d+|bottom \d+|standard deviation"
    r"|variance|correlat\w*|percent\w*|share|rank\w*|sort\w*|list (?:all|the|every)|which|each"
    r"|more than|less than|fewer than|at least|at most|above|below|between|greater|over|under|per"
    r"|wie ?viele?|anzahl|summe|gesamt\w*|insgesamt|durchschnitt\w*|mittelwert|höchste\w*"
    r"|niedrigste\w*|größte\w*|kleinste\w*|teuerste\w*|billigste\w*|meisten|wenigsten|mehr als"
    r"|weniger als|welche\w*|pro|je"
    r"|cuánt\w+|número de|suma|promedio|media|mediana|mínim\w+|máxim\w+|mayor\w*|menor\w*|más|menos"
    r"|combien|nombre de|somme|moyen\w*|médiane|minim\w+|maxim\w+|plus (?:grand|petit|élevé|bas)"
    r"|quant[ioae]|numero di|somma|totale|mediana|massim\w+|minor\w*|maggior\w*"
    r"|hoeveel|aantal|som|totaal|gemiddeld\w*|mediaan|hoogste|laagste|grootste|kleinste|meeste|minste"
    r")\b",
    re.IGNORECASE,
)
# Unambiguous words for figures, and the functions that compute them.
_FIGURES = (
    (
        "AVG",
        re.compile(
            r"average|mean\b|durchschnitt|mittelwert|promedio|moyen|gemiddeld", re.IGNORECASE
        ),
    ),
    ("MEDIAN", re.compile(r"median|médiane|mediaan", re.IGNORECASE)),
    (
        "STDDEV",
        re.compile(r"standard deviation|standardabweichung|desviación|écart.type", re.IGNORECASE),
    ),
    ("CORR", re.compile(r"correlat|korrel|correlación|corrélat", re.IGNORECASE)),
)
_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|has|have|can|could|should|will)\b(?!.*correlat)"
    r"|\byes or no\b|['\"]yes['\"] or ['\"]no['\"]",
    re.IGNORECASE | re.DOTALL,
)
# What this form of query cannot compute, so it is not tried.
_NOT_COMPUTABLE = re.compile(
    r"\b(?:normal(?:ly)? distribut\w*|distribution analysis|normality|shapiro|kolmogorov|p-?values?"
    r"|signific\w+|hypothesis|t-test|chi-?squared?|anova|regress\w*|predict\w*|forecast\w*|train\w*"
    r"|machine learning|model|cluster\w*|outliers?|z-?scores?|skew\w*|kurtosis|quartiles?"
    r"|percentiles?|interquartile|iqr|histogram|plot\w*|chart|graph|normali[sz]e\w*|impute\w*"
    r"|standardi[sz]e\w*|encod\w+|moving average|previous (?:day|row)|percentage change|pivot"
    r"|new (?:column|feature)|missing values?|null values?|data ?types?)\b",
    re.IGNORECASE,
)


def asks_to_compute(question: str) -> bool:
    """Tells whether a table could answer, by a figure or a choice of rows that can be computed."""
    beyond = _NOT_COMPUTABLE.search(question) or _YES_OR_NO.search(question)
    return bool(_COMPUTE.search(question)) and not beyond


def figures_asked(question: str, names: str) -> frozenset[str]:
    """Returns the functions that an answer needs, such as `AVG` where an average is asked for.

    Args:
        question: as the person asked it.
        names: the columns' names; a word that stands in them may just name a column.
    """
    return frozenset(
        function for function, word in _FIGURES if word.search(question) and not word.search(names)
    )


def words_of(text: str) -> list[str]:
    """Returns words and numbers of a text or name, case-folded: `grossPrice_24` has three."""
    return _WORDS.findall(_CAMEL.sub(" ", text).casefold())


def columns_named(question: str, table: TableSketch) -> float:
    """Counts the columns that the question names: 1 for each named in full, or by a value.

    Half of a column's words count as half of it.
    """
    question_stems = {stem(word) for word in words_of(question)}
    text = f" {' '.join(words_of(question))} "
    named = 0.0
    for column in table.columns:
        words = [word for word in words_of(column.name) if len(word) >= _SHORTEST or word.isdigit()]
        share = _share(words, question_stems)
        value = any(f" {' '.join(words_of(value))} " in text for value in _telling(column.values))
        named += 1.0 if share == 1 or value else share if share >= 0.5 else 0
    return named


def share_named(question: str, name: str) -> float:
    """Returns the share of the words of a file's or sheet's name that the question has, 0 to 1."""
    question_stems = {stem(word) for word in words_of(question)}
    words = [word for word in words_of(name) if len(word) >= _SHORTEST or word.isdigit()]
    return _share(words, question_stems)


def _share(words: Sequence[str], asked: set[str]) -> float:
    return sum(stem(word) in asked for word in words) / len(words) if words else 0.0


def _telling(values: Sequence[str]) -> list[str]:
    """Returns the values that are unlikely to stand in a question by chance."""
    return [value for value in values if len(value) >= _SHORTEST and not value.isdigit()]
