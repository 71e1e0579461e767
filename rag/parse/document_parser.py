"""The interface of a parser of files; the real one runs in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage
from rag.parse.failures import ParseFailure


class DocumentParser(Protocol):
    """Parses one untrusted file. Never raises for a file's content: that is a `ParseFailure`."""

    def parse(
        self, path: Path, options: ParseOptions | None = None
    ) -> ParsedDocument | ParseFailure:
        """Parses the file at `path`."""
        ...

    def recognise(
        self, path: Path, page: int, password: str = "", identity: tuple[int, int] = (0, 0)
    ) -> RecognisedPage | ParseFailure:
        """Recognises the image of a page (1-based) of a PDF, or an image (page 1).

        `identity` as in `ParseOptions`.
        """
        ...
