"""Carries out the remedies of errors: on a page, or after closing the window."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog

from app.remedies import (
    ChooseDataFolder,
    ChooseModel,
    GetModel,
    Remedy,
    RepairData,
    ReplaceModel,
)
from ui.confirm import confirm

if TYPE_CHECKING:
    from ui.main_window import MainWindow


class RemedyActions(QObject):
    """Acts in one window. Work that needs the data folder to itself is done after it closes.

    Attributes:
        wish: why the window was closed: to repair the data, or to open another folder; None when
            the user closed it.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.wish: Remedy | None = None

    def do(self, remedy: Remedy) -> None:
        """Carries out a remedy; asks first if something is removed or the window has to close."""
        _close_dialog()
        match remedy:
            case GetModel(model_id):
                self._show_models()
                self._window.settings_page.models.get(model_id)
            case ReplaceModel(model_id):
                self._show_models()
                self._window.settings_page.models.replace(model_id)
            case ChooseModel():
                self._show_models()
            case RepairData():
                self._ask_to_repair(remedy)
            case ChooseDataFolder():
                self._ask_to_leave(remedy)

    def _show_models(self) -> None:
        self._window.show_page("settings")
        self._window.settings_page.show_models()

    def _ask_to_repair(self, remedy: Remedy) -> None:
        confirm(
            self._window,
            self.tr("Close the window, repair the data and start again?"),
            self.tr(
                "Damaged data is set aside and kept; whatever can be read is recovered. Your "
                "documents are not touched. An answer that is being written now is lost."
            ),
            do=self.tr("Repair"),
            keep=self.tr("Not now"),
            on_yes=partial(self._leave, remedy),
            icon="refresh",
        )

    def _ask_to_leave(self, remedy: Remedy) -> None:
        confirm(
            self._window,
            self.tr("Close the window and choose another data folder?"),
            self.tr("The present folder stays as it is."),
            do=self.tr("Choose a folder…"),
            keep=self.tr("Not now"),
            on_yes=partial(self._leave, remedy),
            icon="folder",
        )

    def _leave(self, remedy: Remedy) -> None:
        self.wish = remedy
        self._window.quit()


def _close_dialog() -> None:
    """Closes a dialog that showed the error and would cover the remedy."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QDialog):
        dialog.reject()
