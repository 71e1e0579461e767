"""Straightens places on an image whose lines of text are askew, or run towards a vanishing point.

Coordinates are turned rather than pixels: lines are cut out straight one by one anyway. Pixels are
turned only to find drawn lines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from rag.parse.pdf.order import Rect

_WIDE = 3.0  # widths over heights of lines that tell the slope
_LEAST_LINES = 6  # that tell how the slope changes over the page
_STRAIGHT = 0.001  # slope of a page that needs no turning
_STRAY = 0.05  # from the usual slope, beyond which a line tells nothing


class Straight:
    """The slope of lines as a linear function of the place, and the places without it."""

    def __init__(self, slope: NDArray[np.float64], middle: NDArray[np.float64]) -> None:
        """Takes the slope at the middle of the image and its change by x and y, of shape (3,)."""
        self._slope = slope
        self._middle = middle
        angle = math.atan(float(slope[0]))
        self._cos, self._sin = math.cos(angle), math.sin(angle)

    @classmethod
    def of(cls, boxes: Sequence[NDArray[np.float32]], width: int, height: int) -> Self:
        """Fits the slope to the corners of lines, each of shape (4, 2), on an upright image."""
        middle = np.array([width / 2, height / 2])
        none = np.zeros(3)
        corners = np.asarray(boxes, np.float64).reshape(-1, 4, 2)
        along = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]) / 2
        across = corners[:, 3] - corners[:, 0]
        lengths = np.linalg.norm(along, axis=1)
        wide = (lengths > _WIDE * np.linalg.norm(across, axis=1)) & (along[:, 0] > lengths / 2)
        if not wide.any():
            return cls(none, middle)
        slopes = along[wide, 1] / along[wide, 0]
        usual = _weighted_median(slopes, lengths[wide])
        near = np.abs(slopes - usual) < _STRAY + abs(usual) / 2
        if near.sum() < _LEAST_LINES:
            return cls(np.array([usual, 0.0, 0.0]), middle)
        places = corners[wide][near].mean(axis=1) - middle
        terms = np.column_stack([np.ones(len(places)), places])
        weights = lengths[wide][near, None]
        # The change is a small one: where lines do not tell it, it is held at zero.
        held = np.diag([0.0, 1.0, 1.0]) * max(width, height) * weights.sum() / len(weights)
        fitted = np.linalg.lstsq(
            np.vstack([terms * weights, held]),
            np.concatenate([slopes[near] * weights[:, 0], np.zeros(3)]),
            rcond=None,
        )[0]
        return cls(fitted, middle)

    def rect(self, corners: NDArray[np.float32]) -> Rect:
        """Returns the box of a line with its corners, as if the page was straight."""
        turned = self._turned(np.asarray(corners, np.float64))
        (left, top), (right, bottom) = turned.min(axis=0), turned.max(axis=0)
        if right - left > bottom - top:
            # Its corners may be a little askew themselves: their sides are taken at the middle.
            top, bottom = turned[:2, 1].mean(), turned[2:, 1].mean()
            left, right = turned[[0, 3], 0].mean(), turned[[1, 2], 0].mean()
        return Rect(float(left), float(top), float(right), float(bottom))

    def picture(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Returns an image turned as places are; a change of the slope over the page is left."""
        import cv2

        if abs(self._sin) < _STRAIGHT:
            return picture
        x, y = self._middle
        turn = np.array(
            [
                [self._cos, self._sin, x - self._cos * x - self._sin * y],
                [-self._sin, self._cos, y + self._sin * x - self._cos * y],
            ]
        )
        height, width = picture.shape
        turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(turned, np.uint8)

    def _turned(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns points of shape (n, 2) moved along their lines to the middle of the page."""
        offset = points - self._middle
        halfway = offset / 2
        halfway[:, 1] = offset[:, 1] - self._at(offset) * offset[:, 0] / 2
        y = (offset[:, 1] - self._at(halfway) * offset[:, 0]) * self._cos
        x = offset[:, 0] * self._cos + offset[:, 1] * self._sin
        return np.column_stack([x, y]) + self._middle

    def _at(self, offset: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._slope[0] + offset @ self._slope[1:], np.float64)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    before = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(before, before[-1] / 2)])
