"""Names of people, places and organisations: by lists, by context, by form.

A capitalised word is judged by whether it is in a list of names or places, is an ordinary word, or
follows a title or a greeting. One that is in no list counts as a name, except in German, where
every noun is capitalised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.redaction import vocabulary as known
from app.redaction.finding import Finding, Kind
from app.redaction.tokens import Word, language_of, tokenise
from app.redaction.word_lists import given, places

_LONGEST_PLACE = 4  # words
_LONGEST_NAME = 4
_MOST_PARTICLES = 2
_SHORTEST_UNKNOWN = 3  # letters
_SHORTEST_PLACE = 3
_ABBREVIATION = 4  # letters; a longer capitalised word after "in" is a place
_BETWEEN = frozenset({" ", "  ", "-", "–", "'", "’"})  # may stand between parts of a name
_AFTER_TITLE = frozenset({" ", ". "})
_BEFORE_NAME = " .:|\n\t\"'“„‘(*"  # may stand between an introduction and a name
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_CELL_BORDER = re.compile(r" *[|\t][ |\t]*")


def find_names(text: str) -> Iterator[Finding]:
    """Finds names of people, places and organisations."""
    words = tokenise(text)
    language = language_of(words)
    _mark_places(words, language)
    _mark_listed(words, language)
    _mark_introduced(words)
    _mark_neighbours(words, language)
    _mark_organisations(words)
    return _findings(words)


def _mark_places(words: list[Word], language: str) -> None:
    for index, word in enumerate(words):
        if not word.capital or word.kind:
            continue
        length = _length_of_place(words, index)
        if length > 1:
            for part in words[index : index + length]:
                part.kind = Kind.PLACE
        elif _is_place(words, index, language):
            word.kind = Kind.PLACE


def _length_of_place(words: list[Word], at: int) -> int:
    """Returns how many words from here on form a place of the list; 1 if none."""
    for length in range(min(_LONGEST_PLACE, len(words) - at), 1, -1):
        parts = words[at : at + length]
        together = parts[-1].capital and all(part.gap in _BETWEEN for part in parts[1:])
        if together and " ".join(part.folded for part in parts) in places():
            return length
    return 1


def _is_place(words: list[Word], at: int, language: str) -> bool:
    word = words[at]
    cued = at > 0 and word.gap == " " and words[at - 1].folded in known.PLACE_CUES
    noun = at > 1 and word.gap == " " and words[at - 2].folded in known.PLACE_NOUNS
    if word.folded in known.no_names() or word.end - word.start < _SHORTEST_PLACE:
        return False
    if word.is_place:
        alone = not (word.is_ordinary or word.abbreviated) and (not word.is_name or noun)
        return alone or (cued and not _before_capital(words, at))
    return word.unknown and language != "de" and (cued or noun) and len(word.folded) > _ABBREVIATION


def _before_capital(words: list[Word], at: int) -> bool:
    """Tells whether an ordinary capitalised word comes next, as in a heading."""
    next_word = words[at + 1] if at + 1 < len(words) else None
    return (
        next_word is not None
        and next_word.gap == " "
        and next_word.capital
        and next_word.is_ordinary
    )


def _mark_listed(words: list[Word], language: str) -> None:
    barred = known.no_names() | known.SMALL_WORDS[language]
    for at, word in enumerate(words):
        eligible = word.capital and not word.kind and word.folded not in barred
        if eligible and _is_name(words, at, language):
            word.kind = Kind.NAME


def _is_name(words: list[Word], at: int, language: str) -> bool:
    word = words[at]
    if word.is_name and not word.is_ordinary:
        return not word.abbreviated
    if word.unknown:
        return _looks_like_a_name(words, at, language)
    return word.folded in given() and language != "de" and _stands_like_a_name(words, at)


def _looks_like_a_name(words: list[Word], at: int, language: str) -> bool:
    """Tells whether a word in no list is taken for a name.

    At the start of a sentence every word is capitalised, so only English ones count there.
    """
    word = words[at]
    if language == "de" or len(word.folded) < _SHORTEST_UNKNOWN or word.abbreviated or word.mixed:
        return False
    if word.opens:
        return language == "en" and word.folded.isascii()
    return words[at - 1].folded not in known.ARTICLES


def _stands_like_a_name(words: list[Word], at: int) -> bool:
    """Tells whether a capitalised word like Mark or Rose is neither in a heading nor a thing."""
    word, next_gap = words[at], _next_gap(words, at)
    if word.shouted or _before_capital(words, at):
        return False
    if word.opens:
        return next_gap.startswith((":", ",")) and (at == 0 or "\n" in word.gap)
    return not words[at - 1].capital and words[at - 1].folded not in known.DETERMINERS


def _mark_introduced(words: list[Word]) -> None:
    for at, word in enumerate(words):
        if word.folded in known.TITLES and _LINE_END.sub(" ", _next_gap(words, at)) in _AFTER_TITLE:
            _mark_from(words, at + 1, sure=True)
        elif word.folded in known.GREETINGS and word.opens:
            _mark_from(words, at + 1, sure=False)
        elif word.folded in known.NAME_LABELS and _next_gap(words, at).strip() == ":":
            _mark_from(words, at + 1, sure=True)
        elif word.folded in known.NAME_LABELS and _is_cell(words, at):
            _mark_from(words, at + 1, sure=False)
    for end, phrase in _phrases_in(words, known.INTRODUCTIONS):
        sure = any(part.startswith(("name", "nom", "naam")) for part in phrase)
        _mark_from(words, end, sure=sure)
        _mark_small(words, end, sure)


def _is_cell(words: list[Word], at: int) -> bool:
    """Tells whether a label is alone in its cell or line."""
    gap = _next_gap(words, at)
    alone = words[at].opens and _LINE_END.fullmatch(gap) is not None
    return alone or _CELL_BORDER.fullmatch(gap) is not None


def _phrases_in(words: list[Word], phrases: known.Phrases) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yields each phrase in the words, with the index of the word after it."""
    for at, word in enumerate(words):
        for phrase in phrases.get(word.folded, ()):
            end = at + len(phrase)
            if all(
                part.folded == expected
                for part, expected in zip(words[at:end], phrase, strict=False)
            ):
                yield end, phrase


