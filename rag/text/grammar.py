"""The form that a text must have, as data: rules in the manner of EBNF, in nobody's dialect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "any of", "none of", "rule", "choice", "sequence", "repetition"]


@dataclass(frozen=True, slots=True)
class Expression:
    """The right side of a rule, or a part of it. The functions of this module build them.

    Attributes:
        kind: which of the other attributes count.
        text: the text itself, or the name of a rule.
        characters: single characters, and ranges as pairs of their ends: ``("09", ".")``.
        parts: of a choice, a sequence or (only one) a repetition.
        least, most: how often a repetition repeats its part.
    """

    kind: Kind
    text: str = ""
    characters: tuple[str, ...] = ()
    parts: tuple[Expression, ...] = ()
    least: int = 1
    most: int = 1


Grammar = tuple[tuple[str, Expression], ...]
"""Rules by name. A text matches the grammar if it matches the first rule."""


def rule(name: str) -> Expression:
    """Refers to a rule of the grammar."""
    return Expression("rule", name)


def any_of(*characters: str) -> Expression:
    """Matches one of these characters; two in a string are the ends of a range."""
    return Expression("any of", characters=characters)


def none_of(*characters: str) -> Expression:
    """Matches one character that is none of these; two in a string are the ends of a range."""
    return Expression("none of", characters=characters)


def choice(*parts: Expression | str) -> Expression:
    """Matches one of the parts; a string matches itself."""
    return Expression("choice", parts=tuple(map(_expression, parts)))


def sequence(*parts: Expression | str) -> Expression:
    """Matches the parts one after the other; a string matches itself."""
    return Expression("sequence", parts=tuple(map(_expression, parts)))


def repeated(part: Expression | str, least: int, most: int) -> Expression:
    """Matches a part `least` to `most` times in a row."""
    return Expression("repetition", parts=(_expression(part),), least=least, most=most)


def optional(part: Expression | str) -> Expression:
    """Matches a part, or nothing."""
    return repeated(part, 0, 1)


def _expression(part: Expression | str) -> Expression:
    return Expression("text", part) if isinstance(part, str) else part
