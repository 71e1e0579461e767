"""Nothing opens in another program unless its full target was shown and then clicked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from rag.text.path_forms import host_of
from tests.ui.witness import Witness
from ui import links
from ui.links import OpenDialog

UI = Path(__file__).parents[2] / "ui"


@pytest.fixture
def witness(qtbot: QtBot, tmp_path: Path) -> Iterator[Witness]:
    with Witness(tmp_path) as made:
        yield made


@pytest.fixture
def desk(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def _offer(qtbot: QtBot, desk: QWidget, path: str, failed: list[str]) -> OpenDialog:
    links.offer(desk, path, lambda: failed.append(path))
    (dialog,) = desk.findChildren(OpenDialog)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    return dialog


def _words(dialog: OpenDialog) -> str:
    return "\n".join(words.text().replace("\u200b", "") for words in dialog.findChildren(QLabel))


def _button(dialog: OpenDialog, words: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == words)


def test_a_file_opens_after_a_click_that_shows_all_of_its_path(
    qtbot: QtBot, desk: QWidget, witness: Witness, tmp_path: Path
) -> None:
    file = tmp_path / ("deep-" * 30) / "letter.pdf"
    file.parent.mkdir()
    file.write_bytes(b"%PDF")
    failed: list[str] = []
    dialog = _offer(qtbot, desk, str(file), failed)
    assert str(file) in _words(dialog)
    assert witness.handed_over == []
    QTest.mouseClick(_button(dialog, "Open"), Qt.MouseButton.LeftButton)
    assert witness.handed_over == [QUrl.fromLocalFile(str(file))]
    assert failed == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_a_key_by_chance_opens_nothing(
    qtbot: QtBot, desk: QWidget, witness: Witness, tmp_path: Path, key: Qt.Key
) -> None:
    dialog = _offer(qtbot, desk, str(tmp_path), [])
    assert "Show this folder?" in _words(dialog)
    QTest.keyClick(dialog, key)
    qtbot.waitUntil(lambda: not desk.findChildren(OpenDialog))
    assert witness.handed_over == []


def test_another_computer_is_named_and_not_asked_before(
    qtbot: QtBot, desk: QWidget, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touch(*_arguments: object, **_more: object) -> None:
        raise AssertionError("that would be a connection")

    for name in ("exists", "is_dir", "is_file", "stat"):
        monkeypatch.setattr(Path, name, touch)
    dialog = _offer(qtbot, desk, r"\\evil.example\share\a.pdf", [])
    assert r"\\evil.example\share\a.pdf" in _words(dialog)
    assert "It is on another computer: evil.example." in _words(dialog)
    QTest.mouseClick(_button(dialog, "Cancel"), Qt.MouseButton.LeftButton)
    assert witness.handed_over == []


@pytest.mark.parametrize(
    ("path", "host"),
    [
        (r"\\server\share\a.pdf", "server"),
        ("//server/share/a.pdf", "server"),
        (r"\\10.0.0.7\c$", "10.0.0.7"),
        (r"\\server", "server"),
        (r"\\?\UNC\server\share\a.pdf", "server"),
        (r"\\?\C:\Users\a.pdf", ""),
        ("/home/ada/a.pdf", ""),
        (r"C:\Users\ada\a.pdf", ""),
    ],
)
def test_paths_that_lead_to_another_computer(path: str, host: str) -> None:
    assert host_of(path) == host


def test_what_is_gone_is_told_at_once(
    qtbot: QtBot, desk: QWidget, witness: Witness, tmp_path: Path
) -> None:
    failed: list[str] = []
    links.offer(desk, str(tmp_path / "gone.pdf"), lambda: failed.append("gone"))
    assert failed == ["gone"]
    assert desk.findChildren(OpenDialog) == []
    assert witness.handed_over == []


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path.relative_to(UI).as_posix(), node


def test_only_one_module_opens_anything() -> None:
    opens = {path for path, call in _calls() if ast.unparse(call.func).endswith(".openUrl")}
    assert opens == {"links.py"}


def test_no_tooltip_is_read_as_markup() -> None:
    """Each is words of the program's own, or went through `plain`."""
    loose = [
        f"{path}:{call.lineno}"
        for path, call in _calls()
        if ast.unparse(call.func).endswith(".setToolTip") and not _is_safe(call.args[-1])
    ]
    assert loose == []


def _is_safe(words: ast.expr) -> bool:
    if isinstance(words, ast.IfExp):
        return _is_safe(words.body) and _is_safe(words.orelse)
    if isinstance(words, ast.Constant):
        return True
    return isinstance(words, ast.Call) and (
        ast.unparse(words.func) == "plain"
        or (
            ast.unparse(words.func) in ("tr", "self.tr")
            and all(isinstance(argument, ast.Constant) for argument in words.args)
        )
    )
