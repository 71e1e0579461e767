"""Puts what is filled into the forms of PDF files into the text of their pages.

Check boxes and radio buttons become marks beside their labels (`rag.text.tick_marks` puts them
into words), other fields their values. The label is the text beside a field, or above it, else
the field's tooltip, else its name.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.parse.builder import clean
from rag.parse.pdf import pdfium_strings
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.page_characters import Insertion, PageCharacters, with_insertions
from rag.text.fold import fold
from rag.text.tick_marks import NOT_SELECTED, NOT_TICKED, SELECTED, TICKED

MOST_FIELDS = 10_000
"""Most fields of one file that are read."""

_COUNTED_PAGES = 20  # before a page is shown
_OFF = "Off"  # the state of a button that is not ticked (ISO 32000-1, 12.7.4.2.3)
_EMPTY = "(empty)"
_SIGNED, _NOT_SIGNED = "(signed)", "(not signed)"
_FAR = 220.0  # points, from which text beside a field is not its label
_NEAR = 40.0  # points, within which text behind a field may be its label
_ABOVE = 1.6  # of a line's height, within which a label stands above its field
_LINE_HEIGHT = 12.0  # points, of a page without lines
_TALL = 2.2  # line heights from which a field holds several lines
_FEW_WORDS = 2  # of a label, such as "Yes", that a tooltip explains
_TITLE_WORDS = 8  # of a tooltip that is shown beside a label
_INDEXES = re.compile(r"\[\d+\]|#\w+")


@dataclass(frozen=True, slots=True)
class FormField:
    """A field as it is shown on a page; its sides in points from the lower left corner.

    Attributes:
        words: its value, or its mark if it is a button.
        tooltip: what it is, by the form's author; "" when nothing is said.
        name: of the field, made for programs.
        is_button: it is a check box or a radio button.
        option: for a button, the value that it stands for.
    """

    words: str
    tooltip: str
    name: str
    is_button: bool
    option: str
    left: float
    bottom: float
    right: float
    top: float


class Form:
    """The form of a document, which is read but not shown.

    pypdfium2's own way prepares all fields of a page for being shown, in a time that grows with
    the square of their number. So does the time in which pdfium builds a form; from very large
    ones, only the entries of the fields themselves are read.

    Attributes:
        handle: pdfium's; None for a very large form.
    """

    def __init__(self, document: Any) -> None:
        self.handle: Any = None
        self._document = document
        self._settings: Any = None  # in use until the form is closed

    def open(self, number: int, count: int) -> None:
        """Opens the form, unless it is open: loading all pages to count their fields takes time.

        Args:
            number: of the first page with fields, 1-based.
            count: of the annotations of that page.
        """
        from pypdfium2 import raw

        if self._settings is None:
            self._settings = raw.FPDF_FORMFILLINFO(version=2)
            following = range(number, len(self._document))
            if _widgets(self._document, following, count) <= MOST_FIELDS:
                document = self._document.raw
                self.handle = raw.FPDFDOC_InitFormFillEnvironment(document, self._settings)

    def field(self, annotation: Any) -> FormField | None:
        """Returns the field that a widget of a page shows; None if it shows no value.

        Args:
            annotation: pdfium's handle of the widget.
        """
        if self.handle:
            return read_field(self.handle, annotation)
        return _own_entries(annotation)

    def close(self) -> None:
        """Closes the form; to be called before the document is closed."""
        from pypdfium2 import raw

        if self.handle:
            raw.FPDFDOC_ExitFormFillEnvironment(self.handle)
        self.handle = None


def show_form(document: Any) -> None:
    """Lets pages show what is filled in when they are drawn; to be called before they are loaded.

    Very large forms are left out, since preparing them takes too long. The library's own way
    warns of each form in Adobe's XFA format.

    Args:
        document: pypdfium2's; it closes the form with itself.
    """
    import pypdfium2
    from pypdfium2 import raw

    first = range(min(len(document), _COUNTED_PAGES))
    if not document.get_formtype() or _widgets(document, first) > MOST_FIELDS:
        return
    settings = raw.FPDF_FORMFILLINFO(version=2)
    handle = raw.FPDFDOC_InitFormFillEnvironment(document.raw, settings)
    if handle:
        document.formenv = pypdfium2.PdfFormEnv(handle, settings)


def _widgets(document: Any, pages: Iterable[int], count: int = 0) -> int:
    """Counts the annotations of pages (0-based), most of which are fields; stops at too many.

    Args:
        document: pypdfium2's.
        pages: that are loaded for it.
        count: of those that were counted before.
    """
    from pypdfium2 import raw

    for number in pages:
        if count > MOST_FIELDS:
            break
        page = raw.FPDF_LoadPage(document.raw, number)
        if page:
            count += max(raw.FPDFPage_GetAnnotCount(page), 0)
            raw.FPDF_ClosePage(page)
    return count


def _own_entries(annotation: Any) -> FormField | None:
    """Returns a field by what its widget itself says, which for most fields is all."""
    from pypdfium2 import raw

    rect, flags = raw.FS_RECTF(), ctypes.c_float()
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    kind, words, tooltip, name, state = (
        _string(raw.FPDFAnnot_GetStringValue, annotation, key)
        for key in (b"FT", b"V", b"TU", b"T", b"AS")
    )
    raw.FPDFAnnot_GetNumberValue(annotation, b"Ff", flags)
    is_button = kind == "Btn"
    if is_button and not state:
        return None
    if is_button:
        words = NOT_TICKED if state == _OFF else TICKED
    elif int(flags.value) & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
        words = ""
    return FormField(words, tooltip, name, is_button, "", *_sides(rect))


def _sides(rect: Any) -> tuple[float, float, float, float]:
    """Returns left, bottom, right and top of a box of pdfium."""
    left, right = sorted((rect.left, rect.right))
    bottom, top = sorted((rect.bottom, rect.top))
    return left, bottom, right, top


def read_field(form: Any, annotation: Any) -> FormField | None:
    """Returns the field that a widget of a page shows; None for buttons that only do something.

    Args:
        form: pdfium's handle of the form.
        annotation: its handle of the widget.
    """
    from pypdfium2 import raw

    rect = raw.FS_RECTF()
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in (-1, raw.FPDF_FORMFIELD_UNKNOWN, raw.FPDF_FORMFIELD_PUSHBUTTON):
        return None
    if not raw.FPDFAnnot_GetRect(annotation, rect):
        return None
    option = ""
    is_button = kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON)
    if is_button:
        # pdfium's own answer is for fields that are shown.
        state = _string(raw.FPDFAnnot_GetStringValue, annotation, b"AS")
        is_on = state not in ("", _OFF)
        option = _string(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        marks = (
            (NOT_TICKED, TICKED)
            if kind == raw.FPDF_FORMFIELD_CHECKBOX
            else (NOT_SELECTED, SELECTED)
        )
        words = marks[is_on]
    elif kind == raw.FPDF_FORMFIELD_SIGNATURE:
        words = _SIGNED if raw.FPDFAnnot_HasKey(annotation, b"V") else _NOT_SIGNED
    elif kind in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        words = _chosen(form, annotation)
    elif raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
        words = ""
    else:
        words = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
    return FormField(
        words,
        _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation),
        _string(raw.FPDFAnnot_GetFormFieldName, form, annotation),
        is_button,
        option,
        *_sides(rect),
    )


def with_fields(
    lines: Sequence[PageLine],
    fields: Sequence[FormField],
    characters: PageCharacters,
    insertions: Sequence[Insertion] = (),
) -> list[PageLine]:
    """Returns the lines of a page with its fields: in the line of their label, or as lines.

    Args:
        lines: in reading order.
        fields: of the page.
        characters: of the page.
        insertions: what else comes into the lines.
    """
    is_filled = any(field.words for field in fields if not field.is_button)
    inserted = list(insertions)
    apart: dict[int, list[PageLine]] = {}
    for field in sorted(fields, key=lambda f: (-f.top, f.left)):
        insertion = _beside(field, lines, characters, is_filled)
        if insertion is not None:
            inserted.append(insertion)
        elif field.words:
            at, line = _apart(field, lines, characters)
            apart.setdefault(at, []).append(line)
    result: list[PageLine] = []
    filled = with_insertions(lines, inserted)
    for number in range(len(lines) + 1):
        result += apart.get(number, [])
        result += filled[number : number + 1]
    return result


def _string(ask: Any, *arguments: Any) -> str:
    return " ".join(clean(pdfium_strings.text(ask, *arguments)).split())


def _chosen(form: Any, annotation: Any) -> str:
    """Returns the chosen entries as they are shown; what is typed in, if it is none of them."""
    from pypdfium2 import raw

    chosen = [
        _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, index)
        for index in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), MOST_FIELDS))
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, index)
    ]
    return ", ".join(chosen) or _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)


def _beside(
    field: FormField, lines: Sequence[PageLine], characters: PageCharacters, is_filled: bool
) -> Insertion | None:
    """Returns the field as words in the line that it stands in; None when no label is there."""
    number = characters.line_at(_height(field, lines), field.left, field.right)
    if number is None:
        return None
    line = lines[number]
    before, behind = characters.gaps(number, field.left, field.right)
    has_label = before < _FAR or behind < (_FAR if field.is_button else _NEAR)
    if not has_label:
        return None
    column = characters.column(number, (field.left + field.right) / 2)
    if column is None:
        column = 0 if behind < before else len(line.text)
    words = field.words or (_EMPTY if is_filled and before < _FAR else "")
    if not words:
        return None
    start, end = line.text[:column].rstrip(), line.text[column:]
    if field.is_button:
        label = re.split(r"[:|]", end if behind < _FAR else start)[0]
        words += f" {_explained(field, line)}:" if _explained(field, line, label) else ""
    elif field.words and _explained(field, line):
        words += f" ({_explained(field, line)})"
    blank_before = " " if column and not line.text[column - 1].isspace() else ""
    blank_behind = " " if end and not end[0].isspace() else ""
    return Insertion(number, column, blank_before + words + blank_behind)


def _height(field: FormField, lines: Sequence[PageLine]) -> float:
    """Returns the height of a field's first line."""
    height = lines[0].height if lines else _LINE_HEIGHT
    if field.top - field.bottom > _TALL * height:
        return field.top - height / 2
    return (field.top + field.bottom) / 2


