"""The form of a reply: quotes, whether they answer, the answer. The decoding holds a model to it.

A quote can only be a sentence that the model was shown, so it points to the sentence that answers
by copying it, and can neither translate nor improve it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answer.excerpt import PassageExcerpt
from rag.answer.pointers import only_points
from rag.answer.support import content_words
from rag.text.grammar import (
    Expression,
    Grammar,
    any_of,
    choice,
    none_of,
    optional,
    repeated,
    rule,
    sequence,
)
from rag.text.language import language_of
from rag.text.question_kind import asks_openly, asks_whether, is_question
from rag.text.visible import plain
from rag.text.words import LATIN_ENDS

QUOTE, ANSWERED, ANSWER = "Quote: ", "Found: ", "Answer: "
SAID = "Says: "
"""The label of what the passages say to a question that wants yes or no."""
FOUND = frozenset((f"{ANSWERED}yes", f"{SAID}yes", f"{SAID}no"))
"""The lines after which an answer comes."""
# The label of the answer is in the question's language: after an English label, a small model
# answers in English, whatever the instructions say.
_ANSWER_IN = {
    "de": "Antwort: ",
    "fr": "Réponse : ",
    "es": "Respuesta: ",
    "it": "Risposta: ",
    "pt": "Resposta: ",
    "nl": "Antwoord: ",
    "pl": "Odpowiedź: ",
    "ro": "Răspuns: ",
    "tr": "Cevap: ",
}
ANSWERS = (ANSWER, *_ANSWER_IN.values())
"""The labels that an answer can begin with."""
MAX_QUOTES = 2
# An open question is seldom answered by one sentence, and a small model stops after one.
_OPEN_QUOTES, _MAX_OPEN_QUOTES = 2, 3
# Chosen on 50 questions of SQuAD 2 with four passages each: the quote that a 1.5B model chooses
# holds the answer in 36 without it, in 42 with any weight from 24 to 32.
_QUOTE_WEIGHT = 32.0
_QUOTE_CHARACTERS = 320
_SHORTEST_QUOTE = 3
_ANSWER_CHARACTERS = 2000

# "Item 1.", "§ 4.2", "- 12 -": labels, not content.
_LABEL = re.compile(
    r"\W*(?:item|section|chapter|page|table|figure|note|part|article|appendix)?\s*"
    r"(?:\d+(?:\.\d+)*|[ivx]+)?\W*",
    re.IGNORECASE,
)
# An answer to a question in another script begins in it, but for a number: with nothing of ASCII.
_ANY, _NOT_LATIN = none_of("\n"), none_of("\n", " ~")
_NUMBER = sequence(any_of("09"), repeated(any_of("09", ".", ","), 0, 11))
_ALL_BUT_FEW = 0.5
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Demands:
    """The content demanded of a reply. Very small models do better with less.

    Attributes:
        choices: how many of the best sentences the model may quote; 0 for all that it reads.
        judges: the model says whether the answer was found; required if it writes.
        writes: the model answers in its own words; else its quote is the answer.
    """

    choices: int = 0
    judges: bool = True
    writes: bool = True


ALL = Demands()


def form(*sides: Sequence[PassageExcerpt], question: str = "", demands: Demands = ALL) -> Grammar:
    """Returns the grammar of a reply.

    Args:
        sides: sentences that can be quoted; each of several sides is quoted, in their order.
            With nothing to quote, a quote may be any words.
        question: as asked; a sentence that says no more than it does is not quoted.
        demands: what else the reply consists of.

    To a question that wants yes or no, "Found: no" would say two things: that the passages do not
    tell, and that they say no. There the model says "yes", "no" or "nothing" (see `says_whether`).
    """
    names = [f"quote{number or ''}" for number in range(max(1, len(sides)))]
    telling = [_telling(sentences_of(side), question) for side in sides or ((),)]
    lines = [
        (name, sequence(f'{QUOTE}"', quotable(texts), '"\n'))
        for name, texts in zip(names, telling, strict=True)
    ]
    is_open = demands.judges and len(names) == 1 < len(telling[0]) and asks_openly(question)
    quotes, most = (names * _OPEN_QUOTES, _MAX_OPEN_QUOTES) if is_open else (names, MAX_QUOTES)
    reply = [rule(name) for name in quotes]
    if demands.judges:
        reply += [optional(sequence(rule("quote")))] * (most - len(quotes))
        reply.append(rule("verdict"))
    is_foreign = _in_other_script(question)
    label = _ANSWER_IN.get(language_of(question), ANSWER)
    if says_whether(question, demands, sides=len(sides)):
        answered = sequence(choice("yes", "no"), f"\n{label}", rule("answer"))
        verdict = sequence(SAID, choice("nothing", answered))
    else:
        yes = sequence(f"yes\n{label}", rule("answer")) if demands.writes else "yes\n"
        verdict = sequence(ANSWERED, choice("no", yes))
    words = rule("words")
    number_first = choice(sequence(rule("number"), optional(words)), words)
    first = _NOT_LATIN if is_foreign else _ANY
    return (
        ("root", sequence(*reply)),
        *lines,
        ("verdict", verdict),
        ("answer", number_first if is_foreign else words),
        ("words", sequence(first, repeated(_ANY, 0, _ANSWER_CHARACTERS))),
        ("number", _NUMBER),
    )


def openings(
    sentences: Sequence[tuple[PassageExcerpt, float]], question: str
) -> tuple[tuple[str, float], ...]:
    """Returns the lines with which a reply can begin, with the weight of each.

    The weight is added to the log-probability that a model gives the line: alone, a small model
    often quotes a sentence that only begins like the one that answers.

    Args:
        sentences: that can be quoted, each with its value (see `Reading.quote_values`).
        question: as asked.
    """
    values: dict[str, float] = {}
    for part, value in sentences:
        values[part.text] = max(value, values.get(part.text, value))
    quotes = {_cut(text): values[text] for text in _telling(list(values), question)}
    return tuple(
        (f'{QUOTE}"{quote}"\n', _QUOTE_WEIGHT * value)
        for quote, value in quotes.items()
        if len(quote) >= _SHORTEST_QUOTE
    )


def says_whether(question: str, demands: Demands, *, sides: int = 1) -> bool:
    """Tells whether the reply to a question tells what the passages say: yes, no or nothing."""
    return demands.judges and demands.writes and sides <= 1 and asks_whether(question)


def quotable(texts: Sequence[str]) -> Expression:
    """Returns what may stand between the marks of a quote.

    Args:
        texts: sentences, one of which is quoted; without any, it may be any words.
    """
    quotes = [text for text in dict.fromkeys(map(_cut, texts)) if len(text) >= _SHORTEST_QUOTE]
    if not quotes:
        return repeated(none_of('"', "\n"), _SHORTEST_QUOTE, _QUOTE_CHARACTERS)
    return choice(*quotes)


def sentences_of(read: Sequence[PassageExcerpt]) -> list[str]:
    """Returns the sentences and lines that are shown of passages."""
    return [part.hit.text[start:end].strip() for part in read for start, end in part.sentence_spans]


def _in_other_script(question: str) -> bool:
    """Tells whether most letters of a question are not Latin."""
    letters = [letter for letter in question if letter.isalpha()]
    return 2 * sum(letter >= LATIN_ENDS for letter in letters) > len(letters)


def _telling(texts: Sequence[str], question: str) -> Sequence[str]:
    """Returns the texts that can answer: no section numbers, no headings like the question.

    Nor do questions, as in a list of them with their answers.
    """
    question_words = content_words(question)
    # A sentence that has all words of a yes-or-no question is its answer, but a heading has few.
    least = _ALL_BUT_FEW * len(question_words) if asks_whether(question) else math.inf

    def says_more(text: str) -> bool:
        own = content_words(text)
        return not question_words or bool(own - question_words) or len(own) >= least

    telling = [
        text
        for text in texts
        if not _LABEL.fullmatch(text)
        and not is_question(text)
        and says_more(text)
        and not only_points(text, question)
    ]
    return telling or texts


def _cut(sentence: str) -> str:
    """Cuts a sentence to what can be quoted: one line, and not for pages."""
    text = _CONTROL.sub(" ", plain(sentence)).strip()
    if len(text) <= _QUOTE_CHARACTERS:
        return text
    return text[: _QUOTE_CHARACTERS + 1].rpartition(" ")[0] or text[:_QUOTE_CHARACTERS]
