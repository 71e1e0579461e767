"""The privacy page over the real record and real processes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
)
from pytestqt.qtbot import QtBot

from app.errors import Cancelled
from app.jobs import CancelToken
from app.paths import Paths
from app.privacy import attempts, selftest
from app.privacy.attempts import Attempt
from app.privacy.egress.record import Begun, EgressRecord, Over, now
from app.privacy.selftest import ProcessReport, Report
from app.privacy.trying import Try
from app.services import Services, build_services
from app.settings.store import CloudProvider, Collection
from tests.ui.desk import Desk
from ui.bridge import Bridge
from ui.privacy import wording
from ui.privacy.page import PrivacyPage
from ui.privacy.record import PayloadDialog
from ui.settings.page import SettingsPage
from ui.theme.theme import Theme

HASH = "0123456789abcdef" * 4


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    made = build_services(paths)
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, services: Services) -> Iterator[Desk]:
    theme = Theme(qapp, services.settings)
    bridge = Bridge()
    made = Desk(qtbot, services, bridge)
    yield made
    made.window.close()
    bridge.cancel()
    services.close()
    bridge.close()
    theme.deleteLater()


@pytest.fixture
def page(desk: Desk) -> PrivacyPage:
    """The page, opened by the keyboard."""
    desk.window.findChild(QAction, "privacy").trigger()  # type: ignore[union-attr]
    desk.until(lambda: "Looking" not in _words(desk.window.privacy_page), seconds=10)
    return desk.window.privacy_page


def _words(page: PrivacyPage) -> str:
    return "\n".join(w.text() for w in page.findChildren(QLabel) if w.isVisibleTo(page))


def _cells(table: QTreeWidget) -> list[list[str]]:
    rows = [table.topLevelItem(n) for n in range(table.topLevelItemCount())]
    return [[row.text(n) for n in range(1, table.columnCount())] for row in rows if row]


def _process(page: PrivacyPage, row: int) -> QTreeWidgetItem:
    found = page.check.results.topLevelItem(row)
    assert found is not None
    return found


def _left(record: EgressRecord) -> None:
    """A download, a question whose text was kept, and one that failed."""
    record.begin(Begun(now(), "a", "download", "huggingface.co"))
    record.end(Over(now(), "a", "done", 200, 90_000_000))
    record.begin(Begun(now(), "b", "escalate", "api.x.org", 8, HASH, "", "b.json"), b'{"a": 1}')
    record.end(Over(now(), "b", "done", 401))
    record.begin(Begun(now(), "c", "escalate", "api.x.org", 900, HASH))
    record.end(Over(now(), "c", "timeout"))
    record.begin(Begun(now(), "d", "escalate", "api.x.org", 900, HASH))


def test_it_is_reached_by_the_navigation_and_by_keys(desk: Desk) -> None:
    desk.click("Privacy")
    assert desk.window.privacy_page.isVisible()
    action = desk.window.findChild(QAction, "privacy")
    assert action is not None
    assert action.shortcut().toString() == "Ctrl+Shift+P"
    desk.click("Library")
    assert not desk.window.privacy_page.isVisible()
    action.trigger()
    assert desk.window.privacy_page.isVisible()


def test_at_first_nothing_is_allowed_and_nothing_has_left(page: PrivacyPage) -> None:
    said = _words(page)
    assert "No larger model outside can be asked: that is turned off." in said
    assert "Nothing has left this computer." in said
    assert "Not checked since Studiolo was started." in said
    assert "None since Studiolo was started." in said
    assert not page.record.export.isEnabled()


def test_what_is_allowed_follows_the_settings(desk: Desk, page: PrivacyPage) -> None:
    provider = CloudProvider(name="P", base_url="https://llm.example.org", model="m")
    health = Collection(name="Health", folders=("/home/ada/Health",), local_only=True)
    desk.services.settings.change(
        cloud_enabled=True,
        cloud_providers=[provider.model_dump()],
        collections=[health.model_dump()],
        keep_payloads=True,
        proxy="http://proxy.example:3128",
    )
    desk.until(lambda: "You may ask a larger model at llm.example.org" in _words(page))
    said = _words(page)
    assert "Its full text is kept here." in said
    assert "Nothing from these collections can be sent at all: Health." in said
    assert "Connections go through http://proxy.example:3128." in said
    desk.click("Change whom may be asked")
    desk.until(lambda: bool(desk.all(SettingsPage)))
    settings = desk.window.settings_page
    desk.until(lambda: settings.cloud is not None)
    cloud, view = settings.cloud, settings._area.viewport()
    assert cloud is not None
    desk.until(lambda: 0 <= cloud.mapTo(view, cloud.rect().topLeft()).y() < 100)


def test_the_record_is_a_table_newest_first(desk: Desk, services: Services, tmp_path: Path) -> None:
    _left(services.gate.record)
    desk.click("Privacy")
    record = desk.window.privacy_page.record
    desk.until(lambda: record.table.topLevelItemCount() == 4)
    short = HASH[:12]
    assert _cells(record.table) == [
        ["Question", "api.x.org", "900 bytes", "Not finished", short],
        ["Question", "api.x.org", "900 bytes", "Failed: api.x.org did not answer in time", short],
        ["Question", "api.x.org", "8 bytes", "Refused there (status 401)", short],
        ["Model download", "huggingface.co", "90 MB", "Done", ""],
    ]
    assert not record.show_sent.isVisible()
    record.table.setFocus()
    for _ in range(3):
        desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Up)
    assert record.show_sent.isVisible()
    QTest.mouseClick(record.show_sent, Qt.MouseButton.LeftButton)
    desk.until(lambda: bool(record.findChildren(PayloadDialog)))
    (dialog,) = record.findChildren(PayloadDialog)
    assert dialog.findChildren(QPlainTextEdit)[0].toPlainText() == '{"a": 1}'
    dialog.accept()


def test_the_record_is_exported(desk: Desk, services: Services, tmp_path: Path) -> None:
    _left(services.gate.record)
    desk.click("Privacy")
    record = desk.window.privacy_page.record
    desk.until(record.export.isEnabled)
    desk.click("Export the record")
    (dialog,) = record.findChildren(QFileDialog)
    target = tmp_path / "record.json"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    desk.until(lambda: "4 requests were written to record.json." in desk.screen())
    assert len(json.loads(target.read_text("utf-8"))["entries"]) == 4
    record.export_to(tmp_path / "no" / "such" / "folder.json")
    desk.until(lambda: "The record could not be written" in desk.screen())


def test_a_refused_attempt_is_told_and_counted(desk: Desk) -> None:
    attempt = Attempt("index", f"socket.connect-{threading.get_native_id()}")
    try:
        for _ in range(3):
            threading.Thread(target=attempts.record, args=(attempt,)).start()
        desk.see("A part of Studiolo tried to use the network, and was refused.")
        desk.click("Show")
        page = desk.window.privacy_page
        assert page.isVisible()
        desk.until(lambda: f"Library and search: {attempt.what}, 3 times" in _words(page))
    finally:
        attempts._seen.counts.pop(attempt, None)


def _report(*, refused: bool, enforced: bool = True, proven: bool = True) -> Report:
    tries = (
        Try("Python: connect to this computer", True, False, "NetworkRefused"),
        Try("Native code: open a raw socket", refused, True, "EACCES" if refused else "went"),
    )
    found = (ProcessReport("main", tries), ProcessReport("index", (), "It ended. Start it again."))
    return Report(found[: 1 if refused else 2], proven, 0 if refused else 1, enforced, 1.25)


@pytest.mark.parametrize(
    ("report", "said", "opened"),
    [
        (_report(refused=True), "2 attempts in 1 process, and each was refused.", False),
        (_report(refused=False), "2 attempts in 2 processes, and not all were refused.", True),
    ],
    ids=["holds", "leaks"],
)
def test_what_came_of_a_check_is_shown(
    desk: Desk,
    page: PrivacyPage,
    monkeypatch: pytest.MonkeyPatch,
    report: Report,
    said: str,
    opened: bool,
) -> None:
    go_on = threading.Event()

    def check(_launcher: object, _workers: object, on_step: Callable[[str], None],
              _token: CancelToken) -> Report:  # fmt: skip
        on_step("index")
        go_on.wait(60)
        return report

    monkeypatch.setattr(selftest, "check", check)
    desk.click("Check now")
    desk.until(lambda: "Trying from: Library and search…" in _words(page))
    assert not page.check.button.isEnabled()
    go_on.set()
    desk.until(lambda: said in _words(page))
    top = _process(page, 0)
    assert top.text(0) == "The window"
    assert top.isExpanded() is opened
    assert top.childCount() == 2
    assert page.check.button.isEnabled()


def test_a_check_that_could_not_have_noticed_says_nothing() -> None:
    assert wording.verdict(_report(refused=True, proven=False)).startswith("Nothing can be said")
    assert "native code" in wording.verdict(_report(refused=True, enforced=False))


def test_a_check_can_be_stopped(
    desk: Desk, page: PrivacyPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_launcher: object, _workers: object, _on_step: object, token: CancelToken) -> Report:
        stopped = threading.Event()
        token.on_change(stopped.set)
        stopped.wait(60)
        raise Cancelled

    monkeypatch.setattr(selftest, "check", check)
    desk.click("Check now")
    desk.click("Stop the check")
    desk.until(lambda: "Stopped." in _words(page))
    assert page.check.button.isEnabled()


def test_the_check_asks_the_real_processes(desk: Desk, page: PrivacyPage) -> None:
    desk.click("Check now")
    desk.until(lambda: page.check.report is not None, seconds=60)
    report = page.check.report
    assert report is not None
    assert [found.process for found in report.processes] == ["main", "index", "parse", "infer"]
    assert all(found.ok for found in report.processes[1:]), report
    assert report.arrived > 0  # the tests' own process is not shut off
    assert "not all were refused" in _words(page)
    assert _process(page, 0).isExpanded()
    assert not _process(page, 1).isExpanded()


def test_every_control_has_a_name_and_tab_reaches_it(desk: Desk, services: Services) -> None:
    _left(services.gate.record)
    desk.click("Privacy")
    page = desk.window.privacy_page
    desk.until(page.record.export.isEnabled)
    kinds = (QAbstractButton, QTreeWidget)
    wanted = {
        w for kind in kinds for w in page.findChildren(kind) if w.isVisible() and w.isEnabled()
    }
    assert all(w.accessibleName() for w in wanted)
    reached = set()
    for _ in range(30):
        desk.press(Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert wanted <= reached, [w.accessibleName() for w in wanted - reached]
    assert not desk.window.findChildren(QDialog)
