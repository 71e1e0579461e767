"""The parse worker: untrusted files to text, and PDF pages to pixels, in limited memory.

It can reach no network and change no file, where the system can enforce that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.privacy.sandbox import Profile, confine, limit_memory
from app.workers.configs import ParseConfig
from app.workers.messages import (
    OUT_OF_MEMORY,
    NotParsed,
    Parsed,
    ParseFile,
    Recognised,
    RecognisePage,
    RenderPage,
)
from app.workers.serve import Calling, Handler, die_with_parent
from app.workers.wire import Request
from rag.types import PageImage, ParseFailure


class ParseWorker:
    """Reads one file at a time."""

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        """What answers each request."""
        return {ParseFile: _parse, RecognisePage: _recognise, RenderPage: _render}

    def close(self) -> None:
        """Does nothing: a parse worker holds nothing."""


def create(config: bytes) -> ParseWorker:
    """Makes the worker in its process, limits first."""
    limits = msgspec.msgpack.decode(config, type=ParseConfig)
    die_with_parent()
    os.environ["TMPDIR"] = os.environ["TMP"] = os.environ["TEMP"] = limits.scratch
    tempfile.tempdir = limits.scratch  # else it would try to write where it may
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would set memory aside for every core
    limit_memory(limits.memory_bytes)
    confine(Profile.NO_NETWORK_NO_WRITING)
    return ParseWorker()


def _parse(request: ParseFile, _: Calling[None]) -> Parsed | NotParsed:
    from rag.parse import parse_file

    try:
        outcome = parse_file(Path(request.path), request.options)
    except MemoryError:
        return NotParsed(OUT_OF_MEMORY)
    return NotParsed(outcome) if isinstance(outcome, ParseFailure) else Parsed(outcome)


def _recognise(request: RecognisePage, _: Calling[None]) -> Recognised | NotParsed:
    from rag.ocr import recognise_page

    try:
        outcome = recognise_page(Path(request.path), request.page, request.password)
    except MemoryError:
        return NotParsed(OUT_OF_MEMORY)
    return NotParsed(outcome) if isinstance(outcome, ParseFailure) else Recognised(outcome)


def _render(request: RenderPage, _: Calling[None]) -> PageImage:
    from rag.render import render_page

    return render_page(
        Path(request.path), request.page, request.width_px, request.quote, request.lines
    )
