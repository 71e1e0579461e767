"""Parses account statements (OFX, QIF, MT940): each transaction as a row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.camt import HEADER
from rag.parse.plain.text import decode
from rag.parse.source import Source

_Row = list[str]


def parse(source: Source) -> ParsedDocument:
    """Parses an account statement.

    Raises:
        ParseProblem: it is none, or holds no transactions.
    """
    text = decode(source.read())
    builder = DocumentBuilder()
    if "<OFX>" in text[:10_000].upper():
        _add_ofx(builder, text)
    elif _TAG.search(text) is not None and _QIF.match(text) is None:
        _add_mt940(builder, text)
    elif _QIF.match(text):
        add_table(builder, [HEADER, *_qif_rows(text)])
    if builder.empty:
        raise broken("an account statement")
    return builder.finish(DocumentKind.BANK, "", source)


# OFX 1 is SGML, whose fields end at the next tag or at the line's end; OFX 2 is XML.
_OFX_FIELD = re.compile(r"<([A-Za-z0-9.]+)>[ \t]*([^<\r\n]*)")
_OFX_STATEMENT = re.compile(r"(?i)<(?:CC|INV)?STMTRS>")
_OFX_TRANSACTION = re.compile(r"(?is)<STMTTRN>(.*?)(?=</?STMTTRN>|</BANKTRANLIST>|\Z)")
_OFX_BALANCE = re.compile(r"(?is)<(LEDGERBAL|AVAILBAL)>(.*?)(?=</\1>|<LEDGERBAL>|<AVAILBAL>|\Z)")
_BALANCES = {"LEDGERBAL": "Balance", "AVAILBAL": "Available"}


def _add_ofx(builder: DocumentBuilder, text: str) -> None:
    begins = [match.start() for match in _OFX_STATEMENT.finditer(text)] or [0]
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        statement = text[begin:end]
        fields = _ofx_fields(statement.partition("<STMTTRN>")[0])
        currency = fields.get("CURDEF", "")
        _add_facts(
            builder, [("Bank", fields.get("BANKID", "")), ("Account", fields.get("ACCTID", ""))]
        )
        rows = [
            [
                _day(entry.get("DTPOSTED", "")),
                entry.get("TRNAMT", ""),
                entry.get("CURRENCY", "") or currency,
                entry.get("NAME", "") or entry.get("PAYEE", ""),
                entry.get("MEMO", ""),
                entry.get("TRNTYPE", "").lower(),
            ]
            for entry in map(_ofx_fields, _OFX_TRANSACTION.findall(statement))
        ]
        if rows:
            add_table(builder, [HEADER, *rows])
        balances = [
            (name.upper(), _ofx_fields(inner)) for name, inner in _OFX_BALANCE.findall(statement)
        ]
        _add_facts(
            builder,
            [
                (_BALANCES[name], _sum(f.get("BALAMT", ""), currency, _day(f.get("DTASOF", ""))))
                for name, f in balances
            ],
        )


def _ofx_fields(text: str) -> dict[str, str]:
    from html import unescape

    return {
        name.upper(): unescape(value.strip())
        for name, value in _OFX_FIELD.findall(text)
        if value.strip()
    }


_QIF = re.compile(r"\s*!(?:Type|Account|Option|Clear)\b", re.IGNORECASE)
_QIF_LABELS = {"S": "category", "E": "memo", "$": "amount"}


def _qif_rows(text: str) -> Iterator[_Row]:
    """Yields transactions; the format does not say which currency, nor the order of a date."""
    fields: dict[str, str] = {}
    split: list[str] = []
    kind = ""
    for line in text.split("\n"):
        code, value = line[:1], line[1:].strip()
        if code == "!":
            kind = value.partition(":")[2] or value
            fields, split = {}, []
        elif code == "^":
            if "T" in fields or "U" in fields:
                purpose = [fields.get("M", ""), fields.get("L", ""), *split]
                yield [
                    fields.get("D", ""),
                    fields.get("T") or fields.get("U", ""),
                    "",
                    fields.get("P", ""),
                    "; ".join(filter(None, purpose)),
                    kind,
                ]
            fields, split = {}, []
        elif code in _QIF_LABELS:
            split.append(f"{_QIF_LABELS[code]} {value}")
        elif code:
            fields.setdefault(code, value)


_TAG = re.compile(r"(?m)^:(\d\d[A-Z]?):")
# SWIFT MT940, field 61: value date, booking date, mark, letter of the currency, amount, kind.
_MOVEMENT = re.compile(
    r"(\d{6})(\d{4})?(R?[CD])([A-Z])?(\d[\d,]*)([A-Z][A-Z0-9]{3})?(.*)", re.DOTALL
)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})([\d,]+)")
_BALANCE_NAMES = {
    "60F": "Opening balance",
    "60M": "Opening balance",
    "62F": "Closing balance",
    "62M": "Closing balance",
    "64": "Available",
    "65": "Forward balance",
}
# Subfields of field 86 as German and Austrian banks write them: text, purpose, and the payee.
_SUBFIELD = re.compile(r"\?(\d\d)")
_PURPOSE = frozenset((*map(str, range(20, 30)), *map(str, range(60, 64))))
_PAYEE = frozenset(("32", "33"))


def _add_mt940(builder: DocumentBuilder, text: str) -> None:
    rows: list[_Row] = []
    currency = ""

    def flush() -> None:
        if rows:
            add_table(builder, [HEADER, *rows])
            rows.clear()

    for tag, value in _mt940_fields(text):
        if tag == "25":
            flush()
            _add_facts(builder, [("Account", value)])
        elif tag == "28C":
            _add_facts(builder, [("Statement", value)])
        elif tag in _BALANCE_NAMES and (balance := _BALANCE.match(value)):
            mark, day, currency, amount = balance.groups()
            if tag not in ("60F", "60M"):
                flush()
            amount = _sum(f"{'-' if mark == 'D' else ''}{amount}", currency, _short_day(day))
            _add_facts(builder, [(_BALANCE_NAMES[tag], amount)])
        elif tag == "61" and (movement := _MOVEMENT.match(value)):
            day, _, mark, _, amount, _, rest = movement.groups()
            # A reversal of a credit takes money, one of a debit gives it back.
            sign = "-" if mark in ("D", "RC") else ""
            kind = "reversal" if mark.startswith("R") else ("debit" if sign else "credit")
            further = rest.partition("\n")[2]
            rows.append([_short_day(day), f"{sign}{amount}", currency, "", further, kind])
        elif tag == "86" and rows:
            payee, purpose, booking = _details(value)
            rows[-1][3] = rows[-1][3] or payee
            rows[-1][4] = " ".join(filter(None, (rows[-1][4], purpose)))
            rows[-1][5] = booking or rows[-1][5]
    flush()


def _mt940_fields(text: str) -> Iterator[tuple[str, str]]:
    tags = list(_TAG.finditer(text))
    for tag, following in zip(tags, [*tags[1:], None], strict=True):
        value = text[tag.end() : following.start() if following else len(text)]
        yield tag.group(1), value.strip().removesuffix("\n-").removesuffix("-}").strip()


def _details(value: str) -> tuple[str, str, str]:
    """Returns the payee, the purpose and the kind of a booking."""
    value = value.replace("\n", "")
    pieces = _SUBFIELD.split(value)
    if len(pieces) == 1:
        return "", value, ""
    fields = list(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))
    return (
        " ".join(text for number, text in fields if number in _PAYEE),
        " ".join(text for number, text in fields if number in _PURPOSE),
        " ".join(text for number, text in fields if number == "00"),
    )


def _add_facts(builder: DocumentBuilder, facts: list[tuple[str, str]]) -> None:
    builder.add("\n".join(f"{name}: {value}" for name, value in facts if value))


def _sum(amount: str, currency: str, day: str) -> str:
    words = " ".join(filter(None, (amount, currency)))
    return f"{words} on {day}" if words and day else words


def _day(stamp: str) -> str:
    """Returns a day such as ``20250203120000[-5:EST]`` in ISO form; as written if it is none."""
    try:
        return date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])).isoformat()
    except ValueError:
        return stamp


def _short_day(stamp: str) -> str:
    """Returns a day such as ``250203`` in ISO form; years from 80 on are of the last century."""
    century = "19" if stamp[:2] >= "80" else "20"
    return _day(century + stamp)
