"""Address books: each contact as a block of its own."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.text import decode
from rag.parse.plain.vobjects import entries, unfold
from rag.parse.source import Source

_LABELS = {
    "org": "Organisation",
    "title": "Role",
    "role": "Role",
    "tel": "Phone",
    "email": "Mail",
    "adr": "Address",
    "url": "Website",
    "bday": "Birthday",
    "anniversary": "Anniversary",
    "nickname": "Nickname",
    "impp": "Messages",
    "x-socialprofile": "Profile",
    "related": "Related",
    "member": "Member",
    "categories": "Groups",
    "note": "Note",
}
_PLACE = ("box", "extended", "street", "code", "city", "region", "country")
# Types of a number or address that say nothing to a person, and how vCard 2.1 marks encodings.
_UNTOLD_TYPES = frozenset(
    (
        *("voice", "internet", "pref", "dom", "intl", "postal", "parcel", "msg", "text", "x400"),
        *("uri", "quoted-printable", "base64", "b", "8bit", "7bit", "utf-8", "contact"),
    )
)
_TYPE = re.compile(r"[^\W_][\w -]{0,29}")
_OWN_LABEL = re.compile(r"_\$!<(.*)>!\$_")  # how Apple marks a label that it translates
_DATES = ("bday", "anniversary")
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")
_DAY_OF_YEAR = re.compile(r"--(\d\d)-?(\d\d)")


def parse(source: Source) -> ParsedDocument:
    """Parses a VCF file. Contacts are read one by one: a damaged one does not affect the others.

    Raises:
        ParseProblem: it is not an address book, or holds no contacts.
    """
    text = unfold(decode(source.read()))
    if "BEGIN:VCARD" not in text.upper():
        raise broken("an address book")
    builder = DocumentBuilder()
    unread = 0
    for _, lines in entries(text, ("VCARD",)):
        try:
            builder.add("\n".join(_lines(_card(lines))))
        except Exception:  # noqa: BLE001  # vobject raises many kinds for a damaged card
            unread += 1
    if unread:
        builder.notes.append(f"Contacts that are damaged and were not read: {unread}.")
    return builder.finish(DocumentKind.CONTACTS, "", source)


def _card(lines: str) -> Any:
    import vobject  # type: ignore[import-untyped]

    if "QUOTED-PRINTABLE" in lines.upper():
        lines = re.sub(r"=\n", "", lines)  # phones fold such lines in a way of their own
    return vobject.readOne(f"BEGIN:VCARD\n{lines}END:VCARD\n", allowQP=True)


def _lines(card: Any) -> Iterator[str]:
    name = _plain(card.fn.value) if hasattr(card, "fn") else ""
    if not name and hasattr(card, "n"):
        name = " ".join(part for part in (_plain(card.n.value.given), _plain(card.n.value.family)))
    yield f"Contact: {name.strip() or 'without a name'}"
    own_labels = {
        label.group: _OWN_LABEL.sub(r"\1", _plain(label.value)).lower()
        for label in card.contents.get("x-ablabel", [])
        if label.group
    }
    for key, label in _LABELS.items():
        for entry in card.contents.get(key, []):
            words = _address(entry.value) if key == "adr" else _plain(entry.value)
            if key in _DATES:
                words = _date(words)
            if words:
                types = ", ".join(_types(entry, own_labels))
                yield f"{label} ({types}): {words}" if types else f"{label}: {words}"


def _types(entry: Any, own_labels: dict[str, str]) -> list[str]:
    """Returns the types of a number or address: vCard 2.1 has them without a name, 4 in quotes.

    Args:
        entry: the number or address.
        own_labels: what the person calls it, by the group that both belong to.
    """
    written = [*entry.params.get("TYPE", []), *getattr(entry, "singletonparams", [])]
    types = [kind.strip().lower() for value in written for kind in str(value).split(",")]
    told = [kind for kind in types if kind not in _UNTOLD_TYPES and _TYPE.fullmatch(kind)]
    if entry.group in own_labels:
        told.append(own_labels[entry.group])
    if "pref" in types or "1" in entry.params.get("PREF", []):
        told.append("preferred")
    return list(dict.fromkeys(told))


def _date(words: str) -> str:
    """Returns a date such as ``19610823`` or ``--0823`` as people write it."""
    if match := _DATE.fullmatch(words):
        return "-".join(match.groups())
    if match := _DAY_OF_YEAR.fullmatch(words):
        month, day = (int(number) for number in match.groups())
        return f"{day} {datetime.date(2000, month, 1):%B}" if 1 <= month <= 12 else words
    return words


def _address(value: Any) -> str:
    if isinstance(value, str):
        return _plain(value)
    return ", ".join(part for name in _PLACE if (part := _plain(getattr(value, name, ""))))


def _plain(value: Any) -> str:
    """Returns any value of a property on one line."""
    if isinstance(value, list | tuple):
        return ", ".join(part for item in value if (part := _plain(item)))
    words = " ".join(str(value).split())
    return re.sub(r"^(tel|mailto):", "", words, flags=re.IGNORECASE)
