"""The form of a reply: quotes, whether they answer, the answer. The decoding holds a model to it.

A quote can only be a sentence that the model was shown, so it points to the sentence that answers
by copying it, and can neither translate nor improve it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.excerpt import Excerpt, sentences
from rag.plain import plain

QUOTE, ANSWERED, ANSWER = "Quote: ", "Found: ", "Answer: "
MAX_QUOTES = 2
_QUOTE_CHARACTERS = 320
_SHORTEST_QUOTE = 3
_ANSWER_CHARACTERS = 2000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def form(read: Sequence[Excerpt] = (), least: int = 1) -> str:
    """The grammar of a reply, in GBNF.

    Args:
        read: what can be quoted; with nothing to quote, a quote may be any words.
        least: how many quotes a reply has at least.
    """
    more = MAX_QUOTES - least
    return f"""\
root ::= quote{" quote" * (least - 1)}{" (quote" * more}{")?" * more} verdict
quote ::= "{QUOTE}\\"" {_quotable(read)} "\\"\\n"
verdict ::= "{ANSWERED}" ("no" | "yes\\n{ANSWER}" answer)
answer ::= [^\\n]{{1,{_ANSWER_CHARACTERS}}}
"""


def _quotable(read: Sequence[Excerpt]) -> str:
    texts = dict.fromkeys(
        _cut(part.hit.text[start + a : start + b])
        for part in read
        for start, end in part.spans
        for a, b in sentences(part.hit.text[start:end])
    )
    literals = [_literal(text) for text in texts if len(text) >= _SHORTEST_QUOTE]
    if not literals:
        return f'[^"\\n]{{{_SHORTEST_QUOTE},{_QUOTE_CHARACTERS}}}'
    return f"({' | '.join(literals)})"


def _cut(sentence: str) -> str:
    """A sentence as it can be quoted: in one line, and not for pages."""
    text = _CONTROL.sub(" ", plain(sentence)).strip()
    if len(text) <= _QUOTE_CHARACTERS:
        return text
    return text[: _QUOTE_CHARACTERS + 1].rpartition(" ")[0] or text[:_QUOTE_CHARACTERS]


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
