"""Renders an answer's Markdown as the small HTML that the window shows.

An allow-list: paragraphs, emphasis, code, lists, quotes, headings, rules and tables
(`ui.chat.dialect`). Everything else stays text, character by character. The only links are markers
``[n]`` of citations that exist, as ``cite:n``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from html import escape

from markdown_it.token import Token

from rag.answer.ground import UNSUPPORTED
from rag.text.verbatim import NO_WORDS, DocumentWords
from ui.chat.dialect import parse
from ui.theme.tokens import Palette

SCHEME = "cite"
_TEXT = "line-height:135%; white-space:pre-wrap"
_PLAIN = {
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
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


def to_html(
    text: str, numbers: Collection[int], colours: Palette, words: DocumentWords = NO_WORDS
) -> str:
    """Renders an answer; invisible characters are shown by their numbers.

    Args:
        text: Markdown, from any source.
        numbers: numbers of the citations that exist; other markers stay text.
        colours: the current palette.
        words: of the documents it is based on; Markdown characters in them stay text.
    """
    return "".join(_render(parse(text, numbers, words), colours))


def plain(text: str) -> str:
    """Returns the answer for the clipboard and screen readers: the Markdown itself, trimmed."""
    return text.strip()


def _render(tokens: Iterable[Token], colours: Palette) -> Iterable[str]:
    after_list = False
    for token in tokens:
        if token.type == "inline":
            yield from _render(token.children or (), colours)
        elif token.type == "marker":
            yield _drawn(token.content, colours)
        elif token.type == "paragraph_open":
            above, below = (10 if after_list else 0), (4 if token.hidden else 10)
            yield f'<p style="margin-top:{above}px; margin-bottom:{below}px; {_TEXT}">'
        elif token.type in _PLAIN:
            yield _PLAIN[token.type]
        else:
            yield _styled(token, colours)
        after_list = token.type in ("bullet_list_close", "ordered_list_close")


def _styled(token: Token, colours: Palette) -> str:
    """Renders a token that needs its own style. Anything unknown is shown as text."""
    code = f"background-color:{colours.sunken}; font-family:monospace"
    opens = {
        "heading_open": (
            '<p style="margin-top:8px; margin-bottom:6px; font-weight:600; white-space:pre-wrap">'
        ),
        "bullet_list_open": '<ul style="margin-top:0; margin-bottom:8px; margin-left:4px">',
        "ordered_list_open": _ordered(token),
        "blockquote_open": f'<blockquote style="margin-left:16px; color:{colours.text_soft}">',
        "table_open": (
            f'<table border="1" cellspacing="0" cellpadding="6" style="border-collapse:collapse; '
            f'border-color:{colours.border}; margin-bottom:10px">'
        ),
        "th_open": _cell("th", token),
        "td_open": _cell("td", token),
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


def _cell(tag: str, token: Token) -> str:
    """Opens a table cell with the alignment of its column (``--:``)."""
    _, _, side = str(token.attrs.get("style", "")).partition("text-align:")
    return f'<{tag} align="{side or "left"}" style="white-space:pre-wrap">'


def _drawn(marker: str, colours: Palette) -> str:
    """Renders a marker."""
    return _warned(colours) if marker == UNSUPPORTED else _chip(int(marker[1:-1]), colours)


def _warned(colours: Palette) -> str:
    """Renders the warning that nothing supports a sentence."""
    style = f"color:{colours.warning}; background-color:{colours.warning_soft}; font-size:small"
    return f'<span style="{style}">{escape(UNSUPPORTED)}</span>'


def _chip(n: int, colours: Palette) -> str:
    style = (
        f"color:{colours.accent}; background-color:{colours.accent_soft}; "
        "text-decoration:none; font-weight:600; font-size:small"
    )
    return f'<a href="{SCHEME}:{n}" style="{style}">&nbsp;{n}&nbsp;</a>'
