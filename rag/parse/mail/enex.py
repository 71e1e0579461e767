"""Parses notes exported by Evernote (ENEX): each with its title, date and tags; files as parts."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Iterable, Iterator
from functools import partial

from lxml import etree

from rag.formats import DocumentKind
from rag.parse.attachments import AttachedFile, add_attachments
from rag.parse.builder import DocumentBuilder
from rag.parse.document import ParsedDocument
from rag.parse.parse_problem import broken
from rag.parse.plain.html import add_html
from rag.parse.plain.text import decode
from rag.parse.safe_xml import local, tree
from rag.parse.source import Source

_TODO = re.compile(r"<en-todo([^<>]*?)/?>(?:\s*</en-todo>)?", re.IGNORECASE)
_TICKED = re.compile(r"checked\s*=\s*[\"']true", re.IGNORECASE)
_MEDIA = re.compile(r"</?en-media[^<>]*>", re.IGNORECASE)
_PREAMBLE = re.compile(r"<\?xml[^>]*>|<!DOCTYPE[^>]*>", re.IGNORECASE)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)\d\dZ")
_ISO = r"\1-\2-\3 \4:\5 UTC"
_FACTS = {
    "created": "Created",
    "updated": "Updated",
    "author": "Author",
    "source-url": "Source",
    "reminder-time": "Reminder",
}


def parse(source: Source) -> ParsedDocument:
    """Parses exported notes.

    Raises:
        ParseProblem: the file is damaged or holds no text.
    """
    builder = DocumentBuilder()
    notes = _notes(source)
    for note in notes:
        _add_note(builder, note)
    add_attachments(builder, source, _resources(notes), "file of notes")
    return builder.finish(DocumentKind.NOTES, "", source)


def attached_files(source: Source) -> Iterator[AttachedFile]:
    """Yields the names and bytes of the files in exported notes.

    Raises:
        ParseProblem: the file is damaged.
    """
    return _resources(_notes(source))


def _notes(source: Source) -> list[etree._Element]:
    text = decode(source.read()).lstrip("\ufeff \n\t").encode()
    try:
        root = tree(text, recover=True, encoding="utf-8")
    except etree.LxmlError as error:
        raise broken("a file of exported notes") from error
    return [element for element in root.iter() if local(element) == "note"]


def _add_note(builder: DocumentBuilder, note: etree._Element) -> None:
    builder.heading(_value(note, "title") or "Untitled note", 1)
    facts = [
        f"{label}: {_STAMP.sub(_ISO, value)}"
        for name, label in _FACTS.items()
        if (value := _value(note, name))
    ]
    tags = [words for e in note if local(e) == "tag" and (words := (e.text or "").strip())]
    if tags:
        facts.append(f"Tags: {', '.join(tags)}")
    builder.add("\n".join(facts))
    content = _PREAMBLE.sub("", _value(note, "content"))
    content = _TODO.sub(lambda todo: "☑ " if _TICKED.search(todo.group(1)) else "☐ ", content)
    add_html(builder, _MEDIA.sub("", content))
    builder.leave_sections()


def _value(parent: etree._Element, name: str) -> str:
    """Returns the text of the first element of this name, at any depth; "" when there is none."""
    return next((str(e.text or "").strip() for e in parent.iter() if local(e) == name), "")


def _resources(notes: Iterable[etree._Element]) -> Iterator[AttachedFile]:
    elements = (element for note in notes for element in note)
    for resource in (element for element in elements if local(element) == "resource"):
        kind = _value(resource, "mime")
        name = _value(resource, "file-name") or f"file{mimetypes.guess_extension(kind) or ''}"
        yield name, partial(base64.b64decode, _value(resource, "data"))
