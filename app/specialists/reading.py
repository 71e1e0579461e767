"""Reads documents for specialists: the text to sort, and where its sentences stand."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from app.errors import SpecialistUnreadable
from app.specialists.cells import LONGEST_QUOTE
from app.specialists.cells import quote_of as cut_out
from app.specialists.ports import FileReader, ReadDocument
from app.specialists.records import Quote
from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.failures import ParseFailure
from rag.parse.part_paths import PART_MARK
from rag.store.environment_faults import environment_fault_of
from rag.types import Locator

_BLOCK = 1 << 20
_PARAGRAPH = re.compile(r"\S(?:.*?\S)??(?=\s*\n\s*\n|\s*\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SortedText:
    """The text of a document that is sorted: of a mail without its headers, but with the subject.

    Attributes:
        text: what is sorted.
        start: offset in the document where `text[lead:]` begins.
        lead: characters of `text` that do not stand there in the document.
    """

    text: str
    start: int = 0
    lead: int = 0


def read_document(reader: FileReader, path: Path) -> ReadDocument:
    """Reads a file.

    Raises:
        SpecialistUnreadable: it cannot be read, or holds no text; the message says why.
        WorkerNotStarted: no process can be started to read it.
    """
    absolute = path.expanduser().absolute()
    parsed = reader.parse(absolute)
    if isinstance(parsed, ParseFailure):
        raise SpecialistUnreadable(f"{path} cannot be read: {parsed.detail}")
    if not parsed.text.strip():
        why = parsed.notes[0] if parsed.notes else "It holds no text."
        raise SpecialistUnreadable(f"{path} cannot be read: {why}")
    name, document = _single_mail(str(absolute), parsed)
    signs = reader.mail_signs(absolute) if document.kind is DocumentKind.EMAIL else ()
    return ReadDocument(name, file_hash(absolute), document, signs)


def _single_mail(path: str, parsed: ParsedDocument) -> tuple[str, ParsedDocument]:
    """Returns the mail of a mailbox with one mail: some programs save each mail so."""
    if parsed.kind is DocumentKind.MAILBOX and len(parsed.parts) == 1:
        part = parsed.parts[0]
        if part.document is not None:
            return f"{path}{PART_MARK}{part.name}", part.document
    return path, parsed


def document_of(text: str) -> ReadDocument:
    """Returns a text as a document without a file: its paragraphs are the blocks."""
    blocks = tuple(
        Block(BlockKind.PARAGRAPH, Locator(*match.span())) for match in _PARAGRAPH.finditer(text)
    )
    parsed = ParsedDocument(DocumentKind.TEXT, "", text, blocks)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return ReadDocument("", digest, parsed)


def file_hash(path: Path) -> str:
    """Returns a hash of a file's bytes.

    Raises:
        SpecialistUnreadable: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        fault = environment_fault_of(error, path, writing=False)
        raise SpecialistUnreadable(
            f"{path} cannot be read: {fault.words}.", fault.advice
        ) from error
    return digest.hexdigest()


def text_to_sort(read: ReadDocument) -> SortedText:
    """Returns the text of a document that is sorted.

    Who wrote a mail to whom and when tells of its source, not of its kind, so names, addresses and
    dates of the header are left out; what matters of them are the signs.
    """
    document = read.document
    if document.kind is not DocumentKind.EMAIL or not document.blocks:
        return SortedText(document.text)
    body = document.blocks[0].locator.end
    subject = f"{document.title}\n\n"
    rest = document.text[body:]
    start = body + len(rest) - len(rest.lstrip())
    return SortedText(subject + document.text[start:], start, len(subject))


def quote_of(read: ReadDocument, sorted_text: SortedText, span: tuple[int, int]) -> Quote | None:
    """Returns the words of a span of the sorted text as a quote of the document.

    None for an empty span. A sentence of the subject is quoted from the header.
    """
    start, end = span
    words = sorted_text.text[start:end]
    if not words.strip():
        return None
    if start < sorted_text.lead:
        start = read.document.text.find(words)
    else:
        start += sorted_text.start - sorted_text.lead
    if start < 0:
        return None
    return cut_out(read.document, start, start + len(words))


def first_words(read: ReadDocument) -> Quote:
    """Returns the first line of a document with words, which tells what it is."""
    text = read.document.text
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    return cut_out(read.document, start, min(start + LONGEST_QUOTE, end if end > 0 else len(text)))
