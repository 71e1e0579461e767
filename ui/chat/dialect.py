"""The Markdown of answers, parsed so that no character of a document is taken for markup.

It has no escapes, links, pictures, HTML or entities. Block markup counts only at the beginning of
a line, in a text of several lines; emphasis goes around words, never inside one, and is written
with ``*`` only; formulas are left whole. A character is not markup where the documents that the
answer is based on have it in the same place (`rag.text.verbatim`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from rag.text.verbatim import MARKER, NO_WORDS, DocumentWords
from rag.text.words import DENSE
from ui.legible import legible

_STARS, _TICKS = re.compile(r"\*+"), re.compile("`+")
_MOST_STARS = 3
# Allowed outside, next to emphasis: nothing, a blank, brackets or quotes, or a script without
# blanks. Not allowed inside: a blank, or what makes the star literal, as in "*.txt" or "(*)".
_BEFORE, _AFTER = "([{\"'“‘„«¿¡—–|>", ".,;:!?)]}\"'”’»…—–|<"
_NOT_FIRST, _NOT_LAST = ".,;:!?)]}/\\*", "([{/\\*"
_FORMULA = re.compile(
    r"\\\(.{1,1000}?\\\)|\\\[.{1,1000}?\\\]|\$\$.{1,1000}?\$\$"
    r"|\$(?=\S)[^$\n]{0,200}(?<=\S)\$(?!\d)",
    re.DOTALL,
)
_FORMULA_ENDS = {"\\[": "\\]", "$$": "$$"}
_BLOCKS = ("table", "fence", "blockquote", "hr", "list", "heading")


def parse(text: str, numbers: Collection[int], words: DocumentWords = NO_WORDS) -> list[Token]:
    """Parses an answer into tokens; invisible characters are shown by their numbers.

    Besides CommonMark's there is a ``marker`` token, whose content is ``[n]`` or ``[?]``.

    Args:
        text: from any source; without a line feed it is a paragraph, whatever it begins with.
        numbers: numbers of the citations that exist; other markers are text.
        words: of the documents it is based on.
    """
    env: dict[str, Any] = {"known": numbers, "words": words}
    text = legible(text.replace("\r\n", "\n"))
    return (_TEXT if "\n" in text else _LINE).parse(text, env)


def _parser(blocks: Collection[str]) -> MarkdownIt:
    parser = MarkdownIt("zero", {"maxNesting": 20})
    parser.enable([*blocks, "newline", "backticks", "emphasis", "balance_pairs", "fragments_join"])
    parser.inline.ruler.at("backticks", _code)
    parser.inline.ruler.at("emphasis", _stars)
    parser.inline.ruler.before("emphasis", "marker", _marker)
    parser.inline.ruler.before("backticks", "formula", _formula)
    if blocks:
        for name in blocks:
            _only_at_line_start(parser, name)
        parser.core.ruler.before("inline", "cells", _cells_as_kept)
        parser.block.ruler.before(
            "table", "formula", _formula_lines, {"alt": ["paragraph", "blockquote", "list"]}
        )
    return parser


def _only_at_line_start(parser: MarkdownIt, name: str) -> None:
    """Stops a rule from matching after a list marker: a document's words follow there."""
    rules = parser.block.ruler.__rules__
    (rule,) = (candidate for candidate in rules if candidate.name == name)
    apply = rule.fn

    def guarded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        line_start = state.bMarks[start]
        prefix = state.src[line_start : line_start + state.tShift[start]]
        return not prefix.strip(" \t>") and apply(state, start, end, silent)

    parser.block.ruler.at(name, guarded, {"alt": rule.alt})


def _cells_as_kept(state: StateCore) -> None:
    """Undoes the escapes in tables of chats that an earlier version saved."""
    words: DocumentWords = state.env["words"]
    for cell_open, cell in itertools.pairwise(state.tokens):
        escaped = cell_open.type in ("td_open", "th_open") and "\\\\" in cell.content
        if escaped and not words.hold(cell.content):
            once = cell.content.replace("\\\\", "\\")
            cell.content = once if words.hold(once) else cell.content


