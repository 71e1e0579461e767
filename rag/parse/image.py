"""Images: photos, screenshots and scans. Their text was recognised before."""

from __future__ import annotations

import contextlib
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.failures import FailureReason
from rag.parse.magic_bytes import TIFF
from rag.parse.parse_problem import ParseProblem, broken, no_text
from rag.parse.pdf.ocr_blocks import (
    UNREAD_WRITING,
    add_recognised,
    is_legible,
    note_illegible,
    note_pages,
)
from rag.parse.source import Source

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "JPEG2000")
_LEAST_SIDE = 64  # pixels: an image smaller in both directions is an icon
_MOST_PIXELS = 80_000_000
_MOST_FRAMES = 1000
# Errors of Pillow's decoders for damaged files, beside its own.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError)
_FAULTS = (*_DAMAGE, OverflowError, struct.error)


def parse(source: Source) -> ParsedDocument:
    """Makes a document of the recognised text; without that, reports an image to be recognised.

    Raises:
        ParseProblem: its text was not recognised yet (``SCANNED``), there is none, or the file is
            damaged or too large.
    """
    with open_image(source) as image:
        frames = frame_count(image)
        if max(image.size) < _LEAST_SIDE:
            raise no_text()
    pages = tuple(range(1, frames + 1))
    if not source.options.recognised:
        raise ParseProblem(
            FailureReason.SCANNED,
            "This is a picture, and the text in it has not been read yet.",
            scanned=pages,
        )
    builder = DocumentBuilder()
    recognised = {page.page: page for page in source.options.recognised}
    builder.scanned += [number for number in pages if number not in recognised]
    with_text = {number: page for number, page in recognised.items() if page.lines}
    for number in pages:
        if number in with_text:
            add_recognised(builder, with_text[number])
    if not with_text:
        with open_image(source) as image:
            image.load()  # or was it its pixels that could not be read?
        raise ParseProblem(FailureReason.NO_TEXT, "No text was found in the picture.")
    if not any(map(is_legible, with_text.values())):
        raise ParseProblem(
            FailureReason.NO_TEXT,
            f"The writing in the picture cannot be read here: {UNREAD_WRITING}.",
        )
    note_illegible(builder, with_text.values())
    note_pages(
        builder, [number for number in pages if number not in with_text], set(builder.scanned)
    )
    return builder.finish(DocumentKind.IMAGE, "", source, frames)


@contextlib.contextmanager
def open_image(source: Source) -> Iterator[Image]:
    """Opens an image and reads its header; later reads are guarded too.

    Raises:
        ParseProblem: it is damaged, or has more pixels than is safe.
        FileNotFoundError, PermissionError: it cannot be reached.
    """
    from PIL import Image, UnidentifiedImageError

    with source.open() as stream, warnings.catch_warnings():
        # Pillow warns of damaged metadata, which is not used here, and of decompression bombs,
        # which are refused below.
        warnings.simplefilter("ignore")
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise _too_large()
                yield image
        except Image.DecompressionBombError as error:
            raise _too_large() from error
        except (UnidentifiedImageError, *_FAULTS) as error:
            raise _unread(source) from error


def frame_count(image: Image) -> int:
    """Returns the pages of a TIFF file; 1 for every other image, animations included."""
    if image.format != "TIFF":
        return 1
    return min(getattr(image, "n_frames", 1), _MOST_FRAMES)


def _unread(source: Source) -> ParseProblem:
    with source.open() as stream:
        if not stream.read(4).startswith(TIFF):
            return broken("a picture")
    return ParseProblem(
        FailureReason.BROKEN,
        "This TIFF picture is damaged, or stores its pixels in a way that cannot be read here. "
        "Save a copy as PNG or JPEG and add that.",
    )


def _too_large() -> ParseProblem:
    return ParseProblem(
        FailureReason.TOO_LARGE,
        f"The picture has more than {_MOST_PIXELS // 1_000_000} million pixels. "
        "Save a smaller copy and add that.",
    )
