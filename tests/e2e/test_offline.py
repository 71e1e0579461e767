"""Nothing leaves the machine, and nothing is missed when there is no network at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e import hostile
from tests.e2e.leaks import HOST, WAYS, all_sealed
from tests.e2e.offline import can_watch, needs_own_world, needs_strace, watch
from tests.e2e.sessions import Session, session


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """First start, index, ask, search, window, settings, end: with every trap set."""
    return session(tmp_path_factory.mktemp("session"), hostile.ALL)


@needs_own_world
def test_everything_works_without_a_network(whole: Session) -> None:
    assert whole.watched.complaints == ""
    said = json.loads(whole.watched.printed.splitlines()[-1])
    assert (said["index"]["added"], said["index"]["failed"]) == (5, [])
    assert said["ask"]["model"].startswith("smollm2")
    assert len(said["search"]["hits"]) == 3
    assert said["window"] == "the window has answered\n"


@needs_strace
def test_no_process_tries_to_open_a_network_socket(whole: Session) -> None:
    assert whole.watched.through == whole.watched.services == ()
    assert len(whole.watched.calls) == 1  # the privacy page asks the system once, and is refused
    assert whole.watched.processes >= 12  # five commands and a window, with their workers


@needs_own_world
def test_nothing_is_looked_up_and_nobody_is_asked(whole: Session) -> None:
    assert (whole.watched.asked, whole.watched.reached) == ((), ())


def test_no_trap_is_sprung(whole: Session) -> None:
    """Nothing of the working directory is imported, no key log written, nothing recorded."""
    assert not hostile.sprung(whole.cwd)
    assert not (whole.cwd / "keys.log").exists()
    said = json.loads(whole.watched.printed.splitlines()[-1])
    assert said["log"] == {"entries": [], "refused": [], "unreadable": 0}


@pytest.mark.slow
@needs_own_world
@pytest.mark.parametrize("seed", range(50))
def test_no_surroundings_lead_it_astray(tmp_path: Path, seed: int) -> None:
    found = session(tmp_path, seed, "--short")
    assert found.watched.calls == found.watched.asked == found.watched.reached == ()
    assert not hostile.sprung(found.cwd)


@needs_strace
@needs_own_world
@pytest.mark.parametrize("way", WAYS)
def test_a_leak_is_seen(tmp_path: Path, way: str) -> None:
    """What watches would notice each of these: in the calls, and at both servers."""
    seen = watch([sys.executable, "-m", "tests.e2e.leaks", way], tmp_path)
    assert any("connect(" in call for call in seen.through)
    assert HOST in seen.asked
    assert len(seen.reached) == 1


@needs_own_world
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere native code is not refused")
def test_no_leak_gets_out_of_a_sealed_process(tmp_path: Path) -> None:
    seen = watch(["sh", "-c", all_sealed()], tmp_path)
    # The child says it itself, and then the process that started it.
    assert seen.printed.splitlines() == [
        "python: URLError",
        "native: PermissionError",
        "thread: PermissionError",
        "native: PermissionError",
        "child: PermissionError",
    ]
    assert (seen.through, seen.asked, seen.reached) == ((), (), ())
    assert len(seen.calls) >= 3 or not can_watch()  # Python's own is refused before that


@needs_strace
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere native code is not refused")
def test_a_sealed_process_asks_no_service_for_names(tmp_path: Path) -> None:
    """Native look-ups go to such services over local sockets, which the window may have."""
    asked = watch([sys.executable, "-m", "tests.e2e.leaks", "native"], tmp_path).services
    command = [sys.executable, "-m", "tests.e2e.leaks", "native", "--sealed"]
    sealed = watch(["sh", "-c", f"{' '.join(command)}; true"], tmp_path)
    assert asked
    assert sealed.services == ()
