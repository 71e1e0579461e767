"""Lists of names, places and ordinary words, read when they are first asked for.

Made by `tests.make_word_lists`, which says where they are from.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

LISTS = Path(__file__).parent / "lists"


@cache
def names() -> frozenset[str]:
    """Parts of first and last names of many countries, folded."""
    return _read("names")


@cache
def given() -> frozenset[str]:
    """First names that are ordinary English words as well, folded."""
    return _read("given")


@cache
def places() -> frozenset[str]:
    """Countries, states of the USA, and cities of 5,000 and more, folded."""
    return _read("places")


@cache
def ordinary() -> frozenset[str]:
    """English words, and the commonest of some other languages, that are no names; folded."""
    return _read("words")


def _read(name: str) -> frozenset[str]:
    packed = (LISTS / f"{name}.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode("utf-8").split("\n"))
