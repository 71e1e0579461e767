"""Takes the pictures in docs/screenshots from the real window, with the real model.

    python -m bench.screenshots [--into FOLDER] [--model ID] [--quick]

It wants a screen of 1400 × 1000 or more; that of Qt's offscreen platform is smaller, Xvfb has one.
The library is examples/; the answers are what the model writes. Nothing is sent: who is asked
outside, and the reply from there, are made up. `--quick` takes only the pictures of what is asked
outside, of the settings and of the privacy page; the answer in them is made up as well.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.escalation.payload import Payload
from app.events import Answer, Timings
from app.paths import Paths
from app.privacy.egress.client import Launcher
from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.record import Begun, Over, now
from app.privacy.egress.tickets import Connected, EgressEvent, ResponseData, ResponseEnded, Status
from app.privacy.seal import seal
from app.secrets import FakeSecrets
from app.services import Services, build_services
from app.settings.fields import CloudProvider, Collection, ProviderKind, ThemeChoice
from app.specialists.runs import TableRuns
from rag.types import Citation
from ui.application import make_application
from ui.bridge import Bridge
from ui.chat.composer import QuestionField
from ui.escalation.sheet import EscalationSheet
from ui.main_window import MainWindow
from ui.theme.theme import Theme

_ROOT = Path(__file__).parents[1]
_SIZE = QSize(1280, 800)
_QUESTIONS = (
    "How many months' notice must I give to end the lease?",
    "Who won the cup final?",
    "What does E18 on the washing machine mean?",
)


_PROVIDER = CloudProvider(
    name="Anthropic",
    kind=ProviderKind.ANTHROPIC,
    base_url="https://api.anthropic.com",
    model="claude-sonnet-5",
)
_TABLE = "Invoices of 2024"
_QUOTE = "The tenants may end this lease at any time by giving three months' notice"
_ANSWER = "Three months, to the end of a calendar month, in writing [1]."
_MORE = "Please draft the letter to Mrs Margaret Olsen, margaret.olsen@example.org."
_REPLY = """\
You must give **three months' notice**, in writing, and it takes effect at the end of a month.

- Count from the day on which the landlord has your letter, not from the day you write it.
- Keep a proof that it arrived. Where the lease says *in writing*, an e-mail may not be enough.

Whether a shorter period applies to you is not in the excerpt; that is general knowledge."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes all pictures. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.screenshots", description=__doc__)
    parser.add_argument("--into", type=Path, default=_ROOT / "docs" / "screenshots")
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    options.into.mkdir(parents=True, exist_ok=True)
    models = Paths.resolve().models
    launcher = Launcher()
    launcher.start()
    seal()  # as the program itself, so that its check finds what a person's would
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(_ROOT / "examples", home / "Documents")
        shutil.copytree(_ROOT / "examples-tables", home / "Documents" / "tables")
        os.environ["HOME"] = str(home)  # pictures show ~/Documents, whoever takes them
        app = make_application()
        services = build_services(
            Paths(Path(folder) / "data", models),
            options.model,
            launcher=launcher,
            gate=FakeGate([_reply()]),
            secrets=FakeSecrets(),
        )
        bridge = Bridge()
        theme = Theme(app, services.settings)
        services.settings.change(theme=ThemeChoice.LIGHT)
        window = MainWindow(services, bridge)
        window.resize(_SIZE)
        window.show()
        try:
            session = _Session(app, services, window, home / "Documents", options.into)
            session.run_quickly() if options.quick else session.run()
        finally:
            window.quit()
            bridge.cancel()
            services.close()
            bridge.close()
            theme.deleteLater()
    return 0


def _reply() -> tuple[EgressEvent, ...]:
    """Makes the events of a provider's reply."""
    reply = (
        {"type": "message_start", "message": {"usage": {"input_tokens": 371}}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": _REPLY}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 124},
        },
        {"type": "message_stop"},
    )
    blocks = [ResponseData(f"data: {json.dumps(event)}\n\n".encode()) for event in reply]
    return (
        Connected(_PROVIDER.host),
        Status(200, "", "text/event-stream"),
        *blocks,
        ResponseEnded(sum(len(block.data) for block in blocks)),
    )


