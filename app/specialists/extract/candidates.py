"""Candidates for a cell: values of the column's type, with what speaks for each."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from app.redaction.addresses import find_addresses
from app.specialists.definition import Column
from app.specialists.extract.candidate import Candidate
from app.specialists.extract.field_words import (
    FieldWords,
    field_words,
    folded,
    label_likeness,
    names_another,
)
from app.specialists.extract.order import CUE_BEFORE, with_order
from app.specialists.extract.parties import (
    defined_terms,
    is_role,
    is_sure,
    is_term,
    ordinary_share,
    parties_in,
    role_behind,
)
from app.specialists.extract.passages import Labelled, Passage, Split
from app.specialists.extract.ranker import takes_several
from app.specialists.extract.reading import Conventions
from app.specialists.extract.standing import with_standing
from app.specialists.extract.sums import Sum, find_sum
from app.specialists.extract.surroundings import signs_around
from app.specialists.extract.values import Value, labelled_value, values_in
from rag.answer.support import content_words

_MOST_PASSAGES = 80
"""Passages in which the values of one column are looked for."""
_BEST_BY_WORDS = 25
_FIRST = 8  # passages: a document says at its beginning what it is
_CUE_AFTER = 60
_EARLY = 1_500.0  # characters
_WORDS_BESIDE = 4
_WORD = re.compile(r"[^\W_]+|[“\"(),;:§$€]")
_LIKE = 0.6
"""Least likeness of a label to a column for its value to count."""
_SENTENCE = 400
_FIRST_PART = re.compile(r"\s{0,8}(\S.*?)\s{0,8}(?:$|\s[·•|—–-]\s|,|\t|\s{3})")
_GAPS = re.compile(r"\t|[^\S\n]{3}")
_TIME = re.compile(
    r"(?:à |at |um )?\d{1,2}[:.h]\d\d(?:[:.]\d\d)?(?:\s?(?:[AP]M|Uhr|h))?", re.IGNORECASE
)
_PLACE_BEFORE = re.compile(
    r"(?:[^\W\d_][^\W\d_]+[ -]?){1,3}(?:, ?(?:den|le|the|el|il))?|(?i:den|le)"
)
_NAME = 90  # characters
# A small letter, then capitalised words up to the end of the line.
_BREAKS_OFF = re.compile(r"\b[^\W\d_A-Z]\w*\s(?:[^\W\d_a-z][\w.’'-]*,?\s|&\s){1,6}\Z")
_NAME_WORDS = 7
_ABOVE = 80  # characters between a name and its address
_HEAD = 3_000  # characters, in which addresses are looked for
_CHECKED = ("iban", "email", "url")
"""Forms that hardly anything else has."""
_RUN_IN = re.compile(
    r"\s{0,8}(?:(?:§|Art\.?|Article|Section)?\s{0,2}[\dIVXa-z]{1,4}(?:[.)]\d{0,2}){1,4}\s{0,8})?"
    r"(?P<heading>[^\W\d_a-z][^.:;\n]{1,50})[.:–—]?(?P<rest>\s{0,8})(?:$|(?<=[.:–—\s]))"
)


@dataclass
class DocumentIndex:
    """A document's passages with the words of each, made once for all columns.

    Attributes:
        likeness: for a column's name, the cosine of each passage to it; passages that were not
            embedded are left out.
        chances: what a classifier says of a passage, by column.
    """

    split: Split
    conventions: Conventions
    likeness: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    chances: dict[int, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.text = folded(self.split.document.text)
        self.terms = defined_terms(self.split.document.text)
        self.words = [content_words(self.split.text_of(p)) for p in self.split.passages]
        self._spread = Counter(word for words in self.words for word in words)

    @cached_property
    def sum(self) -> Sum | None:
        """The net, tax and gross amount of the document, where they add up."""
        return find_sum(self.split, self.conventions)

    def part(self, name: str) -> Fraction | None:
        """Returns a part of the sum: "net", "tax" or "gross"; None where there is no sum."""
        return self.sum.amounts[name] if self.sum is not None else None

    @cached_property
    def addresses(self) -> list[int]:
        """Where the postal addresses at the beginning of the document stand."""
        return sorted(f.start for f in find_addresses(self.split.document.text[:_HEAD]))

    def idf(self, word: str) -> float:
        """Returns how much a word tells in this document."""
        return math.log(1 + len(self.words) / (1 + self._spread[word]))


def candidates(index: DocumentIndex, column: Column) -> list[Candidate]:
    """Returns the candidates for a cell, in the order of the document."""
    words = field_words(column)
    cues = words.cues_in(index.text)
    found: dict[tuple[int, int], Candidate] = {}
    for number in _worth_reading(index, column, words, cues):
        for candidate in _in_passage(index, number, column, words, cues):
            place = (candidate.value.start, candidate.value.end)
            known = found.get(place)
            if known is None or known.signs["label"] < candidate.signs["label"]:
                found[place] = candidate
    ordered = with_order(
        index.split.document.text,
        sorted(found.values(), key=lambda c: (c.value.start, -c.value.end)),
        cues,
        at_head=words.at_head,
    )
    if column.type == "party" and takes_several(column):
        return with_standing(index.split.document.text, ordered)
    return ordered


def passages_worth_reading(index: DocumentIndex, column: Column, most: int) -> list[int]:
    """Returns the numbers of the passages that say most about a column, best first."""
    words = field_words(column)
    cues = words.cues_in(index.text)
    return _worth_reading(index, column, words, cues)[:most]


def _worth_reading(
    index: DocumentIndex, column: Column, words: FieldWords, cues: Sequence[tuple[int, int]]
) -> list[int]:
    """Returns the numbers of passages, best first."""
    passages = index.split.passages
    likeness = index.likeness.get(column.name, {})
    ends = [end for _, end in cues]
    scores: dict[int, float] = {}
    overlap = [_overlap(index, number, words) for number in range(len(passages))]
    by_words = sorted(range(len(passages)), key=lambda n: -(overlap[n] + 2 * likeness.get(n, 0.0)))[
        :_BEST_BY_WORDS
    ]
    chosen = {*by_words, *range(min(_FIRST, len(passages)))}
    for number, passage in enumerate(passages):
        label = max((label_likeness(each.label, words) for each in passage.labelled), default=0.0)
        near = bisect_right(ends, passage.end) > bisect_left(ends, passage.start - 150)
        if label >= _LIKE or near or number in chosen:
            scores[number] = (
                2 * label + near + overlap[number] + 2 * likeness.get(number, 0.0)
                + 0.5 * math.exp(-passage.start / _EARLY)
            )  # fmt: skip
    best = sorted(scores, key=lambda n: -scores[n])
    # Where "party" stands in each sentence, the first ones are read all the same.
    return [n for rank, n in enumerate(best) if rank < _MOST_PASSAGES or n < _FIRST]


def _overlap(index: DocumentIndex, number: int, words: FieldWords) -> float:
    """Returns the share of a column's words in a passage, rare words counting more."""
    whole = sum(map(index.idf, words.content))
    shared = words.content & index.words[number]
    return sum(map(index.idf, shared)) / whole if whole else 0.0


