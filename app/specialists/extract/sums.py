"""Net, tax and gross amount of a document: three labelled amounts of which two add up to the third.

Labels alone are weak: a receipt has several totals, and one in a language without known words has
none. That net and tax make the gross amount, at a rate that the document names, is a checksum.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import combinations

from app.specialists.definition import Column
from app.specialists.extract.field_words import FieldWords, field_words, label_likeness
from app.specialists.extract.figures import figures_in
from app.specialists.extract.passages import Split
from app.specialists.extract.reading import Conventions

PARTS = ("net", "tax", "gross")
_MOST_AMOUNTS = 120
"""Of a document that are compared with each other: the last ones, where sums stand."""
_LEAST = 1.5
"""Of the likeness of the labels, and one for a rate that fits: less is chance."""
_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%")
_CENT = Decimal("0.01")
_HIGHEST_RATE = Fraction(1, 2)
_MOST_TAXED = 12  # amounts with a tax of some rate that are added to each other


@dataclass(frozen=True, slots=True)
class Sum:
    """Amounts that add up.

    Attributes:
        amounts: by part of the sum.
        has_rate: the tax is the net amount times a rate that the document names, or every one of
            the amounts is labelled as what it is.
    """

    amounts: Mapping[str, Fraction]
    has_rate: bool


@dataclass(frozen=True, slots=True)
class _Amount:
    """An amount with how well its label names each part of a sum."""

    number: Fraction
    likeness: Mapping[str, float]


def find_sum(split: Split, conventions: Conventions) -> Sum | None:
    """Returns the net, tax and gross amount of a document; None where none can be told.

    Of several that fit equally, as with two rates of tax, the largest is that of the document.
    """
    amounts = list(_amounts(split, conventions))[-_MOST_AMOUNTS:]
    best: dict[Fraction, dict[str, float]] = defaultdict(dict)
    for each in amounts:
        own = best[each.number]
        for part, like in each.likeness.items():
            own[part] = max(own.get(part, 0.0), like)
    rates = {Fraction(rate.replace(",", ".")) / 100 for rate in _RATE.findall(split.document.text)}
    triples = list(_triples(best))
    taxed = [(n, t) for n, t, _ in triples if any(_cents(n * r) == _cents(t) for r in rates)]
    taxed += list(_summed(taxed))
    largest = max(best, default=Fraction(0))
    chosen: tuple[float, Sum] | None = None
    for net, tax, gross in triples:
        likeness = best[net]["net"], best[tax]["tax"], best[gross]["gross"]
        fits = (net, tax) in taxed
        evidence = sum(likeness) + fits
        score = evidence + float(gross / largest)
        if evidence >= _LEAST and (chosen is None or score > chosen[0]):
            amounts_of = {"net": net, "tax": tax, "gross": gross}
            chosen = score, Sum(amounts_of, fits or min(likeness) > 0)
    return chosen[1] if chosen else None


def _triples(amounts: Iterable[Fraction]) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """Yields the amounts of which two, net and tax, add up to the third."""
    own = set(amounts)
    for gross in own:
        for tax in own:
            net = gross - tax
            if net in own and 0 < tax <= net * _HIGHEST_RATE:
                yield net, tax, gross


def _summed(
    taxed: Sequence[tuple[Fraction, Fraction]],
) -> Iterator[tuple[Fraction, Fraction]]:
    """Yields net and tax of two or three rates together."""
    few = sorted(set(taxed), reverse=True)[:_MOST_TAXED]
    for count in (2, 3):
        for own in combinations(few, count):
            yield sum((n for n, _ in own), Fraction()), sum((t for _, t in own), Fraction())


def _amounts(split: Split, conventions: Conventions) -> Iterator[_Amount]:
    words = {part: _words_of(part) for part in PARTS}
    for passage in split.passages:
        for labelled in passage.labelled:
            text = split.document.text[labelled.start : labelled.end]
            figures = [f for f in figures_in(text, conventions.table) if not f.unit]
            if len(figures) == 1 and figures[0].number > 0:
                likeness = {
                    part: label_likeness(labelled.label, own) for part, own in words.items()
                }
                yield _Amount(figures[0].number, likeness)


def _words_of(part: str) -> FieldWords:
    return field_words(Column({"gross": "total"}.get(part, part), type="money"))


def _cents(amount: Fraction) -> Decimal:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return exact.quantize(_CENT, ROUND_HALF_UP)
