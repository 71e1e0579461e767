"""The words that a column is looked for by: its own, and those of the trade for such a field."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from app.specialists.definition import Column
from rag.answer.support import content_words
from rag.text.fold import without_accents

_WORD = re.compile(r"[^\W_]+")
_WORDS_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class FieldWords:
    """Words of a column.

    Attributes:
        names: what labels are compared with, folded: its name first.
        cues: phrases that stand near its value, folded; the column's own name is one.
        content: stems of the words of its name and question.
        pattern: finds any of the cues in folded text.
        form: the form of its value (`app.specialists.extract.values.Value`); "" if any.
        at_head: a date alone on a line at the beginning is its value.
    """

    names: tuple[str, ...]
    cues: tuple[str, ...]
    content: frozenset[str]
    pattern: re.Pattern[str]
    form: str = ""
    at_head: bool = False


@cache
def field_words(column: Column) -> FieldWords:
    """Returns the words of a column."""
    name = _WORDS_APART.sub(" ", folded(column.name)).strip()  # "effective_date"
    names, cues, form, at_head = [name], [name], "", False
    asked = f"{name} {folded(column.question)}"
    for field in _fields_of(name, asked):
        names += field.names
        cues += field.cues
        form = form or field.form
        at_head = at_head or field.at_head
    phrases = tuple(dict.fromkeys(filter(None, cues)))
    forms = sorted(phrases, key=len, reverse=True)
    either = "|".join(r"\W{1,3}".join(_WORD.findall(each)) for each in forms)
    return FieldWords(
        tuple(dict.fromkeys(filter(None, names))),
        phrases,
        content_words(f"{name} {column.question}"),
        re.compile(rf"(?<![^\W_])(?:{either or '(?!)'})(?![^\W_])"),
        form,
        at_head,
    )


def label_likeness(label: str, words: FieldWords) -> float:
    """Returns how well a label names a column, 0 to 1; 1 for the same words."""
    own = _WORD.findall(folded(label))
    return max((_likeness(own, _WORD.findall(name)) for name in words.names), default=0.0)


def folded(text: str) -> str:
    """Returns a text in small letters without accents, character for character."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


@cache
def _folded(character: str) -> str:
    plain = without_accents(character)
    return plain if len(plain) == 1 else character


def _likeness(label: list[str], name: list[str]) -> float:
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


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the trade."""

    names: tuple[str, ...]
    cues: tuple[str, ...]
    form: str
    at_head: bool


def _fields_of(name: str, asked: str) -> list[_Field]:
    """Returns the fields of the trade that a column is: those with the longest name in its own."""
    lengths: dict[_Field, int] = {}
    for field in _fields():
        in_name = (phrase for phrase in field.names if _has_phrase(name, phrase))
        in_question = (p for p in field.names if " " in p and _has_phrase(asked, p))
        longest = max(map(len, (*in_name, *in_question)), default=0)
        if longest:
            lengths[field] = longest
    most = max(lengths.values(), default=0)
    return [field for field, length in lengths.items() if length == most]


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
        )
        for table in tables
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(folded(part.strip()) for part in text.split(",") if part.strip())
