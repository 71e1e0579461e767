"""Forms of words, as questions, columns and values are compared."""

from __future__ import annotations

import re
import unicodedata

from rag.text.words import stem

WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])")  # "kWh" is one word
_SHORT = 3  # letters of a word that has no other form
_CUT = 4  # letters that forms of one word share at least


def folded(text: str) -> list[str]:
    """Returns the words and numbers of a text without case and accents."""
    return [fold(word) for word in WORD.findall(CAMEL.sub(" ", text))]


def fold(word: str) -> str:
    """Returns a word in small letters without accents, its plural in "ies" as one in "y"."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return plain[:-3] + "y" if plain.endswith("ies") and len(plain) > _CUT else plain


def share_named(question: str, name: str) -> float:
    """Returns the share of the words of a file's or sheet's name that the question has, 0 to 1."""
    asked = {stem(word) for word in folded(question)}
    words = [word for word in folded(name) if len(word) >= _SHORT or word[0].isdigit()]
    return sum(stem(word) in asked for word in words) / len(words) if words else 0.0


def nearly(one: str, other: str) -> bool:
    """Tells whether two words are one, or differ in a plural "s"."""
    return one in (other, f"{other}s", f"{other}es") or other in (f"{one}s", f"{one}es")


def same(one: str, other: str) -> bool:
    """Tells whether two words are forms of one: "wins" and "win", "Preise" and "Preis"."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if one[:1].isdigit() or other[:1].isdigit() or len(short) < _SHORT:
        return False
    if long == short + "s":
        return True
    more = long.removesuffix(short)
    if len(short) >= _CUT and len(more) == 1:  # "pclass" and "class", not "female" and "male"
        return True
    shared = next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
                  len(short))  # fmt: skip
    return shared >= max(_CUT, len(short) - 1, len(long) - 3)
