"""Asking a larger model: offered only when allowed, shown in full, sent by a real click, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QPlainTextEdit,
    QWidget,
)

from app.escalation.session import Click
from app.events import Grounds
from app.paths import Paths
from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.privacy.egress.tickets import Connected, EgressFault, ResponseEnded, Status, TicketFailed
from app.redaction.find import find
from tests.escalations import openai_stream
from tests.https_server import model_server, streams
from tests.ui import doubles, outside
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat
from tests.ui.outside import MAIL, QUESTION, open_sheet, ready, replies, says
from ui.chat.answer_text import AnswerSection
from ui.escalation import send_button
from ui.escalation.choices import TickRow
from ui.escalation.send_button import SendButton
from ui.escalation.sheet import EscalationSheet

ASK = "Ask a larger model…"


@pytest.fixture
def services(paths: Paths) -> Iterator[doubles.Services]:
    """Overrides the stand-ins: there is somebody to ask."""
    made = outside.services(paths)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A test's hand is sure of what it does."""
    if "just_appeared" not in request.node.name:
        monkeypatch.setattr(send_button, "REST_MS", 20)


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """A desk with an answered question."""
    desk.ask(QUESTION)
    desk.wait_for_answer()
    return desk


def _row(sheet: EscalationSheet, words: str) -> TickRow:
    (row,) = [row for row in sheet.choices.rows if words in row.box.text()]
    return row


def _tick(desk: Desk, sheet: EscalationSheet, words: str) -> None:
    box = _row(sheet, words).box
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    ready(desk, sheet)


def _words(widget: QWidget) -> str:
    return "\n".join(w.text() for w in widget.findChildren(QLabel) if w.isVisible())


def _sent(desk: Desk) -> list[str]:
    return [ticket.body.decode() for ticket in desk.services.gate.sent]


def _send(desk: Desk, sheet: EscalationSheet) -> None:
    ready(desk, sheet)
    QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
    desk.until(lambda: not desk.window.findChildren(EscalationSheet))


# Offered


def test_it_is_hidden_until_it_is_turned_on(asked: Desk) -> None:
    assert [b.text() for b in asked.all(QAbstractButton, ASK)] == [ASK]
    asked.services.settings.change(cloud_enabled=False)
    asked.until(lambda: not asked.all(QAbstractButton, ASK))
    asked.window.chat.new_chat()
    asked.ask("Another question")
    asked.wait_for_answer()
    assert not asked.all(QAbstractButton, ASK)
    asked.services.settings.change(cloud_enabled=True)
    asked.until(lambda: bool(asked.all(QAbstractButton, ASK)))


def test_it_is_off_at_first(paths: Paths) -> None:
    assert not doubles.services(paths).escalation.allowed


# Shown


def test_nothing_is_ticked_and_only_the_question_would_go(asked: Desk) -> None:
    sheet = open_sheet(asked)
    assert [row.box.isChecked() for row in sheet.choices.rows] == [False] * 3
    assert sheet.recipient.destination.host == outside.HOST
    assert outside.HOST in _words(sheet)
    shown = sheet.exact.text
    assert shown.startswith(f"POST https://{outside.HOST}/v1/messages")
    assert "in May?" in shown
    assert "three months" not in shown
    assert "sk-canary" not in shown
    assert MAIL not in shown  # it is hidden unless the person wants otherwise
    assert "[EMAIL_1]" in shown
    assert "tokens" in _words(sheet)
    assert "Estimated price: $" in _words(sheet)
    assert _sent(asked) == []


def test_what_is_shown_are_the_bytes(asked: Desk) -> None:
    sheet = open_sheet(asked)
    _tick(asked, sheet, "lease.pdf")
    assert sheet.payload is not None
    head, _, body = sheet.exact.text.partition("\n\n")
    assert body.encode() == sheet.payload.body
    assert "three months" in body
    assert "x-api-key: ••••••••" in head
    field = sheet.exact.field
    assert field.isReadOnly()
    field.selectAll()
    field.copy()
    assert body in QGuiApplication.clipboard().text()
    says(asked.services.gate, "Yes.")
    _send(asked, sheet)
    asked.until(lambda: bool(_sent(asked)))
    assert _sent(asked) == [body]


