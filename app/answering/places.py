"""Tells which questions are about places in documents, and about which files speak of something.

All words are those of `rag.text.place_words`, of any language; the order of words is theirs alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.parse.places import Place, number_of
from rag.parse.subparts import SubPlace
from rag.text.fold import without_accents
from rag.text.language import language_of
from rag.text.place_words import PlaceUnit, empty_words, ordinals, units
from rag.text.question_words import function_words, language_by_words, phrases, tables
from rag.text.question_words import words as words_for

_TOKEN = re.compile(
    r"[\"“„«](?P<quoted>[^\"“”„«»]{1,120})[\"”“»]|§+|¶|\d+(?:\.\d+)*(?:[a-z]\b)?|[^\W\d_]+"
)
_ORDINAL_ENDING = re.compile(r"(?:st|nd|rd|th|e|er|ere|eme|[.ºª°])(?!\w)", re.IGNORECASE)
_MOST_PARTS = 4  # of a place within each other: "§ 5 Abs. 2 Nr. 3 lit. b"
_WORDS_TO_WHOLE = 4  # between a part and what it is a part of: "paragraph 2 of the said clause 4"
_JOINS = frozenset(("", ".", ",", ".,", ")", "),"))
_WORDS_TO_VERB = 6  # between a part and what it does: "which clause of the lease says"
_FIRST_WORDS = 7  # of a question, among which its kind of file stands
_WORDS_BETWEEN = 2  # between a file and what it is about: "the file that is about"


@dataclass(frozen=True, slots=True)
class PlaceAsked:
    """Asks for what stands at a place: "What does page 3 of the lease say?".

    Attributes:
        place: it.
        subject: words of the question that may name a document, or what is asked of the place.
        behind: those of them behind the place, where a document is usually named.
    """

    place: Place
    subject: str
    behind: str


@dataclass(frozen=True, slots=True)
class WhereAsked:
    """Asks on which page, or in which other part, a subject stands.

    Attributes:
        unit: the sort of place.
        subject: words for what is looked for.
    """

    unit: PlaceUnit
    subject: str


class FileQuestion(StrEnum):
    """What is asked about files that speak of something."""

    WHERE = "where"
    WHICH = "which"
    WHETHER = "whether"


@dataclass(frozen=True, slots=True)
class FilesAsked:
    """Asks for the files about a subject.

    Attributes:
        how: what is asked about them.
        subject: what they are about; "" where the file itself is named.
        phrase: the words in quotation marks that they are to contain; "" without any.
    """

    how: FileQuestion
    subject: str
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class ThingsAsked:
    """Asks for all things of a sort that a document lists, or for their number.

    Attributes:
        noun: the sort, where their number is asked for; else "".
        subject: the words for the things, and for what is true of those that are meant.
    """

    noun: str
    subject: str


@dataclass(frozen=True, slots=True)
class EachAsked:
    """Asks who something is true of; each of many files may name one: "Who has a company car?"."""

    subject: str


@dataclass(frozen=True, slots=True)
class DatedAsked:
    """Asks for the latest or the earliest of what many files may name with a date."""

    subject: str
    latest: bool


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, number, sign or quoted phrase of a question; `word` is without case and accents."""

    word: str
    text: str
    start: int
    end: int
    quoted: bool = False


def recognise_place(question: str) -> PlaceAsked | WhereAsked | None:
    """Returns which place a question asks for, or about; None if it is about none.

    Args:
        question: as the person wrote it, without the names of files.
    """
    tokens = _tokens(question)
    language = _likely_language(question, tokens)
    empty = empty_words(language)
    for at, token in enumerate(tokens):
        unit = units(language).get(token.word)
        if unit is None or token.quoted:
            continue
        named = _named(question, tokens, at, unit)
        if named is not None:
            place, first, end = _with_parts(question, tokens, language, *named)
            words = " ".join(question[tokens[first].start : tokens[end - 1].end].split())
            words += ")" * (words.count("(") - words.count(")"))
            place = replace(place, words=words)
            rest = [*tokens[:first], *tokens[end:]]
            return PlaceAsked(place, _subject(rest, empty), _subject(tokens[end:], empty))
        if _is_asked_for(tokens, at, unit, language):
            rest = [*tokens[: max(0, at - 1)], *tokens[at + 1 :]]
            subject = _subject(rest, empty | words_for("tells", language))
            return WhereAsked(unit, subject) if subject else None
    return None


