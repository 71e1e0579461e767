"""Writes the targets of links on PDF pages behind their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rag.parse.link_targets import MOST_LINKS, target_in_words
from rag.parse.pdf.annotations import Quad, rectangle
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.marked_words import bare_end, words_in
from rag.parse.pdf.page_characters import Insertion, PageCharacters

_LONGEST_ADDRESS = 2_000  # bytes


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link to an address.

    Attributes:
        address: that it leads to.
        quads: boxes of its words: left, bottom, right, top in points.
    """

    address: str
    quads: tuple[Quad, ...]


def read_link(document: Any, annotation: Any) -> PageLink | None:
    """Returns the link of an annotation; None for one within the file.

    Args:
        document: pypdfium2's.
        annotation: pdfium's handle.
    """
    import ctypes

    from pypdfium2 import raw

    link = raw.FPDFAnnot_GetLink(annotation)
    action = raw.FPDFLink_GetAction(link) if link else None
    if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
        return None
    size = raw.FPDFAction_GetURIPath(document.raw, action, None, 0)
    if not 1 < size <= _LONGEST_ADDRESS:
        return None
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document.raw, action, buffer, size)
    address = buffer.value.decode("utf-8", "replace").strip()
    return PageLink(address, rectangle(annotation)) if address else None


def link_targets(
    links: Sequence[PageLink], lines: Sequence[PageLine], characters: PageCharacters
) -> list[Insertion]:
    """Returns the targets of links as insertions behind their words.

    A link over several lines is an annotation for each of them, one after the other.

    Args:
        links: of the page, in the order of the file.
        lines: of the page.
        characters: of the page.
    """
    insertions: list[Insertion] = []
    words: list[str] = []
    for link, following in zip(links[:MOST_LINKS], [*links[1:], None], strict=False):
        ends = list(words_in(link.quads, lines, characters))
        words += [lines[number].text[slice(*span)] for number, span in ends]
        if following is not None and following.address == link.address:
            continue
        target = target_in_words(" ".join(words), link.address)
        if ends and target and target_in_words("".join(words), link.address):
            number, span = ends[-1]
            end = _end_of_word(lines[number].text, bare_end(lines[number], span))
            insertions.append(Insertion(number, end, target))
        words = []
    return insertions


def _end_of_word(text: str, at: int) -> int:
    """Returns the end of the word at a place: boxes of links may be narrower than their words."""
    if at and text[at - 1].isalnum():
        while at < len(text) and text[at].isalnum():
            at += 1
    return at
