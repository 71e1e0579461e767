"""The window as a person sees it: found by its words and names, driven by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from ui.bridge import Bridge
from ui.chat.answer_text import AnswerSection
from ui.chat.source_card import SourceCard
from ui.chat.turn_view import TurnView
from ui.main_window import MainWindow

W = TypeVar("W", bound=QWidget)
SECONDS = 1000
PATIENCE = 20.0  # seconds; a machine may be busy with other things


class Desk:
    """A window in front of a person. `services` may be real or a stand-in."""

    def __init__(self, qtbot: QtBot, services: Any, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.services = services
        self.bridge = bridge
        self.window = MainWindow(services, bridge)
        self.window.resize(1280, 800)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitActive(self.window)

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Lets the window live until something is so."""
        self.qtbot.waitUntil(condition, timeout=int(seconds * SECONDS))

    def see(self, words: str, seconds: float = PATIENCE) -> None:
        """Waits until words are on the screen."""
        self.until(lambda: words in self.screen(), seconds)

    def screen(self) -> str:
        """All words that are on the screen now, in the window and its dialogs."""
        found = []
        for top in QApplication.topLevelWidgets():
            if not top.isVisible():
                continue
            found += [w.text() for w in top.findChildren(QLabel) if w.isVisible()]
            found += [w.text() for w in top.findChildren(QAbstractButton) if w.isVisible()]
            found += [w.toPlainText() for w in top.findChildren(AnswerSection) if w.isVisible()]
            found += [
                f"{w.accessibleName()} {w.accessibleDescription()}"
                for w in top.findChildren(SourceCard)
                if w.isVisible()
            ]
        return "\n".join(found)

    def all(self, kind: type[W], name: str | None = None) -> list[W]:
        """Visible widgets of a kind, by accessible name."""
        return [
            w
            for w in self.window.findChildren(kind)
            if w.isVisible() and (name is None or w.accessibleName() == name)
        ]

    def button(self, name: str) -> QAbstractButton:
        """The one visible button of this name."""
        found = self.all(QAbstractButton, name)
        assert len(found) == 1, (name, [b.accessibleName() for b in self.all(QAbstractButton)])
        return found[0]

    def click(self, name: str) -> None:
        """Clicks the button of this name."""
        QTest.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """Presses a key in whatever has the focus."""
        focus = QApplication.focusWidget() or self.window
        QTest.keyClick(focus, key, modifier or Qt.KeyboardModifier.NoModifier)

    def type(self, words: str) -> None:
        """Types into whatever has the focus."""
        focus = QApplication.focusWidget()
        assert focus is not None
        QTest.keyClicks(focus, words)

    def ask(self, question: str) -> None:
        """Writes a question and presses Enter."""
        self.window.chat.focus_question()
        self.window.chat.composer.field.setFocus()
        QTest.keyClicks(self.window.chat.composer.field, question)
        QTest.keyClick(self.window.chat.composer.field, Qt.Key.Key_Return)

    def turns(self) -> list[TurnView]:
        """The turns on the screen."""
        transcript = self.window.chat.transcript
        return transcript.views if transcript is not None else []

    def wait_for_answer(self, seconds: float = PATIENCE) -> TurnView:
        """Waits until the last turn has its answer."""
        self.until(lambda: bool(self.turns()) and self.turns()[-1].answer is not None, seconds)
        self.until(lambda: not self.window.chat.answering)
        view = self.turns()[-1]
        if view.answer is not None and view.answer.text and not view.answer.abstained:
            # Its text is laid out in the next turn of the loop.
            self.until(lambda: any(w.isVisible() for w in view.findChildren(AnswerSection)))
        return view

    def chat_titles(self) -> list[str]:
        """The chats in the list, from the top."""
        chats = self.window.navigation.chats
        items = [chats.item(row) for row in range(chats.count())]
        return [item.text() for item in items if item.text()]

    def click_chat(self, title: str) -> None:
        """Clicks a chat in the list."""
        chats = self.window.navigation.chats
        self.until(lambda: title in self.chat_titles())
        item = next(chats.item(r) for r in range(chats.count()) if chats.item(r).text() == title)
        at: QPoint = chats.visualItemRect(item).center()
        QTest.mouseClick(chats.viewport(), Qt.MouseButton.LeftButton, pos=at)
