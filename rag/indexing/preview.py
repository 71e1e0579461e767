"""Previews what indexing would take and leave out, before anything is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.indexing.discover import discover
from rag.indexing.report import LeftOut
from rag.indexing.rules import LEADS_OUT, Rules
from rag.parse.identify import ENDINGS
from rag.store.files import FailedFile

_LISTED = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """The files that a run would take.

    Attributes:
        files: files that would be read, of `size` bytes altogether.
        kinds: how many of each kind, most frequent first, as (kind's code, files).
        left_out: the first 500 of `left_out_count` files and folders that rules leave out; links
            that lead out of their folder first.
        refused: files and folders that cannot be read, with the reason.
        rules: how many of `left_out_count` each rule or kind leaves out, most frequent first.
    """

    files: int
    size: int
    kinds: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOut, ...]
    left_out_count: int
    refused: tuple[FailedFile, ...]
    rules: tuple[tuple[str, int], ...] = ()


def preview(
    paths: Sequence[Path],
    rules: Rules,
    roots: Sequence[str] = (),
    checkpoint: Callable[[], None] = lambda: None,
) -> Preview:
    """Walks `paths` as a run would; looks only into files whose names do not say what they are.

    Args:
        paths: files and folders.
        rules: what is left out.
        roots: folders that the person added: patterns are relative to the one a path lies in.
        checkpoint: called often; may raise to end.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """
    left_out: list[LeftOut] = []
    links: list[LeftOut] = []
    refused: list[FailedFile] = []
    kinds: Counter[str] = Counter()
    rules_out: Counter[str] = Counter()
    files = size = count = 0

    def leave_out(item: LeftOut) -> None:
        nonlocal count
        count += 1
        rules_out[item.rule] += 1
        listed = links if item.rule == LEADS_OUT else left_out
        if len(listed) < _LISTED:
            listed.append(item)

    for file in discover(paths, rules, roots, leave_out):
        checkpoint()
        if isinstance(file, FailedFile):
            refused.append(file)
            continue
        files += 1
        size += file.size
        kind = ENDINGS.get(Path(file.path).suffix.lower())
        kinds[kind.value if kind is not None else "other"] += 1
    return Preview(
        files,
        size,
        tuple(kinds.most_common()),
        tuple((*links, *left_out)[:_LISTED]),
        count,
        tuple(refused[:_LISTED]),
        tuple(rules_out.most_common()),
    )