def test_what_never_leaves_cannot_be_ticked_and_says_why(asked: Desk) -> None:
    sheet = open_sheet(asked)
    diary = _row(sheet, "diary.pdf")
    assert not diary.box.isEnabled()
    assert "In a collection that never leaves this computer" in _words(diary)
    QTest.mouseClick(diary.box, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    QTest.keyClick(diary.box, Qt.Key.Key_Space)
    ready(asked, sheet)
    assert "slept badly" not in sheet.exact.text


def test_what_was_made_under_the_mark_stays_when_the_mark_is_gone(desk: Desk) -> None:
    desk.services.settings.change(collections=())
    grounds = Grounds(local_only=True, passages=(outside.DIARY.chunk_id,))
    desk.services.answers.answer = replace(outside.ANSWER, grounds=grounds)
    for question in (QUESTION, "And then?"):
        desk.ask(question)
        desk.wait_for_answer()
    sheet = open_sheet(desk)
    for row in (_row(sheet, "diary.pdf"), _row(sheet, "What may")):
        assert not row.box.isEnabled()
        assert "Was in a collection that never leaves this computer" in _words(row)
    assert _row(sheet, "minutes.pdf").box.isEnabled()


def test_the_chat_goes_along_only_when_it_is_ticked(asked: Desk) -> None:
    asked.services.settings.change(collections=())  # the answer before rests on the diary too
    asked.ask("And then?")
    asked.wait_for_answer()
    sheet = open_sheet(asked)
    assert "notice period" not in sheet.exact.text
    _tick(asked, sheet, "What may")
    assert "notice period is **three months**" in sheet.exact.text


def test_marks_are_toggled_by_mouse_and_keyboard(asked: Desk) -> None:
    sheet = open_sheet(asked)
    _tick(asked, sheet, "lease.pdf")
    shown = _row(sheet, "lease.pdf").texts["h1"]
    assert [mark.placeholder for mark in shown.marks] == ["[EMAIL_1]", "[EMAIL_2]"]
    assert "2 of 2 personal details hidden" in shown.accessibleName()
    assert "office@landlord.example" not in sheet.exact.text
    at = shown.document().toPlainText().index("office@")
    cursor = shown.textCursor()
    cursor.setPosition(at + 2)
    QTest.mouseClick(
        shown.viewport(), Qt.MouseButton.LeftButton, pos=shown.cursorRect(cursor).center()
    )
    asked.until(lambda: "1 of 2 personal details hidden" in shown.accessibleName())
    ready(asked, sheet)
    assert "office@landlord.example" in sheet.exact.text
    assert MAIL not in sheet.exact.text
    _row(sheet, "lease.pdf").box.setFocus()
    asked.press(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is shown
    QTest.keyClick(shown, Qt.Key.Key_Tab)  # from the first mark to the second
    QTest.keyClick(shown, Qt.Key.Key_Space)  # hides it again
    asked.until(lambda: "2 of 2 personal details hidden" in shown.accessibleName())
    ready(asked, sheet)
    assert "office@landlord.example" not in sheet.exact.text
    QTest.keyClick(shown, Qt.Key.Key_Space)  # the same mark still has the keyboard
    asked.until(lambda: "1 of 2 personal details hidden" in shown.accessibleName())
    QTest.keyClick(shown, Qt.Key.Key_Return)
    asked.until(lambda: "2 of 2 personal details hidden" in shown.accessibleName())


def test_a_mark_is_toggled_wherever_its_value_stands(asked: Desk) -> None:
    sheet = open_sheet(asked)
    _tick(asked, sheet, "lease.pdf")
    marked = sheet.question.marked
    assert marked.isVisible()
    sheet.question.field.setFocus()
    asked.press(Qt.Key.Key_Tab)
    assert marked.hasFocus()
    QTest.keyClick(marked, Qt.Key.Key_Space)
    asked.until(lambda: sheet.payload is not None and MAIL in sheet.exact.text)
    assert sheet.exact.text.count(MAIL) == 2


def test_what_was_not_found_can_be_hidden_too(asked: Desk) -> None:
    sheet = open_sheet(asked)
    _tick(asked, sheet, "minutes.pdf")
    assert "The owners met" in sheet.exact.text
    sheet.hide_more.field.setFocus()
    QTest.keyClicks(sheet.hide_more.field, "the  owners")
    QTest.keyClick(sheet.hide_more.field, Qt.Key.Key_Return)
    assert not sheet.send.isEnabled()
    asked.until(lambda: sheet.payload is not None and "[OWN_WORD_1] met" in sheet.exact.text)
    assert asked.services.settings.current.own_words == ("the owners",)
    assert sheet.isVisible()


def test_the_recipient_can_be_another(asked: Desk) -> None:
    sheet = open_sheet(asked)
    sheet.recipient.names.setFocus()
    QTest.keyClick(sheet.recipient.names, Qt.Key.Key_Down)
    asked.until(lambda: sheet.recipient.destination.host == "llm.example.org")
    assert sheet.payload is None  # what was shown went elsewhere
    assert not sheet.send.isEnabled()
    ready(asked, sheet)
    assert sheet.exact.text.startswith("POST https://llm.example.org/v1/chat/completions")
    assert "The price of this model is not known." in _words(sheet)
    sheet.recipient.models.setEditText("house-30b")
    asked.until(lambda: "house-30b" in sheet.exact.text)


def test_the_proxy_and_the_certificates_are_named(asked: Desk, tmp_path: Path) -> None:
    sheet = open_sheet(asked)
    assert not sheet.way.isVisible()
    sheet.reject()
    file = tmp_path / "house.pem"
    file.write_text("one")
    asked.services.settings.change(proxy="http://proxy.example:3128", ca_file=str(file))
    sheet = open_sheet(asked)
    assert sheet.way.isVisible()
    assert "Goes through the proxy http://proxy.example:3128." in sheet.way.text()
    assert f"Trusts the certificates in {file} as well" in sheet.way.text()


def test_an_empty_question_says_so(asked: Desk) -> None:
    sheet = open_sheet(asked)
    sheet.question.field.setFocus()
    sheet.question.field.selectAll()
    QTest.keyClick(sheet.question.field, Qt.Key.Key_Delete)
    assert not sheet.send.isEnabled()
    asked.until(lambda: "There is no question. Write one." in _words(sheet))
    assert not sheet.send.isEnabled()
    QTest.keyClicks(sheet.question.field, "What else?")
    ready(asked, sheet)
    assert "What else?" in sheet.exact.text


# Sent


@pytest.fixture
def pressed(asked: Desk) -> list[Click]:
    """Clicks that Send took for a person's. The sheet is open."""
    clicks: list[Click] = []
    open_sheet(asked).send.pressed_by_hand.connect(clicks.append)
    return clicks


def _sheet() -> EscalationSheet:
    (sheet,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, EscalationSheet)]
    return sheet


def _mouse(kind: QEvent.Type, send: SendButton) -> QMouseEvent:
    at = QPointF(send.rect().center())
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(kind, at, send.mapToGlobal(at), left, left, none)


def test_nothing_but_a_hand_sends(asked: Desk, pressed: list[Click]) -> None:
    sheet = _sheet()
    send = sheet.send
    send.click()
    send.animateClick()
    send.clicked.emit()
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        QApplication.sendEvent(send, _mouse(kind, send))
        QApplication.postEvent(send, _mouse(kind, send))
    none = Qt.KeyboardModifier.NoModifier
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(send, QKeyEvent(kind, Qt.Key.Key_Space, none))
    QTest.qWait(200)
    # Nor does a hand that pressed by chance: Enter, another button, or one that was drawn away.
    send.setFocus()
    QTest.keyClick(send, Qt.Key.Key_Return)
    QTest.keyClick(sheet, Qt.Key.Key_Enter)
    QTest.mouseClick(send, Qt.MouseButton.RightButton)
    QTest.mousePress(send, Qt.MouseButton.LeftButton)
    QTest.mouseMove(send, QPoint(-50, -50))
    QTest.mouseRelease(send, Qt.MouseButton.LeftButton, pos=QPoint(-50, -50))
    # Nor half of a hand's: the press was made up.
    QApplication.sendEvent(send, _mouse(QEvent.Type.MouseButtonPress, send))
    QTest.mouseRelease(send, Qt.MouseButton.LeftButton)
    QTest.qWait(50)
    assert pressed == []
    assert sheet.isVisible()
    assert _sent(asked) == []


def test_a_click_sends_once(asked: Desk, pressed: list[Click]) -> None:
    says(asked.services.gate, "Yes.")
    sheet = _sheet()
    QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
    QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
    asked.until(lambda: bool(replies(asked)) and replies(asked)[0].reply is not None)
    assert len(pressed) == 1
    assert not pressed[0].spend()
    assert len(_sent(asked)) == 1


def test_the_space_bar_sends(asked: Desk, pressed: list[Click]) -> None:
    says(asked.services.gate, "Yes.")
    sheet = _sheet()
    sheet.send.setFocus()
    QTest.keyClick(sheet.send, Qt.Key.Key_Space)
    asked.until(lambda: bool(_sent(asked)))
    assert len(pressed) == 1


def test_what_has_only_just_appeared_is_not_sent(asked: Desk, pressed: list[Click]) -> None:
    sheet = _sheet()
    _row(sheet, "lease.pdf").box.setFocus()
    QTest.keyClick(_row(sheet, "lease.pdf").box, Qt.Key.Key_Space)
    assert not sheet.send.isEnabled()
    QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
    asked.until(sheet.send.isEnabled)
    QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
    assert pressed == []
    assert sheet.isVisible()


def test_escape_sends_nothing(asked: Desk, pressed: list[Click]) -> None:
    QTest.keyClick(_sheet(), Qt.Key.Key_Escape)
    asked.until(lambda: not asked.window.findChildren(EscalationSheet))
    assert pressed == []
    assert _sent(asked) == []
    assert not replies(asked)


# Replies


def test_a_reply_streams_in_marked_as_from_outside(asked: Desk) -> None:
    says(asked.services.gate, "[EMA", "IL_1] may give **notice** [1].")
    _send(asked, open_sheet(asked))
    asked.until(lambda: bool(replies(asked)) and replies(asked)[0].reply is not None)
    (view,) = replies(asked)
    assert view.accessibleName() == f"From outside: claude-sonnet-5 at {outside.HOST}"
    asked.see(f"{MAIL} may give notice [1].")
    (shown,) = [w for w in view.findChildren(AnswerSection) if w.isVisible()]
    assert shown.toPlainText() == f"{MAIL} may give notice [1]."  # no marker leads anywhere
    assert "href" not in shown.toHtml()
    assert "It is not checked against your documents." in _words(view)
    assert "876 tokens" in _words(view)
    assert "$0.0023, estimated" in _words(view)
    asked.click("Copy the reply from outside")
    assert QGuiApplication.clipboard().text() == f"{MAIL} may give **notice** [1]."


def test_a_reply_is_kept_with_its_turn(asked: Desk) -> None:
    says(asked.services.gate, "For good.")
    _send(asked, open_sheet(asked))
    asked.until(lambda: bool(replies(asked)) and replies(asked)[0].reply is not None)
    asked.click("New chat")
    asked.until(lambda: not replies(asked))
    asked.click_chat(asked.chat_titles()[0])
    asked.until(lambda: len(replies(asked)) == 1)
    asked.see("For good.")
    assert asked.services.chats.turns(asked.window.chat.chat_id)[0].replies[0].text == "For good."


def test_stop_keeps_what_had_come(asked: Desk) -> None:
    says(asked.services.gate, "The beginning", ends=False)
    _send(asked, open_sheet(asked))
    asked.see("The beginning")
    asked.click("Stop the reply from outside")
    asked.see("You stopped this reply; it is incomplete.")
    assert not asked.all(QAbstractButton, "Stop the reply from outside")


def test_stop_before_anything_came(asked: Desk) -> None:
    asked.services.gate._answers.append((Connected(outside.HOST),))
    _send(asked, open_sheet(asked))
    asked.see("Waiting for the reply…")
    asked.click("Stop the reply from outside")
    asked.see("Stopped before a reply came.")


def test_a_chat_can_be_left_while_a_reply_comes(asked: Desk) -> None:
    says(asked.services.gate, "Still coming", ends=False)
    _send(asked, open_sheet(asked))
    asked.see("Still coming")
    title = asked.chat_titles()[0]
    asked.click("New chat")
    asked.until(lambda: not replies(asked))
    asked.click_chat(title)
    asked.see("Still coming")
    asked.click("Stop the reply from outside")
    asked.see("You stopped this reply")
    assert len(replies(asked)) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((TicketFailed(EgressFault.OFFLINE),), "was not reached"),
        ((Connected("h"), Status(401), ResponseEnded(0)), "rejects the key"),
        ((Connected("h"), Status(429, "30"), ResponseEnded(0)), "Try again in 30 seconds."),
    ],
)
def test_errors_say_what_to_do_and_nothing_is_sent_again(
    asked: Desk, answer: tuple[object, ...], words: str
) -> None:
    asked.services.gate._answers.append(answer)
    sheet = open_sheet(asked)
    _tick(asked, sheet, "lease.pdf")
    _send(asked, sheet)
    asked.see(words)
    assert len(_sent(asked)) == 1
    asked.click("Review it again…")  # as it was, and it needs another click
    again = _sheet()
    ready(asked, again)
    assert _row(again, "lease.pdf").box.isChecked()
    QTest.qWait(100)
    assert len(_sent(asked)) == 1
    says(asked.services.gate, "Now it works.")
    _send(asked, again)
    asked.see("Now it works.")
    assert len(_sent(asked)) == 2


