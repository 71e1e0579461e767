"""Parses files in a markup language: reStructuredText, AsciiDoc, MediaWiki, Textile, Creole.

Each language has a module that adds its headings and tables; what is between them stays as it is
written.
"""

from __future__ import annotations

import importlib

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.plain.text import decode
from rag.parse.source import Source

_LANGUAGES = {
    **dict.fromkeys((".rst", ".rest"), "restructured"),
    **dict.fromkeys((".adoc", ".asciidoc"), "asciidoc"),
    **dict.fromkeys((".wiki", ".mediawiki", ".mw"), "mediawiki"),
    **dict.fromkeys((".textile", ".creole"), "textile"),
}


def parse(source: Source) -> ParsedDocument:
    """Parses a file in the language of its ending.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    language = importlib.import_module(f"rag.parse.plain.{_LANGUAGES[source.suffix]}")
    title: str = language.add_text(builder, decode(source.read()).lstrip("\ufeff"))
    return builder.finish(DocumentKind.MARKUP, title, source)
