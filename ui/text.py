"""Wording shared by several parts of the window: places, sizes, times, titles."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

from app.presentation import Sentence, fill
from models.catalog import name_of
from rag.formats import DocumentKind
from rag.text.describe_locator import page_or_cells
from rag.text.path_forms import is_under
from rag.types import Citation, Hit, Locator
from ui.legible import named

_KIND_ICONS = {
    DocumentKind.PDF: "pdf",
    DocumentKind.PPTX: "slides",
    DocumentKind.PPT: "slides",
    DocumentKind.XLSX: "table",
    DocumentKind.XLS: "table",
    DocumentKind.ODS: "table",
    DocumentKind.CSV: "table",
    DocumentKind.ODP: "slides",
    DocumentKind.EPUB: "book-open",
    DocumentKind.EMAIL: "mail",
    DocumentKind.MAILBOX: "mail",
    DocumentKind.HTML: "web",
}


def tr(text: str, n: int = -1) -> str:
    """Translates `text`; ``%n`` becomes `n` and chooses the plural form.

    Its context is empty, as `pyside6-lupdate` has it for a function at module level.
    """
    translated = QCoreApplication.translate("", text)
    if n < 0:
        return translated
    singular, _, plural = translated.partition("|")
    return (plural if plural and n != 1 else singular).replace("%n", number(n))


def sentence(told: Sentence | None) -> str:
    """Puts a `Sentence` about an answer into the user's language; "" for None."""
    if told is None:
        return ""
    return fill(tr(told.words, told.count), named(told.about), named(told.second))


def number(value: float) -> str:
    """Formats a number with the digit grouping of the user's language."""
    return str(QLocale().toString(value))


def file_name(path: str) -> str:
    """Returns the last part of a path of any system, unescaped; to display it, see `shown_name`."""
    return PurePath(path.replace("\\", "/")).name or path


def shown_name(path: str) -> str:
    """Returns the last part of a path, to be put into a sentence."""
    return named(file_name(path))


def from_home(path: str) -> str:
    """Returns a path to display, with the user's home folder as "~"."""
    home = os.path.expanduser("~").rstrip(os.sep)  # noqa: PTH111  # as it is spelled in paths
    return named("~" + path[len(home) :] if is_under(path, home) else path)


def kind_icon(kind: DocumentKind | None) -> str:
    """Returns the icon of a format."""
    return _KIND_ICONS.get(kind, "document") if kind else "document"


def place(locator: Locator, kind: DocumentKind | None = None) -> str:
    """Describes a passage's place in its file: "page 2", "sheet Budget, B2:C9"; "" if unknown."""
    words = page_or_cells(locator, kind, tr, named)
    if words or not locator.headings:
        return words
    return tr("under “{0}”").format(named(locator.headings[-1]))


def where(source: Citation | Hit) -> str:
    """Describes the file and the place in it: "lease.pdf, page 2"."""
    location = place(source.locator, source.kind)
    name = shown_name(source.path)
    return f"{name}, {location}" if location else name


def size(count: int) -> str:
    """Formats bytes in a suitable unit: "491 MB"."""
    decimals = 0 if count < 10**9 else 1
    return QLocale().formattedDataSize(count, decimals, QLocale.DataSizeFormat.DataSizeSIFormat)


def seconds(value: float, *, whole: bool = False) -> str:
    """Formats a short time: "0.8 s", "12 s", "2 min 5 s". `whole`: no tenths, rounded down."""
    if value < 10 and not whole:
        return tr("{0} s").format(f"{value:.1f}".replace(".", QLocale().decimalPoint()))
    count = int(value) if whole else round(value)
    if count < 60:
        return tr("{0} s").format(count)
    return tr("{0} min {1} s").format(count // 60, count % 60)


def time_left(value: float | None) -> str:
    """Describes an estimate without false precision; "" for None."""
    if value is None:
        return ""
    if value < 10:
        return tr("a few seconds left")
    if value < 90:
        return tr("about a minute left") if value >= 45 else tr("less than a minute left")
    if value < 5400:
        return tr("about {0} minutes left").format(round(value / 60))
    return tr("about {0} hours left").format(round(value / 3600))


def day(timestamp: float, now: float | None = None) -> str:
    """Returns a chat's group in the list: today, yesterday, this week, a month."""
    when = QDateTime.fromSecsSinceEpoch(int(timestamp)).date()
    today = QDateTime.fromSecsSinceEpoch(int(now)).date() if now else QDate.currentDate()
    age = when.daysTo(today)
    if age <= 0:
        return tr("Today")
    if age == 1:
        return tr("Yesterday")
    return tr("This week") if age < 7 else QLocale().toString(when, "MMMM yyyy")


def one_line(text: str, length: int) -> str:
    """Returns `text` on one line, cut with an ellipsis after `length` characters."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def model_name(model_id: str) -> str:
    """Returns a model's display name: the catalogue's, else the name of its file."""
    return named(name_of(model_id))


def listed(names: Sequence[str], shown: int = 3) -> str:
    """Lists a few of many names: "a.zip, b.exe and 4 more"."""
    head = ", ".join(map(named, names[:shown]))
    more = len(names) - shown
    return head if more <= 0 else tr("{0} and {1} more").format(head, number(more))
