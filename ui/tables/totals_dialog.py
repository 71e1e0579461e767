"""Totals of a table: counts, sums and means by group, with a chart."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.user_messages import UserMessage
from ui import text
from ui.bridge import Bridge
from ui.dialog import Dialog
from ui.legible import legible
from ui.tables import wording, work
from ui.tables.bars import Bar, BarChart
from ui.tables.rows import TableContent
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.specialists.totals import Total, Totals

LANE = "tables-view"
_WIDTH, _HEIGHT = 620, 520


class TotalsDialog(Dialog):
    """Computes totals of the rows of a table as they were loaded.

    Args:
        parent: the dialog stands over its window.
        bridge: computes in the background.
        content: the table.
    """

    def __init__(self, parent: QWidget, bridge: Bridge, content: TableContent) -> None:
        super().__init__(parent, tr("Totals"))
        self._bridge = bridge
        self._content = content
        self.column = QComboBox()
        self.column.setAccessibleName(tr("What is summed"))
        self.column.addItem(tr("Number of rows"), "")
        for name in work.summed(content):
            self.column.addItem(legible(name, lines=False), name)
        self.column.setCurrentIndex(self.column.count() - 1 and 1)
        self.by = QComboBox()
        self.by.setAccessibleName(tr("Grouped by"))
        self.by.addItem(tr("All rows together"), "")
        for name in content.columns:
            heading = wording.column_name(content.specialist, name)
            self.by.addItem(legible(heading, lines=False), name)
        self.totals = QTableWidget()
        self.totals.setAccessibleName(tr("Totals by group"))
        self.totals.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.totals.setTabKeyNavigation(False)
        self.totals.verticalHeader().hide()
        self.chart = BarChart()
        self._chart_title = label(role="overline")
        self._note = label(role="soft", wrap=True)
        self._lay_out()
        for choice in (self.column, self.by):
            choice.currentIndexChanged.connect(lambda _row: self._compute())
        self._compute()

    def _compute(self) -> None:
        content, column, by = self._content, self.column.currentData(), self.by.currentData()
        self._bridge.run(
            LANE,
            lambda _token, _send: work.totals(content, column, by),
            self._show,
            self._failed,
        )

    def _show(self, totals: Totals) -> None:
        if (totals.column, totals.by) != (self.column.currentData(), self.by.currentData()):
            return  # another choice was made meanwhile
        headings = [tr("Group")] * bool(totals.by) + [tr("Rows")]
        headings += [tr("Sum"), tr("Mean")] * bool(totals.column)
        self.totals.setColumnCount(len(headings))
        self.totals.setHorizontalHeaderLabels(headings)
        self.totals.setRowCount(len(totals.totals))
        for row, total in enumerate(totals.totals):
            words = [_group(total)] * bool(totals.by) + [text.number(total.count)]
            words += [_amount(total.sum, total), _amount(total.mean, total)] * bool(totals.column)
            for number, each in enumerate(words):
                self.totals.setItem(row, number, QTableWidgetItem(each))
        left_out = tr("%n row has no number|%n rows have no number", totals.left_out)
        self._note.setText(left_out if totals.left_out else "")
        self._draw(totals)

    def _draw(self, totals: Totals) -> None:
        """Draws the groups of the unit that most rows have: units are not compared."""
        units = Counter[str]()
        for total in totals.totals:
            units[total.unit] += total.count
        unit = units.most_common(1)[0][0] if units else ""
        bars = [
            Bar(_group(total), _amount(total.sum, total), float(total.sum))
            if totals.column
            else Bar(_group(total), text.number(total.count), float(total.count))
            for total in totals.totals
            if total.unit == unit
        ]
        title = self.column.currentText() + (f" ({legible(unit)})" if unit else "")
        self.chart.show_bars(tr("Chart of {0} by {1}").format(title, self.by.currentText()), bars)
        self._chart_title.setText(title)
        self._chart_title.setVisible(self.chart.isVisibleTo(self))

    def _failed(self, message: UserMessage) -> None:
        self._note.setText(message.words)

    def _lay_out(self) -> None:
        head = self.totals.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.totals.setMinimumHeight(5 * self.fontMetrics().height())
        choices = FlowLayout(SPACE.small)
        for choice in (self.column, self.by):
            choices.addWidget(choice)
        body = QVBoxLayout()
        body.setSpacing(SPACE.tight)
        body.addLayout(choices)
        body.addWidget(self.totals, 1)
        body.addWidget(self._note)
        body.addWidget(self._chart_title)
        body.addWidget(self.chart)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(tr("Close"), "primary", on_click=self.accept))
        self.lay_out(body, foot, width=_WIDTH, height=_HEIGHT)


def _group(total: Total) -> str:
    return legible(total.group, lines=False) if total.group else tr("(none)")


def _amount(number: str, total: Total) -> str:
    return f"{number} {legible(total.unit, lines=False)}".strip()
