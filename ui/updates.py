"""Looks for a later version: in a dialog that the user opens, or by itself if that is turned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.settings.hosts import host_of
from app.updates.manifest import Manifest
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.dialog import Dialog
from ui.legible import named
from ui.messages import Notice
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.jobs import Job
    from app.services import Services
    from app.updates.service import Updates

LANE = "updates"
_WIDTH = 480  # pixels


class UpdateDialog(Dialog):
    """Says what a look would send, looks when the user presses the button, and shows the news.

    Args:
        parent: widget whose window the dialog belongs to.
        updates: looks.
        bridge: does so in the background.
        manifest: news that have come already.
    """

    def __init__(
        self, parent: QWidget, updates: Updates, bridge: Bridge, manifest: Manifest | None = None
    ) -> None:
        super().__init__(parent, tr("Look for a new version"))
        self._updates = updates
        self._bridge = bridge
        self._page = ""
        self._job: Job[Manifest | None] | None = None
        self._heading = label(tr("You have Studiolo {0}").format(updates.version), "heading")
        self._heading.setWordWrap(True)
        self._words = label(wrap=True)
        self._address = label(role="strong", wrap=True)
        self._address.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._address.hide()
        self._note = label(tr("Nothing is installed by Studiolo itself."), "soft", wrap=True)
        self._look = button(tr("Look now"), "primary", on_click=self._start)
        self._copy = button(tr("Copy the address"), icon="copy", on_click=self._copy_page)
        self._copy.hide()
        close = button(tr("Close"), on_click=self.accept)
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        for widget in (self._heading, self._words, self._address, self._note):
            column.addWidget(widget)
        row = QHBoxLayout()
        row.addStretch(1)
        for control in (close, self._copy, self._look):
            row.addWidget(control)
        self.lay_out(column, row, width=_WIDTH)
        self.finished.connect(lambda _result: self._cancel())
        self._introduce()
        if manifest is not None:
            self._show(manifest)

    def _introduce(self) -> None:
        place = self._updates.place
        if not place.is_set:
            self._words.setText(
                tr("No place for new versions is set in this copy of Studiolo, so nobody can be "
                   "asked. Get new versions from where you got this one.")
            )  # fmt: skip
            self._look.hide()
            return
        words = tr(
            "Studiolo asks {0} once for the newest version. Nothing about you, this computer, your "
            "documents or the version that you have is sent. The answer counts only if the makers "
            "of Studiolo signed it. The privacy page has the record."
        )
        self._words.setText(words.format(host_of(place.address)))

    def _start(self) -> None:
        self._look.setEnabled(False)
        self._words.setText(tr("Looking…"))
        updates = self._updates
        self._job = self._bridge.run(
            LANE,
            lambda token, _send: updates.look(token),
            self._show,
            self._failed,
            on_cancelled=lambda: None,
        )

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show(self, manifest: Manifest | None) -> None:
        self._look.setEnabled(True)
        if manifest is None:
            words = tr("Studiolo {0} is the newest version.")
            self._words.setText(words.format(self._updates.version))
            return
        versions = tr("Studiolo {0} is there; you have {1}")
        self._heading.setText(versions.format(named(manifest.version), self._updates.version))
        self._words.setText("\n".join(f"•  {named(line)}" for line in manifest.news))
        self._page = manifest.page
        self._address.setText(tr("Get it from {0}").format(named(manifest.page)))
        self._address.show()
        self._copy.show()
        self._look.hide()
        self.measure_again()
        self.fit()

    def _failed(self, message: UserMessage) -> None:
        self._look.setEnabled(True)
        self._words.setText(message.words)
        self.measure_again()
        self.fit()

    def _copy_page(self) -> None:
        QGuiApplication.clipboard().setText(self._page)


class UpdateControl(QObject):
    """Opens the dialog, and looks by itself once a day if the user has turned that on.

    Args:
        services: theirs are the settings and the way out.
        bridge: looks in the background.
        parent: the window.
    """

    def __init__(self, services: Services, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self._updates = services.updates
        self._bridge = bridge
        self._window = parent

    def show(self, manifest: Manifest | None = None) -> UpdateDialog:
        """Opens the dialog, with news if there are some."""
        dialog = UpdateDialog(self._window, self._updates, self._bridge, manifest)
        dialog.open()
        return dialog

    def look_if_due(self) -> None:
        """Looks without being asked, if that is turned on. Errors stay silent: nobody waits."""
        updates = self._updates
        self._bridge.run(
            LANE,
            lambda token, _send: updates.look(token) if updates.is_due() else None,
            self._announce,
            lambda _message: None,
        )

    def _announce(self, manifest: Manifest | None) -> None:
        if manifest is None:
            return
        self._bridge.messages.post(
            Notice(
                tr("Studiolo {0} is there.").format(named(manifest.version)),
                action=tr("What is new…"),
                on_action=lambda: self._show_news(manifest),
                lasting=True,
            )
        )

    def _show_news(self, manifest: Manifest) -> None:
        self.show(manifest)
