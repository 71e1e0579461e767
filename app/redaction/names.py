"""Names of people, places and organisations: by lists, by what stands around them, by their form.

A word with a capital is weighed as a reader would: is it in a list of names or places, is it an
ordinary word, does a title or a greeting stand before it? A word with a capital that is in no list
at all is most often a name; in German, where every noun has one, it is not taken for one.
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
_ABBREVIATION = 4  # letters; a longer word in capitals after "in" is a place
_BETWEEN = frozenset({" ", "  ", "-", "–", "'", "’"})  # what may stand between parts of a name
_AFTER_TITLE = frozenset({" ", ". "})
_BEFORE_NAME = " .:|\n\t\"'“„‘(*"  # and before it, after what introduces it
_LINE_END = re.compile(r"[ \t]*\n[ \t]*")
_CELL_BORDER = re.compile(r" *[|\t][ |\t]*")


def find_names(text: str) -> Iterator[Finding]:
    """Names of people, places and organisations."""
    words = tokenise(text)
    language = language_of(words)
    _mark_places(words, language)
    _mark_listed(words, language)
    _mark_introduced(words)
    _mark_neighbours(words, language)
    _mark_organisations(words)
    return _joined(words)


def _mark_places(words: list[Word], language: str) -> None:
    for at, word in enumerate(words):
        if not word.capital or word.kind:
            continue
        length = _length_of_place(words, at)
        if length > 1:
            for part in words[at : at + length]:
                part.kind = Kind.PLACE
        elif _is_place(words, at, language):
            word.kind = Kind.PLACE


def _length_of_place(words: list[Word], at: int) -> int:
    """How many words from here on are one place of the list."""
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
    """Whether an ordinary word with a capital comes next, as in a heading."""
    after = words[at + 1] if at + 1 < len(words) else None
    return after is not None and after.gap == " " and after.capital and after.is_ordinary


def _mark_listed(words: list[Word], language: str) -> None:
    barred = known.no_names() | known.SMALL_WORDS[language]
    for at, word in enumerate(words):
        open_ = word.capital and not word.kind and word.folded not in barred
        if open_ and _is_name(words, at, language):
            word.kind = Kind.NAME


def _is_name(words: list[Word], at: int, language: str) -> bool:
    word = words[at]
    if word.is_name and not word.is_ordinary:
        return not word.abbreviated
    if word.unknown:
        return _looks_like_a_name(words, at, language)
    return word.folded in given() and language != "de" and _stands_like_a_name(words, at)


def _looks_like_a_name(words: list[Word], at: int, language: str) -> bool:
    """Whether a word of no list is taken for a name. At the start of a sentence any word is new."""
    word = words[at]
    if language == "de" or len(word.folded) < _SHORTEST_UNKNOWN or word.abbreviated or word.mixed:
        return False
    if word.opens:
        return language == "en" and word.folded.isascii()
    return words[at - 1].folded not in known.ARTICLES


def _stands_like_a_name(words: list[Word], at: int) -> bool:
    """Whether a word like Mark or Rose, with a capital, is neither a heading's nor a thing."""
    word, after = words[at], _next_gap(words, at)
    if word.shouted or _before_capital(words, at):
        return False
    if word.opens:
        return after.startswith((":", ",")) and (at == 0 or "\n" in word.gap)
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
    """Whether a label has a cell or a line for itself."""
    gap = _next_gap(words, at)
    alone = words[at].opens and _LINE_END.fullmatch(gap) is not None
    return alone or _CELL_BORDER.fullmatch(gap) is not None