def _in_passage(
    index: DocumentIndex,
    number: int,
    column: Column,
    words: FieldWords,
    cues: Sequence[tuple[int, int]],
) -> Iterator[Candidate]:
    passage = index.split.passages[number]
    text = index.split.text_of(passage)
    shared = {
        "words": _overlap(index, number, words),
        "meaning": index.likeness.get(column.name, {}).get(number, 0.0),
        "taught": index.chances.get(number, {}).get(column.name, 0.0),
        "verbatim": float(column.type == "verbatim"),
        "heading": max(
            (label_likeness(h, words) for h in (*passage.headings[-2:], *_run_in(index, number))),
            default=0.0,
        ),
    }
    for labelled in passage.labelled:
        like = label_likeness(labelled.label, words)
        if like >= _LIKE:
            own = index.split.document.text[labelled.start : labelled.end]
            value = _of_form(own, column, words) or labelled_value(own, column, index.conventions)
            if value is not None:
                placed = _moved(value, labelled.start)
                signs = {**shared, "label": like, "other label": 0.0}
                yield _candidate(index, column, placed, passage, words, cues, signs)
    no_form = column.type == "verbatim" and words.form not in ("code", *_CHECKED)
    values = [] if no_form else values_in(text, column, index.conventions)
    if column.type == "party":
        values += _whole_line(index, passage, words)
        values += _running_on(index, number)
    if column.type in ("text", "verbatim"):
        stripped = text.strip()
        if stripped and len(stripped) <= _SENTENCE:
            start = text.index(stripped)
            joined = " ".join(stripped.split())
            values.append(Value(joined, start, start + len(stripped), "sentence"))
    for value in _without_inner(values):
        if value.form == "name" and is_role(value.value, index.terms):
            continue
        like, other = _label_of(value, passage, words)
        signs = {**shared, "label": like, "other label": float(other)}
        yield _candidate(index, column, _moved(value, passage.start), passage, words, cues, signs)


