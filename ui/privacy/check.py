"""“Check now”: tries to reach the network from each process, and shows the results."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.jobs import CancelToken, Job
from app.privacy import selftest
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.inert import plain
from ui.legible import legible
from ui.privacy import wording
from ui.remedies import RemedyRow
from ui.settings.section import Section
from ui.text import tr
from ui.theme import icons
from ui.theme.theme import PaletteWatcher, palette, restyle
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services

LANE = "privacy"
_ROWS = 12  # visible at once


class CheckSection(Section):
    """A button, a sentence, and the attempts of each process.

    Args:
        services: their processes are checked.
        bridge: runs the check in the background.
    """

    def __init__(self, services: Services, bridge: Bridge) -> None:
        super().__init__(
            tr("Check it yourself"),
            tr(
                "Each process of Studiolo tries in several ways to reach the network, and files "
                "and processes that are not its own. Every attempt must fail; a listener on this "
                "computer would notice a connection."
            ),
        )
        self._services = services
        self._bridge = bridge
        self._job: Job[selftest.Report] | None = None
        self._report: selftest.Report | None = None
        self._words = label(tr("Not checked since Studiolo was started."), "soft", wrap=True)
        self.button = button(tr("Check now"), "primary", on_click=self.check)
        self._remedies = RemedyRow(bridge.messages.do)
        self._stop = button(tr("Stop"), on_click=self._on_stop)
        self._stop.setAccessibleName(tr("Stop the check"))
        self._stop.hide()
        self.results = QTreeWidget()
        self.results.setAccessibleName(tr("What each process tried"))
        self.results.setHeaderLabels([tr("Process and attempt"), tr("Result")])
        self.results.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.results.setUniformRowHeights(True)
        self.results.header().setStretchLastSection(True)
        self.results.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.results.hide()
        self.results.itemExpanded.connect(lambda _item: self._fit())
        self.results.itemCollapsed.connect(lambda _item: self._fit())
        PaletteWatcher(self.results).changed.connect(self._fill)
        self.add(self._build())

    @property
    def report(self) -> selftest.Report | None:
        """The results of the last check."""
        return self._report

    def check(self) -> None:
        """Starts a check."""
        services = self._services

        def work(token: CancelToken, send: Callable[[object], None]) -> selftest.Report:
            return selftest.check(services.gate.launcher, services.tryers(), send, token)

        self._show_running(True)
        self._say(tr("Checking…"), "soft")
        self._job = self._bridge.run(
            LANE, work, self._show, self._failed, self._on_step, on_cancelled=self._cancelled
        )

    def _on_step(self, name: str) -> None:
        self._say(tr("Trying from: {0}…").format(wording.process(name)), "soft")

    def _show(self, report: selftest.Report) -> None:
        self._report = report
        self._show_running(False)
        self._say(wording.verdict(report), "success" if report.ok else "danger")
        self._fill()
        self.results.show()

    def _failed(self, message: UserMessage) -> None:
        self._show_running(False)
        self._say(message.words, "danger")
        self._remedies.show_for(message)

    def _cancelled(self) -> None:
        self._show_running(False)
        self._say(tr("Stopped."), "soft")

    def _on_stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _say(self, words: str, role: str) -> None:
        self._words.setText(words)
        restyle(self._words, role=role)
        self._remedies.show_for(None)

    def _show_running(self, running: bool) -> None:
        self.button.setEnabled(not running)
        self._stop.setVisible(running)

    def _fill(self) -> None:
        """Lists the processes with their attempts; those with a failure are expanded."""
        self.results.clear()
        if self._report is None:
            return
        for process in self._report.processes:
            top = _item(wording.process(process.process), wording.tally(process), process.ok)
            for attempt in process.tries:
                outcome = tr("Refused") if attempt.refused else tr("Not refused")
                top.addChild(_item(attempt.what, f"{outcome} ({attempt.detail})", attempt.refused))
            self.results.addTopLevelItem(top)
            top.setExpanded(not process.ok)
        self._fit()

    def _fit(self) -> None:
        """Fits the height to the expanded rows, up to a limit."""
        tops = [self.results.topLevelItem(n) for n in range(self.results.topLevelItemCount())]
        rows = len(tops) + sum(top.childCount() for top in tops if top and top.isExpanded())
        header = self.results.header().sizeHint().height()
        height = header + min(rows, _ROWS) * self.results.sizeHintForRow(0)
        self.results.setFixedHeight(height + SPACE.tight)

    def _build(self) -> QWidget:
        holder = QWidget()
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self._words, 1)
        head.addWidget(self._stop)
        head.addWidget(self.button)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self._remedies)
        column.addWidget(self.results)
        return holder


def _item(attempt: str, outcome: str, good: bool) -> QTreeWidgetItem:
    item = QTreeWidgetItem([legible(attempt), legible(outcome)])
    colour = palette().success if good else palette().danger
    item.setIcon(1, icons.icon("check" if good else "warning", colour, colour, SIZES.icon_small, 0))
    item.setToolTip(1, plain(outcome))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item
