"""Names of people, places and organisations: by lists, by what stands around them, by their form.

A word with a capital is weighed as a reader would: is it in a list of names or places, is it an
ordinary word, does a title or a greeting stand before it? A word with a capital that is in no list
at all is most often a name; in German, where every noun has one, it is not taken for one.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.redaction import vocabulary as known
from app.redaction.tokens import Word, language_of, tokenise
from app.redaction.types import Finding, Kind
from app.redaction.words import given, places

_LONGEST_PLACE = 4  # words
_LONGEST_NAME = 4
_SHORTEST_UNKNOWN = 3  # letters
_SHORTEST_PLACE = 3
_ABBREVIATION = 4  # letters; a longer word in capitals after "in" is a place
_BETWEEN = frozenset({" ", "-", "'", "’", ". ", "\u00a0"})  # what may stand between parts of a name


def find_names(text: str) -> Iterator[Finding]:
    """Names of people, places and organisations."""
    words = tokenise(text)
    language = language_of(words)
    _mark_places(words, language)
    _mark_listed(words, language)
    _mark_introduced(words)
    _mark_neighbours(words)
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
        if parts[-1].capital and all(part.gap in _BETWEEN for part in parts[1:]):
            if " ".join(part.folded for part in parts) in places():
                return length
    return 1


def _is_place(words: list[Word], at: int, language: str) -> bool:
    word = words[at]
    cued = at > 0 and word.gap == " " and words[at - 1].folded in known.PLACE_CUES
    noun = at > 1 and word.gap == " " and words[at - 2].folded in known.PLACE_NOUNS
    if word.folded in known.NO_NAMES or word.end - word.start < _SHORTEST_PLACE:
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
    small = known.SMALL_WORDS[language]
    for at, word in enumerate(words):
        if not word.capital or word.kind or word.folded in known.NO_NAMES or word.folded in small:
            continue
        if word.is_name and not word.is_ordinary and not word.abbreviated:
            word.kind = Kind.NAME
        elif word.unknown and _looks_like_a_name(word, language):
            word.kind = Kind.NAME
        elif word.folded in given() and language != "de" and _stands_like_a_name(words, at):
            word.kind = Kind.NAME


def _looks_like_a_name(word: Word, language: str) -> bool:
    """Whether a word of no list is taken for a name. At the start of a sentence any word is new."""
    if language == "de" or len(word.folded) < _SHORTEST_UNKNOWN or word.abbreviated or word.mixed:
        return False
    return not word.opens or (language == "en" and word.folded.isascii())


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
        if word.folded in known.TITLES and _next_gap(words, at) in {" ", ". "}:
            _mark_from(words, at + 1, sure=True)
        elif word.folded in known.GREETINGS and word.opens:
            _mark_from(words, at + 1, sure=False)
        elif word.folded in known.NAME_LABELS and _next_gap(words, at).strip() == ":":
            _mark_from(words, at + 1, sure=True, after=":")
    folded = [word.folded for word in words]
    for phrase in known.INTRODUCTIONS:
        for at in _places_of(phrase, folded):
            sure = any(part.startswith(("name", "nom", "naam")) for part in phrase)
            _mark_from(words, at + len(phrase), sure=sure)
            _mark_small(words, at + len(phrase), sure)


def _places_of(phrase: tuple[str, ...], folded: list[str]) -> Iterator[int]:
    first, length = phrase[0], len(phrase)
    for at, word in enumerate(folded):
        if word == first and tuple(folded[at : at + length]) == phrase:
            yield at


def _next_gap(words: list[Word], at: int) -> str:
    return words[at + 1].gap if at + 1 < len(words) else ""


def _mark_from(words: list[Word], start: int, *, sure: bool, after: str = "") -> None:
    """Marks the words with a capital from `start` on as a name.

    Args:
        words: all words.
        start: where the name begins.
        sure: whether an ordinary word can be one here as well.
        after: a sign that may stand before the first word.
    """
    for at in range(start, min(start + _LONGEST_NAME, len(words))):
        word = words[at]
        gap = word.gap.replace(after, "", 1).strip(" ") if at == start and after else word.gap
        if gap not in _BETWEEN and (gap or at > start):
            return
        fits = word.is_name or not word.is_ordinary or sure
        if not word.capital or not fits or word.folded in known.NO_NAMES:
            return
        word.kind = Kind.NAME


def _mark_small(words: list[Word], at: int, sure: bool) -> None:
    """After "my name is", a name may be written without a capital."""
    if sure and at < len(words) and not words[at].capital and words[at].gap == " ":
        word = words[at]
        if not word.is_ordinary and len(word.folded) >= _SHORTEST_UNKNOWN:
            word.kind = Kind.NAME


def _mark_neighbours(words: list[Word]) -> None:
    """Lets names grow: to the right over any name, to the left over what is in the list."""
    for at, word in enumerate(words):
        before = words[at - 1] if at else None
        if before is None or before.kind is not Kind.NAME or word.gap not in _BETWEEN:
            continue
        if word.kind is None and word.capital and word.folded not in known.NO_NAMES:
            if word.initial or not word.opens:
                word.kind = Kind.NAME
        elif word.folded in known.PARTICLES:
            _mark_over_particles(words, at)
    for at in range(len(words) - 2, -1, -1):
        word, after = words[at], words[at + 1]
        if word.kind is None and after.kind is Kind.NAME and after.gap in _BETWEEN:
            listed = word.capital and word.is_name and word.folded not in known.NO_NAMES
            if (listed and after.gap != ". ") or word.initial:
                word.kind = Kind.NAME


def _mark_over_particles(words: list[Word], start: int) -> None:
    """`van der` between a name and a word with a capital is part of the name."""
    for at in range(start, min(start + 3, len(words))):
        if words[at].gap not in _BETWEEN:
            return
        if words[at].capital:
            for part in words[start : at + 1]:
                part.kind = part.kind or Kind.NAME
            return
        if words[at].folded not in known.PARTICLES:
            return


def _mark_organisations(words: list[Word]) -> None:
    folded = [word.folded for word in words]
    for phrase in known.EMPLOYERS:
        for at in _places_of(phrase, folded):
            _mark_employer(words, at + len(phrase))
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
    joins = words[at].gap in {" ", ", ", " & ", "-", "'", "’", ". "}
    return joins and (before.capital or before.folded in {"and", "of", "und", "et", "y"})


def _joined(words: list[Word]) -> Iterator[Finding]:
    start = end = -1
    kind: Kind | None = None
    for word in words:
        if word.kind and word.kind is kind and word.gap in _JOINING[kind]:
            end = word.end
            continue
        if kind:
            yield Finding(start, end, kind)
        start, end, kind = word.start, word.end, word.kind
    if kind:
        yield Finding(start, end, kind)


_JOINING = {
    Kind.NAME: _BETWEEN,
    Kind.PLACE: frozenset({" ", "-", "'", "’"}),
    Kind.ORGANISATION: _BETWEEN | {", ", " & "},
}
