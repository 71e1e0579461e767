"""Collections: made in the dialog, chosen for a chat, kept with it, held to while answering."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from app.answering.service import AnswerService
from app.paths import Paths
from app.settings.store import Collection, SettingsStore
from models.fakes import FakeChatModel
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat
from tests.ui.house import House
from ui.bridge import Bridge
from ui.collections.choice import Chosen, FolderChoice, FolderTree
from ui.collections.dialog import CollectionsDialog
from ui.collections.drafts import Drafts
from ui.theme.theme import Theme

QUESTION = "What did the tax office ask for?"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two roots with folders in them, and what each says."""
    made = tmp_path / "home"
    for place, words in (
        ("Taxes/2023/letter.txt", "The tax office asked for 310 euros."),
        ("Taxes/2024/letter.txt", "The tax office asked for 900 euros."),
        ("Flat/lease.txt", "The rent is 1,240 euros a month."),
    ):
        file = made / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(words, encoding="utf-8")
    return made


@pytest.fixture
def house(paths: Paths, home: Path) -> Iterator[House]:
    """A real library of these, real chats, and a model that says back what it was told."""
    made = House(paths)
    library, settings = made.services.library, made.services.settings
    answers = AnswerService(library.search, FakeChatModel(), settings)
    made.services = replace(made.services, answers=answers, models=doubles.Models())
    library.add([home / "Taxes", home / "Flat"])
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, house: House) -> Iterator[Desk]:
    theme = Theme(qapp, house.services.settings)
    bridge = Bridge()
    made = Desk(qtbot, house.services, bridge)
    made.until(lambda: bool(made.window.readiness.documents))
    made.until(lambda: made.window.readiness.model is not None)
    yield made
    made.window.close()
    bridge.cancel()
    bridge.close()
    theme.deleteLater()


def _have(desk: Desk, **collections: Path) -> None:
    made = [Collection(name=name, folders=(str(p),)) for name, p in collections.items()]
    desk.services.settings.change(collections=[c.model_dump() for c in made])


def _dialog(desk: Desk) -> CollectionsDialog:
    action = desk.window.findChild(QAction, "collections")
    assert action is not None
    action.trigger()
    found = desk.window.findChildren(CollectionsDialog)[-1]
    desk.until(lambda: QApplication.activeWindow() is found)
    desk.until(lambda: "Opening the library…" not in found._note.text())
    return found


def _item(dialog: CollectionsDialog, words: str) -> QTreeWidgetItem:
    flags = Qt.MatchFlag.MatchEndsWith | Qt.MatchFlag.MatchRecursive
    found = dialog.folders.findItems(words, flags)
    assert len(found) == 1, [item.text(0) for item in found]
    return found[0]


def _click(dialog: CollectionsDialog, words: str) -> None:
    rect = dialog.folders.visualItemRect(_item(dialog, words))
    QTest.mouseClick(dialog.folders.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())


def _searched(desk: Desk) -> set[str]:
    """Names of the folders in which the last answer looked."""
    answer = desk.wait_for_answer().answer
    assert answer is not None
    return {Path(hit.path).parent.name for hit in answer.nearest}


def _scope(desk: Desk) -> str:
    return desk.window.chat.scope.button.accessibleName()


# The window


def test_a_collection_is_made_and_searched(desk: Desk, home: Path) -> None:
    assert _scope(desk) == "Searches: Whole library"
    dialog = _dialog(desk)
    assert "There is no collection yet." in desk.screen()
    dialog._add()
    dialog.name.setText("Tax  of 2024 ")
    desk.see("Choose at least one folder for “Tax of 2024”.")
    assert not dialog._save.isEnabled()
    _item(dialog, "Taxes").setExpanded(True)
    _click(dialog, "2024")
    assert _item(dialog, "Taxes").checkState(0) is Qt.CheckState.PartiallyChecked
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    folders = (str(home / "Taxes" / "2024"),)
    kept = (Collection(name="Tax of 2024", folders=folders),)
    desk.until(lambda: desk.services.settings.current.collections == kept)
    assert SettingsStore(desk.services.paths.settings).current.collections == kept
    desk.window.chat.scope.choose("Tax of 2024")
    desk.ask(QUESTION)
    assert _searched(desk) == {"2024"}
    chat = desk.services.chats.chats()[0]
    assert chat.collection == "Tax of 2024"


