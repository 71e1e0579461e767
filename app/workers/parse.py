"""The parse worker: untrusted files to text, and PDF pages to pixels, in limited memory.

It can reach no network, change no file and read only what it was given, where the system can
enforce that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from app.privacy.sandbox import (
    FileRules,
    SandboxProfile,
    confine,
    confine_files,
    limit_memory,
    program_files,
)
from app.workers.configs import ParseConfig
from app.workers.messages import (
    OUT_OF_MEMORY,
    NotParsed,
    Parsed,
    ParseFile,
    ReadLabels,
    ReadMailSigns,
    Recognised,
    RecognisePage,
    RenderPage,
)
from app.workers.serve import Calling, Handler, die_with_parent, keep_temporary_files_in
from app.workers.wire import Request
from rag.pages.page_image import PageImage
from rag.parse.failures import ParseFailure


class ParseWorker:
    """Reads one file at a time."""

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        """Returns what answers each request."""
        return {
            ParseFile: _parse,
            RecognisePage: _recognise,
            RenderPage: _render,
            ReadLabels: _labels,
            ReadMailSigns: _mail_signs,
        }

    def close(self) -> None:
        """Does nothing: a parse worker holds nothing."""


def create(config: bytes) -> ParseWorker:
    """Makes the worker in its process, limits first."""
    limits = msgspec.msgpack.decode(config, type=ParseConfig)
    die_with_parent()
    keep_temporary_files_in(limits.scratch)  # else it would try to write where it may
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would set memory aside for every core
    limit_memory(limits.memory_bytes)
    profile = SandboxProfile.NO_NETWORK_NO_WRITING
    confine_files(FileRules(readable=program_files()), profile)
    confine(profile)
    return ParseWorker()


def _parse(request: ParseFile, calling: Calling[None]) -> Parsed | NotParsed:
    from rag.parse import parse_file

    try:
        outcome = parse_file(Path(request.path), request.options, calling.descriptor)
    except MemoryError:
        return NotParsed(OUT_OF_MEMORY)
    return NotParsed(outcome) if isinstance(outcome, ParseFailure) else Parsed(outcome)


def _recognise(request: RecognisePage, calling: Calling[None]) -> Recognised | NotParsed:
    from rag.pages.ocr import recognise_page

    try:
        outcome = recognise_page(
            Path(request.path), request.page, request.password, calling.descriptor
        )
    except MemoryError:
        return NotParsed(OUT_OF_MEMORY)
    return NotParsed(outcome) if isinstance(outcome, ParseFailure) else Recognised(outcome)


def _render(request: RenderPage, calling: Calling[None]) -> PageImage:
    from rag.pages.render import render_page

    return render_page(
        Path(request.path),
        request.page,
        request.width_px,
        request.quote,
        request.lines,
        descriptor=calling.descriptor,
    )


def _labels(request: ReadLabels, calling: Calling[None]) -> tuple[str, ...]:
    from rag.pages.labels import page_labels

    return page_labels(Path(request.path), calling.descriptor)


def _mail_signs(request: ReadMailSigns, calling: Calling[None]) -> tuple[str, ...]:
    from rag.parse.mail.signs import read_signs

    return read_signs(Path(request.path), calling.descriptor)
