"""Choices of a list that a text names, and yes or no as it says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.answer.support import content_words
from rag.text.claims import Item, claims, same
from rag.text.fold import without_accents
from rag.text.logic_words import LogicWords, logic_words

YES, NO = "yes", "no"
_DENIES = frozenset(("not", "forbid", "without", "free"))
_SHARED = 0.5
"""Least share of the question's content words that a sentence which answers it has."""
_WORD = re.compile(r"[^\W_]+")
# As `rag.text.tick_marks` puts boxes into words.
_TICKED = re.compile(r"\((?P<no>not )?(?:ticked|selected|crossed)\b")
_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
_SHORT_ANSWER = 6  # words; in more, "no" belongs to something


def choices_in(
    text: str, choices: Sequence[str], spellings: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[int, int, str]]:
    """Yields where a text names a choice, the longest first where one holds another.

    Args:
        text: any text.
        choices: of the column.
        spellings: other words, each with the choice that it stands for, as examples teach them.

    Yields:
        start, end and the choice.
    """
    forms = [(choice, choice) for choice in choices]
    forms += [(quote, choice) for quote, choice in spellings if choice in choices]
    folded, taken = without_accents(text), list[tuple[int, int]]()
    if len(folded) != len(text):
        folded = text.casefold() if len(text.casefold()) == len(text) else text
    for form, choice in sorted(forms, key=lambda pair: -len(pair[0])):
        own = _WORD.findall(without_accents(form))
        if not own:
            continue
        joined = r"[\W_]{1,3}".join(map(re.escape, own))
        pattern = rf"(?<![^\W_]){joined}(?:s|e|en|n|er|es)?(?![^\W_])"
        for match in re.finditer(pattern, folded):
            if all(match.end() <= a or b <= match.start() for a, b in taken):
                taken.append(match.span())
                yield *match.span(), choice


def yes_or_no(text: str, question: str, table: LogicWords | None) -> str:
    """Returns "yes" or "no" as a sentence answers a question; "" where it does not.

    A sentence answers if it says "yes" or "no" itself, as in a form, shows a tick box, or states
    or denies what the question asks.

    Args:
        text: a sentence, or a label with its value.
        question: as asked, or the name of the column.
        table: the words of the text's language.
    """
    ticked = _TICKED.search(text)
    if ticked:
        return NO if ticked["no"] else YES
    short = _short_answer(text, table)
    if short:
        return short
    asked, stated = claims(question, table), claims(text, table)
    content = [item for item in asked if not item.is_figure]
    shared = [(a, b) for a in content for b in stated if same(a, b, table)]
    covered = {a.text for a, _ in shared}
    if not content or len(covered) < _SHARED * len({item.text for item in content}):
        return ""
    denied = any(_denied(b, stated) != bool(a.says & _DENIES) for a, b in shared)
    return NO if denied else YES


def overlap(text: str, question: str) -> float:
    """Returns the share of a question's content words that a text has, 0 to 1."""
    asked = content_words(question)
    return len(asked & content_words(text)) / len(asked) if asked else 0.0


def _denied(item: Item, stated: Sequence[Item]) -> bool:
    """Tells whether a clause denies an item: at it, or at a word of its clause."""
    own = (other for other in stated if other.clause == item.clause)
    return any(other.says & _DENIES for other in own)


def _short_answer(text: str, table: LogicWords | None) -> str:
    """Returns what a label's value says in a word or two: "Pets: no"."""
    value = re.split(r"[:|\t?]\s*", text)[-1]
    own = _WORD.findall(value.casefold())
    if not 0 < len(own) <= _SHORT_ANSWER:
        return ""
    tables = [table, *map(logic_words, _LANGUAGES)]
    for each in tables:
        if each is not None and own[0] in each.yes:
            return YES
        if each is not None and own[0] in each.no and (each is table or len(own) == 1):
            return NO
    return ""
