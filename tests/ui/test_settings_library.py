"""The library's section of the settings page, over a real library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QSpinBox
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.settings.store import SettingsStore
from tests.ui import papers
from tests.ui.house import House
from ui.bridge import Bridge
from ui.choices import CheckBox
from ui.settings.library_section import LibrarySection
from ui.settings.page import SettingsPage
from ui.theme.theme import Theme


class Owner:
    """The person whose library it is."""

    def __init__(self, qtbot: QtBot, house: House, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.house = house
        self.page = SettingsPage(house.services, bridge)
        qtbot.addWidget(self.page)
        self.page.resize(900, 700)
        self.page.show()
        self.until(lambda: self.page.library is not None)
        assert self.page.library is not None
        self.section: LibrarySection = self.page.library

    @property
    def settings(self) -> SettingsStore:
        return self.house.services.settings

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=10_000)

    def words(self) -> str:
        labels = self.section.findChildren(QLabel)
        return "\n".join(w.text() for w in labels if w.isVisibleTo(self.page))

    def see(self, words: str) -> None:
        self.until(lambda: words in self.words())

    def click(self, name: str) -> None:
        found = self.section.findChildren(QAbstractButton)
        named = [b for b in found if b.accessibleName() == name]
        assert len(named) == 1, (name, [b.accessibleName() for b in found])
        at = QPoint(8, 8) if isinstance(named[0], CheckBox) else QPoint()
        QTest.mouseClick(named[0], Qt.MouseButton.LeftButton, pos=at)

    def changed(self, name: str, before: object) -> bool:
        return getattr(self.settings.current, name) is not before

    def write(self, *patterns: str) -> None:
        self.section.patterns.setPlainText("\n".join(patterns))

    def left_out(self) -> dict[str, str]:
        """What the preview lists: names with the rule."""
        assert self.section.preview is not None
        rows = self.section.preview.list
        items = [rows.topLevelItem(n) for n in range(rows.topLevelItemCount())]
        return {Path(item.text(0)).name: item.text(1) for item in items if item is not None}


@pytest.fixture
def owner(qtbot: QtBot, qapp: QApplication, paths: Paths, tmp_path: Path) -> Iterator[Owner]:
    house, bridge = House(paths), Bridge()
    theme = Theme(qapp, house.services.settings)
    folder = papers.household(tmp_path / "Household")
    (folder / ".secret.txt").write_text("Hidden.", "utf-8")
    (folder / "draft.tmp.txt").write_text("A draft.", "utf-8")
    house.services.library.add([folder])
    yield Owner(qtbot, house, bridge)
    bridge.cancel()
    house.close()
    bridge.close()
    theme.deleteLater()


def test_switches_and_the_limit_are_saved_at_once(owner: Owner) -> None:
    for title, name in (
        ("Keep in step", "watch_folders"),
        ("Read scans and images", "read_pictures"),
        ("Hidden files", "hidden_files"),
    ):
        before = getattr(owner.settings.current, name)
        owner.click(title)
        owner.until(partial(owner.changed, name, before))
    box = owner.section.findChild(QSpinBox)
    assert box is not None
    assert box.text() == "No limit"
    box.setValue(25)
    owner.until(lambda: owner.settings.current.largest_mb == 25)
    owner.settings.change(hidden_files=False)
    hidden = next(
        b for b in owner.section.findChildren(CheckBox) if b.accessibleName() == "Hidden files"
    )
    owner.until(lambda: not hidden.isChecked())


def test_patterns_are_saved_once_they_are_understood(owner: Owner) -> None:
    owner.write("*.tmp.txt", "", "!")
    owner.click("Save patterns")
    owner.see("The pattern “!” cannot be understood. Write one pattern a line")
    assert owner.settings.current.left_out == ()
    owner.write("*.tmp.txt", "", "Lease/")
    owner.click("Save patterns")
    owner.until(lambda: owner.settings.current.left_out == ("*.tmp.txt", "Lease/"))
    owner.until(lambda: "cannot be understood" not in owner.words())
    owner.write("something else")
    owner.click("Undo the changes to the patterns")
    assert owner.section.patterns.toPlainText() == "*.tmp.txt\nLease/"


def test_what_is_being_written_stays_when_other_settings_change(owner: Owner) -> None:
    owner.write("half a pat")
    owner.settings.change(left_out=("other",), largest_mb=3)
    box = owner.section.findChild(QSpinBox)
    assert box is not None
    owner.until(lambda: box.value() == 3)
    assert owner.section.patterns.toPlainText() == "half a pat"


def test_the_preview_shows_what_unsaved_patterns_would_leave_out(owner: Owner) -> None:
    owner.click("Preview what would be read and left out")
    owner.see("5 files would be read, ")
    owner.see("3 Text, ")
    assert owner.left_out() == {".secret.txt": "Hidden"}
    owner.see("1 file or folder left out.")
    owner.write("*.tmp.txt", "Lease/")
    owner.click("Preview what would be read and left out")
    owner.see("3 files would be read, ")
    assert owner.left_out() == {
        ".secret.txt": "Hidden",
        "draft.tmp.txt": "*.tmp.txt",
        "Lease": "Lease/",
    }
    assert owner.settings.current.left_out == ()
    owner.write("!")
    owner.click("Preview what would be read and left out")
    owner.see("The pattern “!” cannot be understood.")
