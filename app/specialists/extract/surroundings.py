"""Signs that the words right before and behind a value give, whatever column it is for."""

from __future__ import annotations

import re

from app.specialists.extract.field_words import FieldWords, folded
from app.specialists.extract.values import Value
from rag.answer.support import content_words

_BEFORE = 160  # characters
_BEHIND = 80
_LABEL = 40
# "United States District Court" is the name of a court, and "New York Law" names a law.
_NAME_GOES_ON = re.compile(r" (?P<word>[^\W\d_a-zß-öø-ÿ][^\W\d_]+)")
# "the State of Iowa", "das Land Hessen", "le canton de Vaud".
_KIND = re.compile(
    r"(?P<kind>[^\W\d_]{3,})\s(?:(?:of|de|du|del|von)\s)?(?:the\s|la\s)?\Z", re.IGNORECASE
)
# A length of time that begins at the end of something, or goes back from a day.
_FROM_AN_END = re.compile(
    r"\W{0,3}(?:(?:immediately|next|unmittelbar|immédiatement)\s)?(?:"
    r"(?:prior|preceding|before|previous|vor|avant|précéd\w+|antes|anterior\w*)\b"
    r"|(?:after|following|from|since|nach|ab|seit|après|suivant|depuis|tras|después|desde)\s"
    r"(?:[^\W\d_]+\s){0,4}?(?:terminat|expir|disclos|receipt|end\b|beendig|ablauf|ende\b|offenleg|"
    r"erhalt|zugang|fin\b|résiliat|divulgat|récept|termina|vencim|divulgac|recepc))",
    re.IGNORECASE,
)
_SURVIVES = re.compile(
    r"\b(?:surviv|overleb|überdauer|fortbesteh|gelten? .{0,40} fort|subsist|sobreviv|perdur)",
    re.IGNORECASE,
)
# A date says of which day another document is: "under that certain Credit Agreement, dated …".
_OF_ANOTHER = re.compile(
    r"(?:\b(?:the|that certain|a certain|such|any|an?)\s(?:[A-Z][\w&-]*\s){1,4}(?:Agreement|"
    r"Contract|Plan|Lease|Letter|Note|Deed)|\b(?:der|des|dem|den|die|eine[mnrs]?)\s"
    r"(?:[^\W\d_]+\s)?[A-ZÄÖÜ][a-zäöüß]+(?:vertrag|vereinbarung)(?:e?s)?"
    r"|\b(?:le|du|au|el|del|al)\s(?:contrat|contrato)\s(?:de|d['’])\s?\w+)\b[^.;]{0,80}\Z"
)
_THIS = re.compile(r"\b(?:this|diese[mnrs]?|présent|présente|este|esta|presente)\b", re.IGNORECASE)
_DATE_LABEL = re.compile(
    r"(?:^|[\s(])(?:(?:signature|signing|signed)\s)?(?:date|dated|datum|fecha)(?:\ssigned)?"
    r"\s{0,3}:[\s_]{0,8}\Z",
    re.IGNORECASE,
)


def signs_around(text: str, value: Value, words: FieldWords) -> dict[str, float]:
    """Returns the signs of a value of a document by the words beside it, each 0 to 1."""
    before = text[max(0, value.start - _BEFORE) : value.start]
    behind = text[value.end : value.end + _BEHIND]
    signs: dict[str, float] = {}
    if value.form == "place":
        kind = _KIND.search(before)
        signs["kind before"] = float(bool(kind and _is_asked(kind["kind"], words)))
        more = _NAME_GOES_ON.match(behind)
        in_name = more is not None and not _is_asked(more["word"], words)
        signs["in a name"] = float(in_name and not text[value.start : value.end].isupper())
    elif value.form == "duration" and words.whole:
        sentence = re.split(r"[.;]\s", before)[-1]
        ends = _FROM_AN_END.match(behind) or _SURVIVES.search(sentence)
        signs["from an end"] = float(ends is not None)
    elif value.form == "date" and words.at_head:
        other = _OF_ANOTHER.search(before)
        is_other = other is not None and not _THIS.search(before, other.start())
        signs["of another"] = float(is_other)
    return signs


def is_dated(text: str, start: int) -> bool:
    """Tells whether "Date:" stands before a place, which says nothing of what is dated."""
    return _DATE_LABEL.search(text[max(0, start - _LABEL) : start]) is not None


def _is_asked(word: str, words: FieldWords) -> bool:
    """Tells whether a word is one of those of a column: "State" of "Which state's law …"."""
    return bool(content_words(folded(word)) & words.content)
