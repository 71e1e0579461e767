"""Finds the pictures of a page to be recognised, and puts their text among the page's own."""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag.parse.builder import DocumentBuilder
from rag.parse.document import RecognisedPage, TextLine
from rag.parse.pdf.flow import Page
from rag.parse.pdf.hyphens import Hyphens
from rag.parse.pdf.layout import PageLine, Part, add_parts
from rag.parse.pdf.ocr_blocks import add_recognised
from rag.parse.pdf.page_objects import Drawn, PageObjects, PageView, Quad, area, function, shared

_PICTURE_AREA = 0.02  # of the page, the least area that the images of a scan cover
_LARGE = 0.1  # of the page, the least area of a picture beside text: logos are smaller
_STAMPED = 0.05  # of a picture, the most that lines printed over a scan cover, such as stamps
_LEAST_DPI = 60.0  # of a picture in which letters can be told apart
_TOUCHING = 2.0  # points between the strips into which scanners cut a page
_MOST_STRIPS = 500
_SAME = 0.5  # of a recognised line's area that a line of the page's text covers
_POINTS_PER_INCH = 72
_INVISIBLE = 3  # how text is drawn that lies over a scan (ISO 32000-1, table 106)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a page that are to be recognised beside its own text.

    Attributes:
        boxes: left, top, right and bottom, in fractions of the page as it is shown.
        printed: the boxes of the lines of its own text, likewise.
        view: how the page is shown.
    """

    boxes: tuple[Quad, ...] = ()
    printed: tuple[Quad, ...] = ()
    view: PageView = field(default_factory=PageView)


def is_scan(objects: PageObjects) -> bool:
    """Tells whether a page without text holds a picture."""
    return sum(area(drawn.box) for drawn in objects.pictures) > _PICTURE_AREA * area(
        objects.view.box
    )


def pictures_to_read(objects: PageObjects, lines: Sequence[PageLine]) -> Pictures:
    """Returns the large pictures of a page with text that hold none of that, or a stamp only.

    Args:
        objects: of the page.
        lines: of its text.
    """
    if not lines or not objects.pictures:
        return Pictures()
    groups = large_pictures(objects)
    if not groups:
        return Pictures()
    displayed = objects.view.displayed
    printed = [unturned(line) for line in lines]
    boxes = []
    for box, parts in groups:
        covered = sum(area(shared(line, box)) for line in printed)
        is_layered = any(hidden_texts(objects, box, parts))
        if covered <= _STAMPED * area(box) and not is_layered:
            boxes.append(displayed(box))
    boxes.sort(key=lambda box: (box[1], box[0]))
    if not boxes:
        return Pictures()
    return Pictures(tuple(boxes), tuple(map(displayed, printed)), objects.view)


def large_pictures(objects: PageObjects) -> list[tuple[Quad, list[Drawn]]]:
    """Returns the boxes of large pictures, of one or more strips that touch each other."""
    strips = []
    for drawn in objects.pictures[:_MOST_STRIPS]:
        box = shared(drawn.box, objects.view.box)
        if area(box) > 0:
            strips.append((box, [drawn]))
    groups: list[tuple[Quad, list[Drawn]]] = []
    for box, parts in sorted(strips, key=lambda strip: -strip[0][3]):
        fitting = next((n for n, group in enumerate(groups) if _touches(group[0], box)), None)
        if fitting is None:
            groups.append((box, parts))
        else:
            other, others = groups[fitting]
            groups[fitting] = (_around(other, box), others + parts)
    least = _LARGE * area(objects.view.box)
    return [
        (box, parts)
        for box, parts in groups
        if area(box) >= least and any(_is_fine(part) for part in parts)
    ]


def _touches(first: Quad, second: Quad) -> bool:
    left, bottom, right, top = shared(first, second)
    return right - left >= -_TOUCHING and top - bottom >= -_TOUCHING


def _around(first: Quad, second: Quad) -> Quad:
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def _is_fine(picture: Drawn) -> bool:
    """Tells whether a picture has pixels enough for letters."""
    ask = function("FPDFImageObj_GetImagePixelSize", ctypes.c_int, *[ctypes.c_void_p] * 3)
    sizes = (ctypes.c_uint * 2)()
    start = ctypes.addressof(sizes)
    if not ask(picture.address, start, start + 4):
        return True
    dots = math.sqrt(sizes[0] * sizes[1] / max(area(picture.box), 1.0))
    return dots * _POINTS_PER_INCH >= _LEAST_DPI


def hidden_texts(objects: PageObjects, box: Quad, parts: Sequence[Drawn]) -> Iterator[Drawn]:
    """Yields the texts that nobody sees and that lie over a picture, or beneath it.

    Args:
        objects: of the page.
        box: of the picture.
        parts: the strips that it consists of.
    """
    mode_of = function("FPDFTextObj_GetTextRenderMode", ctypes.c_int, ctypes.c_void_p)
    last = max(part.order for part in parts)
    return (
        text
        for text in objects.texts
        if _is_in(_middle(text.box), box)
        and (text.order < last or mode_of(text.address) == _INVISIBLE)
    )


def unturned(line: PageLine) -> Quad:
    """Returns the box of a line on the page, before it was turned to be read."""
    left, bottom, right, top = line.left, line.bottom, line.right, line.top
    for _ in range(line.turn):
        left, bottom, right, top = bottom, -right, top, -left
    return left, bottom, right, top


def add_page(
    builder: DocumentBuilder,
    page: Page,
    number: int,
    hyphens: Hyphens,
    pictures: Pictures,
    recognised: RecognisedPage,
) -> None:
    """Adds the text of a page and that of its pictures, each above what stands below it.

    Args:
        builder: of the document.
        page: its own text.
        number: of the page, 1-based.
        hyphens: of the document.
        pictures: of the page.
        recognised: the text in them, and maybe some of the page's own.
    """
    page = replace(page, parts=[piece for part in page.parts for piece in _divided(part, pictures)])
    own = [line for line in recognised.lines if not _is_printed(line, pictures.printed)]
    places: dict[int, list[tuple[TextLine, ...]]] = {}
    for box in pictures.boxes:
        lines = tuple(line for line in own if _is_in(_middle(_box(line)), box))
        own = [line for line in own if line not in lines]
        if lines:
            places.setdefault(_place(page, lines, pictures.view), []).append(lines)
    for index in range(len(page.parts) + 1):
        for lines in places.get(index, ()):
            add_recognised(builder, RecognisedPage(number, lines))
        add_parts(builder, page.parts[index : index + 1], number, page.usual, hyphens)


def _divided(part: Part, pictures: Pictures) -> list[Part]:
    """Divides a paragraph where a picture stands between its lines."""
    boxes = [pictures.view.displayed(unturned(line)) for line in part.lines]
    cuts = [
        n
        for n, (above, below) in enumerate(itertools.pairwise(boxes), start=1)
        if any(above[3] <= _middle(box)[1] <= below[1] for box in pictures.boxes)
    ]
    if part.is_table or not cuts:
        return [part]
    bounds = itertools.pairwise([0, *cuts, len(boxes)])
    return [replace(part, lines=part.lines[start:end]) for start, end in bounds]


def _place(page: Page, lines: Sequence[TextLine], view: PageView) -> int:
    """Returns the index of the first part of a page that stands below recognised lines.

    It is in their column, if any part is.
    """
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top = min(line.top for line in lines)
    boxes = [view.displayed(unturned(part.lines[0])) for part in page.parts]
    beside = [n for n, box in enumerate(boxes) if box[0] < right and left < box[2]]
    column = beside or list(range(len(boxes)))
    below = next((n for n in column if boxes[n][1] > top), None)
    return below if below is not None else max(column, default=-1) + 1


def _middle(box: Quad) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _is_in(point: tuple[float, float], box: Quad) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _box(line: TextLine) -> Quad:
    return line.left, line.top, line.right, line.bottom


def _is_printed(line: TextLine, printed: Sequence[Quad]) -> bool:
    """Tells whether a recognised line is one of the page's own text."""
    box = _box(line)
    return sum(area(shared(box, other)) for other in printed) > _SAME * area(box)
