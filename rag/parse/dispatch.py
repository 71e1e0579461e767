"""Parses a file and its parts with the parser of their format."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import BinaryIO

from rag.formats import DocumentKind
from rag.parse.at_rest import read_at_rest
from rag.parse.document import ParsedDocument, ParseOptions, Part
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.identify import identify
from rag.parse.limits import DEEPEST
from rag.parse.parse_problem import ParseProblem
from rag.parse.source import Source, open_file
from rag.parse.unlock import unlocked

_LOGGED_CALLS = 4  # the innermost
_TOO_DEEP = ParseFailure(
    FailureReason.UNSUPPORTED,
    f"What the file holds is nested deeper than {DEEPEST} levels. Save it in another format.",
)
_BLOCK = 1 << 20
_DEEPEST = 3  # a document attached to a mail that is attached to a mail of a mailbox

MODULES = {
    DocumentKind.PDF: "rag.parse.pdf.pdf",
    DocumentKind.DOCX: "rag.parse.office.docx",
    DocumentKind.DOC: "rag.parse.office.doc",
    DocumentKind.PPT: "rag.parse.office.ppt",
    DocumentKind.PPTX: "rag.parse.office.pptx",
    DocumentKind.XLSX: "rag.parse.office.xlsx",
    DocumentKind.HTML: "rag.parse.plain.html",
    DocumentKind.MARKDOWN: "rag.parse.plain.markdown",
    DocumentKind.TEXT: "rag.parse.plain.text",
    DocumentKind.CSV: "rag.parse.plain.csv",
    DocumentKind.XLS: "rag.parse.office.xlsx",
    DocumentKind.ODT: "rag.parse.office.odf",
    DocumentKind.ODS: "rag.parse.office.xlsx",
    DocumentKind.ODP: "rag.parse.office.odf",
    DocumentKind.RTF: "rag.parse.office.rtf",
    DocumentKind.EPUB: "rag.parse.plain.epub",
    DocumentKind.CODE: "rag.parse.plain.code",
    DocumentKind.JSON: "rag.parse.plain.json_",
    DocumentKind.XML: "rag.parse.plain.xml_",
    DocumentKind.YAML: "rag.parse.plain.yaml_",
    DocumentKind.EMAIL: "rag.parse.mail.email",
    DocumentKind.MAILBOX: "rag.parse.mail.mailbox",
    DocumentKind.CALENDAR: "rag.parse.plain.ics",
    DocumentKind.CONTACTS: "rag.parse.plain.contacts",
    DocumentKind.IMAGE: "rag.parse.image",
    DocumentKind.ARCHIVE: "rag.parse.mail.archive",
    DocumentKind.NOTEBOOK: "rag.parse.plain.notebook",
    DocumentKind.NOTES: "rag.parse.mail.enex",
    DocumentKind.OUTLINE: "rag.parse.plain.outline",
    DocumentKind.BANK: "rag.parse.plain.bank",
    DocumentKind.SUBTITLES: "rag.parse.plain.subtitles",
    DocumentKind.TEX: "rag.parse.plain.tex",
    DocumentKind.ORG: "rag.parse.plain.org",
    DocumentKind.BIBLIOGRAPHY: "rag.parse.plain.bibliography",
    DocumentKind.MARKUP: "rag.parse.plain.markup",
}


def parse_file(
    path: Path, options: ParseOptions | None = None, descriptor: int | None = None
) -> ParsedDocument | ParseFailure:
    """Parses one untrusted file. A failure becomes a `ParseFailure`.

    Args:
        path: the file; it may be anything that a person can drop on a window.
        options: the person's choices, such as a password.
        descriptor: of the file, if it is open already; it stays open.
    """
    source = Source.of_file(path, options, descriptor)
    return read_at_rest(path, descriptor, lambda: _parse(source))


def parse_part(whole: Source, name: str, data: bytes) -> Part:
    """Parses a document inside `whole`, such as an attachment of a mail.

    Args:
        whole: the file that it is a part of.
        name: its file name, unique among the parts of `whole`.
        data: its bytes.
    """
    import hashlib  # loads OpenSSL, which most files do without

    key = hashlib.blake2b(data, digest_size=32).hexdigest()
    if whole.depth >= _DEEPEST:
        failure = ParseFailure(
            FailureReason.UNSUPPORTED,
            "This lies too deep in other files. Save it as a file of its own and add that.",
        )
        return Part(name, key, len(data), failure=failure)
    parsed = _parse(whole.part(name, data))
    if isinstance(parsed, ParseFailure):
        return Part(name, key, len(data), failure=parsed)
    return Part(name, key, len(data), document=parsed)


def content_hash(path: Path) -> str:
    """Returns the BLAKE2b-256 hash of the file's bytes, in hex.

    Raises:
        OSError: the file cannot be read.
    """
    with open_file(path) as stream:
        return hash_of(stream)


def hash_of(stream: BinaryIO) -> str:
    """Returns the BLAKE2b-256 hash of the bytes from here to the end, in hex.

    Raises:
        OSError: they cannot be read.
    """
    import hashlib

    digest = hashlib.blake2b(digest_size=32)
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _is_too_deep(error: BaseException | None) -> bool:
    if error is None:
        return False
    from rag.parse.safe_xml import is_too_deep  # loads lxml, which the window does without

    return is_too_deep(error)


def _parse(source: Source) -> ParsedDocument | ParseFailure:
    try:
        source = unlocked(source)
        kind = identify(source)
        module = importlib.import_module(MODULES[kind])
        document: ParsedDocument = module.parse(source)
    except ParseProblem as problem:
        if _is_too_deep(problem.__cause__):
            return _TOO_DEEP
        return ParseFailure(problem.reason, problem.detail, problem.scanned)
    except MemoryError:
        return ParseFailure(
            FailureReason.OUT_OF_MEMORY,
            "Reading this file takes more memory than is safe. Split it into smaller files.",
        )
    except RecursionError:
        return _TOO_DEEP
    except OSError as error:
        return _unreadable(error)
    except Exception as error:  # noqa: BLE001  # whatever a library makes of a damaged file
        if _is_too_deep(error):
            return _TOO_DEEP
        return _not_understood(source, error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3 derives it from BaseException
            raise
        return _not_understood(source, error)
    return document


def _not_understood(source: Source, error: BaseException) -> ParseFailure:
    """Returns the outcome of a file that made a parser fail, and logs where, without its words.

    Most such files are damaged; in a sound one, it is a fault of Studiolo or of a library.
    """
    import logging
    import traceback

    calls = traceback.extract_tb(error.__traceback__)[-_LOGGED_CALLS:]
    log = logging.getLogger(__name__)
    log.info(
        "a %s file could not be parsed: %s in %s",
        source.suffix,
        type(error).__name__,
        ", ".join(f"{Path(call.filename).name}:{call.lineno}" for call in calls),
    )
    return ParseFailure(
        FailureReason.BROKEN,
        "The file could not be read: it is damaged, or Studiolo does not understand it. Open it in "
        "its own program, and save it again or as PDF.",
    )


def _unreadable(error: OSError) -> ParseFailure:
    if isinstance(error, FileNotFoundError):
        return ParseFailure(
            FailureReason.MISSING, "The file is not there any more. It may have been moved."
        )
    if isinstance(error, PermissionError):
        return ParseFailure(
            FailureReason.NO_PERMISSION, "You do not have permission to read this file."
        )
    return ParseFailure(
        FailureReason.BROKEN, f"The file could not be read: {error.strerror or 'device error'}."
    )
