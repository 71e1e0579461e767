"""A page as an image, with the highlighted places on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in fractions of its width and height, origin at the top left."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as pixels.

    Attributes:
        page: 1-based.
        page_count: pages of the document.
        width, height: in pixels.
        pixels: RGB, 8 bits each, rows of exactly ``3 * width`` bytes, top row first.
        highlights: the boxes of the quote on this page; empty if it is not there.
    """

    page: int
    page_count: int
    width: int
    height: int
    pixels: bytes
    highlights: tuple[Box, ...] = ()
