"""A walk through everything that the window can show, with real services behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.escalation.service import EscalationService
from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.record import Begun, Entry, RecordContents
from app.privacy.escape_probes import ProbeResult
from app.privacy.selftest import ProcessReport, SelfTestReport
from app.secrets import FakeSecrets
from app.settings.fields import Collection
from app.specialists.definition import write_specialist
from app.specialists.records import Alternative, Cell, Quote
from app.specialists.runs import RunProgress
from app.updates.manifest import Manifest
from app.user_messages import UserMessage
from rag.formats import DocumentKind
from rag.indexing.report import IndexProgress, LeftOut
from rag.indexing.rules import FollowedLink
from rag.types import Citation, Locator
from tests.escalations import nowhere_else
from tests.ui import doubles, outside, papers
from tests.ui.computers import COMPUTER
from tests.ui.desk import Desk
from tests.ui.fitting import settle
from tests.ui.house import House
from tests.update_news import manifest
from ui.bridge import Bridge
from ui.confirm import confirm
from ui.dialogs import show_about, show_help
from ui.library.links_out import LinksDialog
from ui.library.remedies import PasswordDialog
from ui.links import OpenDialog
from ui.messages import Notice, Tone
from ui.privacy.record import PayloadDialog
from ui.tables.learned import LearnedDialog
from ui.tables.new_table import NewTableDialog
from ui.tables.specialist_dialog import SpecialistDialog
from ui.tables.specialists_control import ImportDialog

Stop = tuple[str, QWidget]
_LONG = "minutes of the extraordinary meeting of the owners of 4 March 2025, second draft.md"
_WORDY = UserMessage(
    "The language model stopped unexpectedly while it was writing the answer to this question.",
    "Ask again; if it happens once more, choose a smaller model under Settings, Language model.",
)


class Tour:
    """Goes from stop to stop; at each the window, or a dialog over it, shows something else.

    Args:
        qtbot: drives the window.
        paths: an empty data folder.
        home: an empty folder for the documents.
    """

    def __init__(self, qtbot: QtBot, paths: Paths, home: Path) -> None:
        self._home = home
        self._house = House(paths)
        secrets = FakeSecrets()
        secrets.set(outside.HOST, "sk-canary")
        services = self._house.services
        self.gate = FakeGate()
        self.services = replace(
            services,
            answers=doubles.Answers(),  # type: ignore[arg-type]
            models=_Models(services.models),  # type: ignore[arg-type]
            escalation=EscalationService(
                services.settings, services.chats, secrets, self.gate, nowhere_else
            ),
        )
        self._bridge = Bridge()
        self.desk = Desk(qtbot, self.services, self._bridge)
        self.window = self.desk.window
        self.desk.until(lambda: self.window.readiness.documents is not None)
        self.desk.until(lambda: self.window.readiness.model is not None)

    def close(self) -> None:
        """Ends everything."""
        self.window.close()
        self._bridge.cancel()
        self._bridge.close()
        self._house.close()

    def begin(self) -> Iterator[Stop]:
        """What a newcomer sees: nothing is here yet."""
        window = self.window
        window.show_page("chat")
        yield "first start", window
        window.chat.set_up.view.show_fetch(512_000_000, 1_117_000_000)
        yield "first start, model on its way", window
        window.chat.set_up.view.end_fetch()
        window.show_page("library")
        self.desk.see("Add the documents you want to ask")
        yield "empty library", window

    def furnish(self) -> None:
        """Adds documents, a chat with answers of every kind, collections and providers."""
        self.documents()
        models = self.services.models
        models.here = True  # type: ignore[attr-defined]
        self.services.settings.change(
            cloud_enabled=True,
            cloud_providers=[outside.PROVIDER.model_dump(), outside.OWN.model_dump()],
            collections=[
                Collection(name=name, folders=(str(self._home),)).model_dump()
                for name in ("House", "Everything about the tenancy and the deposit")
            ],
        )
        self.window.readiness.refresh()
        self.desk.until(lambda: self.window.readiness.current.ready)
        self.desk.until(lambda: bool(self.window.readiness.documents))

    def documents(self) -> None:
        home = self._home
        papers.household(home / "Household")
        papers.lease(home / "lease.pdf")
        papers.minutes(home / _LONG)
        self.services.library.add([home / "Household", home / "lease.pdf", home / _LONG])

    # The conversation

    def chat(self) -> Iterator[Stop]:
        window, answers = self.window, self.services.answers
        window.show_page("chat")
        window.chat.new_chat()
        self.desk.see("What would you like to know?")
        yield "new chat", window
        window.chat.show_first_steps()
        yield "first steps, all done", window
        window.chat.new_chat()
        answers.answer = self._answer()  # type: ignore[attr-defined]
        self.desk.ask("What is the notice period in my lease, and when is the rent due?")
        self.desk.wait_for_answer()
        yield "answer", window
        answers.answer = doubles.ABSTAINED  # type: ignore[attr-defined]
        self.desk.ask("Who pays for taxis?")
        self.desk.wait_for_answer()
        yield "abstention", window
        self.desk.ask("And then?")
        self.desk.wait_for_answer()
        self.desk.turns()[-1].fail(_WORDY)
        self.desk.turns()[-1].fail(_WORDY, restartable=True)
        self.desk.turns()[-1].show_unanswered()
        self.desk.turns()[-1].tell_missing(["lease.pdf is being read and in no answer yet."])
        yield "failures", window
        window.chat.composer.set_remark("3 of 12 files are read: answers come from these only.")
        window.chat.composer.put("A longer question\nof several\nlines")
        yield "a long question", window
        window.chat.composer.field.clear()
        window.chat.composer.set_remark("")

    def reader(self) -> Iterator[Stop]:
        window, lease = self.window, self._home / "lease.pdf"
        window.show_page("chat")
        sources = [
            Citation(n, str(lease), "Lease", DocumentKind.PDF, Locator(0, 9, 3), papers.DEPOSIT, "")
            for n in range(1, 5)
        ]
        window.open_source(sources[0], sources)
        self.desk.see("3 of 5")
        yield "reader with a source", window
        window.open_document(str(self._home / _LONG))
        self.desk.until(lambda: window.reader.text_view.isVisible())
        yield "reader with a text", window
        window.open_document(str(self._home / "gone.pdf"))
        self.desk.see("Try again")
        yield "reader with an error", window
        window.show_page("library")
        yield "library beside the reader", window
        window._close_side()

    # The library

    def library(self) -> Iterator[Stop]:
        window = self.window
        window.show_page("library")
        page = window.library_page
        page.refresh()
        self.desk.until(lambda: page.content.model.total == 6 and not page.loading)
        yield "library", window
        page.content.show_links(3, 2)
        page.content.table.selectRow(self._failed_row())
        self.desk.until(page.content.details.isVisible)
        yield "library with details", window
        page.panel.start("reading")
        page.panel.show_progress(
            IndexProgress(1234, 5678, 17, 99_321, str(self._home / _LONG), 4000.0)
        )
        yield "library while it is read", window
        page.panel.show_outcome(None, quiet=False)
        yield "library after it was stopped", window
        page.panel.hide()
        page.content.show_links(0, 0)
        self._bridge.messages.post(
            Notice(_WORDY.message, _WORDY.advice, Tone.ERROR, "Undo", print, lasting=True)
        )
        yield "a message", window
        window.message_bar.dismiss()

    def _failed_row(self) -> int:
        model = self.window.library_page.content.model
        rows = [model.row_at(model.index(n, 0)) for n in range(model.rowCount())]
        return next(n for n, row in enumerate(rows) if row is not None and row.failed)

    # The tables

    def tables(self) -> Iterator[Stop]:
        window, store = self.window, self.services.specialists.store
        window.show_page("tables")
        self.desk.see("There is no table yet.")
        yield "no table", window
        page = window.tables_page
        lease = self.services.specialists.kept.find("Lease")
        table = store.make_table(_LONG, "Lease", write_specialist(lease), [str(self._home)])
        quote = Quote(3, 0, len(papers.DEPOSIT), papers.DEPOSIT)
        other = (Alternative("EUR 900.00", (quote,)),)
        row = store.add_row(table.id, str(self._home / _LONG), "x")
        names = [column.name for column in lease.columns]
        store.fill(row, names[0], Cell("Margaret Olsen", "found", "high", "rule", (quote,)))
        store.fill(row, names[1], Cell("EUR 1.00", "disagree", "check", "model", (quote,), other))
        store.fill(row, names[2], Cell("", "absent", "high", "search"))
        store.set_row(row, "done")
        page.refresh()
        self.desk.until(lambda: page.overview.tables.count() == 1)
        page.open_table(_LONG)
        self.desk.until(page.table.isVisible)
        page.panel.start()
        page.panel.show_progress(RunProgress(12, 40, str(self._home / _LONG), 260.0))
        page.table.cells.go_to((row, 2))
        yield "a table while it is filled", window
        page.panel.hide()
        yield "a table", window

    def _table_dialogs(self) -> Iterator[Stop]:
        window, specialists = self.window, self.services.specialists
        lease = specialists.kept.find("Lease")
        dialogs: dict[str, QDialog] = {
            "new table": NewTableDialog(window, specialists.kept.all(), (), (), "Lease"),
            "specialist": SpecialistDialog(window, lease, template=True),
            "import": ImportDialog(window, lease),
            "learned": LearnedDialog(window, specialists, self._bridge, "Lease"),
        }
        for name, dialog in dialogs.items():
            dialog.open()
            yield name, dialog

    # The other pages

    def pages(self) -> Iterator[Stop]:
        window = self.window
        window.show_page("privacy")
        settle()
        page = window.privacy_page
        tries = (ProbeResult("Python: connect to this computer", True, False, "NetworkRefused"),)
        reports = (ProcessReport("window", tries), ProcessReport("infer", tries))
        page.check._show(SelfTestReport(reports, True, 0, True, 1.2))
        begun = Begun("2026-03-01T10:00:00Z", "1", "escalate", "llm.example.org", 812, "ab" * 32)
        page.record.show_contents(RecordContents((Entry(begun, "done", 200, 4000),) * 3, ()))
        yield "privacy", window
        window.show_page("computer")
        window.computer_page._show(COMPUTER)
        yield "this computer", window
        window.show_page("settings")
        self.desk.until(lambda: window.settings_page.cloud is not None)
        settings = window.settings_page
        library = settings.library
        assert library is not None
        library.look()
        self.desk.until(library._look.isEnabled)
        settings._say_saved()
        yield "settings", window

    def pages_to_tab(self) -> Iterator[Stop]:
        """Everything once, in a window that is wide enough for all of it."""
        self.furnish()
        for part in (
            self.chat,
            self.reader,
            self.library,
            self.tables,
            self.pages,
            self.dialogs,
            self.sheet,
        ):
            yield from part()

    # Dialogs

    def dialogs(self) -> Iterator[Stop]:
        window = self.window
        window.show_page("chat")
        yield "help", show_help(window)
        yield "about", show_about(window)
        yield "no place for new versions", window._updates.show()
        news = msgspec.json.decode(manifest(news=[_WORDY.words] * 6), type=Manifest)
        yield "a new version", window._updates.show(news)
        window.chat.scope.manage()
        yield "collections", self._dialog()
        window.show_page("settings")
        self.desk.until(lambda: window.settings_page.cloud is not None)
        assert window.settings_page.cloud is not None
        window.settings_page.cloud.add_provider()
        provider = self._dialog()
        provider._on_save()  # type: ignore[attr-defined]
        yield "provider", provider
        lease = str(self._home / "lease.pdf")
        for name, dialog in (
            ("password", PasswordDialog(window, _LONG, print)),
            ("open", OpenDialog(window, lease, print)),
            ("links", LinksDialog(window, [LeftOut(lease, "link", "/srv/leases")] * 3, 9,
                                  [FollowedLink("/home/ada/x", "/srv/y")], print)),
            ("what was sent", PayloadDialog(window, "{}\n" * 100)),
        ):  # fmt: skip
            dialog.open()
            yield name, dialog
        yield from self._table_dialogs()
        yield "question", confirm(
            window, f"Remove “{_LONG}” from the library?", "The documents stay on the disk as they "
            "are. Studiolo only forgets what it has read in them.", do="Remove", keep="Keep",
            on_yes=print,
        )  # fmt: skip

    def sheet(self) -> Iterator[Stop]:
        window = self.window
        window.show_page("chat")
        window.chat.new_chat()
        self.services.answers.answer = outside.ANSWER  # type: ignore[attr-defined]
        self.desk.ask(outside.QUESTION)
        self.desk.wait_for_answer()
        sheet = outside.open_sheet(self.desk)
        for row in sheet.choices.rows[:1]:
            QTest.mouseClick(row.box, Qt.MouseButton.LeftButton)
        outside.ready(self.desk, sheet)
        yield "sheet", sheet

    def _dialog(self) -> QDialog:
        self.desk.until(lambda: isinstance(QApplication.activeWindow(), QDialog))
        dialog = QApplication.activeWindow()
        assert isinstance(dialog, QDialog)
        return dialog

    def _answer(self) -> object:
        return replace(doubles.ANSWER, text=doubles.ANSWER.text + "\n\nThree months [1].")


class _Models:
    """The real models, of which a test says whether one is here."""

    def __init__(self, models: object) -> None:
        self._models = models
        self.here = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._models, name)

    def embedder_folder(self) -> Path:
        return Path()

    def resolve(self, model_id: str = "") -> object:
        return doubles.Models(here=self.here).resolve(model_id)
