"""Has a model write a follow-up so that it stands alone, and checks what it wrote.

The grammar allows the words of the chat and function words of its language, nothing else; so a
rewording can name the wrong thing of the chat, but nothing that is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from rag.answer.prompt import PastTurn
from rag.answer.question import Question
from rag.text.grammar import Grammar, choice, repeated, rule, sequence
from rag.text.question_words import folded, function_words

INSTRUCTIONS = """\
You are given a question, its answer, and the next question of a chat. Write the next question so \
that it can be understood without the chat: name the person or thing that a pronoun stands for, \
and add what was left out. Change nothing else, and keep its language.

Question: Who wrote the report on the boiler?
Answer: It was written by Jane Hill.
Next: Where does she live?
Alone: Where does Jane Hill live?

Question: Was kostet die Fahrkarte für Erwachsene?
Answer: Sie kostet 12 Euro.
Next: Und für Kinder?
Alone: Was kostet die Fahrkarte für Kinder?"""
MOST_TOKENS = 40
_ANSWER_CHARACTERS = 200
_LEAST, _MOST = 2, 24  # words
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")


def prompt(question: Question, turn: PastTurn) -> str:
    """Returns what the model reads behind the instructions."""
    answer = " ".join(turn.answer.split())[:_ANSWER_CHARACTERS]
    return f"Question: {question.before}\nAnswer: {answer}\nNext: {question.text}\nAlone:"


def grammar(question: Question, turn: PastTurn) -> Grammar:
    """Returns the form of a rewording: one line of words that are known."""
    known = sorted({*_words(question, turn), *function_words(question.language)})
    word = sequence(" ", rule("word"))
    line = sequence(repeated(word, _LEAST, _MOST), choice("?", "."))
    return (("root", line), ("word", choice(*known)))


def reworded(question: Question, turn: PastTurn, written: str) -> Question:
    """Returns the question as a model wrote it; by the rules if that adds or loses a subject."""
    own = _content(question.text, question.language)
    told = _content(" ".join(_words(question, turn)), question.language)
    content = _content(written, question.language)
    is_right = own <= content <= told and content != own
    return replace(question, reworded=" ".join(written.split())) if is_right else question


def _words(question: Question, turn: PastTurn) -> Iterator[str]:
    for text in (question.before, turn.answer[:_ANSWER_CHARACTERS], question.text):
        yield from _WORD.findall(text)


def _content(text: str, language: str) -> set[str]:
    return {folded(word) for word in _WORD.findall(text)} - function_words(language)