def _formula_lines(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Matches a formula of several lines, so that none of them starts a block."""
    lines = [_line_of(state, number) for number in range(start, end)]
    closing = _FORMULA_ENDS.get(lines[0][:2])
    if closing is None or closing in lines[0][2:]:
        return False
    last = next((at for at, line in enumerate(lines) if at and line.endswith(closing)), None)
    if last is None:
        return False
    if not silent:
        state.line = start + last + 1
        state.push("paragraph_open", "p", 1)
        inline = state.push("inline", "", 0)
        inline.content = "\n".join(lines[: last + 1])
        inline.children = []
        state.push("paragraph_close", "p", -1)
    return True


def _line_of(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def _formula(state: StateInline, silent: bool) -> bool:
    match = _FORMULA.match(state.src, state.pos)
    if match is None:
        return False
    return _as_text(state, match.end(), silent)


def _marker(state: StateInline, silent: bool) -> bool:
    match = MARKER.match(state.src, state.pos)
    numbers = state.env["known"]
    if match is None or not numbers or (match[1] is not None and int(match[1]) not in numbers):
        return False
    if state.env["words"].hold_marker(state.src, *match.span()):
        return False
    if not silent:
        state.push("marker", "", 0).content = match.group()
    state.pos = match.end()
    return True


def _code(state: StateInline, silent: bool) -> bool:
    match = _TICKS.match(state.src, state.pos)
    if match is None:
        return False
    runs = _TICKS.finditer(state.src, match.end(), state.posMax)
    closing = next((run for run in runs if len(run.group()) == len(match.group())), None)
    words: DocumentWords = state.env["words"]
    if (
        closing is None
        or words.hold_sign(state.src, *match.span())
        or words.hold_sign(state.src, *closing.span())
    ):
        return _as_text(state, match.end(), silent)
    if not silent:
        content = state.src[match.end() : closing.start()].replace("\n", " ")
        if content.strip() and content[0] == content[-1] == " ":
            content = content[1:-1]
        state.push("code_inline", "code", 0).content = content
    state.pos = closing.end()
    return True


def _stars(state: StateInline, silent: bool) -> bool:
    match = _STARS.match(state.src, state.pos)
    if match is None or silent:
        return False
    opens, closes = _opens(state.src, *match.span()), _closes(state.src, *match.span())
    is_markup = (opens or closes) and len(match.group()) <= _MOST_STARS
    if not is_markup or state.env["words"].hold_sign(state.src, *match.span()):
        return _as_text(state, match.end(), silent)
    for _ in match.group():
        state.push("text", "", 0).content = "*"
        state.delimiters.append(
            Delimiter(ord("*"), len(match.group()), len(state.tokens) - 1, -1, opens, closes)
        )
    state.pos = match.end()
    return True


def _opens(text: str, start: int, end: int) -> bool:
    previous, first = text[max(0, start - 1) : start], text[end : end + 1]
    if not first or first.isspace() or first in _NOT_FIRST:
        return False
    return _is_free(previous, _BEFORE)


def _closes(text: str, start: int, end: int) -> bool:
    last, following = text[max(0, start - 1) : start], text[end : end + 1]
    if not last or last.isspace() or last in _NOT_LAST:
        return False
    return _is_free(following, _AFTER)


def _is_free(character: str, signs: str) -> bool:
    """Tells whether a star next to `character` is outside any word or address."""
    return (
        not character
        or character.isspace()
        or character in signs
        or DENSE.match(character) is not None
    )


def _as_text(state: StateInline, end: int, silent: bool) -> bool:
    if not silent:
        state.pending += state.src[state.pos : end]
    state.pos = end
    return True


_TEXT, _LINE = _parser(_BLOCKS), _parser(())
