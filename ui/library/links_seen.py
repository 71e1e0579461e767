"""Collects what runs have left out, since each run covers a part of the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.indexing.report import IndexReport, LeftOut
from rag.text.path_forms import is_under


class LinksSeen:
    """A newer report on a part of the library replaces the older one.

    Attributes:
        left_out: links that lead out of their folders, by path.
        count: how many there are; `left_out` may be only the first.
    """

    def __init__(self) -> None:
        self.left_out: tuple[LeftOut, ...] = ()
        self.count = 0

    def update(self, report: IndexReport, paths: Sequence[str] | None) -> None:
        """Merges a run's report.

        Args:
            report: the report of a run that was not stopped.
            paths: the paths it covered; None for all of the library.
        """
        reported = {link.path for link in report.left_out}
        earlier = () if paths is None else self.left_out
        remaining = tuple(
            link
            for link in earlier
            if link.path not in reported
            and not any(is_under(link.path, path) for path in paths or ())
        )
        self.left_out = (*report.left_out, *remaining)
        self.count = report.left_out_count + len(remaining)


class KindsSeen:
    """Counts the files and folders that are left out by kind or rule."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}  # by folder and kind

    def update(self, report: IndexReport, paths: Sequence[str] | None) -> None:
        """Merges a run's report.

        Args:
            report: the report of a run that was not stopped.
            paths: the paths it covered; None for all of the library.
        """
        earlier = {} if paths is None else self._counts
        self._counts = {
            (folder, kind): count
            for (folder, kind), count in earlier.items()
            if not any(is_under(folder, path) for path in paths or ())
        }
        for folder, kind, count in report.kinds_in:
            self._counts[folder, kind] = count

    def by_kind(self) -> tuple[tuple[str, int], ...]:
        """Returns how many each kind or rule leaves out, most frequent first."""
        kinds: Counter[str] = Counter()
        for (_, kind), count in self._counts.items():
            kinds[kind] += count
        return tuple(kinds.most_common())
