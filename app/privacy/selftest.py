"""The privacy self-test: each process tries to escape its sandbox, and each attempt has to fail.

Targets are the network, processes with a network, and files that the process may not use. A local
listener, in a process with a network, counts connections that get through; it first connects to
itself, to prove that it would notice.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from msgspec import Struct

from app.errors import KNOWN_ERRORS
from app.jobs import CancelToken
from app.privacy import seatbelt
from app.privacy.egress.client import Launcher
from app.privacy.egress.tickets import Arrived, HelperEvent, Listening, ListenTicket, new_id
from app.privacy.escape_probes import ProbeResult, ProbeTargets, run_probes
from app.user_messages import describe

_SETTLE_SECONDS = 0.2  # until connections to the listener are reported
_NOBODY_LISTENS = 9  # the port "discard"

Worker = tuple[str, Callable[[ProbeTargets], Sequence[ProbeResult]]]
"""A process's name for people, and a function that runs the probes in it."""


class ProcessReport(Struct, frozen=True):
    """The probes of one process. `problem`: why they could not be run; "" if they were."""

    process: str
    tries: tuple[ProbeResult, ...]
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether everything that this system promises to refuse was refused."""
        return not self.problem and all(_as_promised(tried) for tried in self.tries)


class SelfTestReport(Struct, frozen=True):
    """The result of a self-test.

    Attributes:
        processes: each process of the program, with its probes.
        proven: a process with a network reached the listener, so it would have noticed.
        arrived: connections that got through.
        enforced: whether the system keeps native code off the network as well.
        seconds: duration.
    """

    processes: tuple[ProcessReport, ...]
    proven: bool
    arrived: int
    enforced: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the promise holds, as far as this system can keep it (``docs/privacy.md``)."""
        quiet = self.arrived == 0 or not _system_refuses()
        return self.proven and quiet and all(process.ok for process in self.processes)


def check(
    launcher: Launcher,
    workers: Sequence[Worker],
    on_step: Callable[[str], None] = lambda _name: None,
    token: CancelToken | None = None,
) -> SelfTestReport:
    """Runs all probes in this process and in the workers. Blocks for some seconds.

    Args:
        launcher: starts the listener.
        workers: the other processes; see `app.services.Services.probed_workers`.
        on_step: called with each process's name before its probes.
        token: stops the test between two processes.

    Raises:
        Cancelled: `token` was cancelled.
    """
    token = token or CancelToken()
    started = time.monotonic()
    with _Listener(launcher) as listener:
        reports = []
        for name, probes in (("main", run_probes), *workers):
            token.raise_if_cancelled()
            on_step(name)
            is_main = name == "main"
            targets = ProbeTargets(listener.port, launcher.pid or 0, 0 if is_main else os.getpid())
            reports.append(_ask(name, probes, targets))
        time.sleep(_SETTLE_SECONDS)
    native = [
        result.refused
        for report in reports
        for result in report.tries
        if result.native and result.network
    ]
    return SelfTestReport(
        tuple(reports),
        listener.proven,
        listener.arrived,
        bool(native) and all(native),
        round(time.monotonic() - started, 2),
    )


class _Listener:
    """The listener's events, received on a separate thread."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._token = CancelToken()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="listener", daemon=True)
        self.port = _NOBODY_LISTENS
        self.proven = False
        self.arrived = 0

    def __enter__(self) -> _Listener:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._token.cancel()
        self._thread.join()

    def _follow(self) -> None:
        events: Generator[HelperEvent, None, None]
        try:
            with closing(self._launcher.serve(ListenTicket(new_id()), self._token)) as events:
                for event in events:
                    if isinstance(event, Listening):
                        self.port, self.proven = event.port, event.proven
                        self._started.set()
                    elif isinstance(event, Arrived):
                        self.arrived += 1
        except KNOWN_ERRORS:
            pass  # stopped: the check is over
        finally:
            self._started.set()


def _ask(
    name: str, probes: Callable[[ProbeTargets], Sequence[ProbeResult]], targets: ProbeTargets
) -> ProcessReport:
    try:
        return ProcessReport(name, tuple(probes(targets)))
    except KNOWN_ERRORS as error:
        message = describe(error)
        return ProcessReport(name, (), message.words)


def _system_refuses() -> bool:
    """Tells whether this system promises to refuse native code.

    macOS does if it took this process's profile, which its workers have at least.
    """
    return sys.platform == "linux" or seatbelt.applied()


def _as_promised(result: ProbeResult) -> bool:
    return result.refused or not result.promised or (result.native and not _system_refuses())