def test_a_missing_key_is_told_where_to_enter_it(asked: Desk) -> None:
    asked.services.escalation.set_key(outside.PROVIDER, "")
    _send(asked, open_sheet(asked))
    asked.see(f"There is no key for {outside.HOST}.")
    asked.see("Enter it in Settings, under Cloud.")
    assert _sent(asked) == []


def test_a_real_server_gets_what_was_on_the_screen_once(asked: Desk, tmp_path: Path) -> None:
    services = asked.services
    gate = Gate(Launcher(), EgressRecord(tmp_path / "egress"), lambda: services.settings.current)
    services.escalation._gate = gate
    with model_server(tmp_path) as server:
        server.next.append(streams(openai_stream("From ", "far away.")))
        services.settings.change(cloud_providers=[server.provider().model_dump()])
        sheet = open_sheet(asked)
        _tick(asked, sheet, "lease.pdf")
        _, _, shown = sheet.exact.text.partition("\n\n")
        assert server.received == []
        _send(asked, sheet)
        asked.see("From far away.")
        assert [request.body.decode() for request in server.received] == [shown]
        gate.close()
    (entry,) = EgressRecord(tmp_path / "egress").read().entries
    assert (entry.outcome, entry.begun.sent) == ("done", len(shown.encode()))


# By keyboard, and without a stall


