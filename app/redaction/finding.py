"""What can be found in a text, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of a finding. In capitals it is the word in its placeholder: `[NAME_1]`."""

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
    TEXT = "text"  # text that only looks like a placeholder; see `placeholders`


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A value of a `kind` at the characters [start, end) of a text."""

    start: int
    end: int
    kind: Kind

    def of(self, text: str) -> str:
        """Returns the value itself."""
        return text[self.start : self.end]


def value_key(value: str) -> str:
    """Returns a key that spellings of one value share: case, spacing and typography are ignored."""
    from app.redaction.folded import fold, unhyphenated  # loaded only when needed

    return "".join(unhyphenated(fold(value)).text.casefold().split())
