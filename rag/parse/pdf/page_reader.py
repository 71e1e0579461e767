"""Reads a page of a PDF: its lines, and what has to be recognised in its image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rag.parse.document import RecognisedPage
from rag.parse.pdf.added_content import AddedContent
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.lines import page_lines
from rag.parse.pdf.page_objects import page_objects
from rag.parse.pdf.pictures import Pictures, is_scan, pictures_to_read
from rag.parse.pdf.text_layer import TextLayer, is_replaced, layer_indexes, text_layer
from rag.parse.pdf.unseen_text import Unseen, unseen_text
from rag.parse.pdf.vertical import has_vertical_text

_LOOKED_AT = 100  # characters of a page that tell whether its fonts name them


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read of a page.

    Attributes:
        lines: its text, with what was filled in.
        is_picture: it has no text, or none that can be read, and its image is recognised instead.
        is_garbled: its fonts do not say which characters they draw.
        pictures: those that are recognised beside its text.
        unseen: places with text that nobody sees; it is left out.
        covered: those of them beneath boxes.
        is_vertical: some of its text runs from top to bottom.
        layer: the invisible text over its pictures.
        is_replaced: what was recognised stands in place of that.
    """

    lines: list[PageLine] = field(default_factory=list)
    is_picture: bool = False
    is_garbled: bool = False
    pictures: Pictures = field(default_factory=Pictures)
    unseen: int = 0
    covered: int = 0
    is_vertical: bool = False
    layer: TextLayer = field(default_factory=TextLayer)
    is_replaced: bool = False

    @property
    def is_waiting(self) -> bool:
        """True if there is something to recognise."""
        return self.is_picture or bool(self.pictures.boxes)


def read_page(
    page: Any,
    added: AddedContent | None = None,
    number: int = 1,
    recognised: RecognisedPage | None = None,
) -> PageText:
    """Returns the text of a page, and closes it.

    Args:
        page: pypdfium2's.
        added: of the document, if its fields and comments are read, too.
        number: of the page, 1-based.
        recognised: what was recognised in its image before; it may replace its invisible text.
    """
    text_page = page.get_textpage()
    try:
        is_garbled = _is_garbled(text_page)
        objects = page_objects(page)
        unseen = Unseen() if is_garbled else unseen_text(page, text_page, objects)
        layer = TextLayer() if is_garbled else text_layer(objects)
        replaces = recognised is not None and is_replaced(layer, recognised)
        hidden = unseen.indexes
        if replaces:
            hidden |= layer_indexes(text_page, layer)
            objects.texts = [text for text in objects.texts if text.address not in layer.texts]
        printed = [] if is_garbled else page_lines(text_page, hidden)
        lines = printed
        if added is not None:
            lines = added.lines(page, text_page, printed, number, objects)
        is_picture = is_garbled or (not printed and is_scan(objects))
        pictures = pictures_to_read(objects, printed)
        is_vertical = not is_garbled and has_vertical_text(text_page, objects.texts)
        return PageText(
            lines,
            is_picture,
            is_garbled,
            pictures,
            unseen.places,
            unseen.covered,
            is_vertical,
            layer,
            replaces,
        )
    finally:
        text_page.close()
        page.close()


def _is_garbled(text_page: Any) -> bool:
    """Tells whether the fonts do not say which characters most of a page's shapes stand for."""
    from pypdfium2.raw import FPDFText_HasUnicodeMapError

    count = text_page.count_chars()
    step = max(count // _LOOKED_AT, 1)
    places = range(0, count, step)
    faults = sum(FPDFText_HasUnicodeMapError(text_page.raw, place) == 1 for place in places)
    return bool(faults * 2 > len(places))
