"""Parses web pages: the text that a reader sees, without menus, scripts and styles."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.chat_pages import chat_name, messages_in_page
from rag.parse.plain.html_lists import list_markers
from rag.parse.plain.html_states import remove_furniture, remove_hidden, states_in_words
from rag.parse.plain.html_styles import Styles
from rag.parse.plain.html_targets import LINE, links_in_words, pictures_in_words
from rag.parse.plain.html_text import INLINE, mark_text, text_of
from rag.parse.plain.mathml import equation_in_markup
from rag.parse.plain.text import decode
from rag.parse.source import Source
from rag.parse.text_marks import in_words, without_marks
from rag.text.tick_marks import signs_in_words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_SCRIPTS = ["script", "noscript", "template"]
_UNSEEN = ["style", "nav", "svg", "iframe", "select", "button", "rt", "rp"]
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_DEPTH = 512
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w:.-]+)|<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w:.-]+)""",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096  # bytes
# XHTML may self-close these elements; in HTML they would swallow what follows.
_CLOSED = re.compile(r"<(title|script|style|iframe|noscript|textarea)(\s[^<>]*)?/>", re.IGNORECASE)
# A tag up to the end of its attributes, as browsers parse it; possessive, so linear in time.
_ATTRIBUTES = r"""(?:[\s/]++|[^\s/>=]++|=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)?+)"""
_ATTRIBUTE = re.compile(_ATTRIBUTES)
_START = re.compile(rf"<[a-zA-Z][^\s/>]*+{_ATTRIBUTES}*+")
_MOST_EQUATIONS = 20_000
_MOST_FRAMES, _MOST_FRAMES_IN_FRAMES = 50, 2
_LONG_TAG = 5_000  # characters
_MOST_ATTRIBUTES = 4_000  # words, blanks and values: about a thousand attributes
_SHAPES = frozenset(
    (
        *("g", "path", "circle", "rect", "line", "polygon", "polyline", "ellipse", "use", "stop"),
        *("defs", "lineargradient", "radialgradient", "clippath", "mask", "text", "tspan", "image"),
    )
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)[^<>]*>")
# Void elements, and those that the next one of their kind closes.
_NOT_NESTING = frozenset(
    (
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
        *("track", "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot"),
        *("option", "optgroup", "colgroup", "html", "head", "body"),
    )
)
_KINDS = {"li": BlockKind.LIST_ITEM, "pre": BlockKind.CODE}