def _of_form(text: str, column: Column, words: FieldWords) -> Value | None:
    """Returns the first value of the field's own form behind a label, such as an IBAN."""
    if column.type not in ("text", "verbatim") or words.form not in ("code", *_CHECKED):
        return None
    own = values_in(text, column, Conventions("en", None))
    return next((value for value in own if value.form == words.form), None)


def _run_in(index: DocumentIndex, number: int) -> Iterator[str]:
    """Yields headings in the text, before a passage or at its beginning: "5. Term."."""
    for near in range(max(0, number - 1), number + 1):
        match = _RUN_IN.match(index.split.text_of(index.split.passages[near]))
        if match and (near == number or match.end("rest") == match.end()):
            yield match["heading"]


def _label_of(value: Value, passage: Passage, words: FieldWords) -> tuple[float, bool]:
    """Returns the likeness of the label behind which a value in a passage begins.

    Also tells whether the value is that of a label that names another field.
    """
    start = passage.start + value.start
    like, other = 0.0, False
    for each in passage.labelled:
        if each.start <= start < each.end:
            like = max(
                like, label_likeness(each.label, words) * (1.0 if _begins(each, start) else 0.7)
            )
            other = other or (_begins(each, start) and names_another(each.label, words))
    return like, other


def _running_on(index: DocumentIndex, number: int) -> Iterator[Value]:
    """Yields the name that begins at the end of a passage and goes on in the next line.

    Only that of a running text: capitals alone in a line are a heading.
    """
    start, end = index.split.passages[number].start, index.split.passages[number].end
    text = index.split.document.text
    if not _BREAKS_OFF.search(text[max(start, end - _NAME) : end]):
        return
    low = max(start, end - _NAME)
    window = text[low : end + _NAME]
    for first, last, sure in parties_in(window):
        if low + first < end - 1 and low + last > end:
            yield Value(" ".join(window[first:last].split()), low + first - start,
                        low + last - start, "name", sure)  # fmt: skip


def _whole_line(index: DocumentIndex, passage: Passage, words: FieldWords) -> Iterator[Value]:
    """Yields the first words of a document, up to a gap or a comma: who sends it."""
    text = index.split.document.text
    if not words.at_head or text[: passage.start].strip():
        return
    line = text[passage.start : passage.end].strip("\n").partition("\n")[0]
    name = _FIRST_PART.match(line)
    if name and _is_name(name[1], line):
        yield Value(name[1], *name.span(1), "name", is_sure(name[1]))


def _is_name(words: str, line: str) -> bool:
    """Tells whether the words that begin a line can be a name, and not a sentence."""
    if not 0 < len(words.split()) <= _NAME_WORDS or is_term(words):
        return False
    if is_sure(words):
        return True
    long = [word for word in words.split() if len(word) > 3 and word[0].isalpha()]
    return not line.rstrip(" \"'”»").endswith((".", "?", "!", ":")) and all(
        word[0].isupper() for word in long
    )


def _begins(labelled: Labelled, start: int) -> bool:
    return start - labelled.start <= 2  # a blank or a bracket


def _without_inner(values: Sequence[Value]) -> list[Value]:
    """Leaves out what is a part of a sure value: "DE89" of an IBAN."""
    sure = [v for v in values if v.is_sure and v.form not in ("place", "name")]
    return [
        value
        for value in values
        if value.form == "sentence"
        or not any(
            other is not value
            and other.start <= value.start
            and value.end <= other.end
            and (other.end - other.start) > (value.end - value.start)
            for other in sure
        )
    ]


def _candidate(
    index: DocumentIndex,
    column: Column,
    value: Value,
    passage: Passage,
    words: FieldWords,
    cues: Sequence[tuple[int, int]],
    signs: Mapping[str, float],
) -> Candidate:
    text = index.split.document.text
    before, after, length = _cue_distances(cues, value)
    early = math.exp(-value.start / _EARLY) if column.type != "verbatim" else 0.0
    all_signs = {
        **signs,
        "cue before": _telling(length) * math.exp(-before / 40) if before <= CUE_BEFORE else 0.0,
        "cue after": math.exp(-after / 30) if after <= _CUE_AFTER else 0.0,
        "early": early,
        "head": early * (words.at_head and value.form == "date" and _is_alone(text, value)),
        "addressed": float(words.addressed and _is_addressed(index, value)),
        "late": math.exp(-(len(text) - value.end) / _EARLY),
        "sure": float(value.is_sure),
        "ambiguous": float(value.is_ambiguous),
        "form": float(bool(words.form) and value.form == words.form),
        "checked form": float(value.form == words.form and value.form in _CHECKED),
        "other form": float(bool(words.form) and value.form not in (words.form, "label")),
        "statement": float(value.form == "statement"),
        **_role(text, value, words),
        **signs_around(text, value, words),
        "ordinary": ordinary_share(value.value) if value.form == "name" else 0.0,
        "adds up": float(bool(words.part) and _number_of(value) == index.part(words.part)),
        "sentence": float(value.form == "sentence"),
        "cue inside": _inside(cues, value) if value.form == "sentence" else 0.0,
    }
    return Candidate(value, passage, all_signs, _context(text, value, passage))


