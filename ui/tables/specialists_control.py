"""Makes, edits, imports, exports and removes specialists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.specialists.definition import Specialist
from ui import text
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.dialog import Dialog
from ui.legible import legible, named
from ui.tables import choosing, wording, work
from ui.tables.overview import TablesOverview
from ui.tables.specialist_dialog import SpecialistDialog
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.specialists.service import Specialists

LANE = "tables-edit"
_WIDTH, _HEIGHT = 560, 440


class ImportDialog(Dialog):
    """Shows what a specialist's file holds before it is taken in.

    Signals:
        taken: the person wants it.
    """

    taken = Signal()

    def __init__(self, parent: QWidget, specialist: Specialist) -> None:
        super().__init__(parent, tr("Import a specialist"))
        about = tr(
            "This is all that the file holds. A specialist is data: nothing in it is run. One of "
            "yours with the same name is replaced."
        )
        self.contents = QPlainTextEdit()
        self.contents.setReadOnly(True)
        self.contents.setTabChangesFocus(True)
        self.contents.setAccessibleName(tr("What the specialist holds"))
        self.contents.setPlainText(legible(wording.contents(specialist)))
        body = QVBoxLayout()
        body.setSpacing(SPACE.tight)
        body.addWidget(label(specialist.name, "heading", wrap=True))
        body.addWidget(label(about, "soft", wrap=True))
        body.addWidget(self.contents, 1)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.tight)
        foot.addStretch(1)
        foot.addWidget(button(tr("Cancel"), on_click=self.reject))
        foot.addWidget(button(tr("Take it in"), "primary", on_click=self._take))
        self.lay_out(body, foot, width=_WIDTH, height=_HEIGHT)

    def _take(self) -> None:
        self.taken.emit()
        self.accept()


class SpecialistsControl(QObject):
    """Carries out what is wanted of specialists.

    Signals:
        changed: a specialist was kept or removed.
    """

    changed = Signal()

    def __init__(self, specialists: Specialists, bridge: Bridge, page: QWidget) -> None:
        super().__init__(page)
        self._specialists = specialists
        self._bridge = bridge
        self._page = page

    def follow(self, overview: TablesOverview) -> None:
        """Does what is asked for in the list of specialists."""
        overview.specialist_new.connect(lambda: self.edit(None))
        overview.specialist_edited.connect(self.edit)
        overview.specialist_import.connect(self.choose)
        overview.specialist_exported.connect(self.export)
        overview.specialist_removed.connect(self.ask_to_remove)

    def edit(self, specialist: Specialist | None, template: bool = False) -> None:
        """Opens the dialog of a specialist; None for a new one."""
        dialog = SpecialistDialog(self._page, specialist, template=template)
        specialists = self._specialists

        def keep(changed: Specialist) -> None:
            self._bridge.run(
                LANE,
                lambda _token, _send: work.keep(specialists, changed),
                lambda _none: self._kept(dialog),
                dialog.show_error,
            )

        def propose(paths: list[str]) -> None:
            self._bridge.run(
                LANE,
                lambda token, _send: specialists.propose([Path(path) for path in paths], token),
                dialog.show_proposals,
                dialog.show_proposal_error,
            )

        dialog.saved.connect(keep)
        dialog.proposals_wanted.connect(propose)
        dialog.open()

    def choose(self) -> None:
        """Asks for a file, and shows what it holds."""

        def chosen(paths: list[str]) -> None:
            def read(_token: object, _send: object) -> Specialist:
                from app.specialists.kept import read_file

                return read_file(Path(paths[0]))

            self._bridge.run(LANE, read, self._show_import)

        choosing.choose_specialist(self._page, chosen)

    def export(self, specialist: Specialist) -> None:
        """Asks where a specialist's file is saved, and saves it without examples."""

        def saved(path: Path) -> None:
            where = text.from_home(str(path))
            self._bridge.messages.info(tr("Saved as {0}, without your examples.").format(where))

        def chosen(path: str) -> None:
            self._bridge.run(
                LANE,
                lambda _token, _send: work.export_specialist(specialist, Path(path)),
                saved,
            )

        choosing.choose_specialist_target(self._page, specialist.name, chosen)

    def ask_to_remove(self, specialist: Specialist) -> None:
        """Asks whether a specialist of the person's is to be removed."""
        specialists, name = self._specialists, specialist.name

        def remove() -> None:
            self._bridge.run(
                LANE,
                lambda _token, _send: specialists.remove(name),
                lambda _none: self.changed.emit(),
            )

        confirm(
            self._page,
            tr("Remove the specialist “{0}”?").format(named(name)),
            tr("What it was taught and what it learned is deleted. Its tables stay."),
            do=tr("Remove"),
            keep=tr("Keep"),
            on_yes=remove,
        )

    def _show_import(self, specialist: Specialist) -> None:
        dialog = ImportDialog(self._page, specialist)
        specialists = self._specialists
        dialog.taken.connect(
            lambda: self._bridge.run(
                LANE,
                lambda _token, _send: work.keep(specialists, specialist),
                lambda _none: self.changed.emit(),
            )
        )
        dialog.open()

    def _kept(self, dialog: SpecialistDialog) -> None:
        dialog.accept()
        self.changed.emit()
