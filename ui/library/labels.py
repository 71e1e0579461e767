"""Names of formats, failure reasons and stages on the library page."""

from __future__ import annotations

from rag.formats import DocumentKind
from rag.indexing import kinds_left_out
from rag.indexing.report import IndexReport, LeftOut
from rag.indexing.rules import LOCK
from rag.parse.failures import FailureReason
from rag.store.files import FileOutcome, FileRecord
from ui import text
from ui.text import tr


def kind(value: DocumentKind | None) -> str:
    """Names a format; "" when the file has no text."""
    names = {
        DocumentKind.PDF: tr("PDF"),
        DocumentKind.DOCX: tr("Word"),
        DocumentKind.DOC: tr("Word"),
        DocumentKind.PPTX: tr("Slides"),
        DocumentKind.PPT: tr("Slides"),
        DocumentKind.XLSX: tr("Spreadsheet"),
        DocumentKind.XLS: tr("Spreadsheet (old)"),
        DocumentKind.ODT: tr("Text (ODT)"),
        DocumentKind.ODS: tr("Spreadsheet (ODS)"),
        DocumentKind.ODP: tr("Slides (ODP)"),
        DocumentKind.RTF: tr("Rich text"),
        DocumentKind.EPUB: tr("E-book"),
        DocumentKind.HTML: tr("Web page"),
        DocumentKind.MARKDOWN: tr("Markdown"),
        DocumentKind.TEXT: tr("Text"),
        DocumentKind.CODE: tr("Source code"),
        DocumentKind.CSV: tr("Table (CSV)"),
        DocumentKind.JSON: tr("Data (JSON)"),
        DocumentKind.XML: tr("Data (XML)"),
        DocumentKind.YAML: tr("Data (YAML)"),
        DocumentKind.EMAIL: tr("Mail"),
        DocumentKind.MAILBOX: tr("Mailbox"),
        DocumentKind.CALENDAR: tr("Calendar"),
        DocumentKind.CONTACTS: tr("Contacts"),
        DocumentKind.IMAGE: tr("Image"),
        DocumentKind.ARCHIVE: tr("Archive"),
        DocumentKind.NOTEBOOK: tr("Notebook"),
        DocumentKind.NOTES: tr("Notes"),
        DocumentKind.OUTLINE: tr("Outline"),
        DocumentKind.BANK: tr("Account statement"),
        DocumentKind.SUBTITLES: tr("Subtitles"),
        DocumentKind.TEX: tr("LaTeX"),
        DocumentKind.ORG: tr("Org"),
        DocumentKind.BIBLIOGRAPHY: tr("Bibliography"),
        DocumentKind.MARKUP: tr("Markup text"),
    }
    return names[value] if value is not None else ""


def reason(value: FailureReason | None) -> str:
    """Says why a file could not be read, in a few words for the table."""
    names = {
        FailureReason.MISSING: tr("Not found"),
        FailureReason.NO_PERMISSION: tr("No permission to read it"),
        FailureReason.NOT_A_FILE: tr("Not a file"),
        FailureReason.EMPTY: tr("Empty"),
        FailureReason.ENCRYPTED: tr("Needs a password"),
        FailureReason.BROKEN: tr("Damaged"),
        FailureReason.UNSUPPORTED: tr("Format not supported"),
        FailureReason.TOO_LARGE: tr("Too large"),
        FailureReason.NO_TEXT: tr("Holds no text"),
        FailureReason.SCANNED: tr("Pictures, not read yet"),
        FailureReason.TIMEOUT: tr("Took too long"),
        FailureReason.OUT_OF_MEMORY: tr("Needs too much memory"),
        FailureReason.CRASHED: tr("Could not be read safely"),
        FailureReason.CHANGED: tr("Changed while it was read"),
        FailureReason.DISK_FULL: tr("No room on the disk"),
        FailureReason.CLOUD_ONLY: tr("In the cloud only"),
    }
    return names[value] if value is not None else tr("Could not be read")


def status(record: FileRecord, *, partly: bool) -> str:
    """Names a file's status, in a few words for the table."""
    if record.outcome is FileOutcome.FAILED:
        return reason(record.reason)
    return tr("Partly read") if partly else tr("Indexed")


def rule(left: LeftOut) -> str:
    """Names the rule or kind that leaves a file out; a user's pattern stays as it is."""
    if left.target:
        return tr("Leads out of the folder: {0}").format(text.from_home(left.target))
    value = left.rule
    names = {
        "hidden": tr("Hidden"),
        "system file": tr("Belongs to the system"),
        LOCK: tr("Lock of an open document"),
        "system folder": tr("Belongs to the system"),
        kinds_left_out.AUDIO: tr("Audio"),
        kinds_left_out.VIDEO: tr("Video"),
        kinds_left_out.FONT: tr("Font"),
        kinds_left_out.RAW_PICTURE: tr("Raw picture"),
        kinds_left_out.PROGRAM: tr("Program"),
        kinds_left_out.DATABASE: tr("Database"),
        kinds_left_out.DISK_IMAGE: tr("Disk image"),
        kinds_left_out.UNFINISHED: tr("Unfinished download"),
        kinds_left_out.LOST_LINK: tr("Link that leads nowhere"),
        kinds_left_out.NOT_STORED: tr("Pipe, socket or device"),
    }
    return names.get(value, value)


def stage(value: str) -> str:
    """Names the stage of an indexing run."""
    names = {
        "finding": tr("Looking for documents"),
        "reading": tr("Reading documents"),
        "loading": tr("Loading the search model"),
        "embedding": tr("Making passages searchable"),
        "recognising": tr("Reading scans and images"),
        "finishing": tr("Finishing"),
        "removing": tr("Removing from the library"),
    }
    return names.get(value, tr("Working"))


def summary(report: IndexReport) -> str:
    """Summarises a run in a sentence; "" when it changed nothing and nothing failed."""
    counts = (
        (report.added, "%n document added|%n documents added", tr("{0} added")),
        (report.updated, "%n document updated|%n documents updated", tr("{0} updated")),
        (report.removed, "%n document removed|%n documents removed", tr("{0} removed")),
        (
            len(report.failed),
            "%n file could not be read|%n files could not be read",
            tr("{0} could not be read"),
        ),
        (
            report.left_out_count,
            "%n link that leads out was left out|%n links that lead out were left out",
            tr("{0} left out (links that lead out)"),
        ),
    )
    parts: list[str] = []
    for count, first, further in counts:
        if count:  # the first has the noun
            words = further.format(text.number(count)) if parts else tr(first, count)
            parts.append(words)
    return f"{', '.join(parts)}." if parts else ""
