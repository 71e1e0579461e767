"""What cannot be seen is shown, in every widget that shows words of other origin."""

from __future__ import annotations

import ast
import unicodedata
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.chats.store import ChatSummary
from app.escalation.draft import new_draft, tick
from app.escalation.payload import build
from app.escalation.review import review
from rag.formats import DocumentKind
from rag.store.files import FileOutcome, FileRecord
from rag.text.plain import UNSEEN, visible
from rag.types import Citation, Locator
from tests.escalations import TEAM, hit, turn
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.witness import Witness
from ui import text
from ui.chat.answer_text import AnswerSection
from ui.chat.source_card import SourceCard
from ui.chat.still_reading import Missing, MissingFile
from ui.choices import CheckBox, RadioButton
from ui.confirm import confirm
from ui.elided import ElidedLabel
from ui.escalation.choices import Choices
from ui.escalation.marked_text import MarkedText
from ui.escalation.payload_view import PayloadView
from ui.escalation.question import QuestionPart
from ui.inert import plain as for_tooltip
from ui.legible import legible, named, runs_left, spelled_out
from ui.library.details import FileDetails
from ui.library.files_model import FilesModel
from ui.library.places import PlacesList
from ui.library.rows import FileColumn, make_rows
from ui.links import OpenDialog
from ui.message_bar import MessageBar
from ui.messages import Notice
from ui.navigation import ChatList
from ui.reader.toolbar import ReaderToolbar
from ui.theme.widgets import button, icon_button, label

ALL = [chr(code) for code in range(0x110000)]
UNSEEN_ONES = [one for one in ALL if UNSEEN.match(one) and unicodedata.category(one) != "Co"]
UNSEEN_ONES += list("\ue000\uf8ff\U000f0000\U0010fffd")
# One of each property.
CLASSES = {
    "bidi control": "\u202e",
    "isolate": "\u2068",
    "format": "\u200b",
    "joiner": "\u200d",
    "selector": "\ufe0f",
    "tag": "\U000e0041",
    "Hangul filler": "\u3164",
    "soft hyphen": "\u00ad",
    "Mongolian selector": "\u180b",
    "Khmer vowel": "\u17b4",
    "annotation": "\ufff9",
    "musical": "\U0001d173",
    "C0": "\x1b",
    "delete": "\x7f",
    "C1": "\x9b",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "private": "\ue000",
    "noncharacter": "\ufdd0",
    "surrogate": "\ud800",
    "reserved": "\ufff0",
    "Braille blank": "\u2800",
}
HEBREW = "\u05e9\u05dc\u05d5\u05dd"


def code(one: str) -> str:
    return f"⟨U+{ord(one):04X}⟩"


def seen(words: str) -> bool:
    """Without the places where a path may wrap, and isolates that the window put there."""
    return UNSEEN.search(words.replace("\u200b", "")) is None


# Every character


def test_no_widget_for_words_leaves_one_unseen(qtbot: QtBot) -> None:
    widgets = (label(), button(""), CheckBox(), RadioButton(), ElidedLabel())
    for widget in widgets:
        qtbot.addWidget(widget)
    for one in UNSEEN_ONES:
        for widget in widgets:
            if isinstance(widget, ElidedLabel):
                widget.show_words(f"a{one}b")
                assert widget.whole == f"a{code(one)}b"
            else:
                widget.setText(f"a{one}b")
                assert widget.text() == f"a{code(one)}b"
        assert code(one) in for_tooltip(f"a{one}b")


def test_no_text_of_an_answer_or_of_the_sheet_leaves_one_unseen(qtbot: QtBot) -> None:
    every = "".join(f"a{one}" for one in UNSEEN_ONES if one != "\r")
    answer, marked, question = AnswerSection(), MarkedText("What"), QuestionPart()
    for widget in (answer, marked, question):
        qtbot.addWidget(widget)
    answer.show_text(f"a{every}b", ())
    marked.show_plain(every)
    question.show_question(every)
    for shown in (answer.toPlainText(), marked.toPlainText()):
        assert seen(shown)
        assert all(code(one) in shown for one in "\u202e\u3164\u2800\x1b\x9b\ue000\ufff9")
    assert seen(question.field.toPlainText())
    assert question.field.toPlainText().replace("\n", "").strip("a") == ""