def _cue_distances(cues: Sequence[tuple[int, int]], value: Value) -> tuple[float, float, int]:
    """Returns the characters from the last cue before a value, to the first behind, its length."""
    at = bisect_right(cues, (value.start, value.start))
    last = next(
        ((start, end) for start, end in reversed(cues[max(0, at - 3) : at]) if end <= value.start),
        None,
    )
    before = value.start - last[1] if last else math.inf
    behind = bisect_left(cues, (value.end, 0))
    after = cues[behind][0] - value.end if behind < len(cues) else math.inf
    return before, after, last[1] - last[0] if last else 0


def _inside(cues: Sequence[tuple[int, int]], value: Value) -> float:
    """Returns how telling the longest cue within a sentence is."""
    at = bisect_left(cues, (value.start, 0))
    own = (end - start for start, end in cues[at : at + 8] if end <= value.end)
    return max(map(_telling, own), default=0.0)


def _telling(length: int) -> float:
    """Returns how much a cue of so many characters tells: long phrases are rarely chance."""
    return min(1.0, 0.5 + length / 24)


def _role(text: str, value: Value, words: FieldWords) -> dict[str, float]:
    """Returns what the role behind a name says: that it has one, and that it is the column's."""
    role = role_behind(text, value.end) if value.form == "name" else ""
    own = label_likeness(role, words) if role else 0.0
    return {"role behind": float(bool(role)), "role": own, "other role": float(bool(role)) - own}


def _is_alone(text: str, value: Value) -> bool:
    """Tells whether nothing else stands on a date's line but a place before and a time behind.

    A gap ends the line, as it does where something else stands at the right.
    """
    before = text[text.rfind("\n", 0, value.start) + 1 : value.start].rstrip()
    end = text.find("\n", value.end)
    behind = text[value.end : end if end >= 0 else len(text)]
    before, behind = _GAPS.split(before)[-1].strip(" .,"), _GAPS.split(behind)[0].strip(" .,")
    return (not behind or _TIME.fullmatch(behind) is not None) and (
        not before or _PLACE_BEFORE.fullmatch(before) is not None
    )


def _is_addressed(index: DocumentIndex, value: Value) -> bool:
    """Tells whether a name stands above an address, and is not the first of the document."""
    text = index.split.document.text
    if value.form != "name" or not text[: value.start].strip():
        return False
    at = bisect_left(index.addresses, value.end)
    if at == len(index.addresses) or index.addresses[at] - value.end > _ABOVE:
        return False
    line = text[text.rfind("\n", 0, value.start) + 1 : value.start]
    between = text[value.end : index.addresses[at]]
    return not line.strip() and between.count("\n") <= 2 and between[:1] in ("\n", ",")


def _context(text: str, value: Value, passage: Passage) -> frozenset[str]:
    """Returns the words around a value, and what it looks like, as keys."""
    before = _WORD.findall(folded(text[max(0, value.start - 80) : value.start]))[-_WORDS_BESIDE:]
    after = _WORD.findall(folded(text[value.end : value.end + 60]))[:_WORDS_BESIDE]
    own = text[value.start : value.end].split()
    keys = {f"form={value.form}", f"length={min(6, len(own))}"}
    keys |= {f"before={word}" for word in before} | {f"after={word}" for word in after}
    if before:
        keys.add(f"just before={before[-1]}")
        keys.add(f"two before={' '.join(before[-2:])}")
    if after:
        keys.add(f"just after={after[0]}")
        keys.add(f"two after={' '.join(after[:2])}")
    keys |= {f"heading={word}" for h in passage.headings[-1:] for word in _WORD.findall(folded(h))}
    sentence = folded(text[passage.start : passage.end])
    keys |= {f"sentence={word}" for word in set(_WORD.findall(sentence)) if len(word) > 2}
    for labelled in passage.labelled:
        if labelled.start <= value.start < labelled.end:
            keys.add(f"label={folded(labelled.label)}")
    return frozenset(keys)


def _number_of(value: Value) -> Fraction | None:
    """Returns the number of an amount; None for other values."""
    if value.form not in ("money", "amount"):
        return None
    return Fraction(value.value.rpartition(" ")[2])


def _moved(value: Value, by: int) -> Value:
    return replace(value, start=value.start + by, end=value.end + by)
