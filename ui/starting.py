"""The dialogs without a window: why it could not open, and the repair while it is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLayout,
    QProgressBar,
    QVBoxLayout,
)

from app.paths import Paths
from app.remedies import ChooseDataFolder, Remedy, RepairData
from app.user_messages import UserMessage
from ui.bridge import Bridge
from ui.remedies import remedy_button
from ui.text import tr
from ui.theme.theme import show_plainly
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, clear, label

if TYPE_CHECKING:
    from app.upkeep.repair import Mended

_WIDTH = 480


@dataclass(frozen=True, slots=True)
class Again:
    """Starts again on this data folder."""

    paths: Paths


class FailedStart(QDialog):
    """Says why the window did not open, with the remedies.

    Attributes:
        chosen: how to start again; None: not at all.

    Args:
        message: the error.
        paths: of the start that failed.
    """

    def __init__(self, message: UserMessage, paths: Paths) -> None:
        super().__init__()
        self.chosen: Again | None = None
        self._paths = paths
        _describe(self, tr("Studiolo could not be opened"))
        column = QVBoxLayout(self)
        _pad(column)
        row = QHBoxLayout()
        row.setSpacing(SPACE.normal)
        row.addWidget(IconLabel("warning", "danger", SIZES.icon_hero), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(SPACE.tight)
        words.addWidget(label(message.message, "strong", wrap=True))
        if message.advice:
            words.addWidget(label(message.advice, wrap=True))
        if ChooseDataFolder() in message.remedies:
            note = tr("Another folder is used this time only; the next start opens the usual one.")
            words.addWidget(label(note, "soft", wrap=True))
        row.addLayout(words, 1)
        column.addLayout(row)
        column.addLayout(self._buttons(message.remedies))
        self.setAccessibleDescription(message.words)

    def _buttons(self, remedies: tuple[Remedy, ...]) -> QVBoxLayout:
        below = QVBoxLayout()
        below.setSpacing(SPACE.tight)
        for remedy in remedies:
            if isinstance(remedy, RepairData | ChooseDataFolder):  # the others need the window
                below.addWidget(remedy_button(remedy, self._do))
        ends = QHBoxLayout()
        ends.setSpacing(SPACE.tight)
        ends.addStretch(1)
        ends.addWidget(button(tr("Quit"), on_click=self.reject))
        retry = button(tr("Try again"), "primary", "refresh", partial(self._go_on, self._paths))
        retry.setDefault(True)
        ends.addWidget(retry)
        below.addLayout(ends)
        return below

    def _do(self, remedy: Remedy) -> None:
        if isinstance(remedy, ChooseDataFolder):
            choose_data_folder(self, self._paths, self._go_on)
        else:
            repairing = Repairing(self._paths, self)
            repairing.accepted.connect(partial(self._go_on, self._paths))
            repairing.open()

    def _go_on(self, paths: Paths) -> None:
        self.chosen = Again(paths)
        self.accept()


class Repairing(QDialog):
    """Repairs the data folder, which nothing else may use meanwhile, and shows the result.

    Accepted when the user wants to open Studiolo afterwards.

    Args:
        paths: of the data folder.
        parent: the dialog it belongs to, if any.
    """

    def __init__(self, paths: Paths, parent: QDialog | None = None) -> None:
        super().__init__(parent)
        self._paths = paths
        self._bridge = Bridge(self)
        self._running = False
        _describe(self, tr("Repair"))
        self._title = label("", "heading", wrap=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Repair is running"))
        self._done = QVBoxLayout()
        self._done.setSpacing(SPACE.tight)
        self._ends = QHBoxLayout()
        self._ends.setSpacing(SPACE.tight)
        column = QVBoxLayout(self)
        _pad(column)
        column.addWidget(self._title)
        column.addWidget(self._bar)
        column.addLayout(self._done)
        column.addLayout(self._ends)
        self.finished.connect(lambda _result: self._bridge.close())
        self._start()

    def reject(self) -> None:
        """Closes it, unless the repair is running, which must not be interrupted."""
        if not self._running:
            super().reject()

    def _start(self) -> None:
        self._running = True
        clear(self._done)
        clear(self._ends)
        self._title.setText(tr("Looking for damage and repairing it…"))
        self._done.addWidget(
            label(tr("With a large library this can take some minutes."), "soft", wrap=True)
        )
        self._bar.show()
        paths = self._paths

        def work(_token: object, _send: object) -> tuple[Mended, ...]:
            from app.upkeep.repair import repair  # imports a lot

            return repair(paths)

        self._bridge.run("repair", work, self._tell, self._failed)

    def _tell(self, repairs: tuple[Mended, ...]) -> None:
        self._end(tr("Repaired") if repairs else tr("Nothing was damaged"))
        for repair in repairs:
            self._done.addWidget(label(f"{_part(repair.name)}: {repair.detail}", wrap=True))
        if not repairs:
            no_damage = tr("All data was read and is intact. Nothing was changed.")
            self._done.addWidget(label(no_damage, wrap=True))
        self._offer(tr("Open Studiolo"), self.accept)

    def _failed(self, message: UserMessage) -> None:
        self._end(tr("It could not be repaired"))
        self._done.addWidget(label(message.message, "strong", wrap=True))
        self._done.addWidget(label(message.advice, wrap=True))
        self._ends.addWidget(button(tr("Open without repair"), on_click=self.accept))
        self._offer(tr("Try again"), self._start)

    def _end(self, title: str) -> None:
        self._running = False
        clear(self._done)
        self._bar.hide()
        self._title.setText(title)
        self.setAccessibleDescription(title)
        self._ends.addStretch(1)
        self._ends.addWidget(button(tr("Quit"), on_click=self.reject))

    def _offer(self, words: str, on_click: Callable[[], None]) -> None:
        main = button(words, "primary", on_click=on_click)
        main.setDefault(True)
        self._ends.addWidget(main)
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        """Fits the height to the text at this width."""
        layout = self.layout()
        assert layout is not None
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))


def choose_data_folder(
    parent: QDialog | None, paths: Paths, on_chosen: Callable[[Paths], None]
) -> QFileDialog:
    """Asks for another data folder."""
    dialog = QFileDialog(parent, tr("Choose a data folder"), str(paths.data.parent))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, parent is not None)
    dialog.fileSelected.connect(lambda folder: on_chosen(Paths(Path(folder), paths.models)))
    dialog.open()
    return dialog


def ask_how_to_go_on(message: UserMessage, paths: Paths) -> Again | None:
    """Shows why there is no window, until the user has chosen what to do."""
    show_plainly()
    dialog = FailedStart(message, paths)
    dialog.exec()
    return dialog.chosen


def do_while_closed(remedy: Remedy, paths: Paths) -> Again | None:
    """Does the work the window was closed for. Returns where to start again; None: not at all."""
    if isinstance(remedy, RepairData):
        repairing = Repairing(paths)
        return Again(paths) if repairing.exec() else None
    chosen: list[Paths] = [paths]  # by default it opens the same folder
    choose_data_folder(None, paths, chosen.append).exec()
    return Again(chosen[-1])


def _part(name: str) -> str:
    """Names a part of the data."""
    names = {
        "settings": tr("Settings"),
        "library": tr("Library"),
        "chats": tr("Chats"),
        "leftovers": tr("Leftovers"),
    }
    return names.get(name, name)


def _describe(dialog: QDialog, title: str) -> None:
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    dialog.setMinimumWidth(_WIDTH)


def _pad(column: QLayout) -> None:
    column.setContentsMargins(SPACE.wide, SPACE.wide, SPACE.wide, SPACE.normal)
    column.setSpacing(SPACE.normal)
