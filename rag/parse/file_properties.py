"""The properties that a file states about itself, such as its author, as a line of its text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.parse.builder import DocumentBuilder

_LONGEST = 300  # characters of a property
# What libraries and programs fill in themselves.
_NOBODY = frozenset(
    ("python-docx", "openpyxl", "apache poi", "docx4j", "un-named", "unknown", "user", "author")
)
_GENERATED = re.compile(r"generated (?:by|using|with)\b", re.IGNORECASE)


def add_properties(
    builder: DocumentBuilder, properties: Mapping[str, str], page: int | None = None
) -> None:
    """Adds a line with the properties; none to a document without text.

    Args:
        builder: of the document, its text added.
        properties: by their names; empty ones are left out.
        page: of the line, in a format with pages.
    """
    if builder.empty:
        return
    parts: list[str] = []
    for name, value in properties.items():
        words = " ".join(value.split())[:_LONGEST]
        if words and words.casefold() not in _NOBODY and not _GENERATED.match(words):
            parts.append(f"{name}: {words}")
    if parts:
        builder.add(f"Properties of the file: {'; '.join(parts)}", page=page)


def core_properties(core: object) -> dict[str, str]:
    """Returns the properties of a Word or PowerPoint file by their names.

    Args:
        core: as python-docx and python-pptx read them.
    """
    names = ("author", "subject", "keywords", "category", "comments")
    labels = ("Author", "Subject", "Keywords", "Category", "Description")
    values = (getattr(core, name, "") or "" for name in names)
    return {label: str(value) for label, value in zip(labels, values, strict=True)}