def _phrases_in(words: list[Word], phrases: known.Phrases) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each phrase that is there, with the place of the word after it."""
    for at, word in enumerate(words):
        for phrase in phrases.get(word.folded, ()):
            end = at + len(phrase)
            if all(part.folded == one for part, one in zip(words[at:end], phrase, strict=False)):
                yield end, phrase


def _next_gap(words: list[Word], at: int) -> str:
    return words[at + 1].gap if at + 1 < len(words) else ""


def _follows(words: list[Word], at: int) -> bool:
    """Whether a word can go on with the name that the word before it is part of."""
    gap, before = words[at].gap, words[at - 1]
    if gap in _BETWEEN or (gap == ". " and (before.initial or before.folded in known.TITLES)):
        return True
    return _goes_over(words, at)


def _goes_over(words: list[Word], at: int) -> bool:
    """Whether a name goes on over the end of a line or a cell.

    It does with a word that lists have for a name; with one that is an ordinary word as well, over
    the end of a cell, or of a line where a sentence goes on.
    """
    word, after = words[at], _next_gap(words, at)
    if not word.is_name or word.shouted or word.folded in known.no_names():
        return False
    if word.gap == "\t":
        return True
    sentence = after == " " and words[at + 1].gap == " " and not words[at + 1].capital
    ends = after[:1] in {"", ".", ",", ";", ")"} and any(
        not one.capital for one in words[max(0, at - 3) : at]
    )
    return _LINE_END.fullmatch(word.gap) is not None and (not word.is_ordinary or sentence or ends)


def _mark_from(words: list[Word], start: int, *, sure: bool) -> None:
    """Marks the words with a capital from `start` on as a name.

    Args:
        words: all words.
        start: where the name begins.
        sure: whether an ordinary word can be one here as well.
    """
    for at in range(start, min(start + _LONGEST_NAME, len(words))):
        word = words[at]
        goes_on = _follows(words, at) if at > start else not word.gap.strip(_BEFORE_NAME)
        fits = word.is_name or not word.is_ordinary or sure
        if not (goes_on and word.capital and fits) or word.folded in known.no_names():
            return
        word.kind = Kind.NAME


def _mark_small(words: list[Word], at: int, sure: bool) -> None:
    """After "my name is", a name may be written without a capital."""
    if sure and at < len(words) and not words[at].capital and words[at].gap == " ":
        word = words[at]
        if not word.is_ordinary and len(word.folded) >= _SHORTEST_UNKNOWN:
            word.kind = Kind.NAME


def _mark_neighbours(words: list[Word], language: str) -> None:
    """Lets names grow: to the right over any name, to the left over what is in the list."""
    for at in range(1, len(words)):
        word = words[at]
        if words[at - 1].kind is not Kind.NAME or word.kind or not _follows(words, at):
            continue
        if word.capital and word.folded not in known.no_names():
            word.kind = Kind.NAME
        elif word.folded in known.PARTICLES:
            _mark_over_particles(words, at)
    barred = known.no_names() | known.SMALL_WORDS[language]
    for at in range(len(words) - 2, -1, -1):
        word = words[at]
        before = words[at + 1].kind is Kind.NAME and not word.kind and _follows(words, at + 1)
        listed = word.capital and word.is_name and word.folded not in barred
        if before and (listed or word.initial):
            word.kind = Kind.NAME


def _mark_over_particles(words: list[Word], start: int) -> None:
    """`van der` between a name and a word with a capital is part of the name."""
    for at in range(start, min(start + _MOST_PARTICLES + 1, len(words))):
        if at > start and not _follows(words, at):
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
        while start and at - start < _LONGEST_NAME + 1 and _goes_on(words, start):
            start -= 1
        while start < at and not words[start].capital:
            start += 1
        if start < at and any(not part.is_ordinary or part.kind for part in words[start:at]):
            for part in words[start : at + 1]:
                part.kind = Kind.ORGANISATION


def _mark_employer(words: list[Word], start: int) -> None:
    """After "works for", words with a capital are an organisation."""
    for at in range(start, min(start + _LONGEST_NAME + 1, len(words))):
        if not words[at].capital or words[at].gap not in _JOINING[Kind.ORGANISATION]:
            return
        words[at].kind = Kind.ORGANISATION


def _goes_on(words: list[Word], at: int) -> bool:
    """Whether the word before `at` belongs to the same organisation."""
    before = words[at - 1]
    return words[at].gap in _JOINING[Kind.ORGANISATION] and (
        before.capital or before.folded in {"and", "of", "und", "et", "y"}
    )


def _joined(words: list[Word]) -> Iterator[Finding]:
    start = 0
    for at in range(1, len(words) + 1):
        kind = words[start].kind
        if at < len(words) and kind and words[at].kind is kind and _joins(words, at, kind):
            continue
        if kind:
            yield Finding(words[start].start, words[at - 1].end, kind)
        start = at


def _joins(words: list[Word], at: int, kind: Kind) -> bool:
    return _follows(words, at) if kind is Kind.NAME else words[at].gap in _JOINING[kind]


_JOINING = {Kind.PLACE: _BETWEEN, Kind.ORGANISATION: _BETWEEN | {", ", " & "}}
