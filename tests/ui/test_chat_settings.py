"""What holds for one chat only: set in a dialog, saved with the chat, and used for its answers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDoubleSpinBox, QPlainTextEdit

from app.chats.chat_settings import USUAL, ChatSettings
from tests.ui.desk import Desk
from ui.chat.own_settings import ChatSettingsDialog

QUESTION = "What is the notice period?"
OWN = ChatSettings(temperature=0.5, context_tokens=2048, rules="Answer in Dutch.")


def opened(desk: Desk) -> ChatSettingsDialog:
    def shown() -> list[ChatSettingsDialog]:
        tops = QApplication.topLevelWidgets()
        return [d for d in tops if isinstance(d, ChatSettingsDialog) and d.isVisible()]

    desk.until(lambda: any(dialog.isActiveWindow() for dialog in shown()))
    return shown()[0]


def press(dialog: ChatSettingsDialog, words: str) -> None:
    found = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == words)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def fill(dialog: ChatSettingsDialog) -> None:
    """Fills in `OWN` by keyboard alone, in fields found by their names."""
    numbers = {box.accessibleName(): box for box in dialog.findChildren(QDoubleSpinBox)}
    for name, keys in (("Temperature", "0.5"), ("Context window", "2048")):
        numbers[name].setFocus()
        numbers[name].selectAll()
        QTest.keyClicks(numbers[name], keys)
    QTest.keyClick(numbers["Context window"], Qt.Key.Key_Tab)
    field = QApplication.focusWidget()
    assert isinstance(field, QPlainTextEdit)
    assert field.accessibleName() == "Instructions of your own"
    QTest.keyClicks(field, "Answer in Dutch.")


def choose(desk: Desk, command: str) -> None:
    action = desk.window.findChild(QAction, command)
    assert action is not None
    action.trigger()


def test_they_are_saved_with_the_chat_used_in_it_and_reset(desk: Desk) -> None:
    desk.services.settings.change(model="starter", context_tokens=8192)
    desk.ask(QUESTION)
    desk.wait_for_answer()
    chat_id = desk.window.chat.chat_id
    assert chat_id is not None
    desk.click("Settings for this chat")
    dialog = opened(desk)
    assert dialog.numbers["context_tokens"].text() == "As for the model (8192)"
    assert dialog.numbers["temperature"].text() == "As for the model (0)"
    fill(dialog)
    press(dialog, "Save")
    desk.until(lambda: desk.services.chats.settings(chat_id) == OWN)
    desk.until(lambda: not desk.all(ChatSettingsDialog))

    desk.ask("And who says so?")
    desk.wait_for_answer()
    assert desk.services.answers.wishes == [USUAL, OWN]

    choose(desk, "chat_settings")
    dialog = opened(desk)
    assert dialog.rules.toPlainText() == OWN.rules
    press(dialog, "Reset")
    press(dialog, "Save")
    desk.until(lambda: desk.services.chats.settings(chat_id) == USUAL)


def test_they_can_be_set_before_a_chat_begins_and_hold_for_no_other(desk: Desk) -> None:
    desk.window.chat.new_chat()
    choose(desk, "chat_settings")
    dialog = opened(desk)
    assert dialog.numbers["context_tokens"].text() == "As for the model"
    fill(dialog)
    press(dialog, "Save")
    desk.until(lambda: not desk.all(ChatSettingsDialog))
    desk.ask(QUESTION)
    desk.wait_for_answer()
    (chat,) = desk.services.chats.chats()
    assert chat.settings == OWN
    choose(desk, "new_chat")
    desk.ask("Something else?")
    desk.wait_for_answer()
    assert desk.services.answers.wishes == [OWN, USUAL]


def test_a_document_is_read_ahead_as_the_chat_wants_it(desk: Desk) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    chat_id = desk.window.chat.chat_id
    assert chat_id is not None
    desk.services.chats.set_settings(chat_id, OWN)
    desk.window.chat.scope.choose_document("/home/ada/lease.pdf")
    desk.until(lambda: desk.services.read[-1:] == ["/home/ada/lease.pdf"])
    assert desk.services.read_with[-1] == OWN
