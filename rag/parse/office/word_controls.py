"""Content controls of Word: check boxes, lists and fields become their state in words."""

from __future__ import annotations

from typing import Any

from rag.parse.office.word_names import OFF, W, is_on, value
from rag.parse.state_words import choice, field

_CHECK_BOXES = frozenset(
    (
        "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox",
        "{http://schemas.microsoft.com/office/word/2012/wordml}checkbox",
    )
)
_LISTS = frozenset((f"{W}dropDownList", f"{W}comboBox"))
_FIELDS = frozenset((f"{W}text", f"{W}date"))


def put_in_words(root: Any) -> None:
    """Replaces the content of check boxes, lists and empty fields; changes the tree.

    A check box becomes ☒ or ☐, as in text; what stands in a list or field gets the control's title
    if nothing else stands in its paragraph.
    """
    lengths: dict[Any, int] = {}  # of the texts of paragraphs, as they were
    for control in list(root.iter(f"{W}sdt")):
        properties = control.find(f"{W}sdtPr")
        content = control.find(f"{W}sdtContent")
        if properties is None or content is None:
            continue
        kinds = {child.tag for child in properties}
        placeholder = is_on(properties.find(f"{W}showingPlcHdr"))
        tick = next((child for child in properties if child.tag in _CHECK_BOXES), None)
        if tick is not None:
            _write(content, "☒" if _is_ticked(tick) else "☐")
        elif kinds & _LISTS:
            chosen = "" if placeholder else _text(content)
            _write(content, choice(chosen, _title(control, properties, lengths)))
        elif placeholder:
            _write(content, field("", _title(control, properties, lengths)))
        elif kinds & _FIELDS:
            title = _title(control, properties, lengths)
            if title or not _text(content).strip():
                _write(content, field(_text(content), title))


def _is_ticked(box: Any) -> bool:
    for child in box:
        if isinstance(child.tag, str) and child.tag.endswith("}checked"):
            return next(iter(child.attrib.values()), "1") not in OFF
    return False


def _title(control: Any, properties: Any, lengths: dict[Any, int]) -> str:
    """Returns the control's title; "" if its paragraph or table says what it is."""
    title = value(properties, "alias")
    if not title or next(control.iterancestors(f"{W}tbl"), None) is not None:
        return ""
    outer = next(control.iterancestors(f"{W}p"), None)
    if outer is not None:
        if outer not in lengths:
            lengths[outer] = len(_text(outer).strip())
        if lengths[outer] != len(_text(control).strip()):
            return ""
    return title


def _text(element: Any) -> str:
    return "".join(part.text or "" for part in element.iter(f"{W}t"))


def _write(content: Any, words: str) -> None:
    """Replaces the text of a control by these words; its runs stay, and so does their form."""
    runs = list(content.iter(f"{W}r"))
    for run in runs:
        for child in list(run):
            if child.tag != f"{W}rPr":
                run.remove(child)
    if not runs:
        place = next(content.iter(f"{W}p"), content)
        runs = [place.makeelement(f"{W}r")]
        place.append(runs[0])
    text = runs[0].makeelement(f"{W}t")
    text.text = words
    runs[0].append(text)
