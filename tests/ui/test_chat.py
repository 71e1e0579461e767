"""Asking in the window: what is shown, what is kept, what can be stopped and mended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.answering.kinds.missing import failed_files, waiting_files
from app.chats.store import TAKEN_BACK
from app.errors import WorkerDied
from app.events import Answer, Timings
from app.paths import Paths
from app.settings.fields import Collection
from models.errors import InferenceFailed, SourcesFailed
from rag.formats import DocumentKind
from rag.indexing.report import IndexProgress
from rag.indexing.rules import Rules
from rag.parse.failures import FailureReason
from rag.store.files import FileOutcome, FileRecord
from rag.text.answer_markup import DocumentWords
from rag.text.file_mention import FileMention
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat
from tests.ui.house import House
from ui.bridge import Bridge
from ui.chat.answer_text import AnswerSection
from ui.chat.markdown import to_html
from ui.chat.source_card import SourceCard
from ui.chat.still_reading import missing_words, reading_line
from ui.chat.transcript import Transcript
from ui.elided import ElidedLabel
from ui.theme.theme import Theme
from ui.theme.tokens import DARK, LIGHT

QUESTION = "What is the notice period?"


def test_an_answer_with_its_sources(desk: Desk) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.see("Source 2")
    screen = desk.screen()
    assert QUESTION in screen
    assert "three months" in screen
    assert "Source 1: lease.pdf, page 2" in screen
    assert "Source 2: budget.xlsx, sheet Household, A2:D14" in screen
    assert "qwen2.5-coder-1.5b-instruct · 9.4 s" in screen


def test_quotes_stand_before_the_answer_is_written(desk: Desk, services: doubles.Services) -> None:
    services.answers.gate = threading.Event()
    desk.ask(QUESTION)
    desk.see("Source 1")
    assert "Source 1: lease.pdf, page 2 Either party may end this agreement" in desk.screen()
    assert "Writing the answer…" in desk.screen()
    assert "three months [" not in desk.screen()
    services.answers.gate.set()
    desk.wait_for_answer()
    assert "Writing the answer…" not in desk.screen()


def test_the_work_is_named_with_its_seconds(desk: Desk, services: doubles.Services) -> None:
    services.answers.gate = threading.Event()
    services.answers.answer = doubles.ABSTAINED
    desk.ask(QUESTION)
    desk.see("Reading 2 passages…")
    desk.see("Reading 2 passages…  1 s", seconds=3)
    services.answers.gate.set()
    desk.wait_for_answer()


def test_what_is_being_read_is_shown_until_there_is_a_quote(
    desk: Desk, services: doubles.Services
) -> None:
    services.answers.gate = threading.Event()
    services.answers.answer = replace(doubles.ANSWER, citations=())
    desk.ask(QUESTION)
    desk.see("Reading")
    desk.see("a, page 1")
    services.answers.gate.set()
    desk.wait_for_answer()
    assert "a, page 1" not in desk.screen()
    assert not desk.all(SourceCard)


def test_a_marker_opens_its_source(desk: Desk) -> None:
    opened: list[object] = []
    desk.window.chat.source_opened.disconnect()
    desk.window.chat.source_opened.connect(lambda source, _all: opened.append(source))
    desk.ask(QUESTION)
    desk.wait_for_answer()
    browser = desk.all(AnswerSection)[0]
    browser.setFocus()
    desk.press(Qt.Key.Key_Tab)  # to the first marker
    desk.press(Qt.Key.Key_Return)
    assert opened == [doubles.LEASE]
    QTest.mouseClick(desk.all(SourceCard)[1], Qt.MouseButton.LeftButton)
    assert opened == [doubles.LEASE, doubles.MAIL]


@pytest.mark.parametrize("width", [720, 1280])
@pytest.mark.parametrize("reading", [False, True], ids=["alone", "beside the reader"])
def test_no_turn_is_wider_than_the_conversation(
    desk: Desk, services: doubles.Services, width: int, reading: bool
) -> None:
    name = f"/home/ada/{'a-very-long-name-' * 12}.pdf"
    long = replace(doubles.LEASE, n=2, path=name)
    citations = (doubles.LEASE, long)
    services.answers.answer = replace(doubles.ANSWER, citations=citations, dropped_markers=3)
    desk.window.resize(width, 700)
    desk.ask("Which " + "of-these-words-that-cannot-be-broken" * 4)
    view = desk.wait_for_answer()
    if reading:
        desk.window.open_source(doubles.LEASE, citations)
    transcript = desk.window.chat.transcript
    assert transcript is not None
    desk.until(lambda: transcript.widget().width() == transcript.viewport().width())
    desk.qtbot.wait(50)
    assert desk.window.width() == width
    room = transcript.viewport().width()
    for widget in (view, *view.findChildren(SourceCard), *view.findChildren(ElidedLabel)):
        if widget.isVisible():
            assert widget.mapTo(transcript.viewport(), widget.rect().topLeft()).x() >= 0
            assert widget.mapTo(transcript.viewport(), widget.rect().topRight()).x() < room, widget


@pytest.mark.parametrize("by", ["card", "marker"])
def test_what_was_opened_stays_where_it_is_seen(
    desk: Desk, services: doubles.Services, by: str
) -> None:
    transcript = _long_chat(desk, services, 12)
    view = desk.turns()[5]
    text = view.findChildren(AnswerSection)[0]
    card = view.findChildren(SourceCard)[1]
    text.setFocus()
    desk.press(Qt.Key.Key_Tab)  # to the first marker
    marker = text.textCursor().position()

    def seen_at() -> int:
        if by == "card":
            return card.mapTo(transcript.viewport(), QPoint()).y()
        cursor = text.textCursor()
        cursor.setPosition(marker)
        return text.mapTo(transcript.viewport(), text.cursorRect(cursor).topLeft()).y()

    def scrolled() -> bool:
        transcript.verticalScrollBar().setValue(view.y() - 100)
        return 0 < seen_at() < transcript.viewport().height()

    desk.until(scrolled)
    desk.qtbot.wait(50)
    assert scrolled()
    before = seen_at()
    width = transcript.width()
    if by == "card":
        QTest.mouseClick(card, Qt.MouseButton.LeftButton)
    else:
        desk.press(Qt.Key.Key_Return)
    desk.until(lambda: transcript.width() < width - 200)
    desk.until(lambda: abs(seen_at() - before) <= 2)
    desk.qtbot.wait(100)
    assert abs(seen_at() - before) <= 2


def test_no_answer_in_the_documents(desk: Desk, services: doubles.Services) -> None:
    services.answers.answer = doubles.ABSTAINED
    desk.ask("What is the phone number of my dentist?")
    desk.wait_for_answer()
    desk.see("Nearest passage: warranty.pdf, page 1")
    screen = desk.screen()
    assert screen.count("Your documents do not say.") == 1
    assert "The nearest passages" in screen


def test_an_answer_that_was_removed_elsewhere_is_not_shown_any_more(
    desk: Desk, services: doubles.Services
) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    assert "three months" in desk.screen()
    services.chats.replace_answer(services.chats.turns(1)[0].id, TAKEN_BACK)
    desk.window.chat.read_again()
    desk.see("The answer was removed with its document.")
    assert "three months" not in desk.screen()
    assert "Your documents do not say." not in desk.screen()
    assert QUESTION in desk.screen()


def test_follow_ups_carry_the_chat(desk: Desk, services: doubles.Services) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.ask("And for the landlord?")
    desk.wait_for_answer()
    asked, history = services.answers.asked[1]
    assert asked == "And for the landlord?"
    assert [(turn.question, turn.answer) for turn in history] == [(QUESTION, doubles.ANSWER)]


def test_stop_keeps_what_had_arrived(desk: Desk, services: doubles.Services) -> None:
    services.answers.pace = 0.05
    desk.ask(QUESTION)
    desk.see("The notice period")
    desk.click("Stop")
    view = desk.wait_for_answer()
    assert view.answer is not None
    assert view.answer.stopped
    assert "stopped" in desk.screen()
    assert desk.button("Send") is not None


def test_escape_stops_before_there_is_anything(desk: Desk, services: doubles.Services) -> None:
    services.answers.gate = threading.Event()
    desk.ask(QUESTION)
    desk.see("Writing the answer…")
    desk.press(Qt.Key.Key_Escape)
    desk.see("Stopped.")
    services.answers.gate.set()
    desk.click("Ask again")
    desk.wait_for_answer()
    assert "three months" in desk.screen()


def test_a_name_that_nothing_mentions_is_named(desk: Desk, services: doubles.Services) -> None:
    services.answers.answer = replace(doubles.ABSTAINED, unmentioned="Kowalski")
    desk.ask("When did the lease of Kowalski begin?")
    desk.see("None of the passages found mentions “Kowalski”.")


def test_regenerate_replaces_the_answer(desk: Desk, services: doubles.Services) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    services.answers.answer = doubles.ABSTAINED
    desk.click("Regenerate the answer")
    desk.see("Your documents do not say.")
    desk.until(lambda: not desk.window.chat.answering)
    assert len(desk.turns()) == 1
    chat = services.chats.chats()[0]
    assert [turn.answer for turn in services.chats.turns(chat.id)] == [doubles.ABSTAINED]
    assert services.answers.asked[1] == (QUESTION, ())


def test_copy_takes_the_sources_along(desk: Desk) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.click("Copy the answer")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("The notice period is **three months**")
    assert "[1] lease.pdf, page 2: “Either party" in copied


def test_a_dead_model_is_restarted_and_asked_again(desk: Desk, services: doubles.Services) -> None:
    services.answers.error = WorkerDied("The model stopped.", "Restart it and ask again.")
    desk.ask(QUESTION)
    desk.see("The model stopped.")
    desk.click("Restart the model and ask again")
    desk.wait_for_answer()
    assert services.restarts == 1
    assert "three months" in desk.screen()
    assert "The model stopped." not in desk.screen()


def test_a_failed_question_says_why_and_can_be_tried_again(
    desk: Desk, services: doubles.Services
) -> None:
    services.answers.error = InferenceFailed("The model failed.", "Try another model.")
    desk.ask(QUESTION)
    desk.see("The model failed.")
    assert "Try another model." in desk.screen()
    services.answers.error = None
    desk.click("Ask again")
    desk.wait_for_answer()
    assert len(desk.turns()) == 1


def test_a_model_that_dies_while_idle_is_told(desk: Desk, services: doubles.Services) -> None:
    assert services.died is not None
    services.died(WorkerDied("gone"))
    desk.see("The language model stopped.")


def test_chats_are_kept_and_their_citations_still_open(
    desk: Desk, services: doubles.Services
) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.click("New chat")
    desk.see("What would you like to know?")
    desk.until(lambda: desk.chat_titles() == [QUESTION])
    opened: list[object] = []
    desk.window.chat.source_opened.disconnect()
    desk.window.chat.source_opened.connect(lambda source, _all: opened.append(source))
    desk.click_chat(QUESTION)
    desk.wait_for_answer()
    QTest.mouseClick(desk.all(SourceCard)[0], Qt.MouseButton.LeftButton)
    assert opened == [doubles.LEASE]


def test_an_answer_goes_on_while_another_chat_is_open(
    desk: Desk, services: doubles.Services
) -> None:
    services.answers.gate = threading.Event()
    desk.ask(QUESTION)
    desk.see("Writing the answer…")
    desk.click("New chat")
    desk.see("What would you like to know?")
    assert desk.button("Send") is not None
    services.answers.gate.set()
    desk.click_chat(QUESTION)
    desk.wait_for_answer()
    assert "three months" in desk.screen()
    assert services.chats.turns(services.chats.chats()[0].id)[0].answer == doubles.ANSWER


def test_a_turn_without_an_answer_can_be_asked_again(
    desk: Desk, services: doubles.Services
) -> None:
    chat = services.chats.create("Left open")
    services.chats.add_turn(chat.id, QUESTION, None)
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Left open"])
    desk.click_chat("Left open")
    desk.see("This question was not answered.")
    desk.click("Ask again")
    desk.wait_for_answer()
    assert services.chats.turns(chat.id)[0].answer == doubles.ANSWER


# While documents are read


@pytest.mark.parametrize(
    ("progress", "paused", "words"),
    [
        (None, False, "Still reading your documents: answers may miss some of them."),
        (
            IndexProgress(12, 53, 1, 4),
            False,
            "Still reading your documents (12 of 53): answers may miss some of them.",
        ),
        (
            IndexProgress(12, 53, 1, 4),
            True,
            "Reading your documents is paused (12 of 53): answers may miss some of them.",
        ),
        (
            IndexProgress(0, 0, 0, 0, stage="finding"),
            False,
            "Still reading your documents: answers may miss some of them.",
        ),
        (
            IndexProgress(50, 53, 1, 4, stage="recognising"),
            False,
            "Still reading the pictures in your documents: answers may miss some.",
        ),
        (IndexProgress(53, 53, 1, 4, stage="finishing"), False, ""),
        (IndexProgress(0, 0, 0, 0, stage="removing"), False, ""),
    ],
)
def test_the_line_while_documents_are_read(
    progress: IndexProgress | None, paused: bool, words: str
) -> None:
    assert reading_line(progress, paused=paused) == words


def _failed(path: str, detail: str = "The file is damaged.") -> FileRecord:
    outcome, reason = FileOutcome.FAILED, FailureReason.BROKEN
    return FileRecord(path, DocumentKind.PDF, 9, 0, outcome, 0, 0.0, reason, detail)


def test_a_failed_file_is_told_unless_one_of_its_name_was_read() -> None:
    mention = FileMention("What do lease.pdf and plan.pdf say?")
    files = [
        doubles.record("/a/lease.pdf", DocumentKind.PDF),
        _failed("/b/lease.pdf"),
        _failed("/b/plan.pdf"),
        _failed("/b/other.pdf"),
    ]
    told = list(map(missing_words, failed_files(mention, files)))
    assert told == ["plan.pdf could not be read: The file is damaged."]


@pytest.mark.on_one_thread
def test_files_are_looked_for_on_the_disk_as_a_run_would(tmp_path: Path) -> None:
    for name in ("read.txt", "wait.txt", "left/wait.txt", "wait.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("words", encoding="utf-8")
    mention = FileMention("What do read.txt, wait.txt and wait.mp3 say?")
    root, known = str(tmp_path), [str(tmp_path / "read.txt")]
    rules = Rules(patterns=("left/",))
    told = list(map(missing_words, waiting_files(mention, known, [root], rules, [root])))
    assert told == ["wait.txt is still being read."]
    assert waiting_files(mention, known, [root], rules, [root], lambda: False) == []


def test_a_question_about_a_failed_file(desk: Desk, services: doubles.Services) -> None:
    services.library.records = (*doubles.FILES, _failed("/home/ada/Archive/plan.pdf"))
    desk.ask("What does plan.pdf say?")
    desk.wait_for_answer()
    desk.see("plan.pdf could not be read: The file is damaged.")
    services.library.records = doubles.FILES
    desk.click("Regenerate the answer")
    desk.until(lambda: "could not be read" not in desk.screen())
    desk.wait_for_answer()


def test_a_question_that_names_no_file_asks_the_library_nothing(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files() -> tuple[FileRecord, ...]:
        raise AssertionError

    monkeypatch.setattr(services.library, "files", files)
    desk.ask(QUESTION)
    desk.wait_for_answer()


@pytest.fixture
def reading_desk(
    qtbot: QtBot, qapp: QApplication, paths: Paths, services: doubles.Services
) -> Iterator[tuple[Desk, House]]:
    """A window over a real library, with answers that are played."""
    house = House(paths)
    real = replace(house.services, answers=services.answers, models=services.models)  # type: ignore[arg-type]
    theme, bridge = Theme(qapp, real.settings), Bridge()
    made = Desk(qtbot, real, bridge)
    yield made, house
    made.window.close()
    bridge.cancel()
    house.door.set()
    bridge.close()
    house.close()
    theme.deleteLater()


def test_asking_while_documents_are_read(reading_desk: tuple[Desk, House], tmp_path: Path) -> None:
    desk, house = reading_desk
    folder = tmp_path / "Papers"
    folder.mkdir()
    (folder / "first.txt").write_text("The rent is due on the third.", encoding="utf-8")
    library = desk.window.library_page
    library.add([folder])
    desk.until(lambda: not library.busy)
    desk.until(lambda: bool(desk.window.readiness.documents))
    calm = "Nothing leaves this computer."
    desk.see(calm)
    house.door.clear()
    for n in range(5):
        (folder / f"more_{n}.txt").write_text(f"Letter {n}.", encoding="utf-8")
    library.add([folder])
    desk.see("Still reading your documents (1 of 6): answers may miss some of them.")
    assert calm not in desk.screen()
    desk.ask("What do first.txt and more_3.txt say?")
    desk.wait_for_answer()
    desk.see("more_3.txt is still being read.")
    assert "first.txt is still" not in desk.screen()
    library.panel.pause_pressed.emit()
    desk.see("Reading your documents is paused")
    library.panel.pause_pressed.emit()
    desk.see("Still reading your documents")
    house.door.set()
    desk.see(calm, seconds=20)
    desk.click("Regenerate the answer")
    desk.until(lambda: "is still being read" not in desk.screen())


def test_a_look_for_news_that_finds_none_is_not_told(
    reading_desk: tuple[Desk, House], tmp_path: Path
) -> None:
    desk, house = reading_desk
    (tmp_path / "a.txt").write_text("The rent is due.", encoding="utf-8")
    house.services.library.add([tmp_path / "a.txt"])
    seen: list[str] = []
    library = desk.window.library_page
    hint = desk.window.chat.composer._hint
    library.runs.progressed.connect(lambda _progress: seen.append(hint.text()))
    library.start_rescan()
    desk.until(lambda: not library.busy)
    assert not [words for words in seen if "reading" in words]


def test_a_file_named_among_very_many_is_looked_for_beside_the_gui_thread(
    desk: Desk,
    services: doubles.Services,
    monkeypatch: pytest.MonkeyPatch,
    heartbeat: Heartbeat,
) -> None:
    looked: set[int] = set()
    records = tuple(_failed(f"/home/ada/{n % 100}/letter_{n}.pdf") for n in range(100_000))

    def files() -> tuple[FileRecord, ...]:
        looked.add(threading.get_ident())
        return records

    monkeypatch.setattr(services.library, "files", files)
    heartbeat.start()
    desk.ask("What does letter_77777.pdf say?")
    desk.wait_for_answer(20)
    desk.see("letter_77777.pdf could not be read", 20)
    heartbeat.stop()
    assert looked
    assert threading.get_ident() not in looked


def _long_chat(desk: Desk, services: doubles.Services, turns: int) -> Transcript:
    """Opens a kept chat, and waits until its end is there."""
    chat = services.chats.create("Long")
    for n in range(turns):
        services.chats.add_turn(chat.id, f"Question {n}", doubles.ANSWER)
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Long"])
    desk.click_chat("Long")
    desk.until(lambda: len(desk.turns()) == min(turns, 30))
    transcript = desk.window.chat.transcript
    assert transcript is not None
    bar = transcript.verticalScrollBar()
    desk.until(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    return transcript


def _top(widget: QWidget) -> int:
    """How far below the top of the window it is."""
    return widget.mapTo(widget.window(), QPoint()).y()


def test_a_long_chat_opens_in_small_steps(desk: Desk, services: doubles.Services) -> None:
    chat = services.chats.create("Long")
    for n in range(60):
        services.chats.add_turn(chat.id, f"Question {n}", doubles.ANSWER)
    desk.window._chats.refresh()
    desk.until(lambda: desk.chat_titles() == ["Long"])
    desk.click_chat("Long")
    desk.see("Show earlier questions")
    transcript = desk.window.chat.transcript
    assert transcript is not None
    assert [view.question for view in desk.turns()] == [f"Question {n}" for n in range(30, 60)]
    bar = transcript.verticalScrollBar()
    desk.until(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())


def test_earlier_questions_come_above_what_is_read(desk: Desk, services: doubles.Services) -> None:
    transcript = _long_chat(desk, services, 45)
    bar = transcript.verticalScrollBar()
    bar.setValue(0)
    first = desk.turns()[0]
    desk.until(lambda: _top(first) > 0)
    seen_at = _top(first)
    desk.click("Show earlier questions")
    desk.until(lambda: len(desk.turns()) == 45)
    desk.until(lambda: abs(_top(first) - seen_at) <= 2)
    desk.qtbot.wait(50)
    assert [view.question for view in desk.turns()] == [f"Question {n}" for n in range(45)]
    assert "Show earlier questions" not in desk.screen()
    assert abs(_top(first) - seen_at) <= 2
    assert bar.value() > 1000


def test_a_question_asked_before_a_chat_is_all_there(
    desk: Desk, services: doubles.Services
) -> None:
    _long_chat(desk, services, 45)
    desk.ask(QUESTION)
    desk.wait_for_answer()
    assert desk.turns()[-1].question == QUESTION
    asked, history = services.answers.asked[0]
    assert asked == QUESTION
    assert [turn.question for turn in history] == [f"Question {n}" for n in range(45)]


def test_shift_enter_begins_a_line(desk: Desk) -> None:
    field = desk.window.chat.composer.field
    field.setFocus()
    one_line = field.height()
    desk.type("first")
    desk.press(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    desk.type("second")
    assert field.toPlainText() == "first\nsecond"
    assert not desk.turns()
    desk.until(lambda: field.height() > one_line)


def test_an_empty_question_is_not_sent(desk: Desk) -> None:
    desk.ask("   ")
    assert not desk.turns()
    assert not desk.button("Send").isEnabled()


def test_a_huge_question_does_not_harm_the_window(desk: Desk, services: doubles.Services) -> None:
    desk.window.chat.composer.put("word " * 20_000)
    desk.click("Send")
    desk.wait_for_answer()
    assert services.answers.asked[0][0] == ("word " * 20_000).strip()
    assert desk.turns()[0].height() < 20_000


HOSTILE = """![x](http://evil.example/a.png) <img src="file://server/share/x.png">
[click](http://evil.example) <b>bold</b> <a href="cite:1">fake</a> [1] [7]

<script>alert(1)</script>

[ref]: http://evil.example
"""


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_markdown_of_any_origin_stays_text(colours: object) -> None:
    html = to_html(HOSTILE, {1}, DARK if colours is DARK else LIGHT)
    assert "<img" not in html
    assert "<script" not in html
    assert html.count("<a ") == 1
    assert 'href="cite:1"' in html
    assert "[7]" in html


def test_what_nothing_supports_is_marked_and_said(desk: Desk, services: doubles.Services) -> None:
    text = "Three months [1]. The moon is full [?]."
    services.answers.answer = replace(doubles.ANSWER, text=text)
    desk.ask(QUESTION)
    desk.wait_for_answer()
    assert "The moon is full [?]." in desk.screen()
    assert "No passage supports the sentences marked [?]." in desk.screen()
    html = to_html(text, {1}, LIGHT)
    assert LIGHT.warning_soft in html
    assert html.count("<a ") == 1
    assert LIGHT.warning_soft not in to_html(text, (), LIGHT)  # nobody has looked for support there


def test_an_answer_loads_nothing_and_opens_nothing(qtbot: QtBot) -> None:
    browser = AnswerSection()
    qtbot.addWidget(browser)
    browser.resize(400, 300)
    cited: list[int] = []
    browser.cited.connect(cited.append)
    browser.show_text(HOSTILE, {1})
    kind = QTextDocument.ResourceType.ImageResource.value
    load: Callable[[int, QUrl], object] = browser.loadResource
    assert load(kind, QUrl("file:///etc/hostname")) is None
    assert browser.document().resource(kind, QUrl("file:///etc/hostname")) is None
    assert not browser.openLinks()
    for link in ("http://evil.example", "file:///etc/passwd", "cite:x", "cite:"):
        browser.anchorClicked.emit(QUrl(link))
    assert cited == []
    browser.anchorClicked.emit(QUrl("cite:1"))
    assert cited == [1]
    assert "http://evil.example" in browser.toPlainText()


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold** and *soft*", "bold and soft"),
        ("- one\n- two", "one\ntwo"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a\nb\n1\n2"),
        ("`x[1]`", "x[1]"),
        ("5 < 6 & 7 &amp; 8", "5 < 6 & 7 &amp; 8"),
        ("The board measures 2*3*4 mm", "The board measures 2*3*4 mm"),
        (r"\\server\share\_a, C:\_data\*.txt", r"\\server\share\_a, C:\_data\*.txt"),
        ("Start __init__.py and _this_", "Start __init__.py and _this_"),
        (r"\(a^{*}b\), \[x*y*z\] and $a *b* c$", r"\(a^{*}b\), \[x*y*z\] and $a *b* c$"),
        ("Sum:\n\n\\[\n a\n + b\n- c\n\\]\nEnd", "Sum:\n\\[\na\n+ b\n- c\n\\]\nEnd"),
        ("# one line is no heading", "# one line is no heading"),
        ("# Heading\n\n- - one\n- 1. two", "Heading\n- one\n1. two"),
        ("**三个月**的通知期", "三个月的通知期"),
        ("/*c*/ (*) *.txt *.pdf a*(b)*c 5*", "/*c*/ (*) *.txt *.pdf a*(b)*c 5*"),
    ],
)
def test_what_markdown_looks_like(qtbot: QtBot, markdown: str, shown: str) -> None:
    browser = AnswerSection()
    qtbot.addWidget(browser)
    browser.show_text(markdown, ())
    lines = [line.strip("\ufdd0\ufdd1 ") for line in browser.toPlainText().splitlines()]
    assert "\n".join(line for line in lines if line) == shown


def test_signs_that_a_document_has_are_no_markup(qtbot: QtBot) -> None:
    browser = AnswerSection()
    qtbot.addWidget(browser)
    words = DocumentWords(["Prices*: *excluding tax, `raw` and **net**, as in [1]."])
    browser.show_text("*excluding tax, `raw`, **net** as in [1]. *So* it is `x`. [1]", {1}, words)
    shown = " ".join(browser.toPlainText().split())
    assert shown == "*excluding tax, `raw`, **net** as in [1]. So it is x. 1"


def test_cells_stand_at_the_side_that_is_said() -> None:
    html = to_html("| a | b | c |\n|---|--:|:-:|\n| 1 | 2 | 3 |", (), LIGHT)
    assert [part.split('"')[0] for part in html.split('align="')[1:]] == [
        *("left", "right", "center"),
        *("left", "right", "center"),
    ]


def test_cells_that_an_earlier_version_escaped_are_shown_as_the_document_has_them() -> None:
    kept = "| Path |\n| --- |\n| \\\\\\\\server\\\\share |\n| a\\\\\\\\b |"
    words = DocumentWords(["Path | \\\\server\\share", "Path | a\\\\\\\\b"])
    html = to_html(kept, (), LIGHT, words)
    assert ">\\\\server\\share<" in html
    assert ">a\\\\\\\\b<" in html


def test_an_error_leaves_nothing_of_what_was_written(
    desk: Desk, services: doubles.Services
) -> None:
    services.answers.gate = threading.Event()
    services.answers.error = InferenceFailed("The model stopped.", "Ask again.")
    desk.ask(QUESTION)
    desk.see("Source 1")
    assert "Found" not in desk.screen()
    services.answers.gate.set()
    desk.see("The model stopped.")
    assert "Source 1" not in desk.screen()
    assert "Reading" not in desk.screen()


def test_no_documents_yet(desk: Desk, services: doubles.Services) -> None:
    services.library.records = ()
    desk.window.readiness.refresh_documents()
    desk.see("Add your documents")
    assert "Nothing leaves this computer." in desk.screen()
    assert "Get a language model" not in desk.screen()
    assert "Add documents first, then ask about them." in desk.screen()
    assert not desk.window.chat.composer.field.isEnabled()


def test_getting_the_first_model(desk: Desk, services: doubles.Services) -> None:
    services.models.here = False
    desk.window.readiness.refresh_models()
    desk.see("Get the models first.")
    desk.click("Get them (2.2 GB)")
    desk.see("What would you like to know?")
    assert services.models.here
    assert desk.window.chat.composer.field.isEnabled()


def test_another_model_can_be_chosen_before_it_is_downloaded(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.models.here = False
    asked: list[str] = []
    fetch = services.models.fetch

    def noted(model_id: str, *rest: Any) -> Path:
        asked.append(model_id)
        return fetch(model_id, *rest)

    monkeypatch.setattr(services.models, "fetch", noted)
    desk.window.readiness.refresh_models()
    desk.see("Answers soonest, and misses more.")
    desk.see("Answers best of those that run well here.")
    quick = next(offer for offer in services.models.offers() if not offer.recommended)
    desk.click(f"Quick: {quick.entry.name}")
    desk.click("Get them (772 MB)")
    desk.see("What would you like to know?")
    assert asked == [services.models.catalog.embedder.id, quick.entry.id]


def test_another_model_that_came_instead_is_told(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.models.here = False
    fetch = services.models.fetch

    def no_hub(model_id: str, *rest: Any) -> Path:
        if model_id == services.models.recommended().id:
            raise SourcesFailed("Hugging Face: no network.")
        return fetch(model_id, *rest)

    monkeypatch.setattr(services.models, "fetch", no_hub)
    desk.window.readiness.refresh_models()
    desk.see("Get them (2.2 GB)")
    desk.click("Get them (2.2 GB)")
    desk.see("could not be had from Hugging Face. Qwen2.5 Coder 1.5B was installed instead")
    desk.see("A model made for code")


def test_a_download_that_is_cancelled_can_be_begun_again(
    desk: Desk, services: doubles.Services
) -> None:
    services.models.here = False
    services.models.pace = 0.2
    desk.window.readiness.refresh_models()
    desk.see("Get them (2.2 GB)")
    desk.click("Get them (2.2 GB)")
    desk.see("Cancel")
    desk.click("Cancel the download")
    desk.see("Resume the download")
    assert not services.models.here


def test_suggestions_name_the_person_s_files(desk: Desk) -> None:
    desk.see("What is the main point of lease.pdf?")
    desk.click("Ask: What is the main point of lease.pdf?")
    field = desk.window.chat.composer.field
    assert field.toPlainText() == "What is the main point of lease.pdf?"
    assert QApplication.focusWidget() is field


def test_suggestions_name_no_file_that_never_leaves(desk: Desk) -> None:
    desk.see("What is the main point of lease.pdf?")
    private = Collection(name="Lease", folders=("/home/ada/Archive/lease.pdf",), local_only=True)
    desk.services.settings.change(collections=(private,))
    desk.window.readiness.refresh_documents()
    desk.until(lambda: "lease.pdf?" not in desk.screen())
    desk.see("minutes.docx")


def test_answers_are_drawn_again_in_the_new_palette(desk: Desk) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    assert LIGHT.accent in desk.all(AnswerSection)[0].toHtml()
    desk.services.settings.change(theme="dark")
    desk.until(lambda: DARK.accent in desk.all(AnswerSection)[0].toHtml())


def test_an_answer_without_a_model_name_or_time(desk: Desk, services: doubles.Services) -> None:
    services.answers.answer = Answer("Yes.", (), False, (), "", Timings(), False, 2)
    desk.ask(QUESTION)
    desk.wait_for_answer()
    told = [widget.toolTip() for widget in desk.all(ElidedLabel)]
    assert "2 unfounded references removed" in told
    assert "unfounded" not in desk.screen()
