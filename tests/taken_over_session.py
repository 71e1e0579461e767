"""A program like the window's: sealed, with a launcher and real workers, each of them taken over.

Run by `tests.faults.test_taken_over` in a process of its own: a seal cannot be taken off again.
Prints what came of it as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from pathlib import Path

import msgspec

from app.jobs import CancelToken
from app.paths import Paths
from app.privacy import landlock
from app.privacy.egress.client import Launcher
from app.privacy.egress.frames import SERVE
from app.privacy.egress.tickets import (
    EgressFault,
    EscalateTicket,
    ListenTicket,
    TicketFailed,
    new_id,
)
from app.privacy.seal import seal
from app.workers.channel import WorkerClient
from app.workers.configs import IndexConfig, InferConfig, ParseConfig
from app.workers.parser import PARSE_MEMORY_BYTES
from app.workers.process import WorkerSpec
from tests.taken_over import WITHOUT_LANDLOCK, Forge, Surroundings, TryAll, WriteOwn


class Asked(msgspec.Struct, frozen=True):
    """What is wanted of a session.

    Attributes:
        data: a data folder, made.
        outside: as in `Surroundings`.
        port: of a listener that counts who reaches it.
        url: of a server that counts what it is sent.
        ca_file: makes it trusted.
        times: how often tickets are forged and stolen, by each worker.
    """

    data: str
    outside: str
    port: int
    url: str
    ca_file: str
    times: int


def main() -> None:
    """Has each worker try everything."""
    asked = msgspec.json.decode(sys.argv[1], type=Asked)
    if os.environ.get(WITHOUT_LANDLOCK):
        landlock.version = lambda: 0
    launcher = Launcher()
    launcher.start()
    seal()
    paths = Paths(Path(asked.data), Path(asked.data) / "models")
    workers = _workers(paths)
    for worker in workers.values():
        worker.start()
    outcomes: dict[str, object] = {}
    assert launcher.pid is not None
    for name, worker in workers.items():
        others = tuple(w.pid for w in workers.values() if w is not worker and w.pid is not None)
        around = Surroundings(
            launcher.pid, os.getpid(), others, asked.port, asked.outside, asked.data
        )
        tried = worker.call(TryAll(around))
        own = paths.scratch if name == "index" else paths.states
        with _Busy(launcher, asked) as busy:
            forged = worker.call(Forge(around, asked.times, _forged(asked)))
        outcomes[name] = {
            "tried": tried,
            "forged": forged,
            "served meanwhile": busy.served,
            "own": "" if name == "parse" else worker.call(WriteOwn(str(own))),
        }
    outcomes["launcher"] = _still_serves(launcher)
    for worker in workers.values():
        worker.close()
    launcher.close()
    print(json.dumps(outcomes))


def _workers(paths: Paths) -> dict[str, WorkerClient]:
    configs: dict[str, tuple[str, msgspec.Struct]] = {
        "index": ("create_index", IndexConfig(str(paths.data), str(paths.models))),
        "infer": ("create_infer", InferConfig("", "none", states=str(paths.states))),
        "parse": ("create_parse", ParseConfig(PARSE_MEMORY_BYTES, str(paths.scratch))),
    }

    def worker(name: str, create: str, config: msgspec.Struct) -> WorkerClient:
        factory = f"tests.taken_over:{create}"
        return WorkerClient(WorkerSpec(name, name, factory, lambda: config, paths.data, paths.logs))

    return {name: worker(name, *how) for name, how in configs.items()}


def _ticket(asked: Asked) -> EscalateTicket:
    body = b"what nobody has seen"
    digest = hashlib.sha256(body).hexdigest()
    return EscalateTicket(new_id(), asked.url, (), body, digest, "", asked.ca_file)


def _forged(asked: Asked) -> bytes:
    """A frame as a program could send it that has read all of ours but the key."""
    ticket = _ticket(asked)
    data = SERVE + ticket.id.encode() + msgspec.msgpack.encode(ticket)
    sealed = hashlib.blake2b(data, digest_size=32).digest() + data
    return len(sealed).to_bytes(4, "big") + sealed


class _Busy:
    """Has the launcher start helpers, one after the other, so that there is something to steal."""

    def __init__(self, launcher: Launcher, asked: Asked) -> None:
        self._launcher = launcher
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.served = 0

    def __enter__(self) -> _Busy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            for _event in self._launcher.serve(ListenTicket(new_id()), CancelToken()):
                self.served += 1
                break


def _still_serves(launcher: Launcher) -> bool:
    """Whether nothing has put the launcher off."""
    for event in launcher.serve(ListenTicket(new_id()), CancelToken()):
        return not (isinstance(event, TicketFailed) and event.kind is EgressFault.SEALED)
    return False


if __name__ == "__main__":
    main()
