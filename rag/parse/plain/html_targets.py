"""Writes what a page's text does not hold into it: descriptions of pictures, targets of links."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rag.parse.link_targets import MOST_LINKS, site_of, target_in_words
from rag.parse.state_words import picture

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

LINE = "\x0b"
"""Stands for the end of a line in text that is written into a page."""
_PICTURES = "img, svg, area, [role=img]"
_MOST_PICTURES = 20_000
_LONGEST_DESCRIPTION = 1_000  # characters


def pictures_in_words(tree: LexborHTMLParser) -> None:
    """Replaces pictures by their descriptions; decorative ones have none."""
    for node in itertools.islice(reversed(tree.css(_PICTURES)), _MOST_PICTURES):  # inner ones first
        label = node.attributes.get("aria-label") or ""
        if node.tag == "svg":
            title = node.css_first("title")
            label = label or (title.text() if title is not None else "")
            lines = (" ".join(text.text(separator=" ").split()) for text in node.css("text"))
            written = LINE.join(filter(None, lines))
            words = _described(label if node.attributes.get("aria-hidden") != "true" else "")
            node.replace_with(f"{words}{LINE}{written}{LINE}" if written.strip() else words or " ")
        elif node.tag in ("img", "area"):
            node.replace_with(_described(label or node.attributes.get("alt") or ""))
        elif label and not node.css_first("img, svg"):
            node.insert_before(_described(label))


def _described(description: str) -> str:
    words = " ".join(description.split())[:_LONGEST_DESCRIPTION]
    if words and not any(sign.isalnum() for sign in words):
        return words  # an emoji
    words = picture(words)
    return f"{LINE}{words}{LINE}" if words else ""


def links_in_words(tree: LexborHTMLParser) -> None:
    """Writes the targets of links behind their words: addresses, telephone numbers, other sites.

    Left out are targets that the words tell, those within the page's own site, and very long ones.
    """
    own = _own_site(tree)
    count = 0
    for node in reversed(tree.css("a[href]")):
        target = target_in_words(node.text(), node.attributes.get("href") or "", own)
        if target and count < MOST_LINKS:
            count += 1
            node.insert_after(target)


def _own_site(tree: LexborHTMLParser) -> str:
    """Returns the site that a saved page names as its own; "" if it names none."""
    for selector, name in (
        ("link[rel=canonical]", "href"),
        ("base[href]", "href"),
        ("meta[property='og:url']", "content"),
    ):
        node = tree.css_first(selector)
        site = site_of((node.attributes.get(name) or "") if node is not None else "")
        if site:
            return site
    return ""
