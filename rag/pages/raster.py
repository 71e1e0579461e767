"""Renders pages to pixels, for display and for text recognition. The files are untrusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rag.formats import DocumentKind
from rag.parse.failures import FailureReason
from rag.parse.identify import identify
from rag.parse.image import frame_count, open_image
from rag.parse.parse_problem import ParseProblem, broken
from rag.parse.pdf.page_objects import PageView, Quad
from rag.parse.pdf.page_reader import read_page
from rag.parse.pdf.pdf import open_pdf
from rag.parse.pdf.pictures import unturned
from rag.parse.source import Source

if TYPE_CHECKING:
    from PIL import Image

_DPI = 200
_POINTS_PER_INCH = 72
_MOST_PIXELS = 2000 * 1414
"""Pixels of an image for recognition: an A4 page of 2,000 pixels' height. Long receipts may be
longer."""
_LONGEST = 10_000
_LEAST = 8  # pixels of a side
_WHITE = 255
_USED = (0.5, 99.5)  # percentiles of the shades of an image that are used
# Of 256: fewer are noise. Blurred print has some 80, and is read worse when they are spread.
_LEAST_SHADES, _FEW_SHADES = 12, 60


@dataclass(frozen=True, slots=True)
class GreyPage:
    """The image of a page for text recognition.

    Attributes:
        pixels: grey, of shape (height, width).
        beside: the boxes of the pictures that are recognised beside the page's own text: left, top,
            right and bottom, in fractions of the page; empty if the whole page is recognised.
        layer: the lines of the invisible text over the page, with their boxes likewise.
    """

    pixels: NDArray[np.uint8]
    beside: tuple[Quad, ...] = ()
    layer: tuple[tuple[str, Quad], ...] = ()

    def pictures(self) -> NDArray[np.uint8]:
        """Returns the page with nothing but its pictures: its own text need not be recognised."""
        height, width = self.pixels.shape
        page = np.full_like(self.pixels, _WHITE)
        for left, top, right, bottom in self.beside:
            rows = slice(max(round(top * height), 0), max(round(bottom * height), 0))
            columns = slice(max(round(left * width), 0), max(round(right * width), 0))
            page[rows, columns] = self.pixels[rows, columns]
        return page


def grey_page(source: Source, page: int) -> GreyPage:
    """Returns the image of a page for text recognition.

    Raises:
        ParseProblem: there is no such page or image, or it cannot be opened.
        OSError: the file cannot be reached.
    """
    if identify(source) is DocumentKind.IMAGE:
        with open_image(source) as opened:
            return GreyPage(_reduced(frame(opened, page)))
    return _pdf_page(source, page)


def frame(image: Image.Image, page: int, least: tuple[int, int] | None = None) -> Image.Image:
    """Returns the frame of an opened image that is a page, upright and without alpha.

    Args:
        image: opened, not loaded yet.
        page: 1-based.
        least: the least width and height that are needed, in pixels; it may be larger.

    Raises:
        ParseProblem: there is no such page.
    """
    from PIL import Image, ImageOps

    if not 1 <= page <= frame_count(image):
        raise no_page()
    image.seek(page - 1)
    if image.format in ("JPEG", "MPO"):
        # Large photos are decoded at a smaller size at once. They may lie on a side.
        image.draft(None, (max(least),) * 2 if least else _draft_size(image.size))
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        return _to_8_bits(upright)
    if upright.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in upright.info:
        layer = upright.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return upright if upright.mode in ("L", "RGB") else upright.convert("RGB")


def contrasted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns an image with its shades spread from black to white, if they are few.

    Faint print, such as grey on grey, is read better so.
    """
    low, high = np.percentile(pixels[::4, ::4], _USED)
    if not _LEAST_SHADES <= high - low < _FEW_SHADES:
        return pixels
    spread = (pixels.astype(np.float32) - low) * (_WHITE / (high - low))
    return np.asarray(spread.clip(0, _WHITE), np.uint8)


def no_page() -> ParseProblem:
    """Returns the error for a page that the file does not have."""
    return ParseProblem(FailureReason.NO_TEXT, "The file has no such page.")


def _draft_size(size: tuple[int, int]) -> tuple[int, int]:
    scale = _scale(*size)
    return max(int(size[0] * scale), 1), max(int(size[1] * scale), 1)


def _scale(width: float, height: float) -> float:
    return min(1.0, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST / max(width, height))


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scales pixels of more than 8 bits to the range from black to white."""
    from PIL import Image

    values = np.asarray(image, np.float32)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spread = np.nan_to_num((values - low) * (255 / (high - low if high > low else 1.0)))
    return Image.fromarray(spread.clip(0, 255).astype(np.uint8))


def _reduced(image: Image.Image) -> NDArray[np.uint8]:
    grey = image.convert("L")
    scale = _scale(*grey.size)
    size = tuple(max(round(side * scale), _LEAST) for side in grey.size)
    if size != grey.size:
        grey = grey.resize((size[0], size[1]), reducing_gap=3.0)
    return np.array(grey, np.uint8)


def _pdf_page(source: Source, page: int) -> GreyPage:
    import pypdfium2

    document = open_pdf(source)
    try:
        if not 1 <= page <= len(document):
            raise no_page()
        sheet = document[page - 1]
        width, height = sheet.get_size()
        dpi = _DPI / _POINTS_PER_INCH
        bitmap = sheet.render(scale=dpi * _scale(width * dpi, height * dpi), grayscale=True)
        pixels = np.array(bitmap.to_numpy(), np.uint8).reshape(bitmap.height, bitmap.width)
        view = PageView(sheet.get_bbox(), sheet.get_rotation() // 90)
        text = read_page(sheet)
        lines = text.lines if text.layer.boxes else ()
        layer = tuple((line.text, view.displayed(unturned(line))) for line in lines)
        return GreyPage(pixels, text.pictures.boxes, layer)
    except (pypdfium2.PdfiumError, ZeroDivisionError, ValueError) as error:
        raise broken("a PDF") from error
    finally:
        document.close()
