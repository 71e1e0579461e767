"""Numbers of lists and clauses in the forms that office programs offer: b, iv, 2nd."""

from __future__ import annotations

_LETTERS = 26
_MOST_ROMAN = 4000
_MOST_LETTERS = 780  # Word repeats the letter up to 30 times
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_TEENS = range(11, 14)


def numeral(count: int, form: str) -> str:
    """Returns a number in a form of Word's; in Arabic digits for a form that is not known.

    Args:
        count: not negative.
        form: a value of ST_NumberFormat (ECMA-376, part 1, section 17.18.59).
    """
    if form == "none":
        return ""
    if form == "decimalZero":
        return f"{count:02d}"
    if form == "ordinal":
        return f"{count}{_ending(count)}"
    if form in ("lowerLetter", "upperLetter") and 0 < count <= _MOST_LETTERS:
        times, at = divmod(count - 1, _LETTERS)
        letters = chr(ord("a") + at) * (times + 1)
        return letters if form == "lowerLetter" else letters.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < count < _MOST_ROMAN:
        return roman(count) if form == "lowerRoman" else roman(count).upper()
    return str(count)


def roman(count: int) -> str:
    """Returns a number from 1 to 3999 in small Roman numerals."""
    parts: list[str] = []
    for worth, sign in _ROMAN:
        times, count = divmod(count, worth)
        parts.append(sign * times)
    return "".join(parts)


def _ending(count: int) -> str:
    if count % 100 in _TEENS:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
