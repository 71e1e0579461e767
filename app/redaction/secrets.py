"""Passwords, keys and tokens."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from app.redaction.finding import Finding, Kind

# Prefixes that services give to their keys, so that scanners can find them.
_KEYS = re.compile(
    r"(?<![\w-])(?:sk-[\w-]{16,200}|(?:sk|pk|rk)_(?:live|test)_\w{10,200}|gh[pousr]_\w{20,255}"
    r"|github_pat_\w{20,255}|glpat-[\w-]{16,64}|xox[abeprs]-[\w-]{10,255}"
    r"|(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}|AIza[\w-]{30,45}|ya29\.[\w-]{20,255}"
    r"|hf_\w{20,64}|npm_\w{30,64}|pypi-[\w-]{20,255}|SG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|eyJ[\w-]{8,2000}\.[\w-]{8,4000}(?:\.[\w-]{8,2000})?)(?![\w-])"
)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,16000}?-----END [A-Z ]{0,40}PRIVATE KEY-----"
)
_LABEL = (
    r"(?:password|passwd|passphrase|pwd|passcode|pass ?word|access code|api[_ -]?key"
    r"|secret[_ -]?key"
    r"|access[_ -]?key|private[_ -]?key|client[_ -]?secret|auth[_ -]?token|access[_ -]?token|token"
    r"|secret|bearer|pin(?: ?code)?|cvv2?|cvc2?|security code|puk|tan"
    r"|passwort|kennwort|zugangscode|geheimzahl|mot de passe|code secret|contraseña|clave"
    r"|wachtwoord|toegangscode|parola d'ordine)\b[\"']?(?:\s{0,3}(?:number|nummer)\b)?"
)
# A label and its value, separated by a word or sign, a cell border, or the line end if the label is
# alone on its line.
_LABELLED = re.compile(
    rf"(?:(?<![^\W_]){_LABEL}"
    r"(?:\s{0,3}(?:is|ist|lautet|est|es|è|=>?|:=?|->)\s{0,3}|[ \t]{0,8}[\t|][ \t|]{0,8})"
    rf"|^[ \t|]{{0,8}}{_LABEL}[ \t|:]{{0,8}}\n[ \t|]{{0,8}})[\"'`]?"
    r"(?P<value>[^\s\"'`<>|]{3,200})",
    re.IGNORECASE | re.MULTILINE,
)
_IN_ADDRESS = re.compile(r"://[^\s/:@]{1,64}:(?P<value>[^\s/@]{1,128})@")
_RANDOM = re.compile(r"(?<![\w/+.=-])[A-Za-z0-9+/_=-]{24,512}(?![\w/+.-])")
_BITS = 4.0  # of entropy per character; words have less, random characters more


def find_secrets(text: str) -> Iterator[Finding]:
    """Finds keys by prefix or randomness, and values that are labelled as passwords."""
    for pattern in (_KEYS, _BLOCK):
        for match in pattern.finditer(text):
            yield Finding(*match.span(), Kind.SECRET)
    for pattern in (_LABELLED, _IN_ADDRESS):
        for match in pattern.finditer(text):
            value = match.group("value").rstrip(".,;:)")
            if pattern is _IN_ADDRESS or _is_no_word(value):
                yield Finding(match.start("value"), match.start("value") + len(value), Kind.SECRET)
    for match in _RANDOM.finditer(text):
        if _is_random(match.group()):
            yield Finding(*match.span(), Kind.SECRET)


def _is_no_word(value: str) -> bool:
    """Tells whether a value has a digit, a sign or mixed case, unlike an ordinary word."""
    return not value.isalpha() or not (value.islower() or value.istitle())


def _is_random(token: str) -> bool:
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(map(kind, token)) for kind in kinds) and _entropy(token) >= _BITS


def _entropy(token: str) -> float:
    counts = Counter(token).values()
    return -sum(n / len(token) * math.log2(n / len(token)) for n in counts)
