"""Signs of names that the whole of a contract shows: who is named first in it, and who signs it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from app.specialists.extract.candidate import Candidate
from app.specialists.extract.weights import PARTIES

_DEEP = 3_000.0  # characters; signatures stand behind them
_FIRST = 1_500.0  # characters, in which a contract names its parties
_BESIDE = 60  # characters between a name and the marks of a signature
_SIGNED = re.compile(
    r"\b(?:By|Name|Title|Signature|Signed|Its|Unterschrift|Durch|Par|Por|Firma)\s?:"
    r"|/s/|_{4,}|\bgez\.|\((?:SEAL|Signature|Unterschrift)\)",
    re.IGNORECASE,
)


def with_standing(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Adds the signs of names to the candidates of a column that holds the parties of a contract.

    What one mention of a name shows counts for all: where the first stands, and the signature at
    the last.
    """
    names = [each for each in candidates if each.value.form == "name"]
    signs: dict[str, float] = {}
    first: dict[str, int] = {}
    for each in names:
        key, start = each.key, each.value.start
        first[key] = min(first.get(key, start), start)
        if _SIGNED.search(text, each.value.end, each.value.end + _BESIDE):
            signs[key] = max(signs.get(key, 0.0), 1 - math.exp(-start / _DEEP))
    sure = sorted({first[each.key] for each in names if each.signs["sure"]})
    places = {start: number for number, start in enumerate(sure)}
    result: list[Candidate] = []
    for each in candidates:
        own = {PARTIES: 1.0}
        if each.value.form == "name":
            start = first[each.key]
            early = math.exp(-start / _FIRST)
            own |= {
                "signs": signs.get(each.key, 0.0),
                "named first": early,
                "sure and first": each.signs["sure"] * early,
                "order": 1 / (1 + places[start]) if start in places else 0.0,
            }
        result.append(replace(each, signs={**each.signs, **own}))
    return result