def test_a_choice_is_kept_with_its_chat(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes", Flat=home / "Flat")
    desk.ask(QUESTION)
    assert _searched(desk) == {"2023", "2024", "Flat"}
    desk.window.chat.scope.choose("Flat")
    desk.until(lambda: desk.services.chats.chats()[0].collection == "Flat")
    desk.click("Regenerate the answer")
    desk.until(lambda: desk.window.chat.answering)
    desk.until(lambda: not desk.window.chat.answering)
    assert _searched(desk) == {"Flat"}
    desk.click("New chat")
    assert _scope(desk) == "Searches: Whole library"
    desk.click_chat(QUESTION)
    desk.until(lambda: _scope(desk) == "Searches: Flat")


def test_a_choice_for_a_new_chat_is_not_carried_into_the_next(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes")
    desk.window.chat.scope.choose("Taxes")
    desk.click("New chat")
    assert _scope(desk) == "Searches: Whole library"


@pytest.mark.qt_log_ignore("does not support")
def test_the_menu_by_keyboard(desk: Desk, home: Path) -> None:
    _have(desk, **{"Taxes & duties": home / "Taxes"})
    desk.window.chat.focus_question()
    desk.press(Qt.Key.Key_Tab)
    scope = desk.window.chat.scope
    assert QApplication.focusWidget() is scope.button
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Up, Qt.Key.Key_Down):
        desk.press(key)
        desk.until(scope.menu.isVisible)
        QTest.keyClick(scope.menu, Qt.Key.Key_Escape)
        desk.until(lambda: not scope.menu.isVisible())
    scope.open_menu()
    words = [action.text() for action in scope.menu.actions()]
    assert words == ["Whole library", "Taxes && duties", "", "Collections…"]
    assert [a.isChecked() for a in scope.menu.actions()] == [True, False, False, False]
    QTest.keyClick(scope.menu, Qt.Key.Key_Down)
    QTest.keyClick(scope.menu, Qt.Key.Key_Down)
    QTest.keyClick(scope.menu, Qt.Key.Key_Return)
    assert _scope(desk) == "Searches: Taxes & duties"
    assert scope.button.text() == "Taxes & duties"


def test_a_renamed_collection_keeps_its_chats(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes", Flat=home / "Flat")
    desk.window.chat.scope.choose("Taxes")
    desk.ask(QUESTION)
    desk.wait_for_answer()
    other = desk.services.chats.create("Other")
    desk.services.chats.set_collection(other.id, "Flat")
    dialog = _dialog(desk)
    dialog.name.setText("Flat")
    desk.see("Two collections are called “Flat”. Give one another name.")
    dialog.list.setCurrentRow(1)
    dialog.name.setText("Taxes")
    dialog._save.click()  # they changed their names with each other
    desk.until(lambda: _scope(desk) == "Searches: Flat")
    kept = {chat.title: chat.collection for chat in desk.services.chats.chats()}
    assert kept == {QUESTION: "Flat", "Other": "Taxes"}
    assert desk.window.message_bar.words == ""


def test_a_deleted_collection_gives_way_to_the_whole_library(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes", Flat=home / "Flat")
    desk.window.chat.scope.choose("Flat")
    desk.ask(QUESTION)
    desk.wait_for_answer()
    dialog = _dialog(desk)
    dialog.list.setCurrentRow(1)
    dialog.list.setFocus()
    QTest.keyClick(dialog.list, Qt.Key.Key_Delete)
    assert [draft.name for draft in dialog.drafts.items] == ["Taxes"]
    dialog._save.click()
    desk.see("The collection “Flat” is gone. This chat searches the whole library.")
    assert _scope(desk) == "Searches: Whole library"
    desk.until(lambda: desk.services.chats.chats()[0].collection == "")
    desk.ask("And the tax office?")
    assert _searched(desk) == {"2023", "2024", "Flat"}


def test_a_chat_of_a_collection_that_is_gone(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes")
    chat = desk.services.chats.create("Held")
    desk.services.chats.set_collection(chat.id, "Boats")
    desk.services.chats.add_turn(chat.id, QUESTION)
    desk.window._chats.refresh()
    desk.click_chat("Held")
    desk.see("The collection “Boats” is gone.")
    assert _scope(desk) == "Searches: Whole library"
    desk.until(lambda: desk.services.chats.chats()[0].collection == "")


def test_a_collection_without_documents_says_so(desk: Desk, home: Path) -> None:
    _have(desk, Boats=home / "Boats")
    desk.window.chat.scope.choose("Boats")
    desk.ask(QUESTION)
    desk.see("There is no document to search in “Boats”.")


def test_cancel_changes_nothing(desk: Desk, home: Path) -> None:
    _have(desk, Taxes=home / "Taxes")
    before = desk.services.settings.current
    dialog = _dialog(desk)
    assert not dialog._save.isEnabled()
    dialog.name.setText("Money")
    _click(dialog, "Flat")
    assert dialog._save.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    desk.until(lambda: not desk.window.findChildren(CollectionsDialog))
    assert desk.services.settings.current == before


def test_a_collection_that_cannot_be_saved(
    desk: Desk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = _dialog(desk)
    dialog._add()
    _click(dialog, "Flat")
    nowhere = home / "Flat" / "lease.txt" / "settings.json"
    monkeypatch.setattr(desk.services.settings, "_path", nowhere)
    dialog._save.click()
    desk.see("could not be saved")
    assert dialog.isVisible()
    monkeypatch.undo()
    dialog._save.click()
    desk.until(lambda: bool(desk.services.settings.current.collections))


def test_folders_are_chosen_by_keyboard(desk: Desk) -> None:
    dialog = _dialog(desk)
    dialog._add()
    tree = dialog.folders
    dialog.name.setFocus()
    QTest.keyClick(dialog.name, Qt.Key.Key_Tab)
    desk.until(tree.hasFocus)
    assert [item.text(0)[-4:] for item in tree.selectedItems()] == ["Flat"]
    QTest.keyClick(tree, Qt.Key.Key_End)
    QTest.keyClick(tree, Qt.Key.Key_Right)  # opens Taxes
    QTest.keyClick(tree, Qt.Key.Key_Space)
    assert _item(dialog, "Taxes").checkState(0) is Qt.CheckState.Checked
    assert _item(dialog, "2023").checkState(0) is Qt.CheckState.Checked
    QTest.keyClick(tree, Qt.Key.Key_Down)
    QTest.keyClick(tree, Qt.Key.Key_Space)  # it is in with the folder above it
    assert dialog.drafts.items[0].folders.state(tree.currentItem().data(0, 256)) is (
        Chosen.WITH_ABOVE
    )
    dialog.reject()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_box_shows_whether_a_folder_is_chosen(desk: Desk, theme: str) -> None:
    desk.services.settings.change(theme=theme)
    dialog = _dialog(desk)
    dialog._add()
    desk.qtbot.wait(50)
    before = _picture(dialog, "Flat")
    _click(dialog, "Flat")
    dialog.folders.setCurrentItem(_item(dialog, "Taxes"))
    desk.qtbot.wait(50)
    assert _picture(dialog, "Flat") != before
    dialog.reject()


def _picture(dialog: CollectionsDialog, words: str) -> QImage:
    rect = dialog.folders.visualItemRect(_item(dialog, words))
    return dialog.folders.viewport().grab(rect).toImage()


def test_of_many_folders_only_those_that_are_looked_into_are_shown(
    desk: Desk, heartbeat: Heartbeat
) -> None:
    files = [f"/big/{n % 70:02}/{n % 1400:04}/{n}.pdf" for n in range(70_000)]
    tree = FolderTree(["/big"], files)
    dialog = _dialog(desk)
    dialog._add()
    heartbeat.start()
    dialog.folders.show_tree(tree)
    item = dialog.folders.topLevelItem(0)
    assert item is not None
    assert _items(item) == 70
    for n in range(70):
        item.child(n).setExpanded(True)
        desk.qtbot.wait(1)
    desk.qtbot.wait(50)
    heartbeat.stop()
    assert _items(item) == 70 + 1400  # no folder below those, and no file
    dialog.reject()


def _items(item: QTreeWidgetItem) -> int:
    """How many items there are below one."""
    return sum(1 + _items(item.child(n)) for n in range(item.childCount()))


# Without the window


def test_a_folder_stands_for_everything_below_it() -> None:
    choice = FolderChoice(["/a/b/c", "/a/b", "/z"])
    assert choice.folders == ("/a/b", "/z")
    states = {path: choice.state(path) for path in ("/a", "/a/b", "/a/b/c", "/a/bc", "/z")}
    assert states == {
        "/a": Chosen.PARTLY,
        "/a/b": Chosen.YES,
        "/a/b/c": Chosen.WITH_ABOVE,
        "/a/bc": Chosen.NO,
        "/z": Chosen.YES,
    }
    choice.choose("/a")
    assert choice.folders == ("/a", "/z")
    choice.drop("/a")
    choice.drop("/z")
    assert not choice


def test_the_folders_of_a_library() -> None:
    files = ["/r/B/x.pdf", "/r/a/1/y.eml!/z/part.pdf", "/r/a/1/y.eml", "/else/q.txt", "/r/top.md"]
    tree = FolderTree(["/r", "/r/B", "/one.pdf"], files)
    assert tree.roots == ("/one.pdf", "/r")
    assert tree.below("/r") == ("/r/a", "/r/B")
    assert tree.below("/r/a") == ("/r/a/1",)
    assert tree.below("/r/a/1") == ()
    assert "/r/a" in tree
    assert "/else" not in tree


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (["Tax", "tax"], "Two collections are called “Tax”. Give one another name."),
        (["Tax", " T a x"], ""),
        (["Tax", "Tax  "], "Two collections are called “Tax”. Give one another name."),
        (["Tax", "  "], "Give the collection a name."),
    ],
)
def test_names_are_unique(names: list[str], fault: str) -> None:
    drafts = Drafts([])
    for name in names:
        draft = drafts.add()
        draft.name = name
        draft.folders.choose("/a")
    found = drafts.first_fault()
    assert (found[1] if found else "") == fault


def test_new_ones_have_names_of_their_own() -> None:
    drafts = Drafts([Collection(name="new collection", folders=("/a",))])
    assert [drafts.add().name, drafts.add().name] == ["New collection 2", "New collection 3"]
    seen = [drafts.changed]
    for draft in drafts.items[1:]:
        drafts.remove(draft)
    seen.append(drafts.changed)
    assert seen == [True, False]
    first = drafts.items[0]
    first.name = "Tax"
    assert drafts.renamed() == {"new collection": "Tax"}


def test_a_collection_that_never_leaves(desk: Desk, home: Path) -> None:
    _have(desk, Flat=home / "Flat", Taxes=home / "Taxes")
    dialog = _dialog(desk)
    assert not dialog.local_only.isChecked()
    assert "Never leaves this computer" in desk.screen()
    assert dialog.list.item(0).icon().isNull()
    QTest.keyClick(dialog.local_only, Qt.Key.Key_Space)
    assert not dialog.list.item(0).icon().isNull()
    dialog.list.setCurrentRow(1)
    assert not dialog.local_only.isChecked()
    dialog.list.setCurrentRow(0)
    assert dialog.local_only.isChecked()
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    flat = (str(home / "Flat"),)
    desk.until(lambda: desk.services.settings.current.never_leave == flat)
    again = _dialog(desk)
    assert again.local_only.isChecked()
    assert not again._save.isEnabled()
    QTest.keyClick(again.local_only, Qt.Key.Key_Space)
    assert again._save.isEnabled()