def _next_gap(words: list[Word], at: int) -> str:
    return words[at + 1].gap if at + 1 < len(words) else ""


def _extends_name(words: list[Word], at: int) -> bool:
    """Tells whether a word can continue the name that the previous word is part of."""
    gap, before = words[at].gap, words[at - 1]
    if gap in _BETWEEN or (gap == ". " and (before.initial or before.folded in known.TITLES)):
        return True
    return _spans_break(words, at)


def _spans_break(words: list[Word], at: int) -> bool:
    """Tells whether a name continues across a line or cell end.

    It does with a word from the lists of names. One that is also an ordinary word continues it
    across a cell end, or across a line end within a sentence.
    """
    word, next_gap = words[at], _next_gap(words, at)
    if not word.is_name or word.shouted or word.folded in known.no_names():
        return False
    if word.gap == "\t":
        return True
    sentence = next_gap == " " and words[at + 1].gap == " " and not words[at + 1].capital
    ends = next_gap[:1] in {"", ".", ",", ";", ")"} and any(
        not previous.capital for previous in words[max(0, at - 3) : at]
    )
    return _LINE_END.fullmatch(word.gap) is not None and (not word.is_ordinary or sentence or ends)


def _mark_from(words: list[Word], start: int, *, sure: bool) -> None:
    """Marks the capitalised words from `start` on as a name.

    Args:
        words: all words.
        start: where the name begins.
        sure: whether an ordinary word counts here as well.
    """
    for at in range(start, min(start + _LONGEST_NAME, len(words))):
        word = words[at]
        goes_on = _extends_name(words, at) if at > start else not word.gap.strip(_BEFORE_NAME)
        fits = word.is_name or not word.is_ordinary or sure
        if not (goes_on and word.capital and fits) or word.folded in known.no_names():
            return
        word.kind = Kind.NAME


