"""Isolation for every test: own data folder, no stray log records, nothing left running."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from app.paths import Paths
from app.privacy import attempts

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# No test is about time: on a busy machine any of them may take long.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_configure() -> None:
    """Gives each of several processes cores of its own.

    The threads of llama.cpp wait for each other by computing: where two models share the cores,
    both take many times as long.
    """
    name, count = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get("PYTEST_XDIST_WORKER_COUNT")
    if name and count and sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))[int(name.removeprefix("gw")) :: int(count)]
        if cores:
            os.sched_setaffinity(0, cores)


class _Loggers(dict[str, Any]):
    """Holds the loggers; a walk over them stands whatever another thread adds meanwhile.

    pytest walks over them at each step of each test, while threads of the program may still
    import modules, which make loggers of their own: the walk ended with "dictionary changed
    size during iteration".
    """

    def values(self) -> Any:
        return list(super().values())  # one step under the interpreter's lock


logging.root.manager.loggerDict = _Loggers(logging.root.manager.loggerDict)

# Resolved before any test isolates the environment: the models that set-up fetched.
MODELS = Paths.resolve().models
TINY_CHAT_MODEL = "smollm2-135m-instruct-q4_1"
EMBEDDER = "all-minilm-l6-v2"


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own data folder, or sees what another one tried."""
    attempts._seen.counts.clear()
    # Commands that run in the tests' own process would shut it off from the network for good.
    monkeypatch.setattr("app.privacy.seal.seal", lambda: None)
    # Nor are models of other programs seen that are on this machine.
    monkeypatch.setattr("app.services.found_elsewhere", tuple)
    monkeypatch.setattr("app.shell.commands.found_elsewhere", tuple)
    monkeypatch.setenv("STUDIOLO_DATA_DIR", str(tmp_path / "default-data"))
    monkeypatch.setenv("STUDIOLO_MODELS_DIR", str(MODELS))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A fresh data folder with the real models."""
    made = Paths(tmp_path / "data", MODELS)
    made.ensure()
    return made


@pytest.fixture
def examples() -> Path:
    """The household archive that ships with Studiolo."""
    return Path(__file__).parent.parent / "examples"


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record)


@pytest.fixture(autouse=True)
def _no_stray_log_records(request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning in the log that no test asked for is a failure (`expects_log` asks for it)."""
    handler = _Records()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if request.node.get_closest_marker("expects_log") is None:
        assert not handler.seen, [record.getMessage() for record in handler.seen]


@pytest.fixture(autouse=True)
def _nothing_leaks() -> Iterator[None]:
    """Threads and child processes that a test starts end with it."""
    before = set(threading.enumerate())
    before_children = set(multiprocessing.active_children())
    yield
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        threads = [
            t for t in threading.enumerate() if t not in before and not t.daemon and t.is_alive()
        ]
        children = set(multiprocessing.active_children()) - before_children
        if not threads and not children:
            return
        time.sleep(0.02)
    assert not threads, threads
    assert not children, children
