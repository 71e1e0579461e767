"""Parses Markdown: blocks are slices of the source, by a CommonMark parser's line numbers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.chat import messages_in_text
from rag.parse.plain.text import decode
from rag.parse.source import Source
from rag.parse.text_marks import Mark, in_words, marked, without_marks
from rag.text.tick_marks import signs_in_words

if TYPE_CHECKING:
    from markdown_it.token import Token

_KINDS = {
    "html_block": BlockKind.PARAGRAPH,
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "list_item_open": BlockKind.LIST_ITEM,
    "table_open": BlockKind.TABLE,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
}

# Data at the beginning, in YAML or in TOML; its first line tells it from a line across the page.
_FRONT = re.compile(
    r"\A\ufeff?(---|\+\+\+)[ \t]*\n((?:#[^\n]*\n|[ \t]*\n)*[\w\"'][\w .\"'-]{0,80}[ \t]*[:=].*?)"
    r"\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)",
    re.DOTALL,
)
_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*([^\n|>][^\n]*)$", re.MULTILINE | re.IGNORECASE)
_VALUE = re.compile(r"^([ \t]*[\w .-]+?)[ \t]*[:=][ \t]*(\[.*\]|\".*\"|'.*'|.*)$", re.MULTILINE)
# Struck-out text of GitHub's dialect, and elements of HTML; neither within code.
_CODE_OR_MARK = re.compile(
    r"(?<!`)(`{1,10})(?!`)[^`]{1,5000}\1(?!`)"
    r"|(?<![~\\])~~(?![\s~])([^~]{1,5000})(?<!\s)~~(?!~)"
    r"|<(/?)(del|s|strike|sup|sub|mark)>"
    r"|(<!--.{0,5000}?-->)",
    re.IGNORECASE | re.DOTALL,
)
# Notes of Obsidian: a comment, which is not shown, and a link that is shown as other words.
_OF_OBSIDIAN = re.compile(
    r"^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)[^\n]*$|\Z)"
    r"|(?<!`)(?P<code>`{1,10})(?!`)[^`]{1,5000}(?P=code)(?!`)"
    r"|(?<![^\s(])%%(?!%)(?P<comment>(?:(?!^(?:```|~~~)).){0,20000}?)%%(?![%\w])"
    r"|(?<!!)\[\[(?P<target>[^\[\]|\n]{1,500}?)\\?\|(?P<alias>[^\[\]|\n]{1,500})\]\]",
    re.DOTALL | re.MULTILINE,
)
_BAR = re.compile(r"\s*\\\|\s*")
_MOST_PAGE_PARTS = 2_000  # HTML blocks that are read as such
_ELEMENTS = {
    **dict.fromkeys(("del", "s", "strike"), Mark.STRUCK),
    "sup": Mark.RAISED,
    "sub": Mark.LOWERED,
    "mark": Mark.HIGHLIGHTED,
}


def parse(source: Source) -> ParsedDocument:
    """Parses a Markdown file.

    Raises:
        ParseProblem: it holds no text.
    """
    builder = DocumentBuilder()
    text = decode(source.read())
    if messages := messages_in_text(text):  # as Signal's exporter writes them
        for message in messages:
            builder.add(message.line())
        return builder.finish(DocumentKind.MARKDOWN, "", source)
    front = _FRONT.match(text)
    named = ""
    if front is not None:
        builder.add(_data(front.group(2)))
        name = _TITLE.search(front.group(2))
        named = name.group(1).strip(" \"'") if name is not None else ""
        text = text[front.end() :]
    elif front_json := _json_front(text):
        values, text = front_json
        builder.add("\n".join(f"{name}: {_plain_json(value)}" for name, value in values.items()))
        named = str(values.get("title") or "")
    title = add_markdown(builder, _as_obsidian_shows(builder, text))
    title = named or title
    return builder.finish(DocumentKind.MARKDOWN, title, source)


def _json_front(text: str) -> tuple[dict[str, Any], str] | None:
    """Returns data in JSON at the beginning, and the text below it; None without any."""
    start = text.lstrip("\ufeff")
    if not start.startswith("{"):
        return None
    try:
        values, end = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode(start)
    except (ValueError, RecursionError):
        return None
    return (values, start[end:]) if values and start[end : end + 1] in ("\n", "") else None


def _plain_json(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(item, list | dict) for item in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def add_markdown(builder: DocumentBuilder, text: str) -> str:
    """Adds the blocks of a Markdown text, and returns its first heading, or ""."""
    from markdown_it import MarkdownIt

    from rag.parse.plain.html import add_html

    lines = text.split("\n")
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    title = ""
    covered = page_parts = 0
    for position, token in enumerate(tokens):
        if token.map is None or token.map[0] < covered:
            continue
        if token.type == "heading_open":
            heading = _marks_in_words(tokens[position + 1].content)
            title = title or heading
            builder.heading(heading, int(token.tag[1:]))
        elif token.type == "html_block" and page_parts < _MOST_PAGE_PARTS:
            page_parts += 1
            add_html(builder, token.content)
        elif token.type in _KINDS:
            _add(builder, token, lines)
        else:
            continue
        covered = token.map[1]
    return title


def _as_obsidian_shows(builder: DocumentBuilder, text: str) -> str:
    """Returns text without comments, and with the words that links are shown as."""
    if "%%" not in text and "[[" not in text:
        return text

    def shown(match: re.Match[str]) -> str:
        if match["comment"] is not None:
            builder.hidden += 1
            return "\n" * match[0].count("\n")
        if match["alias"] is not None:
            return f"{match['alias'].strip()} ({match['target'].strip()})"
        return match[0]

    return _OF_OBSIDIAN.sub(shown, text)


def _data(front: str) -> str:
    """Returns the lines of front matter as names and values, lists in one line without brackets."""

    def plain(match: re.Match[str]) -> str:
        name, value = match.groups()
        if value[:1] == "[" and value[-1:] == "]":
            items = (item.strip().strip("\"'") for item in value[1:-1].split(","))
            value = ", ".join(items)
        elif value[:1] in ("'", '"'):
            value = value[1:-1]
        return f"{name}: {value}".rstrip()

    return _VALUE.sub(plain, front)


def _marks_in_words(text: str) -> str:
    """Returns text with what is struck out, raised, lowered or highlighted in words."""

    def signs(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[0]
        if match[5] is not None:
            return ""  # a comment, which no reader shows
        if match[2] is not None:
            return marked(match[2], [Mark.STRUCK])
        mark = _ELEMENTS[match[4].lower()]
        return mark.end if match[3] else mark.start

    if "~~" not in text and "<" not in text:
        return text
    return in_words(_CODE_OR_MARK.sub(signs, without_marks(text)))


def _add(builder: DocumentBuilder, token: Token, lines: list[str]) -> None:
    first, beyond = token.map or [0, 0]
    part = lines[first:beyond]
    if _KINDS[token.type] is not BlockKind.CODE:
        part = _marks_in_words("\n".join(part)).split("\n")
    if token.type == "table_open":
        # A bar within a cell stands without blanks, unlike those between cells.
        lines = [_BAR.sub("\0", line) for line in [part[0], *part[2:]]]
        rows = [line.strip().strip("|").strip().replace("\0", "|") for line in lines]
        rows = signs_in_words("\n".join(rows), apart=False).split("\n")
        builder.add("\n".join(rows), BlockKind.TABLE, header=rows[0])
    elif _KINDS[token.type] is BlockKind.CODE:
        builder.add("\n".join(part), BlockKind.CODE)
    else:
        builder.add(signs_in_words("\n".join(part)), _KINDS[token.type])
