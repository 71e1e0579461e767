"""What can be found in a text, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a finding is. In capitals it is the word of its placeholder: `[NAME_1]`."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    IBAN = "iban"
    CARD = "card"
    NATIONAL_ID = "national_id"
    BIRTH_DATE = "birth_date"
    SECRET = "secret"  # noqa: S105 - a kind, not a password
    ADDRESS = "address"
    PLACE = "place"
    ORGANISATION = "organisation"
    URL = "url"
    IP_ADDRESS = "ip_address"
    OWN_WORD = "own_word"
    TEXT = "text"  # words that only look like a placeholder; see `placeholders`


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """The characters from `start` up to, and without, `end` of a text are a `kind`."""

    start: int
    end: int
    kind: Kind

    def of(self, text: str) -> str:
        """The words themselves."""
        return text[self.start : self.end]


def value_key(value: str) -> str:
    """What two spellings of one value share: case, spacing and type are ignored."""
    from app.redaction.folded import fold, unhyphenated  # most starts never need it

    return "".join(unhyphenated(fold(value)).text.casefold().split())