def _explained(field: FormField, line: PageLine, label: str = "") -> str:
    """Returns the tooltip if it is short, and tells what the line and a longer label do not."""
    if len(label.split()) > _FEW_WORDS or len(field.tooltip.split()) > _TITLE_WORDS:
        return ""
    return "" if fold(field.tooltip).letters in fold(line.text).letters else field.tooltip


def _apart(
    field: FormField, lines: Sequence[PageLine], characters: PageCharacters
) -> tuple[int, PageLine]:
    """Returns a field as a line of its own, and the index of the line before which it comes."""
    above = characters.line_above((field.top + field.bottom) / 2, field.left, field.right)
    height = min(field.top - field.bottom, _LINE_HEIGHT)
    label = field.tooltip
    if above is not None:
        height = min(height, lines[above].height)
        if not label and lines[above].bottom - field.top < _ABOVE * lines[above].height:
            label = characters.label_in(above, field.left, field.right)
    label = label or _readable(field.name)
    if field.is_button:
        text = f"{field.words} {label}"
        if field.words in (SELECTED, NOT_SELECTED) and field.option:
            text += f": {field.option}"
    else:
        text = f"{label.rstrip(' :')}: {field.words}"
    at = _place(field, lines) if above is None else above + 1
    return at, PageLine(text, field.top, field.top - height, field.left, field.right)


def _place(field: FormField, lines: Sequence[PageLine]) -> int:
    """Returns the index of the first line below a field."""
    return next((n for n, line in enumerate(lines) if line.top < field.bottom), len(lines))


def _readable(name: str) -> str:
    """Returns the last part of a field's name, without the numbers that programs add."""
    return _INDEXES.sub("", name.rpartition(".")[2]).replace("_", " ").strip() or name
