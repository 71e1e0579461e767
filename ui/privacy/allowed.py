"""What may use the network now, in sentences."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.settings.fields import Settings
from ui import text
from ui.settings.section import Section
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, label


class AllowedSection(Section):
    """Says what may use the network, and when.

    Signals:
        cloud_wanted: the user wants to change who may be asked.
        collections_wanted: the user wants to change what never leaves.
    """

    cloud_wanted = Signal()
    collections_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(tr("What is allowed now"))
        self._enforced: bool | None = None
        self._settings: Settings | None = None

    def show_settings(self, settings: Settings) -> None:
        """Shows what these settings allow."""
        self._settings = settings
        self._draw()

    def show_enforced(self, enforced: bool) -> None:
        """Shows whether the system refuses the network to native code, too."""
        self._enforced = enforced
        self._draw()

    def _draw(self) -> None:
        if self._settings is None:
            return
        self.clear()
        self._add_program()
        self._add_cloud(self._settings)
        self._add_fact(
            "download",
            "text_soft",
            tr(
                "A model is downloaded only when you start a download, by a process that then ends."
            ),
        )
        self._add_fact(
            "refresh",
            "text_soft",
            tr("Once a day, Studiolo asks whether there is a new version.")
            if self._settings.look_for_updates
            else tr("Studiolo asks for a new version only when you press the button for it."),
        )
        self._add_collections(self._settings)
        if self._settings.proxy:
            self._add_fact(
                "web", "text_soft", tr("Connections go through {0}.").format(self._settings.proxy)
            )

    def _add_program(self) -> None:
        if self._enforced is None:
            self._add_fact("lock", "text_soft", tr("Looking up what this system refuses…"))
        elif self._enforced:
            words = tr("The system refuses the network to this program, native code included.")
            self._add_fact("lock", "success", words)
        else:
            words = tr(
                "The network is refused to this program's Python code. This system does not refuse "
                "it to native code."
            )
            self._add_fact("warning", "warning", words)

    def _add_cloud(self, settings: Settings) -> None:
        change = button(tr("Change…"), "link", on_click=self.cloud_wanted.emit)
        change.setAccessibleName(tr("Change which models may be asked"))
        if not settings.cloud_enabled:
            words = tr("Asking a larger model outside is turned off.")
            self._add_fact("check", "success", words, change)
            return
        hosts = sorted({provider.host for provider in settings.cloud_providers})
        allowed = tr(
            "You may ask a larger model at {0}: with a click, after seeing exactly what is sent."
        )
        no_recipient = tr(
            "Asking a larger model outside is turned on, but no provider is set up yet."
        )
        words = allowed.format(text.listed(hosts)) if hosts else no_recipient
        record = tr("The full text that is sent is kept here.") if settings.keep_payloads else ""
        self._add_fact("web", "outside", f"{words} {record}".strip(), change)

    def _add_collections(self, settings: Settings) -> None:
        names = [c.name for c in settings.collections if c.local_only]
        blocked = tr("Nothing from these collections can be sent: {0}.")
        none = tr("No collection is marked as never leaving this computer.")
        change = button(tr("Collections…"), "link", on_click=self.collections_wanted.emit)
        change.setAccessibleName(tr("Change which collections never leave"))
        words = blocked.format(text.listed(names, 6)) if names else none
        self._add_fact("lock" if names else "info", "text_soft", words, change)

    def _add_fact(self, icon: str, role: str, words: str, control: QWidget | None = None) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(IconLabel(icon, role))
        row.addWidget(label(words, wrap=True), 1)
        if control is not None:
            row.addWidget(control)
        self.add(holder)
