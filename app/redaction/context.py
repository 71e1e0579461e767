"""What stands before something tells what it is."""

from __future__ import annotations

import re

_REACH = 60  # characters: about a line


def cue(words: str) -> re.Pattern[str]:
    """A pattern of words, divided by spaces, of which one has to be there; in any case.

    A word may go on (`geb` finds `geboren`) unless it has a full stop, which stands for its end.
    A low line stands for a space.
    """
    parts = [
        re.escape(word.rstrip(".")).replace("_", r"[\s_-]{1,3}") + (r"\b" if "." in word else "")
        for word in words.split()
    ]
    return re.compile(rf"\b(?:{'|'.join(parts)})", re.IGNORECASE)


def precedes(pattern: re.Pattern[str], text: str, start: int, reach: int = _REACH) -> bool:
    """Whether the pattern is found in the characters before `start`."""
    return pattern.search(text, max(0, start - reach), start) is not None
