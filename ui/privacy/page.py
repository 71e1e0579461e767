"""The page that shows, and lets the user check, that nothing leaves unless they send it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.privacy import attempts
from app.privacy.trying import system_refuses
from app.settings.store import Settings
from ui.bridge import Bridge
from ui.privacy.allowed import AllowedSection
from ui.privacy.check import LANE, CheckSection
from ui.privacy.record import RecordSection
from ui.settings.section import scrolled
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import label

if TYPE_CHECKING:
    from app.services import Services

_WIDTH = 880  # pixels at most


class PrivacyPage(QWidget):
    """What is allowed, the check, and the record.

    Signals:
        cloud_wanted, collections_wanted: the user wants to change that.

    Args:
        services: their gate holds the record; their processes are checked.
        bridge: runs all of it in the background.
    """

    cloud_wanted = Signal()
    collections_wanted = Signal()
    _settings_changed = Signal()
    _attempted = Signal()

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self.allowed = AllowedSection()
        self.check = CheckSection(services, bridge)
        self.record = RecordSection(services.gate.record, bridge)
        self.allowed.cloud_wanted.connect(self.cloud_wanted)
        self.allowed.collections_wanted.connect(self.collections_wanted)
        self.setAccessibleName(tr("Privacy"))
        column = QVBoxLayout()
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.huge)
        column.setSpacing(SPACE.wide)
        column.addWidget(label(tr("Privacy"), "title"))
        for section in (self.allowed, self.check, self.record):
            column.addWidget(section)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(column, _WIDTH))
        services.settings.on_change(self._on_settings)
        self._settings_changed.connect(self._show_settings, Qt.ConnectionType.QueuedConnection)
        self._attempted.connect(self._show_attempts, Qt.ConnectionType.QueuedConnection)
        self.destroyed.connect(attempts.on_attempt(self._on_attempt))
        self._show_settings()
        self._show_attempts()
        bridge.run(LANE, lambda _token, _send: _is_enforced(), self.allowed.show_enforced)

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the record each time the page is opened."""
        super().showEvent(event)
        self.record.refresh()

    def _show_settings(self) -> None:
        self.allowed.show_settings(self._services.settings.current)

    def _show_attempts(self) -> None:
        self.record.show_refused(attempts.seen())

    def _on_settings(self, _settings: Settings) -> None:
        """Runs on whatever thread changed a setting."""
        if shiboken6.isValid(self):
            self._settings_changed.emit()

    def _on_attempt(self, _attempt: attempts.Attempt) -> None:
        """Runs on whatever thread was refused."""
        if shiboken6.isValid(self):
            self._attempted.emit()


def _is_enforced() -> bool:
    with attempts.expected():
        return system_refuses()
