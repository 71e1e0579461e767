"""Shows dates, times and durations by the date codes of ECMA-376 part 1, section 18.8.31."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

_TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_.|\*.|\[(h+|m+|s+)\]|\[\$-?([^\]]*)\]|\[[^\]]*\]'
    r"|(AM/PM|A/P|y+|m+|d+|h+|s+|e+|g+|b+|\.0+|General|@)|(.)",
    re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|General', re.IGNORECASE)
_DATE_LETTER = re.compile(r"[ymdhs]", re.IGNORECASE)
_SYSTEM = re.compile(r"\[\$-F[48]00\]", re.IGNORECASE)  # "as this computer shows dates"
_AMBIGUOUS = re.compile(r"\s*\d{1,2}[/-]\d{1,2}[/-](?:\d{4}|\d{2})\b")
_LANGUAGE = 0x3FF  # bits of a Windows locale that name the language
_LANGUAGES = {
    0x05: "cs",
    0x06: "da",
    0x07: "de",
    0x0A: "es",
    0x0B: "fi",
    0x0C: "fr",
    0x0E: "hu",
    0x10: "it",
    0x13: "nl",
    0x14: "nb",
    0x15: "pl",
    0x16: "pt",
    0x18: "ro",
    0x1D: "sv",
    0x1F: "tr",
    0x24: "sl",
    0x1A: "hr",
    0x1B: "sk",
    0x08: "el",
    0x19: "ru",
    0x22: "uk",
}
_DAY_SECONDS = 86_400
_NOON = 12
_FIRST_LETTER, _SHORT_NAME = 5, 3  # letters of a code that ask for them


@lru_cache(maxsize=512)
def is_date_code(code: str) -> bool:
    """Tells whether a section of a number format shows a date, a time or a duration."""
    return _DATE_LETTER.search(_QUOTED.sub("", code)) is not None


def is_ambiguous(text: str) -> bool:
    """Tells whether a date like 3/4/2024 may have its day or its month first."""
    return _AMBIGUOUS.match(text) is not None


def date_text(value: datetime.date | datetime.time | datetime.timedelta, code: str) -> str | None:
    """Returns a date, time or duration as `code` shows it.

    None where the code leaves the order of day and month to the reader, or to the computer: such a
    date is better written as ISO.
    """
    if _SYSTEM.search(code):
        return None
    moment, elapsed = _moment(value)
    tokens, language = _tokens(code)
    twelve = any(token.casefold() in ("am/pm", "a/p") for token, _ in tokens)
    parts: list[str] = []
    for place, (token, literal) in enumerate(tokens):
        if not token:
            parts.append(literal)
            continue
        minutes = token[0] in "mM" and len(token) <= 2 and _is_minutes(tokens, place)
        parts.append(_part(token, moment, elapsed, language, twelve=twelve, minutes=minutes))
    text = " ".join("".join(parts).split())
    return None if not text or is_ambiguous(text) else text


def _moment(
    value: datetime.date | datetime.time | datetime.timedelta,
) -> tuple[datetime.datetime, float]:
    """Returns a value as a date with time, and as seconds that have passed."""
    zero = datetime.datetime(1899, 12, 30)  # noqa: DTZ001  # sheets know no time zones
    if isinstance(value, datetime.timedelta):
        return zero + datetime.timedelta(seconds=value.seconds), value.total_seconds()
    if isinstance(value, datetime.time):
        moment = datetime.datetime.combine(zero.date(), value)
    elif isinstance(value, datetime.datetime):
        moment = value
    else:
        moment = datetime.datetime.combine(value, datetime.time())
    return moment, (moment - zero).total_seconds()


@lru_cache(maxsize=512)
def _tokens(code: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """Returns date codes as (code, ""), other text as ("", text), and the language of names."""
    tokens: list[tuple[str, str]] = []
    language = "en"
    for match in _TOKEN.finditer(code):
        quoted, escaped, elapsed, locale, part, sign = match.groups()
        if elapsed:
            tokens.append((f"[{elapsed}", ""))
        elif locale is not None:
            language = _language(locale) or language
        elif part and part != "@" and part.casefold() != "general":
            tokens.append((part, ""))
        elif literal := quoted or escaped or sign:
            tokens.append(("", literal))
    return tuple(tokens), language


def _language(locale: str) -> str:
    figure = locale.rpartition("-")[2]
    try:
        return _LANGUAGES.get(int(figure, 16) & _LANGUAGE, "")
    except ValueError:
        return figure[:2].casefold() if figure[:2].isalpha() else ""


def _is_minutes(tokens: tuple[tuple[str, str], ...], place: int) -> bool:
    """Tells whether an m stands for minutes: after hours, or before seconds."""
    before = next((t for t, _ in reversed(tokens[:place]) if t), "")
    after = next((t for t, _ in tokens[place + 1 :] if t), "")
    return before.lstrip("[")[:1] in ("h", "H") or after.lstrip("[")[:1] in ("s", "S")


def _part(
    token: str,
    moment: datetime.datetime,
    elapsed: float,
    language: str,
    *,
    twelve: bool,
    minutes: bool,
) -> str:
    letter, length = token[:1].casefold(), len(token)
    if letter == "[":
        units = {"h": 3600, "m": 60, "s": 1}[token[1].casefold()]
        sign = "-" if elapsed < 0 else ""
        return f"{sign}{int((abs(elapsed) + 1e-6) // units):0{length - 1}d}"
    if token.casefold() in ("am/pm", "a/p"):
        return "AM" if moment.hour < _NOON else "PM"
    if letter == ".":
        return f".{moment.microsecond:06d}"[:length]
    if letter == "m" and not minutes:
        return _name(moment.date(), "M", length, language) or f"{moment.month:0{length}d}"
    if letter == "d":
        return _name(moment.date(), "E", length, language) or f"{moment.day:0{length}d}"
    if letter in "ye":
        return f"{moment.year % 100:02d}" if length <= 2 and letter == "y" else f"{moment.year:04d}"
    if letter == "h":
        hour = (moment.hour % _NOON or _NOON) if twelve else moment.hour
        return f"{hour:0{min(length, 2)}d}"
    if letter in "ms":
        return f"{moment.minute if letter == 'm' else moment.second:0{min(length, 2)}d}"
    return ""


def _name(day: datetime.date, field: str, length: int, language: str) -> str:
    """Returns the name of a day's month (M) or weekday (E); "" where digits are asked for."""
    if length < _SHORT_NAME:
        return ""
    from babel.dates import get_day_names, get_month_names

    abbreviated = length == _SHORT_NAME
    try:
        if field == "M":
            months = get_month_names("abbreviated" if abbreviated else "wide", locale=language)
            name = str(months[day.month])
        else:
            days = get_day_names("abbreviated" if abbreviated else "wide", locale=language)
            name = str(days[day.weekday()])
    except (ValueError, LookupError):
        return _name(day, field, length, "en") if language != "en" else ""
    return name[:1] if length == _FIRST_LETTER and field == "M" else name
