"""Words as they come onto the screen: nothing in them is unseen, or changes what is around it.

Every label, button, tooltip and list of the window shows its words through `legible`. What is a
name, of a file, a sheet or a chat, goes through `named` first: it has one line, and letters that
run to the left keep their order to themselves.
"""

from __future__ import annotations

import re

from rag.text.visible import visible

_ISOLATE, _END = "\u2068", "\u2069"  # First Strong Isolate, Pop Directional Isolate
_LEFT_TO_RIGHT = "\u2066"
_ISOLATED = re.compile(f"{_ISOLATE}([^{_ISOLATE}{_END}]*){_END}")
# Blocks whose letters run to the left, or are set aside for such (DerivedBidiClass.txt).
_RUNS_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_SEPARATORS = re.compile(r"([/\\])")


def legible(words: str, *, lines: bool = True) -> str:
    """Words of any origin, with what cannot be seen shown by its number.

    Isolates stay where they do what `named` does, and nothing else.

    Args:
        words: to be shown.
        lines: whether they may have more than one.
    """
    if words.isascii():
        return visible(words, lines=lines)
    parts: list[str] = []
    end = 0
    for found in _ISOLATED.finditer(words):
        inside = found.group(1)
        if runs_left(inside) and visible(inside) == inside:
            parts += (visible(words[end : found.start()], lines=lines), found.group())
            end = found.end()
    return "".join((*parts, visible(words[end:], lines=lines)))


def named(name: str) -> str:
    """A name on one line, to be put into a sentence."""
    name = visible(name)
    return f"{_ISOLATE}{name}{_END}" if runs_left(name) else name


def spelled_out(path: str, after_separator: str = "") -> str:
    """A path with each part as `named`, in the order of the folders; not for `legible`.

    Args:
        path: as the system spells it.
        after_separator: what follows each separator, such as a place to wrap.
    """
    parts = _SEPARATORS.split(path)
    words = "".join(
        part + after_separator if number % 2 else named(part) for number, part in enumerate(parts)
    )
    return f"{_LEFT_TO_RIGHT}{words}{_END}" if runs_left(words) else words


def on_button(words: str) -> str:
    """Words for a button or menu: an ampersand in them is one, and makes no key of a letter."""
    return legible(words).replace("&", "&&")


def from_button(words: str) -> str:
    """What `on_button` was given."""
    return words.replace("&&", "&")


def runs_left(words: str) -> bool:
    """Whether it has letters of a script that is written from right to left."""
    return _RUNS_LEFT.search(words) is not None
