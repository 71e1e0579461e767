"""Puts state that is no text into words: choices, fields, struck-out text, comments.

All formats use these words, so that a search finds them and a reader cannot misread them. Ticks:
`rag.text.tick_marks`.
"""

from __future__ import annotations

import re

from rag.text.lazy_regex import lazy_regex

ILLEGIBLE = "[illegible]"
"""Stands in recognised text for words that could not be read."""
_LONGEST_NAME = 80  # characters of an author's name
_LONGEST_QUOTE = 120  # characters of the words that a comment is about
_DATE = lazy_regex(r"\d{4}-\d\d-\d\d")

_PICTURE_FILE = lazy_regex(
    r"[^ ]{1,200}\.(?:png|jpe?g|gif|bmp|tiff?|svg|webp|emf|wmf|heic)", re.IGNORECASE
)


def choice(chosen: str, label: str = "") -> str:
    """Returns the words for a list of choices; `chosen` is empty if nothing is."""
    return _labelled(label, f"{chosen.strip()} (chosen)" if chosen.strip() else "(nothing chosen)")


def field(value: str, label: str = "") -> str:
    """Returns the words for a field of a form; `value` is empty if nothing was filled in."""
    return _labelled(label, value.strip() or "(not filled in)")


STRUCK_OUT, STRUCK_OUT_END = "[struck out: ", "]"
"""Stand around words that are struck out."""


def struck_out(text: str) -> str:
    """Returns text that is struck out, with its outer blanks; blanks alone stay as they are."""
    words = text.strip()
    return text.replace(words, f"{STRUCK_OUT}{words}{STRUCK_OUT_END}", 1) if words else text


def comment(text: str, author: str = "", date: str = "", about: str = "", kind: str = "") -> str:
    """Returns a comment on one line.

    Args:
        text: of the comment.
        author: their name, if it is known.
        date: beginning with an ISO date; others are left out.
        about: the words that are commented on.
        kind: "Reply" or another name for it than "Comment".
    """
    name = _shortened(author, _LONGEST_NAME)
    day = _DATE.match(date.strip())
    head = (kind or "Comment") + (f" by {name}" if name else "") + (f", {day[0]}" if day else "")
    quote = _shortened(about, _LONGEST_QUOTE)
    return f"{head}{f', on “{quote}”' if quote else ''}: {' '.join(text.split())}"


def picture(description: str) -> str:
    """Returns the words for a picture with a description (alternative text).

    "" if it has none but the name of its file, which office programs fill in themselves.
    """
    words = " ".join(description.split())
    return "" if not words or _PICTURE_FILE.fullmatch(words) else f"Picture: {words}"


def changes_note(inserted: int, deleted: int) -> str:
    """Returns the note on a file with tracked changes, whose text is read as if all were accepted.

    Args:
        inserted: number of insertions.
        deleted: number of deletions.
    """
    parts = [
        _counted(inserted, "insertion", "read as part of the text") if inserted else "",
        _counted(deleted, "deletion", "left out") if deleted else "",
    ]
    return f"Tracked changes that are not yet accepted: {', '.join(filter(None, parts))}."


def _labelled(label: str, words: str) -> str:
    label = " ".join(label.split()).rstrip(":")
    return f"{label}: {words}" if label else words


def _shortened(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _counted(number: int, name: str, outcome: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'} ({outcome})"
