"""Finds lines of text in an image and reads them, with the models that rapidocr ships.

The models run in onnxruntime here; only rapidocr's files and its decoding of the models' output are
used. Its own pipeline looks for models on the network, takes twice the memory, and writes to the
console.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Grey pixels of shape (height, width)."""

THREADS = 2
"""Threads of a model; the window and the search need the rest."""
_MODELS = ("PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx")
_FIND_PIXELS = 1280 * 912
"""Pixels of the image for detection: an A4 page of 1,280 pixels' height."""
_FEW = 4  # lines
_CELL = 32  # the sides of that image are multiples of it
_ROOM = 48  # pixels of blank paper that are kept around what is drawn
_WHITE = 255
_LINE_HEIGHT = 48  # in pixels, of a line as the model reads it
_LEAST_WIDTH, _MOST_WIDTH = 320, 3200
_STANDING = 1.5  # height over width of a box in which text runs upwards or downwards


@dataclass(frozen=True, slots=True)
class Letter:
    """A character of a line.

    Attributes:
        text: the character.
        confidence: the model's, 0 to 1.
        place: of its middle, as a fraction of the line's width.
    """

    text: str
    confidence: float
    place: float


class LineReader:
    """Two small models: one detects lines, one reads them."""

    def __init__(self) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime is imported
        import cv2

        # Its logger writes to the console from the first import on.
        logging.getLogger("RapidOCR").disabled = True
        from rapidocr.ch_ppocr_det.utils import DBPostProcess

        logging.getLogger("RapidOCR").handlers.clear()
        cv2.setNumThreads(THREADS)
        self._find, self._read = map(_session, _MODELS)
        self._boxes: Any = DBPostProcess(
            thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True
        )
        letters = self._read.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._signs = ["", *letters, " "]  # the first one parts letters: it is no letter

    def find(self, picture: Picture) -> list[NDArray[np.float32]]:
        """Returns the corners of each line, in no particular order."""
        lines = self._find_at(picture, _FIND_PIXELS)
        if len(lines) >= _FEW:
            return lines
        # On a nearly empty page the model detects a lone line only in a smaller image.
        return max(lines, self._find_at(picture, _FIND_PIXELS // 2), key=len)

    def _find_at(self, picture: Picture, pixels: int) -> list[NDArray[np.float32]]:
        import cv2

        height, width = picture.shape
        scale = min(1.0, math.sqrt(pixels / (height * width)))
        # The model takes as long for blank paper: a page with one picture is nearly all of that.
        drawn = picture < _WHITE
        if not drawn.any():
            return []
        rows = _around(np.any(drawn, axis=1), _CELL / scale)
        columns = _around(np.any(drawn, axis=0), _CELL / scale)
        part = picture[rows, columns]
        height, width = part.shape
        size = (_cells(width * scale), _cells(height * scale))
        small = _model_input(cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        (mask,) = self._find.run(None, {self._find.get_inputs()[0].name: small})
        boxes, _ = self._boxes(mask, (height, width))
        corner = np.array([columns.start, rows.start], np.float32)
        return [np.asarray(box, np.float32) + corner for box in boxes]

    def read(self, crop: Picture) -> list[Letter]:
        """Returns the characters of one line, without blanks at its ends."""
        import cv2

        height, width = crop.shape
        wide = min(max(math.ceil(width * _LINE_HEIGHT / height), 1), _MOST_WIDTH)
        line = np.zeros((1, 3, _LINE_HEIGHT, max(wide, _LEAST_WIDTH)), np.float32)
        line[..., :wide] = _model_input(cv2.resize(crop, (wide, _LINE_HEIGHT)))
        ((odds,),) = self._read.run(None, {self._read.get_inputs()[0].name: line})
        return _letters(odds, self._signs, line.shape[-1] / wide)


def _letters(odds: NDArray[np.float32], signs: Sequence[str], scale: float) -> list[Letter]:
    """Returns the characters that a model's output stands for (connectionist classification).

    Args:
        odds: of each sign in each strip of the line, of shape (strips, signs).
        signs: the characters; the first parts two of the same.
        scale: the width of all strips over that of the line.
    """
    best = odds.argmax(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=0))
    ends = np.append(starts[1:], len(best))[: len(starts)]
    letters = [
        Letter(
            signs[best[start]],
            float(odds[start:end, best[start]].max()),
            min(float(start + end) / 2 / len(best) * scale, 1.0),
        )
        for start, end in zip(starts, ends, strict=True)
        if best[start]
    ]
    while letters and letters[-1].text.isspace():
        del letters[-1]
    while letters and letters[0].text.isspace():
        del letters[0]
    return letters


@cache
def line_reader() -> LineReader:
    """Returns the reader of this process; it takes a second to load."""
    return LineReader()


def cut_out(picture: Picture, corners: NDArray[np.float32]) -> Picture:
    """Returns the pixels of a line, straightened."""
    import cv2

    top_left, top_right, bottom_right, bottom_left = corners
    width = max(
        int(max(np.linalg.norm(top_left - top_right), np.linalg.norm(bottom_left - bottom_right))),
        1,
    )
    height = max(
        int(max(np.linalg.norm(top_left - bottom_left), np.linalg.norm(top_right - bottom_right))),
        1,
    )
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    crop = cv2.warpPerspective(
        picture,
        cv2.getPerspectiveTransform(corners, square),
        (width, height),
        borderMode=cv2.BORDER_REPLICATE,
        flags=cv2.INTER_CUBIC,
    )
    return np.asarray(crop, np.uint8)


def is_standing(corners: NDArray[np.float32]) -> bool:
    """Tells whether a line runs upwards or downwards."""
    width, height = np.ptp(corners, axis=0)
    return bool(height > _STANDING * width)


def _session(name: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    # Both cache memory between runs; pages differ in size, so it would only accumulate.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = files("rapidocr") / "models" / name
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _around(marks: Any, step: float) -> slice:
    """Returns the stretch of whole steps that has all marks, with room at both ends.

    Args:
        marks: booleans, in one dimension.
        step: in places.
    """
    places = np.flatnonzero(marks)
    start, end = max(int(places[0]) - _ROOM, 0), int(places[-1]) + _ROOM + 1
    length = min(math.ceil(math.ceil((end - start) / step) * step), len(marks))
    start = min(start, len(marks) - length)
    return slice(start, start + length)


def _cells(pixels: float) -> int:
    return max(round(pixels / _CELL), 1) * _CELL


def _model_input(picture: NDArray[Any]) -> NDArray[np.float32]:
    """Returns grey pixels as the models take them: shape (1, 3, height, width), -1 to 1."""
    values = picture.astype(np.float32) / 127.5 - 1.0
    return np.broadcast_to(values, (1, 3, *values.shape))