def recognise_files(question: str, *, names_file: bool = False) -> FilesAsked | None:
    """Returns what a question asks about files that speak of something; None if it does not.

    Args:
        question: as the person wrote it, without the names of files.
        names_file: it named one.
    """
    tokens = _tokens(question)
    beginning = [token.word for token in tokens[:_FIRST_WORDS]]
    if not beginning:
        return None
    empty = empty_words(language_of(question))
    if names_file:
        rest = _subject(tokens, empty | words_for("file"))
        is_where = bool({beginning[0]} & words_for("where"))
        return FilesAsked(FileQuestion.WHERE, "") if is_where and not rest else None
    noun = next((i for i, word in enumerate(beginning) if word in words_for("file")), None)
    if noun is None:
        return None
    relation = next(
        (
            at
            for at in range(noun + 1, min(noun + 2 + _WORDS_BETWEEN, len(tokens)))
            if tokens[at].word in words_for("about")
            and all(token.word in empty for token in tokens[noun + 1 : at])
        ),
        None,
    )
    before = beginning[:noun]
    inside = noun > 1 and before[-1] in words_for("which_one") and before[-2] in words_for("at")
    if relation is None and not inside:
        return None
    behind = tokens[noun + 1 :] if relation is None else tokens[relation + 1 :]
    about = words_for("about") | empty | words_for("file")
    subject = _subject(behind, about)
    phrase = next((token.text for token in behind if token.quoted), "")
    if not subject:
        return None
    how = _file_question(before, empty | function_words(language_by_words(question)))
    return FilesAsked(how, subject, phrase) if how else None


def recognise_things(question: str) -> ThingsAsked | None:
    """Returns which listed things a question asks for; None if it asks for none, or denies.

    Args:
        question: as the person wrote it, without the names of files.
    """
    tokens = _affirmed(question)
    if not tokens:
        return None
    words = [token.word for token in tokens]
    empty = empty_words(language_of(question)) | words_for("listing") | words_for("every")
    many = next((at for at, word in enumerate(words[:3]) if word in words_for("many")), None)
    if many is not None:
        behind = [token for token in tokens[many + 1 :] if token.word not in empty]
        if not behind:
            return None
        return ThingsAsked(behind[0].text, " ".join(token.text for token in behind[1:]))
    lists = words_for("listing").intersection(words[:2])
    if not lists or not words_for("every").intersection(words[:5]):
        return None
    subject = _subject(tokens, empty)
    return ThingsAsked("", subject) if subject else None


def recognise_across(question: str) -> EachAsked | DatedAsked | None:
    """Returns what a question asks of all files at once; None if it does not, or denies.

    Args:
        question: as the person wrote it, without the names of files.
    """
    tokens = _affirmed(question)
    if not tokens:
        return None
    words = [token.word for token in tokens]
    empty = empty_words(language_of(question)) | words_for("listing") | words_for("is_there")
    for latest, role in ((True, "latest"), (False, "earliest")):
        if words_for(role).intersection(words):
            superlative = words_for(role) | words_for("most")
            subject = _subject(tokens, empty | superlative | words_for("file"))
            return DatedAsked(subject, latest) if subject else None
    if words[0] not in words_for("who"):
        return None
    subject = _subject(tokens, empty | words_for("who") | words_for("every"))
    return EachAsked(subject) if len(subject.split()) > 1 else None


def _affirmed(question: str) -> list[_Token]:
    """Returns the words of a question; none if it denies something."""
    tokens = _tokens(question)
    return [] if words_for("denies").intersection(token.word for token in tokens) else tokens


