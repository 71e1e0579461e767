"""Puts state that is no text into words: ticks, choices, fields, struck-out text, comments.

All formats use these words, so that a search finds them and a reader cannot misread them.
"""

from __future__ import annotations

import re

ILLEGIBLE = "[illegible]"
"""Stands in recognised text for words that could not be read."""
_LONGEST_NAME = 80  # characters of an author's name
_LONGEST_QUOTE = 120  # characters of the words that a comment is about
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

_PICTURE_FILE = re.compile(
    r"[^ ]{1,200}\.(?:png|jpe?g|gif|bmp|tiff?|svg|webp|emf|wmf|heic)", re.IGNORECASE
)

# Unicode: Miscellaneous Symbols, Dingbats, Geometric Shapes, Ornamental Dingbats.
_TICKED = frozenset("☑☒🗹🗷🗵✅✓✔🗸")
_TICKED_IN_A_ROW = frozenset("■◼⬛●⚫◉⦿🔘")  # elsewhere they are bullets
_EMPTY = frozenset("☐")
_EMPTY_BEFORE_LABELS = frozenset("□▢◻⬜❏❑❐❒")  # elsewhere one ends a proof
_EMPTY_IN_A_ROW = frozenset("○◯⚪")
_ANY_TICKED = _TICKED | _TICKED_IN_A_ROW
_ANY_EMPTY = _EMPTY | _EMPTY_BEFORE_LABELS | _EMPTY_IN_A_ROW
_SIGNS = re.compile(rf"[{''.join(_ANY_TICKED | _ANY_EMPTY)}]\ufe0f?|\[[ xX]\](?!\()")
_OUTER = " \t\u00a0\u2002\u2003"
_ENDS = " \t\u00a0.,;:)"


def box(ticked: bool, label: str = "") -> str:
    """Returns the words for a check box or radio button with its label, which may be empty."""
    state = "ticked" if ticked else "not ticked"
    label = label.strip()
    return f"{'[x]' if ticked else '[ ]'} {label} ({state})" if label else state


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


def signs_in_words(text: str) -> str:
    """Replaces signs for boxes (☐ ☑ ☒, ✓, [x]) by words that say which labels are ticked.

    A sign stands before its label, unless the line ends with one.
    """
    if not _SIGNS.search(text):
        return text
    return "\n".join(map(_line_in_words, text.split("\n")))


def _line_in_words(line: str) -> str:
    signs = list(_SIGNS.finditer(line))
    if not signs:
        return line
    has_label_after = bool(line[signs[-1].end() :].strip(_ENDS))
    before = line[: signs[0].start()]
    kinds = {sign[0][0] for sign in signs}
    in_a_row = bool(kinds & _ANY_EMPTY) and bool(kinds & _ANY_TICKED)
    alone = not has_label_after and not before.strip()
    states = [(sign, _is_ticked(sign[0], has_label_after or alone, in_a_row)) for sign in signs]
    boxes = [(sign, ticked) for sign, ticked in states if ticked is not None]
    if not boxes:
        return line
    if has_label_after or alone:
        return _labels_follow(line, boxes)
    return _labels_precede(line, boxes)


def _is_ticked(sign: str, before_label: bool, in_a_row: bool) -> bool | None:
    """Tells whether a sign is a ticked or an empty box; None for one that is no box."""
    first = sign[0]
    if first == "[":
        return sign[1] != " "
    if first in _TICKED or (in_a_row and first in _TICKED_IN_A_ROW):
        return True
    if (
        first in _EMPTY
        or (before_label and first in _EMPTY_BEFORE_LABELS)
        or (in_a_row and first in _EMPTY_IN_A_ROW)
    ):
        return False
    return None


def _labels_follow(line: str, boxes: list[tuple[re.Match[str], bool]]) -> str:
    parts = [line[: boxes[0][0].start()]]
    ends = [sign.start() for sign, _ in boxes[1:]] + [len(line)]
    for (sign, ticked), end in zip(boxes, ends, strict=True):
        label = line[sign.end() : end]
        blanks = label[len(label.rstrip(_OUTER)) :]
        parts.append(box(ticked, label) + blanks)
    return "".join(parts)


def _labels_precede(line: str, boxes: list[tuple[re.Match[str], bool]]) -> str:
    parts: list[str] = []
    begin = 0
    for sign, ticked in boxes:
        label = line[begin : sign.start()].strip()
        parts.append(f"{label} ({box(ticked)})")
        begin = sign.end()
    return ", ".join(parts) + line[begin:].rstrip()


def _labelled(label: str, words: str) -> str:
    label = " ".join(label.split()).rstrip(":")
    return f"{label}: {words}" if label else words


def _shortened(text: str, most: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def _counted(number: int, name: str, outcome: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'} ({outcome})"
