"""The composition root with its real processes; quick models in place of large ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.errors import AlreadyOpen, WorkerDied
from app.paths import Paths
from app.services import Services, build_services
from app.workers.configs import IndexConfig
from models.chat import GenerationOptions, Message, Role, TextPiece

HASH = "tests.sample_models:hash_embedder"


def quick(paths: Paths, chat_model: str = "tests.sample_models:fake_chat") -> Services:
    config = IndexConfig(str(paths.data), str(paths.models), HASH)
    return build_services(paths, index_config=config, chat_model=chat_model)


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    made = quick(paths)
    yield made
    made.close()


def say(services: Services, words: str) -> str:
    events = services.workers.infer.generate([Message(Role.USER, words)], GenerationOptions())
    return "".join(event.text for event in events if isinstance(event, TextPiece))


def children() -> list[psutil.Process]:
    return [
        p for p in psutil.Process().children(recursive=True) if "spawn_main" in str(p.cmdline())
    ]


def test_building_starts_nothing_and_closing_ends_everything(paths: Paths, tmp_path: Path) -> None:
    services = quick(paths)
    assert children() == []
    (tmp_path / "a.txt").write_text("The rent is 900 euros.")
    services.library.add([tmp_path / "a.txt"])
    say(services, "hello")
    assert len(children()) == 3  # index with its parse worker, infer
    services.close()
    assert children() == []


def test_warming_loads_the_model_in_the_background(services: Services) -> None:
    services.warm()
    assert services.workers.index.worker.alive
    deadline = time.monotonic() + 60
    while not services.workers.infer.worker.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert services.workers.infer.worker.alive


def test_warming_a_folder_that_is_in_use_is_refused(services: Services, paths: Paths) -> None:
    services.warm()
    second = quick(paths)
    with pytest.raises(AlreadyOpen):
        second.warm()
    second.close()


def test_a_dead_language_model_is_told_and_restarted(services: Services) -> None:
    told: list[WorkerDied] = []
    services.on_inference_died(told.append)
    assert say(services, "one two") == "one two"
    pid = services.workers.infer.worker.pid
    assert pid is not None
    os.kill(pid, 9)
    deadline = time.monotonic() + 60
    while not told and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "language model was ended by the system" in told[0].message
    services.restart_inference()
    assert say(services, "three four") == "three four"


def test_a_change_of_settings_reaches_the_model(services: Services) -> None:
    assert services.workers.infer.context_window == 4096
    services.settings.change(context_tokens=2048)
    assert services.workers.infer.context_window == 2048


PROGRAM = """
import sys, time
from pathlib import Path
from app.paths import Paths
from tests.e2e.test_services import quick, say
if __name__ == "__main__":
    services = quick(Paths(Path(sys.argv[1]), Path(sys.argv[2])))
    services.library.add([Path(__file__).parent / "a.txt"])
    say(services, "hello")
    print("ready", flush=True)
    time.sleep(60)
"""


def _lives(process: psutil.Process) -> bool:
    """An ended process whose new parent has not looked at it yet is no live one."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform == "win32", reason="kills as on Unix")
def test_nothing_outlives_a_killed_program_and_the_folder_is_free_at_once(
    paths: Paths, tmp_path: Path
) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    (tmp_path / "a.txt").write_text("The rent is 900 euros.")
    with subprocess.Popen(
        [sys.executable, str(script), str(paths.data), str(paths.models)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        family = psutil.Process(program.pid).children(recursive=True)
        assert len(family) >= 3
        program.send_signal(signal.SIGKILL)
        program.wait()
    assert not [process for process in psutil.wait_procs(family, 2)[1] if _lives(process)]
    services = quick(paths)
    assert services.library.search("rent", 1)[0].path == str(tmp_path / "a.txt")
    services.close()
