"""Cues: words before a value that say what it is."""

from __future__ import annotations

import re

_REACH = 60  # characters: about a line


def cue(words: str) -> re.Pattern[str]:
    """Compiles a pattern that matches any of some space-separated words, in any case.

    A word may continue (`geb` matches `geboren`) unless it contains a full stop, which marks its
    end. An underscore stands for a space.
    """
    parts = [
        re.escape(word.rstrip(".")).replace("_", r"[\s_-]{1,3}") + (r"\b" if "." in word else "")
        for word in words.split()
    ]
    return re.compile(rf"\b(?:{'|'.join(parts)})", re.IGNORECASE)


def precedes(pattern: re.Pattern[str], text: str, start: int, reach: int = _REACH) -> bool:
    """Tells whether the pattern matches in the characters before `start`."""
    return pattern.search(text, max(0, start - reach), start) is not None
