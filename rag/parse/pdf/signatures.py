"""Reads who has signed a PDF file, and when; whether a signature is valid is not checked."""

from __future__ import annotations

import ctypes
from typing import Any

from rag.parse.builder import clean
from rag.parse.pdf import pdfium_strings
from rag.parse.pdf.annotations import iso_date

_MOST_SIGNATURES = 100
_MOST_BYTES = 1 << 20  # of a signature
_LONGEST = 200  # characters of a name or reason
_SEQUENCE, _LONG = 0x30, 0x80  # of DER (ITU-T X.690, 8.1.3)


def signatures(document: Any) -> list[str]:
    """Returns a line for each digital signature: by whom, when and why.

    Args:
        document: pypdfium2's, open.
    """
    from pypdfium2 import raw

    lines: list[str] = []
    for index in range(min(raw.FPDF_GetSignatureCount(document.raw), _MOST_SIGNATURES)):
        signature = raw.FPDF_GetSignatureObject(document.raw, index)
        if not signature:
            continue
        name = _signer(_der(_bytes(raw.FPDFSignatureObj_GetContents, signature)))
        date = iso_date(_bytes(raw.FPDFSignatureObj_GetTime, signature).decode("latin-1"))
        reason = pdfium_strings.text(raw.FPDFSignatureObj_GetReason, signature)
        reason = " ".join(clean(reason).split())[:_LONGEST]
        by = f" by {name}" if name else ""
        why = f": {reason}" if reason else ""
        if by or date or why:
            lines.append(f"Digital signature{by}{f', {date}' if date else ''} (not checked){why}")
    return lines


def _bytes(ask: Any, signature: Any) -> bytes:
    length = ask(signature, None, 0)
    if not 0 < length <= _MOST_BYTES:
        return b""
    buffer = ctypes.create_string_buffer(length)
    ask(signature, buffer, length)
    return buffer.raw[:length]


def _der(padded: bytes) -> bytes:
    """Returns the signature without the zeros that fill the place reserved for it."""
    if len(padded) < 2 or padded[0] != _SEQUENCE:
        return b""
    size, start = padded[1], 2
    if size > _LONG:
        start = 2 + size - _LONG
        size = int.from_bytes(padded[2:start], "big")
    return padded[: start + size]


def _signer(contents: bytes) -> str:
    """Returns the name in the certificate of the one who signed; "" if it cannot be read."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs7

    try:
        certificates = pkcs7.load_der_pkcs7_certificates(contents)
        issuers = {certificate.issuer for certificate in certificates}
        own = [c for c in certificates if c.subject not in issuers] or certificates
        names = own[0].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME) if own else []
    except (ValueError, UnsupportedAlgorithm):
        return ""
    name = names[0].value if names else ""
    return " ".join(clean(str(name)).split())[:_LONGEST]