def test_the_exact_text_that_is_sent_leaves_none_unseen(qtbot: QtBot) -> None:
    inside = "".join(one for one in UNSEEN_ONES if not one.isspace() and one < "\ud800")
    provider = TEAM.model_copy(update={"model": "b\u202eig\u200b"})
    draft = tick(new_draft(turn(hit("a", text=f"no{inside}tice")), [], provider), "a")
    view = PayloadView()
    qtbot.addWidget(view)
    view.show_payload(build(draft, review(draft)))
    assert seen(view.text)
    assert "notice" in view.text
    assert "b⟨U+202E⟩ig" in view.text


@pytest.mark.parametrize("kind", CLASSES)
def test_what_is_shown_has_a_width(qtbot: QtBot, kind: str) -> None:
    shown = label(f"a{CLASSES[kind]}b")
    qtbot.addWidget(shown)
    metrics = QFontMetricsF(shown.font())
    assert code(CLASSES[kind]) in shown.text()
    assert metrics.horizontalAdvance(shown.text()) > metrics.horizontalAdvance("ab") + 8
    assert shown.sizeHint().width() >= int(metrics.horizontalAdvance("aU+b"))


def test_what_is_left_alone_has_a_width(qtbot: QtBot) -> None:
    """Spaces, marks that are drawn around a number, and letters that are not assigned yet."""
    shown = label()
    qtbot.addWidget(shown)
    metrics = QFontMetricsF(shown.font())
    ones = [one for one in ALL if unicodedata.category(one) == "Zs"]
    ones += [one for one in ALL if unicodedata.category(one) == "Cf" and not UNSEEN.match(one)]
    ones += ["\u0378", "\U000323b0"]
    for one in ones:
        shown.setText(f"a{one}b")
        assert shown.text() == f"a{one}b"
        assert metrics.horizontalAdvance(shown.text()) > metrics.horizontalAdvance("ab"), one


def test_an_ampersand_in_words_is_one_and_no_key(qtbot: QtBot) -> None:
    for widget in (button("R&D && more"), CheckBox("R&D && more"), RadioButton()):
        qtbot.addWidget(widget)
        widget.setText("R&D && more & so on")
        assert widget.text() == "R&D && more & so on"
        assert widget.shortcut().isEmpty()
        assert QAbstractButton.text(widget) == "R&&D &&&& more && so on"


# Each place where a name is shown

NAMES = [f"invoice{one}fdp.exe" for kind, one in CLASSES.items() if kind != "surrogate"]
NAMES += ["invoice\nfdp.exe", "invoice\tfdp.exe"]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(900, 400)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_seen_wherever_it_is_shown(window: QWidget, name: str) -> None:
    path, wanted = f"/home/me/docs/{name}", visible(name)
    record = FileRecord(path, DocumentKind.PDF, 9, 0, FileOutcome.INDEXED, 3, 0.0)
    model = FilesModel(window)
    model.set_rows(make_rows([record], ["/home/me/docs"]))
    cell = model.index(0, FileColumn.NAME)
    assert model.data(cell) == wanted
    assert wanted in model.data(cell, Qt.ItemDataRole.ToolTipRole)

    places = PlacesList()
    places.show_roots([path], {}, 1)
    assert places.item(1).text() == wanted
    assert wanted in places.item(1).toolTip()

    citation = Citation(1, path, "T", DocumentKind.PDF, Locator(0, 9, page=2), f"q{name}", "c")
    card = SourceCard(citation, lambda _source: None)
    assert wanted in card.toolTip()
    assert wanted in card.accessibleName()
    assert wanted in [shown.whole for shown in card.findChildren(ElidedLabel)]

    head = ReaderToolbar()
    head.show_document(path, name, DocumentKind.PDF, "page 2")
    assert wanted in head.accessibleName()
    assert seen(head._title.text())

    details = FileDetails()
    failed = FileRecord(path, None, 9, 0, FileOutcome.FAILED, 0, 0.0, None, f"{name} is damaged.")
    details.show_row(make_rows([failed], []).by_column[0][0])
    assert wanted in details._title.whole
    assert seen(details._detail.text())

    chats = ChatList()
    chats.show_chats([ChatSummary(1, name, 0.0, 0, "")], None)
    titles = [chats.item(row).text() for row in range(chats.count())]
    assert wanted in titles

    assert wanted in text.where(citation)
    assert wanted in text.from_home(path)
    assert wanted in text.listed([name])
    assert wanted in MissingFile(path, Missing.WAITING).words


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_seen_in_messages_and_questions(window: QWidget, name: str) -> None:
    bar = MessageBar(window)
    bar.post(Notice(f"{name} was not added."))
    assert bar.words == f"{visible(name)} was not added."
    box = confirm(
        window,
        f"Remove “{text.shown_name(name)}”?",
        name,
        do="Remove",
        keep="Keep",
        on_yes=lambda: None,
    )
    assert box.text() == f"Remove “{visible(name)}”?"
    assert seen(box.informativeText())
    box.close()
    icon = icon_button("close", name)
    assert seen(icon.toolTip())
    assert seen(icon.accessibleName())


