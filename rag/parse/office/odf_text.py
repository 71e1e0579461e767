"""Text of OpenDocument paragraphs and cells, with its state in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from rag.parse.builder import DocumentBuilder
from rag.parse.link_targets import MOST_LINKS, target_in_words
from rag.parse.office.odf_controls import OdfControls, content_control, field_mark
from rag.parse.office.odf_names import DRAW, LINK, TABLE, TEXT, between
from rag.parse.office.odf_objects import OdfObjects
from rag.parse.office.odf_styles import OdfStyles
from rag.parse.safe_xml import local
from rag.parse.state_words import choice
from rag.parse.text_marks import Mark, Marks, hidden_places, in_words, marked
from rag.parse.text_table import joined_header
from rag.text.tick_marks import signs_in_words

# Not the document's own words: deleted text, generated lists, fields for printing.
UNSEEN = frozenset(
    (
        *("tracked-changes", "table-of-content", "alphabetical-index", "illustration-index"),
        *("table-index", "user-index", "object-index", "bibliography", "annotation-end"),
        *("sequence-decls", "variable-decls", "user-field-decls", "forms", "settings", "header"),
        *("footer", "page-number", "ruby-text", "soft-page-break", "plugin", "script"),
    )
)
"""Elements that are not read."""
SPLIT_OFF = frozenset(("note", "frame", "annotation", "custom-shape"))
"""Elements in a paragraph that are not its text."""

_MOST_REPEATED = 64  # most repetitions of a cell or row
_MOST_MADE_UP = 20_000  # most cells of a table that come from repetition
_MOST_ROWS = 1 << 20
_LONGEST_REPEATED = 200  # characters of a cell over several columns or rows
_Piece = tuple[str, Marks]


class OdfText:
    """Reads paragraphs.

    Args:
        styles: of the document.
        controls: of its forms.
        objects: embedded in it; formulas are read where they stand.
        builder: of the document; it counts hidden text.
    """

    def __init__(
        self,
        styles: OdfStyles,
        controls: OdfControls,
        objects: OdfObjects,
        builder: DocumentBuilder,
    ) -> None:
        self._builder = builder
        self._objects = objects
        self._styles = styles
        self._controls = controls
        self._links = 0

    def of(self, item: etree._Element) -> str:
        """Returns the text of a paragraph, without what is split off from it."""
        marks = self._styles.marks(item)
        if any(map(is_hidden, item.iterchildren(f"{TEXT}hidden-paragraph"))):
            marks |= {Mark.HIDDEN}
        if not len(item) and not marks:
            return signs_in_words(item.text or "")
        pieces: list[_Piece] = []
        self._read(item, pieces, marks)
        text = "".join(marked(*piece) for piece in pieces if piece[0])
        self._builder.hidden += hidden_places(text)
        return signs_in_words(in_words(text))

    def _read(self, item: etree._Element, pieces: list[_Piece], marks: Marks) -> None:
        pieces.append((item.text or "", marks))
        for child in item:
            self._read_child(child, pieces, marks)
            pieces.append((child.tail or "", marks))

    def _read_child(self, child: etree._Element, pieces: list[_Piece], marks: Marks) -> None:
        name = local(child)
        if name == "s":
            blanks = between(str(child.get(f"{TEXT}c", "1")), 1, _MOST_REPEATED)
            pieces.append((" " * blanks, marks))
        elif name == "hidden-text" and is_hidden(child):
            pieces.append((child.text or "", marks | {Mark.HIDDEN}))
        elif name in ("tab", "line-break"):
            pieces.append(("\t" if name == "tab" else "\n", marks))
        elif name == "control":
            before = "".join(text for text, _ in pieces[-_MOST_REPEATED:])
            words = self._controls.words(str(child.get(f"{DRAW}control", "")), before)
            blank = " " if words and before.strip() and not before.endswith((" ", "\t")) else ""
            pieces.append((blank + words, marks))
        elif name == "frame":
            pieces.append((self._objects.equation(child) or "", marks))
        elif name == "fieldmark":
            pieces.append((field_mark(child), marks))
        elif name in ("content-control", "drop-down"):
            inner: list[_Piece] = []
            self._read(child, inner, marks)
            text = "".join(words for words, _ in inner)
            words = content_control(child, text) if name == "content-control" else choice(text)
            pieces.append((words, marks))
        elif name and name not in UNSEEN and name not in SPLIT_OFF:
            is_span = name == "span"
            inner_marks = self._styles.marks(child, outer=marks) if is_span else marks
            first = len(pieces)
            self._read(child, pieces, inner_marks)
            if name == "a" and self._links < MOST_LINKS:
                words = "".join(text for text, _ in pieces[first:])
                target = target_in_words(words, str(child.get(LINK, "")))
                self._links += bool(target)
                pieces.append((target, pieces[-1][1]))


def is_hidden(item: etree._Element) -> bool:
    """Tells whether a section, or a field that hides text, says that it is hidden."""
    display, state = item.get(f"{TEXT}display"), item.get(f"{TEXT}is-hidden")
    return display == "none" or state == "true"


def table_rows(table: etree._Element, text: Callable[[etree._Element], str]) -> Iterator[list[str]]:
    """Yields the cells of each row; a cell over several columns or rows is repeated in each.

    Rows that are marked as the header become one.

    Args:
        table: the element.
        text: returns the text of a cell.
    """
    rows: list[list[str]] = []
    headers = 0
    room = _MOST_MADE_UP
    below: dict[int, tuple[int, str]] = {}  # column -> rows that a cell still covers, its text
    for row in table.iter(f"{TABLE}table-row"):
        if next(row.iterancestors(f"{TABLE}table"), None) is not table:
            continue
        cells: list[str] = []
        left = ""
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            rest, above = below.pop(len(cells), (0, ""))
            if cell.tag == f"{TABLE}table-cell":
                words = text(cell)
                left = words if len(words) <= _LONGEST_REPEATED else ""
                rest, above = _figure(cell, "number-rows-spanned", _MOST_ROWS), left
            else:
                words = above if rest else left
            if rest > 1:
                below[len(cells)] = (rest - 1, above)
            again = min(_figure(cell, "number-columns-repeated", _MOST_REPEATED) - 1, room)
            cells += [words] * (again + 1)
            room -= again
        if [cell.tag for cell in row].count(f"{TABLE}table-cell") == 1 and not (
            set(cells[1:]) - {left}
        ):
            cells = cells[:1]  # one cell over the whole width
        parent = row.getparent()
        if headers == len(rows) and parent is not None and local(parent) == "table-header-rows":
            headers += 1
        again = _figure(row, "number-rows-repeated", _MOST_REPEATED) - 1 if any(cells) else 0
        again = min(again, room // max(len(cells), 1))
        room -= again * len(cells)
        rows += [cells] * (again + 1)
    yield from joined_header(rows, headers)


def _figure(element: etree._Element, name: str, most: int) -> int:
    figure = element.get(f"{TABLE}{name}")
    return 1 if figure is None else between(figure, 1, most)
