"""Comments on the slides of a PowerPoint presentation, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from rag.parse.office.slide_text import A
from rag.parse.safe_xml import local, tree
from rag.parse.state_words import comment

_THREAD = "parentCm"


class SlideComments:
    """Reads the comments of slides, in the form of older and of newer versions.

    Args:
        presentation: the part that names the authors.
    """

    def __init__(self, presentation: Any) -> None:
        self._authors: dict[str, str] = {}
        for root in _related(presentation, ("/commentAuthors", "/authors")):
            for author in root:
                self._authors[author.get("id", "")] = author.get("name", "")

    def of(self, slide: Any) -> Iterator[str]:
        """Yields the comments of a slide, answers after what they answer.

        Args:
            slide: its part.
        """
        for root in _related(slide, ("/comments",)):
            for element in root:
                yield from self._comment(element, "")

    def _comment(self, element: Any, kind: str) -> Iterator[str]:
        if not kind and any(local(child) == _THREAD for child in element.iter()):
            kind = "Reply"
        date = element.get("dt", "") or element.get("created", "")
        text = _text(element)
        if text.strip():
            yield comment(text, self._authors.get(element.get("authorId", ""), ""), date, "", kind)
        for child in element:
            if local(child) == "replyLst":
                for reply in child:
                    yield from self._comment(reply, "Reply")


def _text(element: Any) -> str:
    for child in element:
        if local(child) == "text":
            return child.text or ""
        if local(child) == "txBody":
            paragraphs = child.iterchildren(f"{A}p")
            return " ".join("".join(t.text or "" for t in p.iter(f"{A}t")) for p in paragraphs)
    return ""


def _related(part: Any, endings: tuple[str, ...]) -> Iterator[Any]:
    for relation in part.rels.values():
        if relation.is_external or not relation.reltype.endswith(endings):
            continue
        try:
            yield tree(bytes(relation.target_part.blob))
        except etree.LxmlError:
            continue  # damaged comments do not cost the slides