def _mark_small(words: list[Word], at: int, sure: bool) -> None:
    """Marks a lower-case name after a phrase such as "my name is"."""
    if sure and at < len(words) and not words[at].capital and words[at].gap == " ":
        word = words[at]
        if not word.is_ordinary and len(word.folded) >= _SHORTEST_UNKNOWN:
            word.kind = Kind.NAME


def _mark_neighbours(words: list[Word], language: str) -> None:
    """Extends names: to the right over any capitalised word, to the left over listed names."""
    for at in range(1, len(words)):
        word = words[at]
        if words[at - 1].kind is not Kind.NAME or word.kind or not _extends_name(words, at):
            continue
        if word.capital and word.folded not in known.no_names():
            word.kind = Kind.NAME
        elif word.folded in known.PARTICLES:
            _mark_over_particles(words, at)
    barred = known.no_names() | known.SMALL_WORDS[language]
    for at in range(len(words) - 2, -1, -1):
        word = words[at]
        before = words[at + 1].kind is Kind.NAME and not word.kind and _extends_name(words, at + 1)
        listed = word.capital and word.is_name and word.folded not in barred
        if before and (listed or word.initial):
            word.kind = Kind.NAME


def _mark_over_particles(words: list[Word], start: int) -> None:
    """Marks particles such as `van der` between a name and a capitalised word as its parts."""
    for at in range(start, min(start + _MOST_PARTICLES + 1, len(words))):
        if at > start and not _extends_name(words, at):
            return
        if words[at].capital:
            for part in words[start : at + 1]:
                part.kind = part.kind or Kind.NAME
            return
        if at > start and words[at].folded not in known.MORE_PARTICLES:
            return


def _mark_organisations(words: list[Word]) -> None:
    for end, _ in _phrases_in(words, known.EMPLOYERS):
        _mark_employer(words, end)
    for at, word in enumerate(words):
        sons = word.folded == "sons" and at > 1 and words[at - 1].folded == "and"
        if not word.capital or not (word.folded in known.LEGAL_FORMS or sons):
            continue
        start = at
        while start and at - start < _LONGEST_NAME + 1 and _extends_firm(words, start):
            start -= 1
        while start < at and not words[start].capital:
            start += 1
        if start < at and any(not part.is_ordinary or part.kind for part in words[start:at]):
            for part in words[start : at + 1]:
                part.kind = Kind.ORGANISATION


def _mark_employer(words: list[Word], start: int) -> None:
    """Marks capitalised words after a phrase such as "works for" as an organisation."""
    for at in range(start, min(start + _LONGEST_NAME + 1, len(words))):
        if not words[at].capital or words[at].gap not in _JOINING[Kind.ORGANISATION]:
            return
        words[at].kind = Kind.ORGANISATION


def _extends_firm(words: list[Word], at: int) -> bool:
    """Tells whether the word before `at` belongs to the same organisation."""
    before = words[at - 1]
    return words[at].gap in _JOINING[Kind.ORGANISATION] and (
        before.capital or before.folded in {"and", "of", "und", "et", "y"}
    )


def _findings(words: list[Word]) -> Iterator[Finding]:
    start = 0
    for at in range(1, len(words) + 1):
        kind = words[start].kind
        if at < len(words) and kind and words[at].kind is kind and _continues(words, at, kind):
            continue
        if kind:
            yield Finding(words[start].start, words[at - 1].end, kind)
        start = at


def _continues(words: list[Word], at: int, kind: Kind) -> bool:
    return _extends_name(words, at) if kind is Kind.NAME else words[at].gap in _JOINING[kind]


_JOINING = {Kind.PLACE: _BETWEEN, Kind.ORGANISATION: _BETWEEN | {", ", " & "}}
