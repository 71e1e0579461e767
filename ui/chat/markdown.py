"""An answer's Markdown as the small HTML that the window shows.

An allow-list: paragraphs, emphasis, code, lists, quotes, headings, rules and tables. Links, images
and raw HTML are not parsed at all, so they stay what they are: text. The only links are markers
``[n]`` of citations that exist, as ``cite:n``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.ground import UNSUPPORTED
from ui.theme.tokens import Palette

SCHEME = "cite"
_LEADING = "line-height:135%"
_MARKER = re.compile(rf"\[(\d{{1,3}})\]|{re.escape(UNSUPPORTED)}")
_PLAIN = {
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
    "s_open": "<s>",
    "s_close": "</s>",
    "softbreak": " ",
    "hardbreak": "<br>",
    "paragraph_close": "</p>",
    "bullet_list_close": "</ul>",
    "ordered_list_close": "</ol>",
    "list_item_open": "<li>",
    "list_item_close": "</li>",
    "blockquote_close": "</blockquote>",
    "heading_close": "</p>",
    "hr": "<hr>",
    "table_close": "</table>",
    "thead_open": "<thead>",
    "thead_close": "</thead>",
    "tbody_open": "<tbody>",
    "tbody_close": "</tbody>",
    "tr_open": "<tr>",
    "tr_close": "</tr>",
    "th_close": "</th>",
    "td_close": "</td>",
}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20})
    parser.enable(["table", "strikethrough"])
    return parser.disable(
        ["link", "image", "autolink", "html_inline", "html_block", "reference", "entity"]
    )


_PARSER = _parser()


def to_html(text: str, known: Collection[int], colours: Palette) -> str:
    """Renders an answer.

    Args:
        text: Markdown, of any origin.
        known: numbers of the citations that exist; other markers stay text.
        colours: the palette in force.
    """
    return "".join(_render(_PARSER.parse(text), known, colours))


def plain(text: str) -> str:
    """An answer for the clipboard and for screen readers: the Markdown as it is, trimmed."""
    return text.strip()


def _render(tokens: Iterable[Token], known: Collection[int], colours: Palette) -> Iterable[str]:
    after_list = False
    for token in tokens:
        if token.type == "inline":
            yield from _render(token.children or (), known, colours)
        elif token.type == "text":
            yield _with_markers(token.content, known, colours)
        elif token.type == "paragraph_open":
            above, below = (10 if after_list else 0), (4 if token.hidden else 10)
            yield f'<p style="margin-top:{above}px; margin-bottom:{below}px; {_LEADING}">'
        elif token.type in _PLAIN:
            yield _PLAIN[token.type]
        else:
            yield _styled(token, colours)
        after_list = token.type in ("bullet_list_close", "ordered_list_close")


def _styled(token: Token, colours: Palette) -> str:
    """What needs a style of its own. Anything unknown is shown as text."""
    code = f"background-color:{colours.sunken}; font-family:monospace"
    opens = {
        "heading_open": '<p style="margin-top:8px; margin-bottom:6px; font-weight:600">',
        "bullet_list_open": '<ul style="margin-top:0; margin-bottom:8px; margin-left:4px">',
        "ordered_list_open": _ordered(token),
        "blockquote_open": f'<blockquote style="margin-left:16px; color:{colours.text_soft}">',
        "table_open": (
            f'<table border="1" cellspacing="0" cellpadding="6" style="border-collapse:collapse; '
            f'border-color:{colours.border}; margin-bottom:10px">'
        ),
        "th_open": '<th align="left">',
        "td_open": '<td align="left">',
    }
    if token.type in opens:
        return opens[token.type]
    if token.type == "code_inline":
        return f'<span style="{code}">{escape(token.content)}</span>'
    if token.type in ("fence", "code_block"):
        return f'<pre style="{code}; margin-bottom:10px">{escape(token.content.rstrip())}</pre>'
    return escape(token.content)


def _ordered(token: Token) -> str:
    start = token.attrs.get("start", 1)
    first = start if isinstance(start, int) else 1
    return f'<ol start="{first}" style="margin-top:0; margin-bottom:8px; margin-left:4px">'


def _with_markers(text: str, known: Collection[int], colours: Palette) -> str:
    """Escapes `text` and turns its markers into chips."""
    parts = []
    end = 0
    for match in _MARKER.finditer(text):
        if drawn := _drawn(match, known, colours):
            parts += [escape(text[end : match.start()]), drawn]
            end = match.end()
    return "".join([*parts, escape(text[end:])])


def _drawn(marker: re.Match[str], known: Collection[int], colours: Palette) -> str:
    """A marker as it is shown; "" for one that stays text."""
    if marker[1] is None:
        return _warned(colours) if known else ""
    return _chip(int(marker[1]), colours) if int(marker[1]) in known else ""


def _warned(colours: Palette) -> str:
    """A sentence that nothing supports."""
    style = f"color:{colours.warning}; background-color:{colours.warning_soft}; font-size:small"
    return f'<span style="{style}">{escape(UNSUPPORTED)}</span>'


def _chip(n: int, colours: Palette) -> str:
    style = (
        f"color:{colours.accent}; background-color:{colours.accent_soft}; "
        "text-decoration:none; font-weight:600; font-size:small"
    )
    return f'<a href="{SCHEME}:{n}" style="{style}">&nbsp;{n}&nbsp;</a>'
