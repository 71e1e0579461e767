"""Logs tell what happened and never what anybody wrote."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import logs

SECRET = "the rent is 900"


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("sys.excepthook", lambda *_: None)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    end = logs.start(tmp_path)
    yield tmp_path / "studiolo.log"
    end()


def _fail() -> None:
    try:
        {}[SECRET]  # type: ignore[index]
    except KeyError as error:
        raise ValueError(SECRET) from error


@pytest.mark.expects_log
def test_an_exception_is_logged_without_its_text(log_file: Path) -> None:
    try:
        _fail()
    except ValueError:
        logging.getLogger("app.x").exception("it failed")
    text = log_file.read_text()
    assert "it failed" in text
    assert "KeyError" in text
    assert "ValueError" in text
    assert "_fail" in text
    assert SECRET not in text


@pytest.mark.expects_log
def test_a_library_is_logged_without_its_message(log_file: Path) -> None:
    logging.getLogger("chatty.library").warning("cannot read %r", SECRET)
    text = log_file.read_text()
    assert "chatty.library" in text
    assert "test_logs.py" in text
    assert SECRET not in text


@pytest.mark.expects_log
def test_an_error_in_a_thread_is_logged(log_file: Path) -> None:
    thread = threading.Thread(target=_fail)
    thread.start()
    thread.join()
    text = log_file.read_text()
    assert "unhandled in a thread" in text
    assert SECRET not in text


def test_everything_is_put_back_at_the_end(tmp_path: Path) -> None:
    import sys

    before = sys.excepthook, threading.excepthook, logging.getLogger().level
    handlers = list(logging.getLogger().handlers)
    logs.start(tmp_path)()
    assert (sys.excepthook, threading.excepthook, logging.getLogger().level) == before
    assert logging.getLogger().handlers == handlers


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is always full")
def test_a_full_disk_makes_no_worker_fail_that_says_something() -> None:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    try:
        stream = logs.unfailing(descriptor)
        stream.write("Grüße\n" * 10_000)
        stream.flush()
        stream.detach()
    finally:
        os.close(descriptor)


def test_what_a_worker_says_is_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "worker.log"
    with file.open("wb") as opened:
        stream = logs.unfailing(opened.fileno())
        stream.write("Grüße \udc80\n")
        assert file.read_text("utf-8") == "Grüße \\udc80\n"
        stream.detach()
