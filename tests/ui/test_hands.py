"""Hands and keys: drops and pastes, the list of chats, Tab, and what a copy holds."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QRadioButton,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.paths import Paths
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.fitting import settle
from tests.ui.tour import Tour
from ui.chat.answer_text import AnswerSection
from ui.main_window import MainWindow
from ui.rich_copy import portable
from ui.tab_order import in_order
from ui.theme.theme import Theme


@pytest.fixture
def tour(qtbot: QtBot, qapp: QApplication, paths: Paths, tmp_path: Path) -> Iterator[Tour]:
    home = tmp_path / "home"
    home.mkdir()
    made = Tour(qtbot, paths, home)
    theme = Theme(qapp, made.services.settings)
    yield made
    made.close()
    theme.deleteLater()


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is added to the library."""
    paths: list[str] = []
    monkeypatch.setattr(MainWindow, "add_to_library", lambda _self, new: paths.extend(new))
    return paths


def _files(*paths: Path) -> QMimeData:
    """As file managers hand files over: their addresses, and the same as text."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    data.setData("text/plain", "\n".join(map(str, paths)).encode())
    return data


def _drop(widget: QWidget, data: QMimeData) -> None:
    """Drops as the window system does: Qt asks the widget, then what is around it."""
    target: QWidget = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    coming = QDragEnterEvent(QPoint(4, 4), copy, data, left, none)
    coming.ignore()
    QApplication.sendEvent(target, coming)
    if coming.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(4, 4), copy, data, left, none))


def test_files_dropped_on_the_question_are_added(
    desk: Desk, tmp_path: Path, added: list[str]
) -> None:
    field = desk.window.chat.composer.field
    _drop(field, _files(tmp_path / "a.pdf", tmp_path / "b.pdf"))
    assert added == [str(tmp_path / "a.pdf"), str(tmp_path / "b.pdf")]
    assert field.toPlainText() == ""


def test_words_dropped_on_the_question_are_written(desk: Desk, added: list[str]) -> None:
    field, data = desk.window.chat.composer.field, QMimeData()
    data.setText("How long is the notice period?")
    _drop(field, data)
    assert field.toPlainText() == "How long is the notice period?"
    assert not added


def test_files_dropped_on_any_field_are_never_typed(tour: Tour, added: list[str]) -> None:
    tour.furnish()
    lease = Path("/home/ada/lease.pdf")
    typed, seen = [], 0
    for part in (tour.chat, tour.reader, tour.library, tour.pages, tour.dialogs):
        for stop, shown in part():
            for field in shown.findChildren(QWidget):
                if not isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit):
                    continue
                if not field.isVisible():
                    continue
                words = field.text if isinstance(field, QLineEdit) else field.toPlainText
                before, seen = words(), seen + 1
                _drop(field, _files(lease))
                if words() != before and "Certificates" not in field.accessibleName():
                    typed.append(f"{stop}: {field.accessibleName() or field.parent()}")
            if isinstance(shown, QDialog):
                shown.close()
    assert seen > 50
    assert str(lease) in added
    assert not sorted(set(typed))


def test_a_field_that_asks_for_a_file_takes_the_path_of_one(tour: Tour, tmp_path: Path) -> None:
    tour.window.show_page("settings")
    tour.desk.until(lambda: tour.window.settings_page.cloud is not None)
    tour.window.settings_page.show_cloud()
    fields = tour.window.settings_page.findChildren(QLineEdit)
    (field,) = [field for field in fields if field.accessibleName().startswith("Certificates")]
    _drop(field, _files(tmp_path / "own.pem"))
    assert field.text() == str(tmp_path / "own.pem")


def test_files_that_are_pasted_are_added(desk: Desk, tmp_path: Path, added: list[str]) -> None:
    QGuiApplication.clipboard().setMimeData(_files(tmp_path))
    desk.window.chat.composer.field.paste()
    assert added == [str(tmp_path)]
    assert desk.window.chat.composer.field.toPlainText() == ""
    QGuiApplication.clipboard().setText("And words?")
    desk.window.chat.composer.field.paste()
    assert desk.window.chat.composer.field.toPlainText() == "And words?"


def test_a_picture_that_is_pasted_is_refused_with_words(desk: Desk) -> None:
    picture = QMimeData()
    picture.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    QGuiApplication.clipboard().setMimeData(picture)
    desk.window.chat.composer.field.paste()
    assert "Not added: The picture. Save it as a file" in desk.window.message_bar.words
    assert desk.window.chat.composer.field.toPlainText() == ""


@pytest.mark.parametrize("page", ["chat", "library"])
def test_what_cannot_be_added_is_told(desk: Desk, page: str, added: list[str]) -> None:
    desk.window.show_page(page)  # type: ignore[arg-type]
    target = desk.window.chat if page == "chat" else desk.window.library_page
    picture, web, other = QMimeData(), QMimeData(), QMimeData()
    picture.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    web.setHtml("<b>Words</b>")
    other.setData("application/x-something", b"1")
    for data, words in (
        (picture, "Not added: The picture. Save it as a file first, then add that."),
        (web, "Not added: The text."),
        (other, "Not added: What was dropped or pasted."),
    ):
        _drop(target, data)
        assert words in desk.window.message_bar.words
        desk.window.message_bar.dismiss()
    assert not added


# The list of chats


def _chats(desk: Desk, *titles: str) -> dict[str, int]:
    ids = {title: desk.services.chats.create(title).id for title in titles}
    desk.window._chats.refresh()
    desk.until(lambda: set(desk.chat_titles()) == set(titles))
    return ids


def test_the_list_is_walked_by_keys_and_enter_opens(desk: Desk) -> None:
    ids = _chats(desk, "One", "Two", "Three")
    chats = desk.window.navigation.chats
    desk.window.navigation.search.setFocus()
    desk.press(Qt.Key.Key_Tab)
    first, second, third = desk.chat_titles()
    assert [item.text() for item in chats.selectedItems()] == [first]  # so that it is seen
    desk.press(Qt.Key.Key_End)
    assert chats.currentItem().text() == third
    desk.press(Qt.Key.Key_Home)
    assert chats.currentItem().text() == first
    desk.press(Qt.Key.Key_Down)
    assert chats.currentItem().text() == second
    assert chats.hasFocus()
    assert desk.window.chat.chat_id is None
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: desk.window.chat.chat_id == ids[second])
    assert desk.window.chat.composer.field.hasFocus()


def test_backspace_deletes_nothing_and_delete_goes_on_with_the_next(desk: Desk) -> None:
    _chats(desk, "One", "Two", "Three")
    chats = desk.window.navigation.chats
    first, second, third = desk.chat_titles()
    chats.setFocus()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Backspace)
    settle()
    assert desk.chat_titles() == [first, second, third]
    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: desk.chat_titles() == [first, third])
    assert chats.hasFocus()
    assert chats.currentItem().text() == third
    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: desk.chat_titles() == [first])
    assert chats.currentItem().text() == first


@pytest.mark.qt_log_ignore("does not support")
def test_deleted_chats_are_brought_back_from_a_list(desk: Desk) -> None:
    _chats(desk, "One", "Two", "Three")
    for title in ("One", "Two"):
        desk.click_chat(title)
        desk.until(lambda: desk.window.chat.chat_id is not None)
        desk.click("Delete this chat")
        left = {"One", "Two", "Three"} - {"One", title}
        desk.until(lambda left=left: set(desk.chat_titles()) == left)  # type: ignore[misc]
    assert [chat.title for chat in desk.services.chats.chats()] == ["Three"]
    desk.window.message_bar.dismiss()  # the message goes away; the list stays
    desk.window.message_bar.dismiss()
    desk.click("2 deleted chats")
    menu = next(m for m in desk.window.findChildren(QMenu) if m.isVisible())
    offered = [action.text() for action in menu.actions()]
    assert offered == ["Bring back “Two”", "Bring back “One”"]
    menu.actions()[1].trigger()
    menu.close()
    desk.until(lambda: set(desk.chat_titles()) == {"One", "Three"})
    assert desk.window.chat.chat_id is not None
    desk.see("1 deleted chat")


def test_ctrl_z_brings_the_last_one_back_also_from_the_empty_question(desk: Desk) -> None:
    _chats(desk, "One", "Two")
    desk.click_chat("One")
    desk.until(lambda: desk.window.chat.chat_id is not None)
    desk.click("Delete this chat")
    desk.until(lambda: desk.chat_titles() == ["Two"])
    assert desk.window.chat.composer.field.hasFocus()
    assert desk.window.message_bar.words == "“One” was deleted."
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    desk.until(lambda: set(desk.chat_titles()) == {"One", "Two"})
    assert desk.window.message_bar.words == ""  # it would not be true any more


def test_ctrl_z_in_a_question_undoes_the_question(desk: Desk) -> None:
    _chats(desk, "One", "Two")
    desk.click_chat("One")
    desk.until(lambda: desk.window.chat.chat_id is not None)
    desk.click("Delete this chat")
    desk.until(lambda: desk.chat_titles() == ["Two"])
    desk.type("Hello")
    desk.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert desk.window.chat.composer.field.toPlainText() == ""
    assert desk.chat_titles() == ["Two"]


# The keyboard's way through a page


def _leaps(shown: QWidget) -> list[str]:
    """Where Tab leads back to what was passed already, in what a person sees."""
    order = list(in_order(shown))
    walked, found = [order[0]], []
    order[0].setFocus()
    for _ in range(2 * len(order)):  # links in an answer are stops of their own
        before = QApplication.focusWidget()
        assert before is not None, _called(walked[-1])
        QTest.keyClick(before, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is order[0]:
            break
        if now is None or now is before:
            continue
        walked.append(now)
        settle()  # it is scrolled to
        first, second = _place(before, shown), _place(now, shown)
        below = second.top() >= first.bottom() - _SLACK
        right = second.left() >= first.right() - _SLACK
        if not below and not right:
            found.append(f"{_called(before)} → {_called(now)}")
    # In a group of radio buttons Tab reaches one, and the arrows the others.
    missed = [w for w in order if w not in walked and not isinstance(w, QRadioButton)]
    return found + [f"never reached: {_called(widget)}" for widget in missed]


_SLACK = 4  # pixels


def _place(widget: QWidget, window: QWidget) -> QRect:
    """Where the eye is while the keys are in a widget; in an answer, at its cursor."""
    area = widget.cursorRect() if isinstance(widget, AnswerSection) else widget.rect()
    return QRect(widget.mapTo(window, area.topLeft()), area.size())


def _called(widget: QWidget) -> str:
    return widget.accessibleName() or type(widget).__name__


def test_tab_goes_through_what_is_seen_in_its_order(tour: Tour) -> None:
    found = []
    for part in (tour.begin, tour.pages_to_tab):
        for stop, shown in part():
            settle()
            tour.desk.qtbot.waitActive(shown)
            found += [f"{stop}: {leap}" for leap in _leaps(shown)]
            if isinstance(shown, QDialog):
                shown.close()
                settle()
    assert not found, "\n".join(found)


# What a copy holds


def test_an_answer_is_copied_as_rich_text_and_as_plain(desk: Desk) -> None:
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    desk.click("Copy the answer")
    gc.collect()
    data = QGuiApplication.clipboard().mimeData()
    assert data.text().startswith("The notice period is **three months**, in writing")
    assert "[1] lease.pdf, page 2: “Either party" in data.text()
    html = data.html()
    assert "<b>three months</b>" in html
    assert "calendar month [1]" in html
    assert "<ul>" in html
    assert "[1] lease.pdf, page 2: “Either party" in html
    for foreign in ("cite:", "href", "color", "<a ", "src"):
        assert foreign not in html


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_selection_is_copied_without_links_and_colours(
    desk: Desk, qapp: QApplication, theme: str
) -> None:
    desk.services.settings.change(theme=theme)
    settle()
    desk.ask("What is the notice period?")
    desk.wait_for_answer()
    text = next(w for w in desk.turns()[-1].findChildren(AnswerSection) if w.isVisible())
    text.selectAll()
    text.copy()
    gc.collect()
    data = QGuiApplication.clipboard().mimeData()
    assert "The notice period is three months" in data.text()
    assert "<b>three months</b>" in data.html()
    assert "[1]" in data.html()
    for foreign in ("cite:", "href", "color", "<a ", "src", "font-"):
        assert foreign not in data.html()


def test_only_structure_is_portable() -> None:
    html = (
        '<p style="color:#fff">a &lt;b&gt; <a href="cite:2" style="color:#fff">&nbsp;2&nbsp;</a>'
        '<script>x</script><img src="http://a/b"><span style="font-weight:600">c</span></p>'
        '<ol start="3" onclick="x"><li>d</li></ol><td align="right">e'
    )
    assert portable(html) == (
        '<p>a &lt;b&gt; [2]<b>c</b></p><ol start="3"><li>d</li></ol><td align="right">e'
    )


def test_documents_copy_what_they_say(desk: Desk) -> None:
    desk.services.answers.answer = doubles.ABSTAINED
    desk.ask("Who pays?")
    desk.wait_for_answer()
    desk.click("Copy the answer")
    assert QGuiApplication.clipboard().text() == "Your documents do not say."