def _file_question(before: Sequence[str], empty: Collection[str]) -> FileQuestion | None:
    """Returns what is asked about files, by the words before the name of a kind of file.

    Args:
        before: these words.
        empty: words that name no subject.
    """
    if not before:
        return None
    if words_for("which_one").intersection(before[-2:]):
        return FileQuestion.WHICH
    if words_for("where").intersection(before[:1]):
        return FileQuestion.WHERE
    if not words_for("is_there").intersection(before[:2]) or not _is_for_files(before, empty):
        return None
    return FileQuestion.WHETHER


def _is_for_files(before: Sequence[str], empty: Collection[str]) -> bool:
    """Tells whether a question asks for files, not what others do with them.

    "Do we have a signed letter", "¿Tengo algún documento?"; but not "Do apprentices need a note".
    Words with a meaning stand only right before the file, one where no word names who asks.
    """
    known = {*empty, *words_for("is_there")}
    end = len(before)
    while end and before[end - 1] not in known:
        end -= 1
    return known.issuperset(before[:end]) and (end > 1 or len(before) - end <= 1)


def _tokens(question: str) -> list[_Token]:
    return [
        _Token(
            without_accents(match["quoted"] or match.group()),
            match["quoted"] or match.group(),
            *match.span(),
            quoted=match["quoted"] is not None,
        )
        for match in _TOKEN.finditer(question)
    ]


def _named(
    question: str, tokens: Sequence[_Token], at: int, unit: PlaceUnit
) -> tuple[Place, int, int] | None:
    """Returns the place that a unit is a part of, and the indexes of its first and next token."""
    behind = at + 1
    while behind < len(tokens) - 1 and tokens[behind].word in words_for("number_sign"):
        behind += 1
    following = tokens[behind] if behind < len(tokens) else None
    if following is not None and _is_beside(question, tokens[at], following):
        if unit is PlaceUnit.SHEET and (following.quoted or following.text[0].isupper()):
            return Place(unit, following.text), at, behind + 1
        if _is_number(following):
            until, end = _until(tokens, behind + 1)
            return Place(unit, following.text, until=until), at, end
    if at == 0:
        return None
    before = tokens[at - 1]
    ordinal = ordinals().get(before.word)
    first = at - 1
    if ordinal is None and _ORDINAL_ENDING.fullmatch(before.word) and at > 1:  # "3rd", "2e"
        before, first = tokens[at - 2], at - 2
        ordinal = _digits(before)
    elif ordinal is None and question[before.end : before.end + 1] in (".", "º", "ª"):
        ordinal = _digits(before)  # "auf der 3. Seite"
    elif ordinal is None and before.word[:-1].isdecimal():  # "2e page"
        ordinal = int(before.word[:-1]) if before.word[-1] in "eaoa" else None
    return (Place(unit, ordinal=ordinal), first, at + 1) if ordinal else None


def _with_parts(
    question: str, tokens: Sequence[_Token], language: str, place: Place, first: int, end: int
) -> tuple[Place, int, int]:
    """Adds the parts within a section that a question names: "§ 5 Abs. 2", "clause 4.2(b)".

    Or "paragraph 2 of clause 4", where the whole comes after the part.

    Args:
        question: as the person wrote it.
        tokens: of it.
        language: of it.
        place: that was named.
        first: the index of its first token.
        end: the index of the token behind it.
    """
    if place.unit is PlaceUnit.SECTION and place.number and not place.until:
        parts, end = _parts_behind(question, tokens, language, end)
        place = replace(place, within=parts)
    if place.unit not in (PlaceUnit.PARAGRAPH, PlaceUnit.SECTION):
        return place, first, end
    for at in range(end + 1, min(end + 1 + _WORDS_TO_WHOLE, len(tokens) - 1)):
        if not all(token.word in empty_words(language) for token in tokens[end:at]):
            break
        if units(language).get(tokens[at].word) is not PlaceUnit.SECTION:
            continue
        if (named := _named(question, tokens, at, PlaceUnit.SECTION)) is None:
            break
        whole, _, end = named
        if not whole.number or whole.until:
            break
        parts, end = _parts_behind(question, tokens, language, end)
        is_counted = place.unit is PlaceUnit.PARAGRAPH
        own = SubPlace(place.number, place.ordinal, place.until, is_counted)
        return replace(whole, within=(*parts, *place.within, own)), first, end
    return place, first, end


