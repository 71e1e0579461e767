"""Reads untrusted XML: fetches nothing, expands no entities, bounds the depth."""

from __future__ import annotations

import itertools
import zipfile

from lxml import etree

from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem

MOST_ATTRIBUTES = 1_000
"""Attributes of an element; libxml2 takes linear time to look up each."""
XML_BYTES = 100 << 20
"""Longest XML part of a container that is read."""


def tree(data: bytes, *, recover: bool = False, encoding: str | None = None) -> etree._Element:
    """Returns the root of an XML document; its own entities stay unexpanded.

    Args:
        data: the document.
        recover: whether to read one that is not well formed as far as possible.
        encoding: overrides the encoding that the document declares.

    Raises:
        etree.LxmlError: it is not XML, or is nested deeper than 256 elements.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
        encoding=encoding,
    )
    root = etree.fromstring(data, parser)
    if root is None:
        raise etree.LxmlError("no element")
    return root


def is_too_deep(error: BaseException | None) -> bool:
    """Tells whether XML was refused because its elements are nested too deeply."""
    return isinstance(error, etree.XMLSyntaxError) and "depth" in str(error)


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """Returns the names and values of an element's attributes, at most the first thousand."""
    names = itertools.islice(map(str, element.attrib.keys()), MOST_ATTRIBUTES)
    return [(name, str(element.get(name, ""))) for name in names]


def local(element: etree._Element) -> str:
    """Returns the element's name without its namespace; "" for a node that is not an element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def member(archive: zipfile.ZipFile, name: str, limit: int = XML_BYTES) -> bytes:
    """Returns the bytes of a part of an archive.

    Raises:
        KeyError: there is no such part.
        ParseProblem: unpacked, it is larger than `limit` bytes.
    """
    with archive.open(name) as stream:
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            f"Unpacked, a part of the file takes more than {limit >> 20} MB, "
            "which is not safe to open.",
        )
    return data
