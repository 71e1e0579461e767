"""The words that a column is looked for by: its own, and those of the trade for such a field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from app.specialists.definition import Column
from app.specialists.extract.figures import currency_codes
from rag.answer.support import content_words
from rag.text.fold import without_accents
from rag.text.words import STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
_STEM = 4
_LABELS = 20_000
"""Labels whose likeness is kept: those of some documents, for all columns."""
_WORDS_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, eq=False)
class FieldWords:
    """Words of a column.

    Attributes:
        names: what labels are compared with, folded: its name first.
        cues: phrases that stand near its value, folded; the column's own name is one.
        content: stems of the words of its name and question.
        pattern: finds any of the cues in folded text, and, as the group "other", longer phrases
            of other fields that a cue is a part of: "total ht" is no "total".
        form: the form of its value (`app.specialists.extract.values.Value`); "" if any.
        at_head: what stands alone on a line at the beginning is its value.
        addressed: the name above an address is its value.
        part: of a sum: "net", "tax" or "gross"; "" for none.
        whole: its value is how long the document itself holds, and not what comes after its end.
        others: what documents call other fields, by the first letters of each of its words; a label
            that is one of these is not the column's.
    """

    names: tuple[str, ...]
    cues: tuple[str, ...]
    content: frozenset[str]
    pattern: re.Pattern[str]
    form: str = ""
    at_head: bool = False
    addressed: bool = False
    part: str = ""
    whole: bool = False
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def cues_in(self, text: str) -> list[tuple[int, int]]:
        """Returns the places of the cues in folded text."""
        return [m.span() for m in self.pattern.finditer(text) if m["other"] is None]


@cache
def field_words(column: Column) -> FieldWords:
    """Returns the words of a column."""
    name = _WORDS_APART.sub(" ", folded(column.name)).strip()  # "effective_date"
    names, cues = [name], [name]
    own = _fields_of(name, f"{name} {folded(column.question)}")
    for each in own:
        names += each.names
        cues += each.cues
    phrases = tuple(dict.fromkeys(filter(None, cues)))
    others = [each for each in _fields() if each not in own] if own else []
    longer = [
        phrase
        for each in others
        for phrase in (*each.names, *each.cues)
        if phrase not in phrases and any(f" {cue} " in f" {phrase} " for cue in phrases)
    ]
    return FieldWords(
        tuple(dict.fromkeys(filter(None, names))),
        phrases,
        content_words(f"{name} {column.question}"),
        re.compile(rf"(?<![^\W_])(?:(?P<other>{_either(longer)})|{_either(phrases)})(?![^\W_])"),
        next((each.form for each in own if each.form), ""),
        any(each.at_head for each in own),
        any(each.addressed for each in own),
        next((each.part for each in own if each.part), ""),
        any(each.whole for each in own),
        _by_stem(name for each in others for name in each.names),
    )


def _either(phrases: Iterable[str]) -> str:
    """Returns a pattern of some phrases, the longest first; of none, one that finds nothing."""
    ordered = sorted(set(phrases), key=len, reverse=True)
    return "|".join(r"\W{1,3}".join(_WORD.findall(each)) for each in ordered) or "(?!)"


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    stems: dict[str, list[str]] = {}
    for name in names:
        for word in _words(name):
            stems.setdefault(word[:_STEM], []).append(name)
    return stems


@lru_cache(maxsize=_LABELS)
def label_likeness(label: str, words: FieldWords) -> float:
    """Returns how well a label names a column, 0 to 1; 1 for the same words.

    A label that names another field better is that field's.
    """
    own = _told(label)
    like = _likest(own, words.names)
    return like / 2 if 0 < like < 1 and _likest(own, _near(own, words)) > like else like


@lru_cache(maxsize=_LABELS)
def names_another(label: str, words: FieldWords) -> bool:
    """Tells whether a label is the name of another field than a column's."""
    own = _told(label)
    return _likest(own, _near(own, words)) == 1 > _likest(own, words.names)


def _told(label: str) -> tuple[str, ...]:
    """Returns the words of a label; figures and currencies tell nothing ("VAT 20%")."""
    return tuple(
        folded(word)
        for word in _WORD.findall(label)
        if not word.isdigit() and word not in currency_codes()
    )


def _near(label: tuple[str, ...], words: FieldWords) -> set[str]:
    """Returns the names of other fields that share the beginning of a word with a label."""
    return {name for word in label for name in words.others.get(word[:_STEM], ())}


def _likest(label: tuple[str, ...], names: Iterable[str]) -> float:
    return max((_likeness(label, _words(name)) for name in names), default=0.0)


@cache
def _words(phrase: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(phrase))


def folded(text: str) -> str:
    """Returns a text in small letters without accents, character for character."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


@cache
def _folded(character: str) -> str:
    plain = without_accents(character)
    return plain if len(plain) == 1 else character


def _likeness(label: tuple[str, ...], name: tuple[str, ...]) -> float:
    """Compares words by Dice's coefficient; those of one beginning count as one."""
    if not label or not name:
        return 0.0
    shared = sum(any(_alike(a, b) for b in name) for a in label)
    shared_of_name = sum(any(_alike(a, b) for b in label) for a in name)
    return (shared + shared_of_name) / (len(label) + len(name))


def _alike(first: str, second: str) -> bool:
    if first == second:
        return True
    short, long = sorted((first, second), key=len)
    return len(short) > 3 and long.startswith(short) and len(long) - len(short) <= 2


def _has_phrase(text: str, phrase: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(phrase)}s?(?![^\W_])", text) is not None


def _has_words(text: str, phrase: str) -> bool:
    """Tells whether a text has the words of a phrase, in any order: "number of the invoice"."""
    words = set(_WORD.findall(text))
    own = [word for word in _WORD.findall(phrase) if word not in STOP_WORDS]
    return len(own) > 1 and all(word in words or f"{word}s" in words for word in own)


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the trade."""

    names: tuple[str, ...]
    cues: tuple[str, ...]
    form: str
    at_head: bool
    addressed: bool
    part: str
    whole: bool


def _fields_of(name: str, asked: str) -> list[_Field]:
    """Returns the fields of the trade that a column is: those with the longest name in its own."""
    lengths: dict[_Field, int] = {}
    for each in _fields():
        in_name = (phrase for phrase in each.names if _has_phrase(name, phrase))
        in_question = (p for p in each.names if " " in p and _has_words(asked, p))
        longest = max(map(len, (*in_name, *in_question)), default=0)
        if longest:
            lengths[each] = longest
    most = max(lengths.values(), default=0)
    return [each for each, length in lengths.items() if length == most]


@cache
def _fields() -> tuple[_Field, ...]:
    source = resources.files("app.specialists.extract").joinpath("field_words.toml")
    tables = tomllib.loads(source.read_text("utf-8")).values()
    return tuple(
        _Field(
            _listed(table["names"]),
            _listed(table["cues"]),
            table.get("form", ""),
            table.get("at_head", False),
            table.get("addressed", False),
            table.get("part", ""),
            table.get("whole", False),
        )
        for table in tables
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(folded(part.strip()) for part in text.split(",") if part.strip())
