"""Reads new and changed documents of tables when their folders change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from app.specialists.records import TableInfo
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.tables import work
from ui.tables.runner import Order

if TYPE_CHECKING:
    from app.services import Services

LANE = "tables-follow"


class TablesInStep:
    """Finds the tables that changes on the disk concern, if the settings say so.

    Args:
        services: hold the specialists and settings.
        bridge: looks in the background.
        follow: called on the GUI thread with the `Order` of each table that is not in step.
    """

    def __init__(self, services: Services, bridge: Bridge, follow: Callable[[Order], None]) -> None:
        self._specialists = services.specialists
        self._settings = services.settings
        self._bridge = bridge
        self._follow = follow

    def look(self, folders: Sequence[str]) -> None:
        """Looks for what is new, changed or gone in folders."""
        if not folders or not self._settings.current.watch_folders:
            return
        specialists, chosen = self._specialists, tuple(folders)
        self._bridge.run(
            LANE,
            lambda _token, _send: work.behind(specialists, chosen),
            self._on_behind,
            _ignore,
        )

    def _on_behind(self, tables: Sequence[TableInfo]) -> None:
        for table in tables:
            self._follow(Order(table.specialist, table.name, follows=True))


def _ignore(_message: UserMessage) -> None:
    """Does nothing: the page of tables tells what is wrong with them when it is opened."""
