"""The preview: which files indexing would read and leave out, in numbers and as a list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rag.formats import DocumentKind
from rag.indexing.preview import Preview
from rag.parse.failures import FailureReason
from ui import text
from ui.inert import plain
from ui.legible import legible
from ui.library import labels
from ui.remedies import Do, RemedyRow
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import label

_LIST_HEIGHT = 190
_RULE_WIDTH = 200
_KINDS_SHOWN = 8


class PreviewView(QWidget):
    """Shows a `Preview`.

    Args:
        do: carries out a remedy.
    """

    def __init__(self, do: Do) -> None:
        super().__init__()
        self.remedies = RemedyRow(do)
        self._total = label(role="strong", wrap=True)
        self._kinds = label(role="soft", wrap=True)
        self._out = label(role="strong", wrap=True)
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("What would be left out, and by which rule"))
        self.list.setHeaderLabels([tr("File or folder"), tr("Left out by")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setFixedHeight(_LIST_HEIGHT)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, _RULE_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        column.setSpacing(SPACE.hair)
        for widget in (self._total, self.remedies, self._kinds, self._out, self.list):
            column.addWidget(widget)

    def show_waiting(self) -> None:
        """Shows that the preview is being computed."""
        self.show_problem(tr("Looking through your folders…"))

    def show_problem(self, message: str) -> None:
        """Shows why there is no preview."""
        self._total.setText(message)
        self.remedies.show_for(None)
        for widget in (self._kinds, self._out, self.list):
            widget.hide()

    def show_preview(self, preview: Preview) -> None:
        """Shows the result."""
        files = tr("%n file would be read|%n files would be read", preview.files)
        size = text.size(preview.size)
        self._total.setText(f"{files}, {size}." if preview.files else f"{files}.")
        self.remedies.show_for(None)
        kinds = [f"{text.number(count)} {_kind(code)}" for code, count in preview.kinds]
        self._kinds.setText(text.listed(kinds, _KINDS_SHOWN))
        self._kinds.setVisible(bool(kinds))
        out = preview.left_out_count + len(preview.refused)
        left = tr("%n file or folder left out|%n files and folders left out", out)
        listed = len(preview.left_out) + len(preview.refused)
        first = tr("{0}; the first {1} are listed.").format(left, text.number(listed))
        self._out.setText(first if listed < out else f"{left}.")
        self._out.show()
        self._fill(preview)
        self.list.setVisible(bool(listed))

    def _fill(self, preview: Preview) -> None:
        rows = [(left.path, labels.rule(left), "") for left in preview.left_out]
        away = tr("Not reachable now")  # other missing files are not discovered, so not listed
        for refused in preview.refused:
            missing = refused.reason is FailureReason.MISSING
            rows.append(
                (refused.path, away if missing else labels.reason(refused.reason), refused.detail)
            )
        items = []
        for path, reason, detail in rows:
            item = QTreeWidgetItem([text.from_home(path), legible(reason)])
            item.setToolTip(0, plain(path))
            item.setToolTip(1, plain(detail or reason))
            items.append(item)
        self.list.clear()
        self.list.addTopLevelItems(items)


def _kind(code: str) -> str:
    return labels.kind(DocumentKind(code)) if code in set(DocumentKind) else tr("other")
