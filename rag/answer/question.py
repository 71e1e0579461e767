"""Reads a question of a chat: whether it is a follow-up, and what it refers back to.

All words are those of `rag.text.question_words`, of any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.answer.prompt import PastTurn
from rag.text.question_words import (
    folded,
    function_words,
    language_by_words,
    pattern,
    phrases,
    words,
)
from rag.text.words import DENSE

_TOKEN = re.compile(r"\d[\d.,]*|[^\W\d_]+")
_END = re.compile(r"\W*(?:[?.!,;:]|$)")
_JOINED = re.compile(r"\w[._/\\-]\w")  # as in the name of a file
_ENGLISH = "en"  # reads questions that do not show their language
_ANSWER_CHARACTERS = 200
_TURNS = 3  # questions to go back from a follow-up to its subject
_NEAR = 3  # words in which a noun follows its article
_FEW = 2  # words of a question without a sentence
_FEW_DENSE = 6  # characters of Chinese or Japanese


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a chat, with what it refers back to.

    Attributes:
        text: as the person wrote it.
        about: the words of the chat that it is about; "" where it stands alone.
        before: the earlier questions that it goes back to; "" where it stands alone.
        has_content: it has content words itself; False where those of its language are unknown.
    """

    text: str
    about: str = ""
    before: str = ""
    has_content: bool = False

    @property
    def follows(self) -> bool:
        """Whether it is a follow-up."""
        return bool(self.about)

    @property
    def wording(self) -> str:
        """The question so that it stands alone, to search for."""
        return f"{self.about} {self.text}".strip()

    @property
    def wordings(self) -> tuple[str, ...]:
        """The texts to search for, which count alike.

        The words of the chat lead back to the passage of the last answer. A follow-up that asks
        about something elsewhere is found by its own words.
        """
        alone = (self.text,) if self.follows and self.has_content else ()
        return (self.wording, *alone)

    @property
    def language(self) -> str:
        """Its ISO 639-1 code; "" where the words do not tell."""
        return language_by_words(self.text, language_by_words(self.before))


def read_question(text: str, history: Sequence[PastTurn]) -> Question:
    """Returns a question with what it refers back to in a chat.

    A follow-up goes back to the last question that is none. Where a pronoun points back, the names
    of that question are what it stands for, or those of the answer if it asked who, or had none:
    more words would lead back to the passage of that answer. What asks the same about something
    else ("and for two people?") needs the whole question, and "why?" the answer as well. Of what
    "What about the deposit?" replaces, only the rest stays: of "the notice period of the lease",
    the lease.
    """
    if not history:
        return Question(text)
    signs = _Signs(text, history[-1].question)
    if not signs.follows:
        return Question(text)
    turns: list[PastTurn] = []
    for at in range(len(history) - 1, max(-1, len(history) - 1 - _TURNS), -1):
        turns.insert(0, history[at])
        if not at or not _Signs(history[at].question, history[at - 1].question).follows:
            break
    questions = [turn.question for turn in turns]
    if signs.replaces:
        about = [_rest(question) for question in questions]
    elif signs.points and signs.content and (names := _referents(turns)):
        about = names
    elif signs.is_parallel:
        about = questions
    else:
        about = [*questions, turns[-1].answer[:_ANSWER_CHARACTERS]]
    return Question(text, " ".join(about), " ".join(questions), signs.content > 0)


def _referents(turns: Sequence[PastTurn]) -> list[str]:
    """Returns the names that a pronoun can stand for after these turns, each once."""
    names = [name for turn in turns for name in _names(turn.question)]
    last = turns[-1]
    asks_who = words("who", language_by_words(last.question, _ENGLISH))
    if not names or any(token.word in asks_who for token in _tokens(last.question)):
        names = _names(last.answer[:_ANSWER_CHARACTERS]) + names
    return list(dict.fromkeys(names))