def test_every_control_has_a_name_and_tab_reaches_it(asked: Desk) -> None:
    sheet = open_sheet(asked)
    _tick(asked, sheet, "lease.pdf")
    wanted: set[QWidget] = {
        w
        for kind in (QAbstractButton, QComboBox, QPlainTextEdit)
        for w in sheet.findChildren(kind)
        if w.isVisible() and w.isEnabled() and w.focusPolicy() != Qt.FocusPolicy.NoFocus
    }
    wanted |= {row.texts["h1"] for row in sheet.choices.rows if "h1" in row.texts}
    assert all(w.accessibleName() for w in wanted)
    reached: set[QWidget] = set()
    for _ in range(40):
        focus = QApplication.focusWidget()
        assert focus is not None
        reached.add(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert wanted <= reached, [w.accessibleName() for w in wanted - reached]


def test_many_long_passages_are_searched_beside_the_gui_thread(
    desk: Desk,
    services: doubles.Services,
    monkeypatch: pytest.MonkeyPatch,
    heartbeat: Heartbeat,
) -> None:
    searched: set[int] = set()
    real = find

    def noting(text: str, *arguments: Any, **named: Any) -> Any:
        searched.add(threading.get_ident())
        return real(text, *arguments, **named)

    monkeypatch.setattr("app.redaction.find.find", noting)
    long = f"Lease with {MAIL} and office@landlord.example, three months. " * 25
    hits = tuple(
        replace(outside.MINUTES, rank=n, chunk_id=f"h{n}", text=f"{n} {long}") for n in range(20)
    )
    services.answers.answer = replace(outside.ANSWER, nearest=hits, citations=())
    desk.ask(QUESTION)
    desk.wait_for_answer()
    heartbeat.start()
    sheet = open_sheet(desk)
    for row in sheet.choices.rows[:5]:
        row.box.setChecked(True)
        ready(desk, sheet)
    heartbeat.stop()
    assert searched
    assert threading.get_ident() not in searched


def test_a_draft_that_is_prepared_while_the_sheet_closes_does_no_harm(
    asked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = threading.Event()
    service = asked.services.escalation
    prepare = service.prepare

    def slow(draft: object) -> object:
        door.wait(60)
        return prepare(draft)

    monkeypatch.setattr(service, "prepare", slow)
    asked.click(ASK)
    sheet = _sheet()
    asked.until(lambda: "Looking for personal details…" in _words(sheet))
    assert not sheet.send.isEnabled()
    sheet.reject()
    door.set()
    QTest.qWait(100)
    assert _sent(asked) == []