@pytest.mark.parametrize("name", NAMES)
def test_a_title_is_seen_in_the_sheet(qtbot: QtBot, name: str) -> None:
    choices = Choices()
    qtbot.addWidget(choices)
    passage = hit("a", text=f"The {name}")
    draft = new_draft(turn(passage), [], TEAM)
    choices.show_draft(draft)
    choices.show_state(draft, review(draft))
    qtbot.waitUntil(lambda: choices.settled and bool(choices.rows))
    (row,) = choices.rows
    for shown in row.texts.values():
        assert seen(shown.toPlainText())
    assert seen(row.box.text())
    assert seen(row._beginning._words)


def test_a_dialog_shows_the_full_target(qtbot: QtBot, window: QWidget, tmp_path: Path) -> None:
    with Witness(tmp_path) as witness:
        for number, name in enumerate(
            ("invoice\u202efdp.exe", "a\u3164b\u2068c.pdf", "a\x1b[2J\nb.pdf", f"{HEBREW}.pdf")
        ):
            file = tmp_path / name
            file.write_bytes(b"%PDF")
            dialog = OpenDialog(window, str(file), lambda: None)
            dialog.open()
            qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
            words = [shown.text() for shown in dialog.findChildren(QLabel)]
            path = next(one for one in words if ".pdf" in one or ".exe" in one)
            bare = path.translate(dict.fromkeys(map(ord, "\u200b\u2066\u2068\u2069")))
            assert bare == visible(str(file))
            assert visible(str(file)) in dialog.accessibleName()
            told = any("are invisible" in one for one in words)
            assert told is (visible(name) != name)
            opens = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Open")
            QTest.mouseClick(opens, Qt.MouseButton.LeftButton)
            assert witness.handed_over[number].toLocalFile() == str(file)


# Letters that run to the left


def test_every_letter_that_runs_left_is_known() -> None:
    left = [one for one in ALL if unicodedata.bidirectional(one) in {"R", "AL", "AN"}]
    assert [one for one in left if not runs_left(one) and one != "\u200f"] == []
    assert not any(map(runs_left, "Müller 写真 12 – \u0416"))


def test_a_name_that_runs_left_keeps_to_itself() -> None:
    name = f"{HEBREW}.pdf"
    assert named(name) == f"\u2068{name}\u2069"
    assert legible(f"Remove “{named(name)}”?") == f"Remove “{named(name)}”?"
    assert named("lease.pdf") == "lease.pdf"
    path = spelled_out(f"/home/{HEBREW}/a\u202eb.pdf")
    assert path == f"\u2066/home/\u2068{HEBREW}\u2069/a⟨U+202E⟩b.pdf\u2069"
    assert spelled_out("/home/me/a.pdf") == "/home/me/a.pdf"


@pytest.mark.parametrize(
    "words",
    ["\u2068abc\u2069", f"\u2068{HEBREW}", f"{HEBREW}\u2069", f"\u2068{HEBREW}\u202e\u2069"],
)
def test_isolates_that_do_anything_else_are_shown(words: str) -> None:
    assert seen(legible(words))
    assert seen(named(words).removeprefix("\u2068").removesuffix("\u2069"))


def test_a_sentence_with_such_a_name_reads_in_order(desk: Desk, services: doubles.Services) -> None:
    name = f"{HEBREW} 12.pdf"
    desk.window.message_bar.post(Notice(f"{named(name)} was added."))
    assert desk.window.message_bar.words == f"\u2068{name}\u2069 was added."


def test_words_come_onto_the_screen_by_way_of_few_widgets() -> None:
    bare = {"QLabel", "QPushButton", "QCheckBox", "QRadioButton"}
    for file in (Path(__file__).parents[2] / "ui").rglob("*.py"):
        calls = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)]
        made = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        assert made & bare == set(), file
