"""Comments on a Word document, in words."""

from __future__ import annotations

import itertools
from typing import Any

from rag.parse.office.word_names import OFF, W
from rag.parse.state_words import comment

_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
_MOST_STEPS = 200  # elements between the ends of a comment's words


class WordComments:
    """The comments by their id.

    Args:
        comments: the root of the comments; None when there are none.
        states: the root of what newer versions of Word add: answers and whether they are settled.
    """

    def __init__(self, comments: Any, states: Any) -> None:
        self._by_id: dict[str, Any] = {}
        self._kinds: dict[str, str] = {}
        if comments is not None:
            for element in comments.iter(f"{W}comment"):
                self._by_id[element.get(f"{W}id", "")] = element
        for state in states.iter(f"{_W15}commentEx") if states is not None else ():
            answer = state.get(f"{_W15}paraIdParent") is not None
            done = state.get(f"{_W15}done", "0") not in OFF
            kind = "Reply" if answer else "Comment"
            self._kinds[state.get(f"{_W15}paraId", "")] = f"{kind} (resolved)" if done else kind

    def at(self, reference: Any) -> str:
        """Returns the comment that a reference in the text names; "" if there is none."""
        name = reference.get(f"{W}id", "")
        element = self._by_id.pop(name, None)  # one that is referred to twice is told once
        if element is None:
            return ""
        paragraphs = list(element.iter(f"{W}p"))
        text = " ".join(filter(None, (_text(paragraph) for paragraph in paragraphs)))
        if not text:
            return ""
        kind = self._kinds.get(paragraphs[-1].get(f"{_W14}paraId", ""), "")
        author, date = element.get(f"{W}author", ""), element.get(f"{W}date", "")
        return comment(text, author, date, _words(reference, name), kind)


def _words(reference: Any, name: str) -> str:
    """Returns the words before a reference that its comment is about, in the same paragraph."""
    run = next(reference.iterancestors(f"{W}r"), None)
    parts: list[str] = []
    is_inside = False
    before = run.itersiblings(preceding=True) if run is not None else ()
    for element in itertools.islice(before, _MOST_STEPS):
        if element.get(f"{W}id") == name and element.tag == f"{W}commentRangeStart":
            return " ".join("".join(reversed(parts)).split())
        if element.get(f"{W}id") == name and element.tag == f"{W}commentRangeEnd":
            is_inside = True
        elif is_inside:
            parts.append(_text(element))
    return ""


def _text(element: Any) -> str:
    return "".join(part.text or "" for part in element.iter(f"{W}t")).strip("\n")
