"""Account statements in XML (CAMT.052 to 054): each entry as a row of a table."""

from __future__ import annotations

from lxml import etree

from rag.parse.safe_xml import local

HEADER = ["Date", "Amount", "Currency", "Payee", "Purpose", "Kind"]
_PLACE = "tech:xsd:camt.05"
_DEBIT = "DBIT"


def take_entries(root: etree._Element) -> list[list[str]]:
    """Takes the entries out of a statement; returns them as rows under `HEADER`, or none.

    What is left, such as account and balances, is read as any XML is.
    """
    if _PLACE not in str(root.tag):
        return []
    rows: list[list[str]] = []
    for entry in [element for element in root.iter() if local(element) == "Ntry"]:
        rows += _rows(entry)
        parent = entry.getparent()
        if parent is not None:
            parent.remove(entry)
    return [HEADER, *rows] if rows else []


def _rows(entry: etree._Element) -> list[list[str]]:
    """Returns the entry's row, or one for each transaction if several were booked together."""
    details = [element for element in entry.iter() if local(element) == "TxDtls"]
    if len(details) < 2:
        return [_row(entry, entry)]
    return [_row(entry, detail) for detail in details]


def _row(entry: etree._Element, detail: etree._Element) -> list[str]:
    taken = (_text(detail, "CdtDbtInd") or _text(entry, "CdtDbtInd")) == _DEBIT
    amount = next((e for e in detail.iter() if local(e) == "Amt"), None)
    if amount is None or not (amount.text or "").strip():
        amount = next((e for e in entry if local(e) == "Amt"), None)
    value = (amount.text or "").strip() if amount is not None else ""
    other = next((e for e in detail.iter() if local(e) == ("Cdtr" if taken else "Dbtr")), None)
    account = next(
        (e for e in detail.iter() if local(e) == ("CdtrAcct" if taken else "DbtrAcct")), None
    )
    payee = [_text(other, "Nm"), _text(account, "IBAN")]
    purpose = [_all(detail, "Ustrd"), _text(detail, "EndToEndId"), _text(entry, "AddtlNtryInf")]
    return [
        _day(entry, "BookgDt") or _day(entry, "ValDt"),
        f"-{value}" if taken and value else value,
        str(amount.get("Ccy", "")) if amount is not None else "",
        ", ".join(filter(None, payee)),
        "; ".join(filter(None, purpose)),
        "reversal" if _text(entry, "RvslInd") == "true" else ("debit" if taken else "credit"),
    ]


def _day(entry: etree._Element, name: str) -> str:
    place = next((element for element in entry if local(element) == name), None)
    return _text(place, "Dt") or _text(place, "DtTm")[:10]


def _text(parent: etree._Element | None, name: str) -> str:
    """Returns the text of the first element of this name, at any depth; "" when there is none."""
    if parent is None:
        return ""
    texts = (element.text or "" for element in parent.iter() if local(element) == name)
    return next(filter(None, (text.strip() for text in texts)), "")


def _all(parent: etree._Element, name: str) -> str:
    texts = (element.text or "" for element in parent.iter() if local(element) == name)
    return " ".join(" ".join(text.split()) for text in texts)
