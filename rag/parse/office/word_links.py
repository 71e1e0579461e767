"""Writes the targets of links in Word documents behind their words.

Links come as elements whose target is a relation, and as fields: "HYPERLINK" with an address.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from rag.parse.link_targets import MOST_LINKS, target_in_words
from rag.parse.office.word_names import W

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FIELD = re.compile(r'\s*HYPERLINK\s+(?:\\[a-z]\s+)*"([^"]+)"', re.IGNORECASE)


def external_targets(part: Any) -> dict[str, str]:
    """Returns the addresses outside the file that a part refers to, by the relations' ids."""
    relations = getattr(part, "rels", {})
    return {name: rel.target_ref for name, rel in relations.items() if rel.is_external}


def links_in_words(root: Any, targets: Mapping[str, str]) -> None:
    """Adds a run with the target to each link whose words do not tell it; changes the tree.

    Args:
        root: of the text.
        targets: addresses by the ids of relations.
    """
    count = 0
    for link in list(root.iter(f"{W}hyperlink", f"{W}fldSimple")):
        field = _FIELD.match(link.get(f"{W}instr", ""))
        address = field[1] if field else targets.get(link.get(f"{_R}id", ""), "")
        runs = list(link.iter(f"{W}r"))
        if count < MOST_LINKS and runs and _add(runs, address):
            count += 1
    for paragraph in root.iter(f"{W}p"):
        if count < MOST_LINKS and next(paragraph.iter(f"{W}instrText"), None) is not None:
            count += _read_fields(list(paragraph.iter(f"{W}r")))


def _read_fields(runs: list[Any]) -> int:
    """Adds the targets of the fields of a paragraph; returns how many."""
    codes: list[str] = []  # of the fields that are open, one within another
    shown: list[list[Any]] = []  # the runs of their results
    count = 0
    for run in runs:
        for child in run:
            kind = child.get(f"{W}fldCharType") if child.tag == f"{W}fldChar" else ""
            if kind == "begin":
                codes.append("")
                shown.append([])
            elif kind == "end" and codes:
                field = _FIELD.match(codes.pop())
                result = shown.pop()
                count += bool(field and result and _add(result, field[1]))
            elif child.tag == f"{W}instrText" and codes:
                codes[-1] += child.text or ""
            elif child.tag == f"{W}t":
                for result in shown:
                    result.append(run)
    return count


def _add(runs: list[Any], address: str) -> bool:
    """Adds a target behind the last of a link's runs, which looks like it: it may be hidden."""
    words = "".join(text.text or "" for run in runs for text in run.iterchildren(f"{W}t"))
    target = target_in_words(words, address)
    if not target:
        return False
    last = runs[-1]
    added = last.makeelement(f"{W}r")
    properties = last.find(f"{W}rPr")
    if properties is not None:
        added.append(copy.deepcopy(properties))
    text = last.makeelement(f"{W}t")
    text.text = target
    added.append(text)
    last.addnext(added)
    return True