def _names(text: str) -> list[str]:
    small = function_words(language_by_words(text, _ENGLISH))
    written = [(token, text[token.start : token.end]) for token in _tokens(text)]
    return [name for token, name in written if name[0].isupper() and token.word not in small]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a question: `word` is without case and accents."""

    word: str
    start: int
    end: int
    capital: bool


class _Signs:
    """What shows that a question refers back, whatever its language.

    Attributes:
        points: a word of it stands for something that it does not name.
        follows: it is a follow-up.
        content: number of words of its own subject.
        is_parallel: it asks the same about something else.
        replaces: it asks for something else of the same thing.
    """

    def __init__(self, text: str, before: str) -> None:
        self._text = text
        language = language_by_words(text, language_by_words(before, _ENGLISH))
        self._language = language if phrases("ask", language) else ""
        self._plain = folded(text)
        self._tokens = _tokens(text)
        if not self._language:
            self.points = self.is_parallel = self.replaces = False
            self.content = 0
            self.follows = self._is_short()
            return
        self._small = function_words(self._language)
        self._content = [t for t in self._tokens if t.word not in self._small or t.capital]
        begin = self._tokens[0].start if self._tokens else 0
        # Here accents count: "ou" is "or", and "où" is "where".
        lower = text.lower() if len(text.lower()) == len(text) else self._plain
        replacing = pattern("replacing", self._language, accents=True).match(lower, begin)
        opening = replacing or pattern("opening", self._language, accents=True).match(lower, begin)
        rest = _tokens(self._plain[opening.end() :] if opening else self._plain)
        first = rest[0].word if rest else ""
        has_sentence = self._has("ask", rest) or self._has("verb", rest)
        has_preposition = first in words("preposition", self._language)
        anchored = self._has("own", rest)
        self.points = self._points_back()
        self.content = len(self._content)
        self.is_parallel = bool(self._content) and bool(opening or has_preposition)
        self.replaces = (
            bool(replacing or (opening and rest and not has_sentence)) and not has_preposition
            and not self.points
        )  # fmt: skip
        self.follows = self.points or (
            not anchored and (bool(opening) or self._is_elliptic(has_sentence, has_preposition))
        )

    def _has(self, role: str, tokens: Iterable[_Token]) -> bool:
        return any(token.word in words(role, self._language) for token in tokens)

    def _is_short(self) -> bool:
        """Tells whether a question in a language without a table is hardly a sentence."""
        dense = len(DENSE.findall(self._text))
        return dense <= _FEW_DENSE if dense else len(self._tokens) <= _FEW

    def _is_elliptic(self, has_sentence: bool, has_preposition: bool) -> bool:
        """Tells whether a question lacks the noun, or the sentence, that would make it whole."""
        content = self._content
        if not content:
            return True
        if not has_sentence:
            is_name = _JOINED.search(self._text) is not None
            return has_preposition or (len(content) <= _FEW and not is_name)
        has_verb = self._has("verb", self._tokens)
        return len(content) == 1 and not has_verb and not any(map(self._is_noun, content))

    def _is_noun(self, token: _Token) -> bool:
        """Tells whether a word is a noun for certain: a name, or behind an article."""
        if token.capital or token.word[0].isdigit():
            return True
        at = self._tokens.index(token)
        return at > 0 and self._tokens[at - 1].word in words("article", self._language)

    def _points_back(self) -> bool:
        """Tells whether a pronoun has nothing in the question itself that it could stand for.

        In its own clause, only a possessive can stand for a noun ("the owner and his dog"): see
        principle B of the binding theory (Chomsky 1981).
        """
        language = self._language
        plain = pattern("empty", language).sub(self._blank, self._plain)
        if pattern("pointing", language).search(plain):
            return True
        phrase = pattern("personal", language)
        personal, possessive = words("personal", language), words("possessive", language)
        weak = words("weak", language)
        for at, token in enumerate(self._tokens):
            if token.capital or plain[token.start : token.end] != token.word:
                continue
            match = phrase.match(plain, token.start)
            is_phrase = match is not None and " " in match.group().strip()
            if token.word in possessive and self._has_noun(at):
                continue
            if token.word in possessive or is_phrase:
                return True
            # "La maison est-elle grande ?": French says the subject again behind the verb.
            inverted = self._text[token.start - 1 : token.start] == "-"
            if token.word in personal and not self._has_noun(at if inverted else self._clause(at)):
                return True
            if token.word in weak and self._is_demonstrative(at):
                return True
        return False

    def _blank(self, match: re.Match[str]) -> str:
        """Returns blanks for a pronoun that stands for what follows: "Is it allowed to …"."""
        blanks = " " * len(match.group())
        return match.group() if _END.match(self._text, match.end()) else blanks

    def _clause(self, at: int) -> int:
        """Returns the index of the word that begins the clause of a word."""
        for first in range(at, 0, -1):
            gap = self._text[self._tokens[first - 1].end : self._tokens[first].start]
            if self._tokens[first].word in words("clause", self._language) or "," in gap:
                return first
        return 0

    def _has_noun(self, before: int) -> bool:
        """Tells whether a noun stands before the word with this index."""
        earlier = self._tokens[:before]
        return any(token in self._content and self._is_noun(token) for token in earlier)

    def _is_demonstrative(self, at: int) -> bool:
        """Tells whether "that" is neither a conjunction nor an article.

        It is one at the end of a clause, and in front of a word that no noun begins with.
        """
        token = self._tokens[at]
        if _END.match(self._text, token.end):
            return True
        if self._clause(at) == at > 0:
            return False
        before = self._tokens[at - 1] if at else None
        following = self._tokens[at + 1]
        follows_noun = before is not None and before in self._content
        articles = words("article", self._language)
        if token.word in articles:
            near = self._tokens[at + 1 : at + 1 + _NEAR]
            nouns_show = words("noun", self._language) and self._text[:1].isupper()
            if nouns_show and not any(token.capital for token in near):
                return True
            is_small = following.word in self._small and not following.capital
            return is_small and following.word not in articles
        return not follows_noun


def _rest(question: str) -> str:
    """Returns what stays of a question that asks for something else: "of the lease?"."""
    language = language_by_words(question, _ENGLISH)
    for token in _tokens(question)[1:]:
        if token.word in words("preposition", language):
            return question[token.start :]
    return question


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(
            folded(match.group()),
            *match.span(),
            capital=bool(n) and match.group()[0].isupper() and not match.group().isupper(),
        )
        for n, match in enumerate(_TOKEN.finditer(text))
    ]