def _parts_behind(
    question: str, tokens: Sequence[_Token], language: str, at: int
) -> tuple[tuple[SubPlace, ...], int]:
    """Returns the parts that are named behind a number, and the index of the token behind them."""
    counted, items, told = (
        _part_words(role, language) for role in ("subparagraph", "item", "sentence")
    )
    parts: list[SubPlace] = []
    while at < len(tokens) and len(parts) < _MOST_PARTS:
        token = tokens[at]
        gap = "".join(question[tokens[at - 1].end : token.start].split())
        is_in_brackets = gap in ("(", ")(") and question[token.end : token.end + 1] == ")"
        if is_in_brackets and (len(token.word) == 1 or _is_number(token)):
            parts.append(SubPlace(token.text))
            at += 1
            continue
        if token.quoted or gap not in _JOINS or token.word not in counted | items | told:
            break
        behind = at + 1
        while behind < len(tokens) - 1 and tokens[behind].word in counted | items:
            behind += 1  # "sub-paragraph", "Nr."
        if behind == len(tokens) or not _is_beside(question, tokens[behind - 1], tokens[behind]):
            break
        if not (_is_number(tokens[behind]) or len(tokens[behind].word) == 1):
            break
        until, at_end = _until(tokens, behind + 1)
        parts.append(
            SubPlace(
                tokens[behind].text,
                until=until,
                is_counted=tokens[behind - 1].word in counted,
                is_sentence=token.word in told,
            )
        )
        at = at_end
    return tuple(parts), at


def _likely_language(question: str, tokens: Sequence[_Token]) -> str:
    """Returns the language that has most of a question's words that name no subject."""
    guess = language_of(question)
    languages = [language for language in tables() if phrases("carrier", language)]
    words = [token.word for token in tokens if len(token.word) > 1]  # "lit. a" is of any language
    counts = {of: sum(word in empty_words(of) for word in words) for of in languages}
    return max(languages, key=lambda of: (counts[of], of == guess))


def _part_words(role: str, language: str) -> frozenset[str]:
    """Returns the words of a role in all languages that are no small words in this one."""
    return words_for(role, language) | (words_for(role) - empty_words(language))


def _digits(token: _Token) -> int | None:
    return int(token.word) if token.word.isdecimal() and len(token.word) < 6 else None


def _is_beside(question: str, unit: _Token, number: _Token) -> bool:
    gap = question[unit.end : number.start]
    return not re.search(r"[?!,;]|\.\s+[^\W\d]", gap) and len(gap) < 16


def _is_number(token: _Token) -> bool:
    if token.quoted or not token.word:
        return False
    if token.word[0].isdecimal():
        return True
    # "page I" is none: "On which page I find …"; "page iv" is.
    return len(token.word) > 1 and number_of(token.word) is not None


def _until(tokens: Sequence[_Token], at: int) -> tuple[str, int]:
    """Returns the end of a range such as "3 to 5", and the index behind it."""
    is_range = (
        at + 1 < len(tokens)
        and tokens[at].word in words_for("to_end")
        and tokens[at + 1].word.isdecimal()
    )
    return (tokens[at + 1].text, at + 2) if is_range else ("", at)


def _is_asked_for(tokens: Sequence[_Token], at: int, unit: PlaceUnit, language: str) -> bool:
    """Tells whether a question asks "on which page" or "which clause … says".

    "Which article" alone may be for sale.
    """
    if at == 0 or tokens[at - 1].word not in words_for("which_one"):
        return False
    if unit in (PlaceUnit.PAGE, PlaceUnit.SLIDE):
        return True
    if at > 1 and tokens[at - 2].word in words_for("at"):
        return True
    behind = tokens[at + 1 : at + 1 + _WORDS_TO_VERB]
    return any(token.word in words_for("tells", language) for token in behind)


def _subject(tokens: Sequence[_Token], empty: frozenset[str]) -> str:
    return " ".join(token.text for token in tokens if token.quoted or token.word not in empty)
