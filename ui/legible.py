"""Makes text safe to display: no invisible characters, no effect on the text around it.

Every label, button, tooltip and list of the window shows its text through `legible`. A name, of a
file, a sheet or a chat, goes through `named` first: one line, and right-to-left letters cannot
reorder the text around them.
"""

from __future__ import annotations

import re

from rag.text.plain import visible

_ISOLATE, _END = "\u2068", "\u2069"  # First Strong Isolate, Pop Directional Isolate
_LEFT_TO_RIGHT = "\u2066"
_ISOLATED = re.compile(f"{_ISOLATE}([^{_ISOLATE}{_END}]*){_END}")
# Blocks of right-to-left letters, or reserved for them (DerivedBidiClass.txt).
_RUNS_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_SEPARATORS = re.compile(r"([/\\])")


def legible(words: str, *, lines: bool = True) -> str:
    """Returns any text with its invisible characters replaced by their numbers.

    Directional isolates stay only where they have the form that `named` writes.

    Args:
        words: the text to show.
        lines: whether it may have several lines.
    """
    if words.isascii():
        return visible(words, lines=lines)
    parts: list[str] = []
    end = 0
    for match in _ISOLATED.finditer(words):
        isolated = match.group(1)
        if runs_left(isolated) and visible(isolated) == isolated:
            parts += (visible(words[end : match.start()], lines=lines), match.group())
            end = match.end()
    return "".join((*parts, visible(words[end:], lines=lines)))


def named(name: str) -> str:
    """Returns a name on one line, isolated, to be put into a sentence."""
    name = visible(name)
    return f"{_ISOLATE}{name}{_END}" if runs_left(name) else name


def spelled_out(path: str, after_separator: str = "") -> str:
    """Returns a path with each part as `named`, in path order; not for `legible`.

    Args:
        path: the path as the system writes it.
        after_separator: text to insert after each separator, such as a place to wrap.
    """
    parts = _SEPARATORS.split(path)
    words = "".join(
        part + after_separator if number % 2 else named(part) for number, part in enumerate(parts)
    )
    return f"{_LEFT_TO_RIGHT}{words}{_END}" if runs_left(words) else words


def on_button(words: str) -> str:
    """Escapes text for a button or menu: an ampersand must not make a mnemonic."""
    return legible(words).replace("&", "&&")


def from_button(words: str) -> str:
    """Reverses `on_button`."""
    return words.replace("&&", "&")


def runs_left(words: str) -> bool:
    """Tells whether it has letters of a right-to-left script."""
    return _RUNS_LEFT.search(words) is not None
