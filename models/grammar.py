"""Renders a grammar in GBNF, the dialect that llama.cpp reads (grammars/README.md there).

A grammar is data of the shape that is declared here: to state one takes no import of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

_Kind = Literal["text", "any of", "none of", "rule", "choice", "sequence", "repetition"]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_ESCAPES_IN_BRACKETS = str.maketrans(
    {"\\": "\\\\", "]": "\\]", "^": "\\x5E", "-": "\\x2D", "\n": "\\n"}
)


class _Expression(Protocol):
    """The right side of a rule, or a part of it.

    Attributes:
        kind: which of the other attributes count.
        text: the text itself, or the name of a rule.
        characters: single characters, and ranges as pairs of their ends.
        parts: of a choice, a sequence or (only one) a repetition.
        least, most: how often a repetition repeats its part.
    """

    @property
    def kind(self) -> _Kind: ...
    @property
    def text(self) -> str: ...
    @property
    def characters(self) -> Sequence[str]: ...
    @property
    def parts(self) -> Sequence[_Expression]: ...
    @property
    def least(self) -> int: ...
    @property
    def most(self) -> int: ...


def gbnf(rules: Iterable[tuple[str, _Expression]]) -> str:
    """Returns the grammar in GBNF; the first rule is to be named ``root``."""
    return "".join(f"{name} ::= {_unbracketed(expression)}\n" for name, expression in rules)


def _unbracketed(expression: _Expression) -> str:
    match expression.kind:
        case "choice":
            return " | ".join(map(_alternative, expression.parts))
        case "sequence":
            return " ".join(map(_item, expression.parts))
        case "repetition":
            return f"{_item(expression.parts[0])}{_count(expression)}"
        case "rule":
            return expression.text
        case "text":
            return f'"{expression.text.translate(_ESCAPES)}"'
        case kind:
            ranges = ("-".join(map(_in_brackets, ends)) for ends in expression.characters)
            return f"[{'^' if kind == 'none of' else ''}{''.join(ranges)}]"


def _alternative(expression: _Expression) -> str:
    """Renders a part of a choice: a sequence needs no brackets there."""
    return _unbracketed(expression) if expression.kind == "sequence" else _item(expression)


def _item(expression: _Expression) -> str:
    """Renders a part of a sequence or repetition, in brackets where it has parts that could mix."""
    text = _unbracketed(expression)
    return f"({text})" if expression.kind in ("choice", "sequence") else text


def _in_brackets(character: str) -> str:
    return character.translate(_ESCAPES_IN_BRACKETS)


def _count(repetition: _Expression) -> str:
    least, most = repetition.least, repetition.most
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"
