"""Whatever a model writes: nothing is connected to, opened or loaded, and no link can be followed.

The figure for 5,000: ``pytest -m slow tests/ui/test_hostile_answers.py``.
"""

from __future__ import annotations

import random
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.chats.outside_reply import OutsideReply
from app.user_messages import UserMessage
from tests.ui import doubles
from tests.ui.hostile_answers import Targets, answers
from tests.ui.witness import Witness
from ui.chat.answer_text import AnswerSection
from ui.chat.turn_view import TurnView
from ui.escalation.reply_view import ReplyView
from ui.inert import InertDocument, plain

# The offscreen platform of Qt says this of tooltips.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)


@pytest.fixture
def witness(qtbot: QtBot, tmp_path: Path) -> Iterator[Witness]:
    folder = tmp_path / "canaries"
    folder.mkdir()
    with Witness(folder) as made:
        yield made


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What text documents asked for, granted or not."""
    asked: list[str] = []

    def note(_self: object, _kind: int, name: QUrl | str) -> None:
        asked.append(name if isinstance(name, str) else name.toString())

    monkeypatch.setattr(InertDocument, "loadResource", note)
    monkeypatch.setattr(AnswerSection, "loadResource", note)
    return asked


def _links(browser: AnswerSection) -> set[str]:
    """Everything in a text that could be followed."""
    found = set()
    block: Any = browser.document().begin()
    while block.isValid():
        for part in block:
            form = part.fragment().charFormat()
            if form.isAnchor():
                found.add(form.anchorHref())
            assert not form.isImageFormat()
        block = block.next()
    return found


def _poke(browser: AnswerSection, chance: random.Random) -> None:
    """Clicks here and there, and follows what the keyboard reaches."""
    area = browser.viewport()
    for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        at = QPoint(chance.randrange(area.width()), chance.randrange(max(1, area.height())))
        QTest.mouseClick(area, Qt.MouseButton.LeftButton, modifier, at)
    QTest.keyClick(browser, Qt.Key.Key_Tab)
    QTest.keyClick(browser, Qt.Key.Key_Return)


def _reply(text: str) -> ReplyView:
    """The same, said by a model outside."""
    shown = ReplyView()
    shown.finish(OutsideReply(text, "P", text[:40], text[:40], "", 0, 1, 1, 1, True, None))
    shown.fail(UserMessage(text, text))
    return shown


def _read(qtbot: QtBot, witness: Witness, loads: list[str], count: int) -> None:
    chance = random.Random(1)
    targets = Targets(witness.web, str(witness.folder))
    desk = QWidget()
    desk.resize(700, 500)
    qtbot.addWidget(desk)
    desk.show()
    seen = 0
    for number, text in enumerate(answers(targets, count)):
        name = f"/home/ada/mail.eml!/{targets.urls(number)[number % 20]}{text[:80]}.pdf"
        cited = replace(doubles.LEASE, path=name, title=text[:60], quote=text)
        view = TurnView(text, desk)
        view.resize(desk.size())
        view.show()
        view.finish(replace(doubles.ANSWER, text=text, citations=(cited,), model=text[:40]))
        view.add_reply(_reply(text))
        for browser in view.findChildren(AnswerSection):
            assert _links(browser) <= {"cite:1"}, text
            _poke(browser, chance)
        for widget in view.findChildren(QWidget):
            if widget.toolTip():
                QToolTip.showText(QPoint(0, 0), widget.toolTip(), widget)
                seen += 1
        if not number % 10:
            view.grab()
            QApplication.processEvents()
        view.hide()
        view.deleteLater()
        assert witness.opened() == [], text
    QToolTip.hideText()
    QApplication.processEvents()
    assert seen >= count
    assert witness.connections() == 0
    assert witness.handed_over == []
    assert loads == []


def test_nothing_is_connected_to_opened_or_loaded(
    qtbot: QtBot, witness: Witness, loads: list[str]
) -> None:
    _read(qtbot, witness, loads, 50)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_in_5000(qtbot: QtBot, witness: Witness, loads: list[str]) -> None:
    _read(qtbot, witness, loads, 5000)


def test_the_witness_sees_what_an_ordinary_window_does(qtbot: QtBot, witness: Witness) -> None:
    browser = QTextBrowser()
    browser.setDocument(QTextDocument(browser))
    qtbot.addWidget(browser)
    browser.show()
    browser.setHtml(f'<img src="file://{witness.folder}/canary-3.png">')
    browser.grab()
    assert "canary-3.png" in witness.opened()
    QDesktopServices.openUrl(QUrl("mailto:eve@evil.example"))
    assert [url.scheme() for url in witness.handed_over] == ["mailto"]
    with pytest.raises(OSError, match="timed out"):
        urllib.request.urlopen(witness.web, timeout=0.05)
    assert witness.connections() == 1


def test_a_name_that_looks_like_markup_is_a_name_in_a_tooltip(
    qtbot: QtBot, witness: Witness
) -> None:
    name = f'mail.eml!/<img src="{witness.folder}/canary-1.png"> & more.pdf'
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    QToolTip.showText(QPoint(0, 0), name, owner)  # as it would be
    assert "canary-1.png" in witness.opened()
    QToolTip.showText(QPoint(0, 0), plain(name), owner)
    assert witness.opened() == []
    document = QTextDocument()
    document.setHtml(plain(name))
    assert document.toPlainText() == name
    assert plain("a < b & c") == "a < b & c"
    QToolTip.hideText()
