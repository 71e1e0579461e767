"""Reads the first bytes of a file: an image, another binary file, or which kind of text."""

from __future__ import annotations

import re

from rag.formats import DocumentKind
from rag.parse.plain.encodings import escaped_encoding, marked_encoding, wide_encoding
from rag.text.lazy_regex import lazy_regex

TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""How TIFF files begin; the latter two are those for more than 4 GB (BigTIFF)."""
_JPEG_2000 = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")  # with a header and without
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", *TIFF, *_JPEG_2000)
GZIP, BZIP2, XZ = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"
"""How files begin that are packed by themselves, and tar archives that are packed."""
_PROPERTY_LIST = b"bplist0"
_BZIP2 = lazy_regex(rb"BZh[1-9]1AY&SY")
_TAR_MARK = slice(257, 262)
# Archives that cannot be read, by the name that people have for them.
_OTHER_ARCHIVES = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"MSCF\x00\x00\x00\x00", "CAB"),
)

_CONTROL = lazy_regex(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")  # without line ends and escapes
_MOST_CONTROLS = 0.02  # of the bytes: a damaged text has a few, a binary file about one in ten
_MOST_ZEROS = 0.2  # some programs put zero bytes between words

_START = 2048  # bytes at the beginning that show a text's format
_MAIL_HEADER = lazy_regex(
    rb"(?im)^(from|to|cc|subject|date|received|return-path|delivered-to|message-id|mime-version"
    rb"|content-type|reply-to|x-[a-z-]+):[ \t]"
)
_MAIL_HEADERS = 3
_FIELD = lazy_regex(rb"[!-9;-~]+:([ \t]|\r?\n[ \t])")
_MAILBOX = lazy_regex(rb"From \S+.*\d\d:\d\d.*\d{4}[^\n]*\n>?[!-9;-~]+:")
_JSON = lazy_regex(
    rb'(\{\s*("(?:[^"\\]|\\.){0,200}"\s*:|\})|\[\s*([\[{"\]]|-?\d+(\.\d+)?\s*(,|\]\s*\Z)))'
)
_HTML = lazy_regex(rb"<(!doctype\s+html|html[\s>])", re.IGNORECASE)
_XML = lazy_regex(rb"<(\?xml\s|!doctype\s)", re.IGNORECASE)
# Formats that say what they are, each in a text of its own kind: XML, JSON, or lines.
_MARKED = (
    (
        DocumentKind.XLS,
        lazy_regex(
            rb"(?s)<\?xml.{0,500}?<(?:\w{1,20}:)?Workbook\s[^<>]{0,1000}?"
            rb"urn:schemas-microsoft-com:office:spreadsheet"
        ),
    ),
    (DocumentKind.NOTES, lazy_regex(rb"(?s)<\?xml.{0,500}?<en-export\b|<en-export\b")),
    (DocumentKind.OUTLINE, lazy_regex(rb"(?s)(?:<\?xml.{0,500}?)?<opml\b", re.IGNORECASE)),
    (DocumentKind.BANK, lazy_regex(rb"OFXHEADER:|(?s:<\?xml.{0,500}?)?<(?:\?)?OFX\b")),
    (DocumentKind.BANK, lazy_regex(rb"!(?:Type|Account|Option):", re.IGNORECASE)),
    (DocumentKind.BANK, lazy_regex(rb"(?s)(?:\{1:.{0,200}?)?:20:[^\n]*\n.{0,200}?:25:")),
    (DocumentKind.TEX, lazy_regex(rb"(?:%[^\n]*\n\s*)*+\\document(?:class|style)\b")),
    (
        DocumentKind.BIBLIOGRAPHY,
        lazy_regex(
            rb"@(?:article|book|inbook|incollection|inproceedings|conference|misc|online|manual"
            rb"|techreport|phdthesis|mastersthesis|unpublished|proceedings|booklet|string)\s*\{",
            re.IGNORECASE,
        ),
    ),
    (DocumentKind.SUBTITLES, lazy_regex(rb"WEBVTT\b")),
    (DocumentKind.SUBTITLES, lazy_regex(rb"(?:\d+\s+)?\d{1,3}:\d\d:\d\d[.,]\d{3} --> ")),
    (DocumentKind.SUBTITLES, lazy_regex(rb"\d{1,3}:\d\d:\d\d\.\d{3},\d{1,3}:\d\d:\d\d\.\d{3}\s")),
    (
        DocumentKind.NOTEBOOK,
        lazy_regex(
            rb'\{\s*"(?:cells"\s*:\s*\[\s*\{\s*"(?:cell_type|attachments|execution_count|id)"|nbformat)'
        ),
    ),
)
_ELEMENT = lazy_regex(rb"<[A-Za-z_][\w.-]*(?::[\w.-]+)?\s+[\w:.-]+\s*=\s*[\"'][^<>]*>")
_GRID_LINES = 20
_PREAMBLE = lazy_regex(rb"(?:\s++|<\?xml[^>]*+>|<!--.*?-->)*+", re.DOTALL)

# Extensions that say more about a text than its first bytes do.
_SETTLED = frozenset(
    (
        *(DocumentKind.MARKDOWN, DocumentKind.CODE, DocumentKind.CSV, DocumentKind.YAML),
        *(DocumentKind.ORG, DocumentKind.TEX, DocumentKind.BIBLIOGRAPHY, DocumentKind.MARKUP),
    )
)
_GRIDS = frozenset((DocumentKind.XLSX, DocumentKind.XLS, DocumentKind.ODS))
# Formats that are certain by the extension once the content is text.
_TEXTS = _SETTLED | {
    DocumentKind.HTML,
    DocumentKind.TEXT,
    DocumentKind.JSON,
    DocumentKind.XML,
    DocumentKind.EMAIL,
    DocumentKind.MAILBOX,
    DocumentKind.CALENDAR,
    DocumentKind.CONTACTS,
    DocumentKind.NOTEBOOK,
    DocumentKind.NOTES,
    DocumentKind.OUTLINE,
    DocumentKind.BANK,
    DocumentKind.SUBTITLES,
}


def is_image(head: bytes) -> bool:
    """Tells whether a file begins like an image."""
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    bitmap = head.startswith(b"BM") and head[6:10] == bytes(4) and len(head) > 14
    return head.startswith(_PICTURES) or webp or bitmap


def is_tar(head: bytes) -> bool:
    """Tells whether a file's first 512 bytes are the header of a tar archive."""
    return head[_TAR_MARK] == b"ustar"


