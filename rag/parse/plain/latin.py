"""Tells the one-byte encodings of the Latin alphabet apart, by the letters that languages use."""

# ruff: noqa: RUF001 -- letters that look alike are what this is about

from __future__ import annotations

import math
import re
from collections import Counter

_ENCODINGS = (
    *("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "iso8859_15", "mac_roman", "cp850"),
    *("cp852", "iso8859_3", "iso8859_4", "iso8859_13", "mac_latin2", "mac_turkish"),
)
_COMMON = {"cp1252": math.log(30), "cp1250": math.log(3)}  # among files
# How often a letter comes in a thousand letters of a language; figures rounded.
_LANGUAGES = (
    "ä5.5 ö3 ü6.5 ß3",  # German
    "é19 è3 à5 ê2 ç1 î.5 ô.5 û.5 ù.5 â.5 ë.1 ï.1 œ.2",  # French
    "ó8 í7 á5 é4 ñ3 ú1.7 ü.1 ¿.5 ¡.3",  # Spanish
    "ã7 ç5 é3 á4 í2 ó2 ê4 õ2 ú1 â1 à1 ô.6",  # Portuguese
    "à6 è5 ù1.7 ò1.5 ì1 é1",  # Italian
    "à9 é7 è5 ó5 í4 ç2 ò3 ú2 ï.5 ü.3 ·.5",  # Catalan
    "ä18 å13 ö13 é.5",  # Swedish
    "å12 ø9 æ8 é.5",  # Danish, Norwegian
    "ä36 ö4 å.1",  # Finnish
    "ð44 á18 í16 þ15 ó10 æ9 ö8 é6 ú6 ý2",  # Icelandic
    "ë.5 é.5 ï.2 ö.1 ü.1",  # Dutch
    "é.2 ï.05 ñ.05 ç.05 ö.05 ü.05 á.05 è.05",  # English
    "ł18 ę11 ą10 ó8 ż8 ś7 ć4 ń2 ź.6",  # Polish
    "í33 á22 ě16 é13 ř12 ý11 ž10 č10 š8 ů7 ú1 ť.4 ď.3 ó.3 ň.1",  # Czech
    "á19 í12 ý11 č10 š9 ž9 ú9 é8 ť5 ľ4 ď2 ô1.5 ň1 ó.7 ä.7 ĺ.1 ŕ.1",  # Slovak
    "é38 á34 ö11 ó10 ő10 í7 ü6 ú3 ű3",  # Hungarian
    "ă23 î10 ș10 ț10 ş10 ţ10 â8",  # Romanian
    "č10 š9 ž6 ć6 đ4",  # Croatian, Slovene
    "ı51 ü18 ş18 ğ11 ç11 ö8 i̇3 â.3 î.1",  # Turkish
    "ä11 õ10 ü8 ö2 š.1 ž.1",  # Estonian
    "ā40 ī18 ē18 š9 ņ6 ļ5 ū5 ž2 č1 ķ1 ģ1",  # Latvian
    "ė16 ų14 š13 ž8 ą7 į6 ū5 č4 ę2",  # Lithuanian
    "ë70 ç5",  # Albanian
    "ŭ5 ĉ6 ĝ6 ŝ2 ĵ1 ĥ.1",  # Esperanto
    "ħ20 ż15 ġ15 ċ8 à8",  # Maltese
)
_PROFILES = tuple(
    {item[: len(item) - len(figure)]: math.log(float(figure)) for item, figure in pairs}
    for pairs in (
        [(item, re.sub(r"^[^\d.]+", "", item)) for item in language.split()]
        for language in _LANGUAGES
    )
)
_SIGN = math.log(0.6)  # quotation marks, dashes and the like, in any language
_SIGNS = frozenset("„“”‘’‚«»‹›–—…•·§°€£©®™²³½¥¢\xa0´¿¡№×†")
_RARE = math.log(0.2)
_LOANED = frozenset("éèüöäñçáïêíóâôø")  # in foreign words and names
_STRANGE = math.log(0.002)
_UNREADABLE = math.log(0.00001)
_CAPITAL = math.log(0.3)  # as a factor on the small letter
_CAPITAL_INSIDE = math.log(0.001)

_HIGH = re.compile(rb"[\x80-\xff]+")
_ALONE = 0.7  # of the runs of such bytes are one or two long in text of Latin letters
_MOST_HIGH = 0.4  # of the letters


def looks_latin(data: bytes) -> bool:
    """Whether bytes beyond ASCII stand one by one among ASCII letters."""
    runs = _HIGH.findall(data)
    high = sum(map(len, runs))
    letters = sum(1 for byte in data if byte > 0x40) or 1  # beyond the digits
    single = sum(1 for run in runs if len(run) == 1)
    among = len(re.findall(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][a-z]", data))
    return (
        bool(runs)
        and (single >= len(runs) * _ALONE and among >= len(runs) * _ALONE)
        and high < letters * _MOST_HIGH
    )


def best_latin(data: bytes) -> str:
    """The encoding in which the text's letters fit one language best."""
    return max(_ENCODINGS, key=lambda encoding: _score(data, encoding) + _COMMON.get(encoding, 0))


def _score(data: bytes, encoding: str) -> float:
    text = data.decode(encoding, "replace")
    found = Counter(re.findall(r"[a-z]?[^\x00-\x7f]", text))
    common = 0.0  # the same in every language
    letters: Counter[str] = Counter()
    for pair, count in found.items():
        character = pair[-1]
        if character in _SIGNS:
            inside = len(pair) > 1 and character not in "’´”“»›…·°™²³\xa0–—®©‘"
            common += count * (_STRANGE if inside else _SIGN)
        elif not character.isalpha():
            odd = character == "\ufffd" or not character.isprintable()
            common += count * (_UNREADABLE if odd else _STRANGE)
        else:
            small = character.lower()
            letters[small] += count
            if small != character:
                common += count * (_CAPITAL_INSIDE if len(pair) > 1 else _CAPITAL)
    return common + max(
        sum(
            count * profile.get(letter, _RARE if letter in _LOANED else _STRANGE)
            for letter, count in letters.items()
        )
        for profile in _PROFILES
    )
