"""Signs of candidates that depend on the other candidates of the same document."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from app.specialists.extract.candidate import Candidate
from app.specialists.extract.surroundings import is_dated
from app.specialists.extract.weights import prior

CUE_BEFORE = 220
"""Characters from a cue to a value behind it, at most."""
_NEAR = 400.0  # characters between the parties of a contract
_OWN_LABEL = 0.6  # likeness of a label from which it names the column
_LETTERHEAD = 400  # characters, in which the first name is the sender's
_JOINED_WITHIN = 260  # characters, with the role and the address of the first of two parties
_AND = re.compile(
    r"(?<![^\W_])(?:and|und|et|y|e|&|AND|UND|ET)(?![^\W_])\s{0,3}(?:\S{1,12}\s{1,2}){0,2}$"
)


def with_order(
    text: str, ordered: Sequence[Candidate], cues: Sequence[tuple[int, int]], *, at_head: bool
) -> list[Candidate]:
    """Adds the signs that depend on other candidates."""
    often = Counter(candidate.key for candidate in ordered)
    result: list[Candidate] = []
    opening = next((each for each in ordered if _can_open(each)), None)
    starts = [candidate.value.start for candidate in ordered]
    signed = {each.value.start: each.value.value for each in ordered if _is_signed(text, each)}
    last = max(signed.values(), default="")  # a contract holds when the last party has signed
    for candidate in ordered:
        start = candidate.value.start
        at = bisect_right(cues, (start, start))
        cue_end = max((end for _, end in cues[max(0, at - 3) : at] if end <= start), default=-1)
        between = bisect_left(starts, start) - bisect_left(starts, max(0, cue_end))
        first = cue_end >= 0 and start - cue_end <= CUE_BEFORE and between == 0
        signs = {
            **candidate.signs,
            "first behind cue": float(first),
            "repeated": min(1.0, math.log(often[candidate.key]) / 3),
            "joined": _joined(text, candidate, result),
            "opens": float(at_head and candidate is opening),
        }
        if at_head and start in signed:
            own = 1.0 if candidate.value.value == last else 0.5
            signs |= {"signed": own, "label": 0.0, "other label": 0.0}
        if opening is not None and candidate.key == opening.key:
            signs["addressed"] = 0.0  # the sender's own address
        if signs["opens"]:
            signs["ordinary"] = 0.0  # "Corner Market" by itself is a name there
        result.append(replace(candidate, signs=signs))
    return _beside_best(result)


def _beside_best(ordered: Sequence[Candidate]) -> list[Candidate]:
    """Adds how near a name stands to the likeliest one, and whether it is a part of a longer one.

    The parties of a contract stand together; others are named far from them.
    """
    names = [each for each in ordered if each.value.form == "name"]
    if not names:
        return list(ordered)
    start = max(names, key=prior).value.start
    whole: list[Candidate] = []
    end = -1
    for each in ordered:
        inner = each.value.form == "name" and each.value.end <= end
        if each.value.form == "name":
            end = max(end, each.value.end)
        near = math.exp(-abs(each.value.start - start) / _NEAR)
        signs = {**each.signs, "inner": float(inner)}
        signs["beside best"] = near if each.value.form == "name" else 0.0
        whole.append(replace(each, signs=signs))
    return whole


def _is_signed(text: str, candidate: Candidate) -> bool:
    """Tells whether a date stands behind "Date:" alone, as beside a signature."""
    is_own = candidate.signs["label"] >= _OWN_LABEL
    return candidate.value.form == "date" and not is_own and is_dated(text, candidate.value.start)


def _can_open(candidate: Candidate) -> bool:
    """Tells whether a candidate is a name in the head of a document that no other label claims."""
    return (
        candidate.value.form == "name"
        and candidate.value.start < _LETTERHEAD
        and not candidate.signs["other label"]
        and (candidate.signs["ordinary"] < 1 or candidate.value.start == 0)
    )


def _joined(text: str, candidate: Candidate, before: Sequence[Candidate]) -> float:
    """Returns how well an earlier candidate is placed that this one is joined to by "and"."""
    if candidate.value.form != "name" or not candidate.signs["sure"]:
        return 0.0
    best = 0.0
    for other in reversed(before[-6:]):
        gap = text[other.value.end : candidate.value.start]
        near = other.signs["sure"] and other.value.end <= candidate.value.start
        if near and len(gap) <= _JOINED_WITHIN and _AND.search(gap):
            best = max(best, other.signs["cue before"], 0.9 * other.signs["joined"])
    return best