class _Session:
    """One sitting at the window, with a picture now and then."""

    def __init__(
        self,
        app: QApplication,
        services: Services,
        window: MainWindow,
        documents: Path,
        into: Path,
    ) -> None:
        self._app = app
        self._services = services
        self._window = window
        self._documents = documents
        self._into = into

    def run(self) -> None:
        """Goes from the first start to an answer with its page open."""
        window = self._window
        self._services.warm()
        self._wait(2)
        self._picture("empty-light")
        window.show_page("library")
        self._wait(1)
        self._picture("library-empty-light")
        window.library_page.add([self._documents / "home", self._documents / "office"])
        self._until(lambda: window.library_page.busy)
        self._wait(2.5)
        self._picture("indexing-light")
        self._until(lambda: not window.library_page.busy)
        self._wait(1)
        self._picture("library-light")
        window.show_page("chat")
        lease, cup, machine = _QUESTIONS
        self._ask(machine, streaming="streaming-light")
        window.chat.new_chat()
        self._ask(cup)
        self._picture("abstention-light")
        window.chat.new_chat()
        self._ask(lease)
        self._open_first_source()
        self._picture("answer-light")
        self._services.settings.change(theme=ThemeChoice.DARK)
        self._wait(1.5)
        self._picture("answer-dark")
        self._ask_outside()
        window.show_page("library")
        self._wait(1)
        self._picture("library-dark")
        self._settings()
        self._table()
        self._check()

    def run_quickly(self) -> None:
        """Shows what needs no language model, over a made-up answer."""
        services, window = self._services, self._window
        services.library.add([self._documents / "home", self._documents / "office"])
        question = _QUESTIONS[0]
        hits = services.library.search(question, 4)
        first = hits[0]
        begin = first.text.find(_QUOTE)
        assert begin >= 0, "the library has changed"
        place = replace(first.locator, start=begin, end=begin + len(_QUOTE))
        cited = Citation(1, first.path, first.title, first.kind, place, _QUOTE, first.chunk_id)
        answer = Answer(_ANSWER, (cited,), False, tuple(hits), "", Timings())
        chat = services.chats.create(question)
        services.chats.add_turn(chat.id, question, answer)
        services.settings.change(theme=ThemeChoice.DARK)
        window.readiness.refresh()
        window.chat.chat_used.emit(chat.id)  # so that the list of chats has it
        window.chat.open_chat(services.chats.chats()[0])
        self._wait(2)
        self._ask_outside()
        self._settings()
        self._table()
        self._check()

    def _table(self) -> None:
        """Takes a table of invoices, light and dark, and this computer. The window stays light."""
        window, settings = self._window, self._services.settings
        table = TableRuns(self._services.specialists).run(
            "Invoice or receipt", [self._documents / "tables" / "invoices"], _TABLE
        )
        assert table.filled, "no invoice was read"
        window.show_page("tables")
        window.tables_page.open_table(_TABLE)
        self._wait(3)
        for theme in (ThemeChoice.DARK, ThemeChoice.LIGHT):
            settings.change(theme=theme)
            self._wait(1.5)
            self._picture(f"table-{theme.value}")
        window.show_page("computer")
        self._until(window.computer_page.copy.isEnabled)
        self._wait(0.5)
        self._picture("computer-light")

    def _settings(self) -> None:
        """Takes the settings. The window is dark before, and light after."""
        window = self._window
        window.show_page("settings")
        self._wait(3)  # it is built in several turns, and looks at the models
        self._picture("settings-dark")
        self._services.settings.change(theme=ThemeChoice.LIGHT)
        self._wait(1)
        self._picture("settings-light")
        window.settings_page.show_cloud()
        self._wait(1)
        self._picture("cloud-light")

    def _ask_outside(self) -> None:
        """Takes the sheet, dark and light, and the reply. The window stays dark."""
        window, settings = self._window, self._services.settings
        office = str(self._documents / "office")
        private = Collection(name="Office", folders=(office,), local_only=True)
        settings.change(
            cloud_enabled=True,
            cloud_providers=[_PROVIDER.model_dump()],
            collections=[private.model_dump()],
        )
        self._services.escalation.set_key(_PROVIDER, "made-up")
        self._wait(0.5)
        assert window.chat.transcript is not None
        window.chat.transcript.views[-1].outside_wanted.emit()
        self._until(lambda: bool(window.findChildren(EscalationSheet)))
        (sheet,) = window.findChildren(EscalationSheet)
        self._until(lambda: sheet.payload is not None and sheet.choices.settled)
        sheet.resize(_SIZE.width() - 200, _SIZE.height())
        sheet.question.field.appendPlainText(_MORE)
        sheet.choices.rows[0].box.setChecked(True)
        self._wait(1.5)
        self._picture("outside-sheet-dark", sheet)
        settings.change(theme=ThemeChoice.LIGHT)
        self._wait(1.5)
        self._picture("outside-sheet-light", sheet)
        assert sheet.payload is not None
        self._write_down(sheet.payload)
        QTest.mouseClick(sheet.send, Qt.MouseButton.LeftButton)
        self._wait(2)
        self._picture("outside-reply-light")
        settings.change(theme=ThemeChoice.DARK)
        self._wait(1)
        self._picture("outside-reply-dark")

    def _write_down(self, payload: Payload) -> None:
        """Writes the record that the real gate would: this one keeps none."""
        record, size = self._services.gate.record, len(payload.body)
        record.begin(Begun(now(), "1", "escalate", payload.host, size, payload.sha256))
        record.end(Over(now(), "1", "done", 200, 1900))

    def _check(self) -> None:
        """Takes the privacy page, with its record and its check."""
        page = self._window.privacy_page
        self._window.show_page("privacy")
        page.check.check()
        self._until(lambda: page.check.report is not None)
        self._window.resize(_SIZE.width(), 940)
        self._wait(1)
        self._picture("privacy-light")

    def _ask(self, question: str, streaming: str = "") -> None:
        field = self._window.chat.findChild(QuestionField)
        assert isinstance(field, QuestionField)
        field.setPlainText(question)
        field.submitted.emit()
        self._until(lambda: self._window.chat.answering)
        if streaming:
            self._wait(3)
            self._picture(streaming)
        self._until(lambda: not self._window.chat.answering)
        self._wait(1)

    def _open_first_source(self) -> None:
        summary = self._services.chats.chats()[0]
        turn = self._services.chats.turns(summary.id)[0]
        assert turn.answer is not None
        assert turn.answer.citations, "the model did not answer"
        self._window.open_source(turn.answer.citations[0], turn.answer.citations)
        self._wait(4)

    def _picture(self, name: str, widget: QWidget | None = None) -> None:
        widget = widget or self._window
        file = self._into / f"{name}.png"
        widget.grab().save(str(file))
        print(file.name, file.stat().st_size // 1000, "kB", file=sys.stderr)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._app.processEvents()
            time.sleep(0.005)

    def _until(self, done: Callable[[], bool], seconds: float = 400) -> None:
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")
            self._wait(0.05)


if __name__ == "__main__":
    sys.exit(main())
