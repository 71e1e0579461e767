"""Finds the invisible text that lies over the pictures of scanned pages.

Programs that recognise text put it there. Some do so badly: a sample of pages is recognised here,
too, and tells whether their text is kept (`rag.pages.layer_check`).
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rag.parse.document import RecognisedPage
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.page_objects import PageObjects, Quad, function
from rag.parse.pdf.pictures import hidden_texts, large_pictures

_MOST_CHARACTERS = 200_000  # of a page
_LONGEST_WORD = 25  # letters; longer ones are words without the blanks between them
# Letters of any script, maybe parted by a hyphen or an apostrophe; or figures with their signs.
_REGULAR = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*|[\d.,:/%€$£+-]+")


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The invisible text of a page.

    Attributes:
        boxes: of the pictures that it belongs to: left, top, right and bottom, in fractions of the
            page as it is shown.
        texts: addresses of pdfium's text objects.
    """

    boxes: tuple[Quad, ...] = ()
    texts: frozenset[int] = frozenset()


def text_layer(objects: PageObjects) -> TextLayer:
    """Returns the text that lies unseen over the large pictures of a page, or beneath them."""
    boxes: list[Quad] = []
    texts: set[int] = set()
    if objects.texts and objects.pictures:
        for box, parts in large_pictures(objects):
            hidden = {text.address for text in hidden_texts(objects, box, parts)}
            if hidden:
                boxes.append(objects.view.displayed(box))
                texts |= hidden
    return TextLayer(tuple(boxes), frozenset(texts))


def layer_indexes(text_page: Any, layer: TextLayer) -> frozenset[int]:
    """Returns pdfium's indexes of the characters of a layer."""
    object_of = function("FPDFText_GetTextObject", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    address = ctypes.cast(text_page.raw, ctypes.c_void_p).value or 0
    count = min(text_page.count_chars(), _MOST_CHARACTERS)
    return frozenset(n for n in range(count) if object_of(address, n) in layer.texts)


def is_replaced(layer: TextLayer, recognised: RecognisedPage) -> bool:
    """Tells whether recognised lines stand in place of a layer, rather than beside it."""
    middles = [((a.left + a.right) / 2, (a.top + a.bottom) / 2) for a in recognised.lines]
    return any(
        left <= x <= right and top <= y <= bottom
        for left, top, right, bottom in layer.boxes
        for x, y in middles
    )


def sample(pages: Iterable[tuple[int, Sequence[PageLine]]]) -> set[int]:
    """Returns up to three pages whose layers are to be checked by recognition.

    They are the first one, the one with the least text, and the one with the most odd words.

    Args:
        pages: those with layers, each with its number and its lines.
    """
    words = {
        number: [word for line in lines for word in line.text.split()] for number, lines in pages
    }
    if not words:
        return set()
    shortest = min(words, key=lambda number: len(words[number]))
    oddest = max(words, key=lambda number: _oddness(words[number]))
    return {next(iter(words)), shortest, oddest}


def _oddness(words: Sequence[str]) -> float:
    """Returns the share of words that are none in any language, such as ``l0rd`` and ``th;s``."""
    bare = [word.strip(".,;:!?()[]\"'“”„‘’«»-–—") for word in words]
    bare = [word for word in bare if word]
    odd = sum(_REGULAR.fullmatch(word) is None or len(word) > _LONGEST_WORD for word in bare)
    return odd / max(len(bare), 1)
