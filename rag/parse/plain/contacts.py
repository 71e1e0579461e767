"""Address books: each contact as a block of its own."""

from __future__ import annotations

import datetime
import quopri
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, clean
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.ldif import is_ldif, ldif_entries
from rag.parse.plain.text import decode
from rag.parse.plain.vobjects import entries, unfold
from rag.parse.source import Source

_LABELS = {
    "org": "Organisation",
    "org-directory": "Directory",
    "title": "Role",
    "role": "Role",
    "expertise": "Expertise",
    "tel": "Phone",
    "email": "Mail",
    "adr": "Address",
    "url": "Website",
    "bday": "Birthday",
    "birthplace": "Place of birth",
    "anniversary": "Anniversary",
    "x-anniversary": "Anniversary",
    "x-evolution-anniversary": "Anniversary",
    "x-abdate": "Date",
    "deathdate": "Died",
    "deathplace": "Place of death",
    "nickname": "Nickname",
    "x-maidenname": "Maiden name",
    "gender": "Gender",
    "x-gender": "Gender",
    "pronouns": "Pronouns",
    "lang": "Language",
    "tz": "Time zone",
    "geo": "Position",
    "impp": "Messages",
    "x-skype": "Skype",
    "x-jabber": "Jabber",
    "x-aim": "AIM",
    "x-icq": "ICQ",
    "x-qq": "QQ",
    "x-twitter": "Twitter",
    "x-socialprofile": "Profile",
    "socialprofile": "Profile",
    "related": "Related",
    "x-abrelatednames": "Related",
    "x-spouse": "Related (spouse)",
    "x-evolution-spouse": "Related (spouse)",
    "x-manager": "Related (manager)",
    "x-evolution-manager": "Related (manager)",
    "x-assistant": "Related (assistant)",
    "x-evolution-assistant": "Related (assistant)",
    "agent": "Related (agent)",
    "member": "Member",
    "hobby": "Hobby",
    "interest": "Interest",
    "categories": "Groups",
    "note": "Note",
}
_LEFT_OUT = {
    "photo": "picture",
    "logo": "picture",
    "sound": "sound",
    "key": "key",
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
_DATES = (
    "bday",
    "anniversary",
    "x-anniversary",
    "x-evolution-anniversary",
    "x-abdate",
    "deathdate",
)
# vCard 2.1: a value in quoted-printable, whose lines end in "=" where they go on.
_QUOTED = re.compile(
    r"^([\w.-]{1,100})((?:;[^:;\n]{0,200}){0,20}?);(?:ENCODING=)?QUOTED-PRINTABLE([^:\n]{0,500}):"
    r"((?:[^\n]*=\n(?!END:|BEGIN:))*[^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_CHARSET = re.compile(r";CHARSET=\"?([\w.:-]{1,40})\"?", re.IGNORECASE)
_BYTES = re.compile(r"(?:=[0-9A-F]{2})+", re.IGNORECASE)
_PROPERTY = re.compile(
    r"""^([^:\n"]{1,500}(?:"[^"\n]{0,500}"[^:\n"]{0,500}){0,20}:)([^\n]*,[^\n]*)""", re.MULTILINE
)
_COMMA = re.compile(r"\\.|,")
_STRUCTURED = frozenset(("N", "ADR", "ORG"))
_NO_YEAR = "X-APPLE-OMIT-YEAR"
_EXTENSION = re.compile(r";ext=(\w+)", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T.*)?")
_DAY_OF_YEAR = re.compile(r"--(\d\d)-?(\d\d)")


def parse(source: Source) -> ParsedDocument:
    """Parses a VCF or LDIF file. Contacts are read one by one: a damaged one spoils no other.

    Raises:
        ParseProblem: it is not an address book, or holds no contacts.
    """
    content = decode(source.read())
    if is_ldif(content):
        directory = DocumentBuilder()
        for entry in ldif_entries(content):
            directory.add(entry)
        return directory.finish(DocumentKind.CONTACTS, "", source)
    text = unfold(_QUOTED.sub(_unquoted, content))
    if "BEGIN:VCARD" not in text.upper():
        raise broken("an address book")
    builder = DocumentBuilder()
    unread = 0
    left_out: Counter[str] = Counter()
    for _, lines in entries(text, ("VCARD",)):
        try:
            card = _card(lines)
            builder.add("\n".join(_lines(card)))
            left_out.update(kind for key, kind in _LEFT_OUT.items() if key in card.contents)
        except Exception:  # noqa: BLE001  # vobject raises many kinds for a damaged card
            unread += 1
    if unread:
        builder.notes.append(f"Contacts that are damaged and were not read: {unread}.")
    if left_out:
        kinds = ", ".join(f"{n:,} {kind}{'' if n == 1 else 's'}" for kind, n in left_out.items())
        builder.notes.append(f"Not read in the contacts: {kinds}.")
    return builder.finish(DocumentKind.CONTACTS, "", source)


def _unquoted(match: re.Match[str]) -> str:
    """Returns a property in quoted-printable as a plain one, as vCard 3.0 writes it."""
    name, before, after, value = match.groups()
    parameters = f"{before}{after}"
    charset = _CHARSET.search(parameters)
    encodings = (charset[1] if charset else "utf-8", "utf-8", "cp1252")
    value = value.replace("=\n", "").removesuffix("=")
    if value.isascii():
        words = _decoded(quopri.decodestring(value), encodings)
    else:  # some of it is not encoded
        words = _BYTES.sub(lambda run: _decoded(quopri.decodestring(run[0]), encodings), value)
    words = clean(words).replace("\n", "\\n")
    return f"{name}{_CHARSET.sub('', parameters)}:{words}"


def _decoded(data: bytes, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):  # some encodings are not of text
            continue
    return data.decode("latin-1")


def _with_commas(match: re.Match[str]) -> str:
    """Returns a property whose commas are part of its text: the library cuts it at the first."""
    name = re.split(r"[;:]", match[1], maxsplit=1)[0].rpartition(".")[2]
    if name.upper() in _STRUCTURED:
        return match[0]
    return match[1] + _COMMA.sub(lambda mark: "\\," if mark[0] == "," else mark[0], match[2])


def _card(lines: str) -> Any:
    import vobject  # type: ignore[import-untyped]

    lines = _PROPERTY.sub(_with_commas, lines)
    return vobject.readOne(f"BEGIN:VCARD\n{lines}END:VCARD\n", allowQP=True)


def _lines(card: Any) -> Iterator[str]:
    name = _plain(card.fn.value) if hasattr(card, "fn") else ""
    if not name and hasattr(card, "n"):
        name = " ".join(part for part in (_plain(card.n.value.given), _plain(card.n.value.family)))
    yield f"Contact: {name.strip() or 'without a name'}"
    own_labels = {
        label.group: _OWN_LABEL.sub(r"\1", _plain(label.value))
        for label in card.contents.get("x-ablabel", [])
        if label.group
    }
    for key, label in _LABELS.items():
        for entry in card.contents.get(key, []):
            words = _address(entry.value) if key == "adr" else _plain(entry.value)
            if key in _DATES:
                words = _date(words, omits_year=_NO_YEAR in entry.params)
            if not words:
                continue
            if key == "x-abdate" and entry.group in own_labels:
                yield f"{own_labels[entry.group]}: {words}"
                continue
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
        told.append(own_labels[entry.group].lower())
    if "pref" in types or "1" in entry.params.get("PREF", []):
        told.append("preferred")
    return list(dict.fromkeys(told))


def _date(words: str, *, omits_year: bool = False) -> str:
    """Returns a date such as ``19610823`` or ``--0823`` as people write it."""
    if omits_year and (match := _DATE.fullmatch(words)):
        return _date(f"--{match[2]}{match[3]}")
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
    words = re.sub(r"^(mailto|geo):", "", words, flags=re.IGNORECASE)
    if words[:4].lower() == "tel:":
        return _EXTENSION.sub(r" ext. \1", words[4:])
    return words
