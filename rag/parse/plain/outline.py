"""Parses outlines (OPML): what has children is a heading, everything else a list item."""

from __future__ import annotations

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.html import declared_encoding
from rag.parse.plain.text import decode
from rag.parse.safe_xml import attributes, local, tree
from rag.parse.source import Source

_DEEPEST_HEADING = 6
_TEXTS = ("text", "title")
_TITLE_CHARACTERS = 200  # a longer text is no heading, although it has children
# Attributes that only concern programs.
_UNTOLD = frozenset(("type", "isComment", "isBreakpoint", "expansionState", "id", "version"))


def parse(source: Source) -> ParsedDocument:
    """Parses an OPML file. Nothing that it names is fetched.

    Raises:
        ParseProblem: it is damaged or holds no text.
    """
    data = source.read()
    text = decode(data, declared_encoding(data)).lstrip("\ufeff \n\t").encode()
    try:
        root = tree(text, recover=True, encoding="utf-8")
    except etree.LxmlError as error:
        raise broken("an outline") from error
    builder = DocumentBuilder()
    title = next((e.text or "" for e in root.iter() if local(e) == "title"), "")
    for body in (element for element in root if local(element) == "body"):
        _add(builder, body, 1)
    return builder.finish(DocumentKind.OUTLINE, title, source)


def _add(builder: DocumentBuilder, parent: etree._Element, level: int) -> None:
    """Adds the outlines in `parent`; lxml itself bounds their depth."""
    for outline in parent:
        if local(outline) != "outline":
            continue
        fields = dict(attributes(outline))
        words = next((fields[name] for name in _TEXTS if fields.get(name)), "")
        facts = [
            f"{name}: {value}"
            for name, value in fields.items()
            if value and value != words and name not in _UNTOLD
        ]
        if len(outline) and len(words) <= _TITLE_CHARACTERS:
            builder.heading(words, min(level, _DEEPEST_HEADING))
            builder.add("\n".join(facts))
        else:
            builder.add(f"- {'; '.join(filter(None, (words, *facts)))}", BlockKind.LIST_ITEM)
        _add(builder, outline, level + 1)
        if len(outline):
            builder.leave_sections(min(level, _DEEPEST_HEADING))
