"""The page about this computer: what computes the language model, how fast, and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.jobs import CancelToken, Job
from app.upkeep.computer import Computer, Measured, report, this_computer
from app.user_messages import UserMessage
from models.backends import Device
from ui.bridge import Bridge
from ui.legible import legible
from ui.settings.section import ControlRow, Section, scrolled
from ui.text import tr
from ui.theme.theme import restyle
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import Role, button, label

if TYPE_CHECKING:
    from app.services import Services

LANE = "computer"


class ComputerPage(QWidget):
    """What there is, what was measured, and what is used and why.

    Args:
        services: their model is described and measured.
        bridge: runs all of it in the background.
    """

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__()
        self._services = services
        self._bridge = bridge
        self._job: Job[bool] | None = None
        self._computer: Computer | None = None
        self.setAccessibleName(tr("This computer"))
        self.copy = button(tr("Copy for a bug report"), icon="copy", on_click=self._copy)
        self.copy.setAccessibleDescription(
            tr("Copies these facts. Names of people, files and folders are not among them.")
        )
        self.copy.setEnabled(False)
        self._why = label(tr("Looking…"), wrap=True)
        self._why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts = Section(tr("What there is"))
        self._ways = Section(
            tr("Measured with this model"),
            tr("Each way to compute the model is measured once, for seconds. The fastest is used."),
        )
        self.measure = button(tr("Measure again"), "normal", "refresh", self._measure)
        self.stop = button(tr("Stop"), on_click=self._stop)
        self.stop.setAccessibleName(tr("Stop measuring"))
        for widget in (self.stop, self._facts, self._ways):
            widget.hide()
        self._progress = label("", "soft", wrap=True)
        self._progress.hide()
        self._build()

    def showEvent(self, event: QShowEvent) -> None:
        """Looks each time the page is opened."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Shows what is known now."""

        def look(token: CancelToken, _send: object) -> Computer:
            return this_computer(self._services, self._services.workers.infer.look(token))

        self._bridge.run(LANE, look, self._show, self._not_found)

    # Showing

    def _show(self, computer: Computer) -> None:
        if computer == self._computer:
            return
        self._computer = computer
        self.copy.setEnabled(True)
        self._facts.show()
        self._ways.show()
        self._say(self._why, computer.why or computer.no_model)
        model = computer.model
        self._facts.clear()
        for title, words in (
            (tr("Processor"), computer.processor),
            (tr("Machine and memory"), computer.machine),
            (tr("Code for this processor, the best first"), computer.code),
            (tr("Graphics cards"), computer.cards),
            (tr("Language model"), model.words if model else ""),
            (tr("Language models loaded"), computer.loaded),
        ):
            if words:
                self._facts.add(ControlRow(title, words))
        self._ways.clear()
        for way in computer.measured:
            self._ways.add(self._way_row(way))
        if not computer.measured:
            self._ways.add(ControlRow(tr("Nothing was measured with this model yet."), ""))

    def _way_row(self, way: Measured) -> ControlRow:
        again: QWidget | None = None
        name = legible(way.name[:1].upper() + way.name[1:])
        if way.fault:
            again = button(tr("Try again"), on_click=partial(self._try_again, way.device))
            again.setAccessibleName(tr("Try {0} again").format(name))
            again.setEnabled(self._job is None)
        row = ControlRow(name, "" if way.fault else way.words, again)
        row.warn(way.words if way.fault else "")
        return row

    def _not_found(self, message: UserMessage) -> None:
        self._say(self._why, message.words, "danger")

    def _say(self, where: QLabel, words: str, role: Role = "body") -> None:
        where.setText(words)
        where.setVisible(bool(words))
        restyle(where, role=role)

    # Acting

    def _copy(self) -> None:
        if self._computer is not None:
            QGuiApplication.clipboard().setText(report(self._computer))
            self._bridge.messages.info(tr("The facts are on the clipboard."))

    def _try_again(self, device: Device) -> None:
        self._run(device)

    def _measure(self) -> None:
        self._run(None)

    def _run(self, failed: Device | None) -> None:
        """Measures all devices again, or what failed and was not measured yet."""
        services = self._services
        infer = services.workers.infer

        def work(token: CancelToken, send: Callable[[object], None]) -> bool:
            if failed is not None:
                infer.try_again(failed)
            free = infer.measure(token, again=failed is None, on_device=send)
            token.raise_if_cancelled()
            services.read_ahead()  # measuring took the model out of memory
            return free

        self._say(self._progress, tr("Measuring…"), "soft")
        self._show_running(True)
        self._job = self._bridge.run(
            LANE, work, self._measured, self._failed, self._on_device, on_cancelled=self._cancelled
        )

    def _on_device(self, name: str) -> None:
        self._say(self._progress, tr("Measuring: {0}…").format(name), "soft")

    def _measured(self, free: bool) -> None:
        words = tr("Measured.") if free else tr("The model is at work. Measure again afterwards.")
        self._end(words, "success" if free else "warning")

    def _failed(self, message: UserMessage) -> None:
        self._end(message.words, "danger")

    def _cancelled(self) -> None:
        self._end(tr("Stopped. What was measured until then is kept."), "soft")

    def _end(self, words: str, role: Role) -> None:
        self._job = None
        self._computer = None  # buttons of its rows are to be enabled again
        self._say(self._progress, words, role)
        self._show_running(False)
        self.refresh()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _show_running(self, running: bool) -> None:
        had_focus = self.stop.hasFocus() or self.measure.hasFocus()
        self.measure.setEnabled(not running)
        self.stop.setVisible(running)
        if had_focus:
            (self.stop if running else self.measure).setFocus()

    # Building

    def _build(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(tr("This computer"), "title"), 1)
        head.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignBottom)
        acting = QHBoxLayout()
        acting.setSpacing(SPACE.small)
        acting.addWidget(self._progress, 1)
        acting.addStretch(0)
        acting.addWidget(self.stop)
        acting.addWidget(self.measure)
        column = QVBoxLayout()
        column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.huge)
        column.setSpacing(SPACE.wide)
        column.addLayout(head)
        column.addWidget(self._why)
        column.addWidget(self._ways)
        column.addLayout(acting)
        column.addWidget(self._facts)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(column, SIZES.reading))
