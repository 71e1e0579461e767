"""Tells words that only say where something stands, and quotes with what is needed to read it.

"The two tasks are described in this section" names no task; the sentences behind it do. Neither
does "The tasks are:", without the list that follows, nor "These include …" what includes it.
"""

from __future__ import annotations

import re

from rag.answer.alignment import contains
from rag.text.answer_markup import one_line
from rag.text.back_reference import refers_back
from rag.text.claims import claims
from rag.text.language import language_of
from rag.text.logic_words import NO_TABLE, table_of
from rag.text.sentences import ITEM_START, is_ended, sentences
from rag.text.words import stem

_FOLLOWING = 2
"""Sentences that are quoted on, the first of which usually says what was announced."""
_LONGEST_LIST, _LONGEST_FOLLOWING = 1_600, 400  # characters
_LEAD_IN = re.compile(r"[:\uff1a]\s*(?:\n|$)")
_BULLET = re.compile(r"^(?:[-*•‣▪●○◦·–]\s+|(?=\(?[a-z\d]{1,2}\)))")
_NUMBERED = re.compile(r"(\w+)\s+\d+(?:\.\d+)*")


def only_points(text: str, question: str) -> bool:
    """Tells whether words only say where something stands: "They are listed below.".

    They say no more than that and than the question does.

    Args:
        text: an answer without its markers, or a quote.
        question: as asked.
    """
    table = table_of(text, question) or NO_TABLE
    pointing = table.pointing
    if not any(stem(item.text) in pointing for item in claims(text, table)):
        return False

    def without_number(match: re.Match[str]) -> str:
        return match[1] if stem(match[1].casefold()) in pointing else match.group()

    bare = _NUMBERED.sub(without_number, text)  # "section 4.2" is where something stands
    asked = claims(question, table)
    return all(
        stem(item.text) in pointing or contains(item, asked, table) for item in claims(bare, table)
    )


def quote_on(text: str, start: int, end: int, question: str) -> int:
    """Returns where a quote ends once it brings what it announces.

    Args:
        text: of the passage.
        start: of the quote in it.
        end: of the quote in it.
        question: as asked.
    """
    end = _list_end(text, start, end)
    if not only_points(text[start:end], question):
        return end
    for count, (_, behind) in enumerate(_parts(text, end)):
        if count == _FOLLOWING or behind - start > _LONGEST_FOLLOWING:
            break
        end = _list_end(text, start, behind)
    return end


def quote_from(text: str, start: int) -> int:
    """Returns where a quote begins once it brings what its first sentence refers back to.

    Args:
        text: of the passage.
        start: of the quote in it, where a sentence begins.
    """
    language = language_of(text)
    first = start
    for a, b in reversed(_parts(text, 0)):
        if b > start:
            continue
        is_far = start - a > _LONGEST_FOLLOWING
        if is_far or not refers_back(text[first:], language) or not is_ended(text[a:b]):
            break
        first = a
    return first


def shown_quote(quote: str) -> str:
    """Returns a quote as a part of an answer: on one line, or a list with one for each item."""
    if not is_list(quote):
        return one_line(quote)
    items: list[str] = []
    for line in filter(str.strip, quote.split("\n")):
        words = one_line(line)
        if ITEM_START.match(line) is None and items:  # wrapped
            items[-1] += f" {words}"
        else:
            items.append(_BULLET.sub("- ", words))
    return "\n".join((items[0], "", *items[1:]))


def is_list(quote: str) -> bool:
    """Tells whether a quote is a list with the words that announce it."""
    lead_in = _LEAD_IN.search(quote)
    return lead_in is not None and ITEM_START.match(quote, lead_in.end()) is not None


def _list_end(text: str, start: int, end: int) -> int:
    """Returns the end of the list that a quote announces or has begun; else that of the quote."""
    lead_in = _LEAD_IN.search(text, start, min(len(text), end + 1))
    if lead_in is None and not text[start:end].rstrip().endswith((":", "\uff1a")):
        return end
    for at, behind in _parts(text, end):
        goes_on = "\n" not in text[end:at]  # a second sentence of the same item
        if behind - start > _LONGEST_LIST or not (goes_on or ITEM_START.match(text, at)):
            break
        end = behind
    return end


def _parts(text: str, start: int) -> list[tuple[int, int]]:
    """Returns the spans of the sentences behind an offset, without the blanks around them."""
    rest = text[start:]
    if not rest.strip():
        return []
    parts = [(start + a, start + b) for a, b in sentences(rest)]
    return [
        (b - len(text[a:b].lstrip()), a + len(text[a:b].rstrip()))
        for a, b in parts
        if text[a:b].strip()
    ]
