"""“Check now”: tries to get out from each process, and shows that each attempt fails.

Out is the network, a process that has one, and files that are not the process's.

A listener on this machine, in a process that has a network, notices what gets through; that it
would notice is shown first, by a connection of its own.
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
from app.privacy.egress.client import Launcher
from app.privacy.egress.tickets import Arrived, HelperEvent, Listening, ListenTicket, new_id
from app.privacy.escape_probes import ProbeResult, ProbeTargets, run_probes
from app.user_messages import describe

_SETTLE_SECONDS = 0.2  # what has reached the listener is told of by then
_NOBODY_LISTENS = 9  # the port "discard"

Worker = tuple[str, Callable[[ProbeTargets], Sequence[ProbeResult]]]
"""A process's name for people, and what has it try everything on what it is given."""


class ProcessReport(Struct, frozen=True):
    """What one process tried. `problem`: why it could not be asked; "" if it was."""

    process: str
    tries: tuple[ProbeResult, ...]
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether all that this system promises to refuse was refused."""
        return not self.problem and all(_as_promised(tried) for tried in self.tries)


class SelfTestReport(Struct, frozen=True):
    """What came of a check.

    Attributes:
        processes: each process of the program, and what it tried.
        proven: whether the listener would have noticed: a process with a network reached it.
        arrived: connections that did get through.
        enforced: whether the system keeps native code off the network as well.
        seconds: how long it took.
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
    """Tries everything in this process and in the workers. Blocks for some seconds.

    Args:
        launcher: starts the listener.
        workers: the other processes; see `app.services.Services.probed_workers`.
        on_step: called with each process's name before it is its turn.
        token: stops it between two processes.

    Raises:
        Cancelled: `token` was cancelled.
    """
    token = token or CancelToken()
    started = time.monotonic()
    with _Listener(launcher) as listener:
        reports = []
        for name, tries in (("main", run_probes), *workers):
            token.raise_if_cancelled()
            on_step(name)
            own = name == "main"
            targets = ProbeTargets(listener.port, launcher.pid or 0, 0 if own else os.getpid())
            reports.append(_ask(name, tries, targets))
        time.sleep(_SETTLE_SECONDS)
    native = [
        tried.refused
        for report in reports
        for tried in report.tries
        if tried.native and tried.network
    ]
    return SelfTestReport(
        tuple(reports),
        listener.proven,
        listener.arrived,
        bool(native) and all(native),
        round(time.monotonic() - started, 2),
    )


class _Listener:
    """The listener, followed on a thread of its own."""

    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._token = CancelToken()
        self._told = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="listener", daemon=True)
        self.port = _NOBODY_LISTENS
        self.proven = False
        self.arrived = 0

    def __enter__(self) -> _Listener:
        self._thread.start()
        self._told.wait()
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
                        self._told.set()
                    elif isinstance(event, Arrived):
                        self.arrived += 1
        except KNOWN_ERRORS:
            pass  # stopped: the check is over
        finally:
            self._told.set()


def _ask(
    name: str, tries: Callable[[ProbeTargets], Sequence[ProbeResult]], targets: ProbeTargets
) -> ProcessReport:
    try:
        return ProcessReport(name, tuple(tries(targets)))
    except KNOWN_ERRORS as error:
        message = describe(error)
        return ProcessReport(name, (), message.words)


def _system_refuses() -> bool:
    """Whether this is a system where native code is promised to be refused."""
    return sys.platform == "linux"


def _as_promised(tried: ProbeResult) -> bool:
    return tried.refused or not tried.promised or (tried.native and not _system_refuses())