def is_packed(head: bytes) -> bool:
    """Tells whether a file begins like a tar archive, or like one that is packed as a whole."""
    return head.startswith((GZIP, XZ)) or bool(_BZIP2.match(head)) or is_tar(head)


def is_property_list(head: bytes) -> bool:
    """Tells whether a file begins like a binary property list."""
    return head.startswith(_PROPERTY_LIST)


def unread_archive(head: bytes) -> str:
    """Returns the name of the format of an archive that cannot be read; "" for all other files."""
    return next((name for mark, name in _OTHER_ARCHIVES if head.startswith(mark)), "")


def is_binary(head: bytes) -> bool:
    """Tells whether a file's beginning is text in no encoding."""
    if marked_encoding(head) or wide_encoding(head) or (escaped_encoding(head) and head.isascii()):
        return False
    head = head.rstrip(b"\x00")  # padding
    if not head:
        return True
    zeros = head.count(0)
    controls = len(_CONTROL.findall(head)) - zeros
    return controls > len(head) * _MOST_CONTROLS or zeros > len(head) * _MOST_ZEROS


def text_kind(head: bytes, expected: DocumentKind | None) -> DocumentKind:
    """Returns the format of a text.

    Args:
        head: its first bytes.
        expected: the format of its extension.
    """
    start = _as_ascii(head)
    if start.startswith(b"{\\rtf"):
        return DocumentKind.RTF
    if expected in _SETTLED:
        return expected
    marked = _kind_of_start(start)
    if marked is None and expected in _GRIDS:  # many programs export text under these endings
        return DocumentKind.CSV if _is_grid(start) else DocumentKind.TEXT
    if marked is None and expected in (None, DocumentKind.XML) and _ELEMENT.match(start):
        return DocumentKind.XML  # drawings and diagrams have no declaration
    if expected is DocumentKind.HTML and marked is DocumentKind.XML:
        return DocumentKind.HTML
    if expected in (DocumentKind.EMAIL, DocumentKind.XML) and marked is not None:
        markup = (DocumentKind.HTML, DocumentKind.XML)
        return expected if expected is DocumentKind.XML and marked in markup else marked
    if marked is not None:
        return marked
    return expected if expected in _TEXTS else DocumentKind.TEXT


def _is_grid(start: bytes) -> bool:
    """Tells whether the first lines have the same number of the same delimiter."""
    lines = [line for line in start.splitlines()[:_GRID_LINES] if line.strip()]
    lines = lines[:-1] if len(start) >= _START and len(lines) > 1 else lines  # the last is cut
    for delimiter in (b"\t", b";", b",", b"|"):
        counts = {line.count(delimiter) for line in lines}
        if len(counts) == 1 and counts != {0} and (len(lines) > 1 or delimiter == b"\t"):
            return True
    return b"\t" in start


def _as_ascii(head: bytes) -> bytes:
    """Returns the beginning of a text one byte a character, without byte order mark and space."""
    encoding = marked_encoding(head) or wide_encoding(head)
    if encoding:
        head = head[: _START * 4].decode(encoding, "ignore").encode("ascii", "replace")
    return head[: _START * 2].lstrip(b"\xef\xbb\xbf? \t\r\n" if encoding else b" \t\r\n")[:_START]


def _kind_of_start(start: bytes) -> DocumentKind | None:
    for kind, mark in _MARKED:
        if mark.match(start):
            return kind
    upper = start[:40].upper()
    if upper.startswith((b"BEGIN:VCALENDAR", b"BEGIN:VEVENT")):
        return DocumentKind.CALENDAR
    if upper.startswith(b"BEGIN:VCARD"):
        return DocumentKind.CONTACTS
    if start.startswith(b"<"):
        preamble = _PREAMBLE.match(start)
        content = start[preamble.end() :] if preamble else start
        if _HTML.match(content):
            return DocumentKind.HTML
        return DocumentKind.XML if _XML.match(start) else None
    if _MAILBOX.match(start):
        return DocumentKind.MAILBOX
    if _JSON.match(start):
        return DocumentKind.JSON
    if _FIELD.match(start):
        headers = re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0]
        if len({name.lower() for name in _MAIL_HEADER.findall(headers)}) >= _MAIL_HEADERS:
            return DocumentKind.EMAIL
    return None
