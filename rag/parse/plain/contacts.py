"""Address books: each contact as a block of its own."""

from __future__ import annotations

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
    "categories": "Groups",
    "note": "Note",
}
_PLACE = ("box", "extended", "street", "code", "city", "region", "country")
_KNOWN_TYPES = frozenset(("home", "work", "cell", "mobile", "fax", "pager", "main", "other"))


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
    for key, label in _LABELS.items():
        for entry in card.contents.get(key, []):
            words = _address(entry.value) if key == "adr" else _plain(entry.value)
            if words:
                kinds = [k.lower() for k in entry.params.get("TYPE", []) if k]
                listed_kinds = ", ".join(kind for kind in kinds if kind in _KNOWN_TYPES)
                yield f"{label} ({listed_kinds}): {words}" if listed_kinds else f"{label}: {words}"


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
