"""Text as a person sees it."""

from __future__ import annotations

import re

# Zero-width and bidirectional controls, tag characters and variation selectors can hide text from
# the person who reads the document but not from the model.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)


def plain(text: str) -> str:
    """Text without characters that hide other text."""
    return _HIDDEN.sub("", text)