def parse(source: Source) -> ParsedDocument:
    """Parses an HTML file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    data = source.read()
    title = add_html(builder, decode(data, declared_encoding(data)), saved_page=True)
    return builder.finish(DocumentKind.HTML, title, source)


def declared_encoding(data: bytes) -> str:
    """Returns the encoding that a page or an XML file declares; "" when it declares none."""
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    return (match.group(1) or match.group(2)).decode("ascii") if match else ""


def add_html(
    builder: DocumentBuilder,
    source: str,
    *,
    saved_page: bool = False,
    sheets: str = "",
    depth: int = 0,
) -> str:
    """Adds the text of a page, and returns the page's title, which may be empty.

    Args:
        builder: of the document.
        source: the page.
        sheets: style sheets beside the page.
        saved_page: whether it may have menus, banners and footers, which are left out.
        depth: how many pages it is within.
    """
    from selectolax.lexbor import LexborHTMLParser

    source = _flattened(_CLOSED.sub(r"<\1\2></\1>", without_marks(source)))
    tree = LexborHTMLParser(source)
    title = tree.css_first("title")
    name = title.text() if title is not None else ""
    if saved_page and (messages := messages_in_page(tree)):
        builder.heading(chat_name(tree), 1)
        for message in messages:
            builder.add(message.line())
        return name
    tree.strip_tags(_SCRIPTS)
    styles = Styles(tree, sheets)
    builder.hidden += remove_hidden(tree, styles)
    markers = list_markers(tree, styles)
    states_in_words(tree)
    _equations_in_words(tree)
    pictures_in_words(tree)
    styles.forget_removed()
    mark_text(tree, styles)
    frames = _frames(tree) if depth < _MOST_FRAMES_IN_FRAMES else []
    tree.strip_tags(_UNSEEN)
    if saved_page and remove_furniture(tree):
        builder.notes.append("Menus, headers and footers of the page were left out.")
    links_in_words(tree)
    if tree.body is not None:
        _HtmlWalk(builder, markers).run(tree.body)
    for frame in frames:
        add_html(builder, frame, depth=depth + 1)
    return name


def _equations_in_words(tree: LexborHTMLParser) -> None:
    for node in itertools.islice(reversed(tree.css("math")), _MOST_EQUATIONS):
        node.replace_with(equation_in_markup(node.html or ""))


def _frames(tree: LexborHTMLParser) -> list[str]:
    """Returns the pages within the page, which their frames hold themselves."""
    frames = itertools.islice(tree.css("iframe[srcdoc]"), _MOST_FRAMES)
    return [frame.attributes.get("srcdoc") or "" for frame in frames]


def _flattened(source: str) -> str:
    """Removes what makes parsing slow and no real page has: extreme depth and many attributes.

    Elements nested deeper than 512 become line breaks, and only the first thousand attributes of an
    element are kept: parsing time grows with the square of either.
    """
    source = _START.sub(_with_fewer_attributes, source)
    if source.count("<") - source.count("</") <= _DEPTH:
        return source
    depth = 0
    drawing = False

    def shallow(tag: re.Match[str]) -> str:
        nonlocal depth, drawing
        closing, name = tag.group(1), tag.group(2).lower()
        drawing = name == "svg" or (drawing and name in _SHAPES)
        if name in _NOT_NESTING or (drawing and tag.group().endswith("/>")):
            return tag.group()
        if closing:
            depth = max(depth - 1, 0)
            return tag.group() if depth < _DEPTH else ""
        depth += 1
        return tag.group() if depth <= _DEPTH else "<br>"

    return _TAG.sub(shallow, source)


def _with_fewer_attributes(tag: re.Match[str]) -> str:
    if tag.end() - tag.start() <= _LONG_TAG:
        return tag.group()
    words = itertools.islice(_ATTRIBUTE.finditer(tag.group()), _MOST_ATTRIBUTES)
    return tag.group()[: max((word.end() for word in words), default=0)]


class _HtmlWalk:
    """Walks a page without recursion: hostile pages nest deeper than Python's stack."""

    def __init__(self, builder: DocumentBuilder, markers: Mapping[int, str]) -> None:
        self._builder = builder
        self._markers = markers
        self._marker = ""  # of the list entry that begins
        self._inline: list[str] = []
        self._kind = BlockKind.PARAGRAPH

    def run(self, body: LexborNode) -> None:
        stack: list[tuple[LexborNode, bool]] = [(body, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._flush()
                self._kind = BlockKind.PARAGRAPH
                continue
            if self._handled(node):
                continue
            tag = str(node.tag)
            if tag not in INLINE:
                self._flush()
                self._kind = _KINDS.get(tag, self._kind)
                if tag == "li":
                    self._marker = self._markers.get(node.mem_id, "-")
                stack.append((node, True))
            stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]
        self._flush()

    def _handled(self, node: LexborNode) -> bool:
        """Adds a node as a whole, if it is of such a kind; tells whether it did."""
        tag = str(node.tag)
        if tag == "-text":
            self._inline.append(node.text_content or "")
        elif tag == "br":
            self._inline.append("\n")
        elif tag in _HEADINGS:
            self._flush()
            words = in_words(text_of(node))
            if words and self._marker not in ("", "-"):
                words, self._marker = f"{self._marker} {words}", ""
            self._builder.heading(words, _HEADINGS[tag])
        elif tag == "pre":
            self._flush()
            self._builder.add(in_words(node.text()), BlockKind.CODE)
        elif tag == "table":
            return self._handled_table(node)
        else:
            return bool(node.attributes.get("role")) and self._handled_aria_table(node)
        return True

    def _handled_table(self, table: LexborNode) -> bool:
        # Most pages hold no table, and do without its modules.
        from rag.parse.plain.html_table import add_html_table, is_data_table

        if not is_data_table(table):
            return False
        self._flush()
        add_html_table(self._builder, table)
        return True

    def _handled_aria_table(self, node: LexborNode) -> bool:
        from rag.parse.plain.html_table import add_aria_table, is_aria_table

        if not is_aria_table(node):
            return False
        self._flush()
        add_aria_table(self._builder, node)
        return True

    def _flush(self) -> None:
        lines = (" ".join(line.split()) for line in in_words(_join(self._inline)).split("\n"))
        text = "\n".join(line for line in lines if line)
        self._inline.clear()
        if not text:
            return
        text = signs_in_words(text)
        if self._kind is BlockKind.LIST_ITEM and self._marker:
            text, self._marker = f"{self._marker} {text}", ""
        self._builder.add(text, self._kind)


def _join(parts: list[str]) -> str:
    """Returns inline text; only `<br>` breaks a line, white space in the source does not."""
    return "".join(
        part if part == "\n" else part.replace("\n", " ").replace(LINE, "\n") for part in parts
    )
