"""Writes what a page's text does not hold into it: descriptions of pictures, targets of links."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from rag.parse.state_words import picture

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

LINE = "\x0b"
"""Stands for the end of a line in text that is written into a page."""
_PICTURES = "img, svg, area, [role=img]"
_MOST_PICTURES = 20_000
_LONGEST_DESCRIPTION = 1_000  # characters
_MOST_LINKS = 500
_LONGEST_TARGET = 120  # characters; longer ones are made for machines


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
        words = " ".join(node.text().split())
        target = _target((node.attributes.get("href") or "").strip(), own)
        if not words or not target or _tells(words, target) or count >= _MOST_LINKS:
            continue
        count += 1
        node.insert_after(f" ({target})")


def _own_site(tree: LexborHTMLParser) -> str:
    """Returns the site that a saved page names as its own; "" if it names none."""
    for selector, name in (
        ("link[rel=canonical]", "href"),
        ("base[href]", "href"),
        ("meta[property='og:url']", "content"),
    ):
        node = tree.css_first(selector)
        site = _site((node.attributes.get(name) or "") if node is not None else "")
        if site:
            return site
    return ""


def _site(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _target(address: str, own: str) -> str:
    """Returns what a reader would write down of a link; "" for one within the page or its site."""
    scheme, _, rest = address.partition(":")
    scheme = scheme.casefold()
    if scheme in ("mailto", "tel", "sms"):
        target = unquote(rest.partition("?")[0]).strip()
    elif scheme in ("http", "https") and _site(address) not in ("", own):
        target = address if len(address) <= _LONGEST_TARGET else address.partition("?")[0]
    else:
        return ""
    return target if len(target) <= _LONGEST_TARGET and target.isprintable() else ""


def _tells(words: str, target: str) -> bool:
    """Tells whether the words of a link hold its target."""
    if not any(sign.isalpha() for sign in target):
        digits = "".join(filter(str.isdigit, target))
        return digits[-6:] in "".join(filter(str.isdigit, words))
    bare = target.casefold().partition("://")[2] or target.casefold()
    bare = bare.removeprefix("www.").split("?")[0].rstrip("/")
    return bare in words.casefold()
