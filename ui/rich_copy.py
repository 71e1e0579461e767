"""Rich text for the clipboard: structure and emphasis, but no links and none of our colours."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser

from PySide6.QtCore import QMimeData

_HEAD = '<html><head><meta charset="utf-8"></head>'
_KEPT = {
    "b", "i", "s", "u", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th",
    "td", "pre", "p", "code", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_EMPTY = {"br", "hr"}
_SILENT = {"head", "style", "script", "title"}
_ATTRIBUTES = {"start", "align", "colspan", "rowspan"}
_SPACES = ("white-space:pre-wrap", "white-space: pre-wrap")
# Elements by the styles of a span.
_MEANINGS = (
    ("b", ("font-weight:600", "font-weight:700", "font-weight:bold")),
    ("i", ("font-style:italic",)),
    ("s", ("text-decoration:line-through",)),
    ("code", ("font-family:'monospace'", "font-family:monospace")),
)


def copied(plain: str, html: str, paragraphs: Iterable[str] = ()) -> QMimeData:
    """Makes the clipboard's contents, in a plain and a rich form.

    Args:
        plain: for programs that accept only text.
        html: as shown by a view.
        paragraphs: paragraphs of plain text that follow.
    """
    appended = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    data = QMimeData()
    data.setText(plain)
    data.setHtml(f"{_HEAD}<body>{portable(html)}{appended}</body></html>")
    return data


def portable(html: str) -> str:
    """Reduces HTML to an allow-list of tags, with markers ``[n]`` in place of links."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return cleaner.html


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[tuple[str, str]] = []  # open tags with their closing HTML
        self._silent = 0
        self._marker: list[str] | None = None

    @property
    def html(self) -> str:
        """The HTML so far."""
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag in _EMPTY:
            self._parts.append(f"<{tag}>")
        elif tag == "a":
            self._marker = []
        elif self._marker is None:
            opening, closing = _tags(tag, dict(attrs))
            self._parts.append(opening)
            self._open.append((tag, closing))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._marker is not None:
            self._parts.append(f"[{escape(''.join(self._marker).strip())}]")
            self._marker = None
        elif self._marker is None and any(tag == open_tag for open_tag, _ in self._open):
            while self._open:
                open_tag, closing = self._open.pop()
                self._parts.append(closing)
                if open_tag == tag:
                    return

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if self._marker is not None:
            self._marker.append(data)
        else:
            self._parts.append(escape(data))


def _tags(tag: str, attributes: dict[str, str | None]) -> tuple[str, str]:
    """Returns the opening and closing tags of an element; "" for one without meaning."""
    style = (attributes.get("style") or "").replace(": ", ":")
    inner = [name for name, signs in _MEANINGS if any(marker in style for marker in signs)]
    if tag in _KEPT:
        attributes_kept = [
            f' {name}="{escape(value or "")}"'
            for name, value in attributes.items()
            if name in _ATTRIBUTES
        ]
        if any(spaces in style for spaces in _SPACES):
            attributes_kept.append(' style="white-space:pre-wrap"')
        if tag == "table":
            attributes_kept.append(' border="1" cellspacing="0" cellpadding="4"')
        inner = [name for name in inner if name == "b" and tag == "p"]
        opening, closing = f"<{tag}{''.join(attributes_kept)}>", f"</{tag}>"
    elif tag == "span":
        opening = closing = ""
    else:
        return "", ""
    inner_opening = "".join(f"<{name}>" for name in inner)
    inner_closing = "".join(f"</{name}>" for name in reversed(inner))
    return opening + inner_opening, inner_closing + closing
