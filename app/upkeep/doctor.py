"""Checks everything that Studiolo depends on, and reports what is wrong."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from app import __version__
from app.data_folder.exchange import finish_cut_off
from app.errors import KNOWN_ERRORS
from app.paths import Paths
from app.privacy import outside, sandbox
from app.privacy.escape_probes import system_refuses
from app.private_data import exposed
from app.services import Services, build_services
from app.upkeep.computer import (
    card_words,
    code_words,
    loaded_words,
    machine_words,
    model_here,
    role_words,
)
from app.upkeep.diagnosis import Diagnosis, diagnose_chats, diagnose_library, diagnose_tables
from app.upkeep.repair import Mended, leftovers, repair
from app.user_messages import describe
from app.workers.parser import PARSE_MEMORY_BYTES
from models.backends import Found
from models.hardware import detect
from rag.store.environment_faults import is_there

_DATABASES = 2  # the first checks of `_check_files`
_PROBE_SECONDS = 30
_LOW_DISK_BYTES = 2 << 30


class Check(Struct, frozen=True):
    """The result of one check."""

    name: str
    ok: bool
    detail: str


class DoctorReport(Struct, frozen=True):
    """The results of all checks, and what was repaired before them."""

    version: str
    ok: bool
    checks: tuple[Check, ...]
    repaired: tuple[Mended, ...] = ()


def examine(paths: Paths, *, mend: bool = False, running: Services | None = None) -> DoctorReport:
    """Checks the machine, the models and the data folder. Starts and ends the index worker.

    Args:
        paths: the data folder and the models folder.
        mend: whether to repair damage first; see `app.upkeep.repair`.
        running: the program that has the data folder open, if any; its workers are used then.

    Raises:
        AlreadyOpen: `mend` is set, and another Studiolo has the data folder open.
        AppError, RagError: the data folder cannot be used or repaired.
    """
    repaired = repair(paths) if mend else ()
    finish_cut_off(paths)
    files = _check_files(paths)
    if not all(check.ok for check in files[:_DATABASES]):
        return DoctorReport(__version__, False, files, repaired)  # the databases cannot be opened
    with nullcontext(running) if running else closing(build_services(paths)) as services:
        checks = (
            Check("version", True, f"Studiolo {__version__}, Python {sys.version.split()[0]}"),
            _check("machine", lambda: machine_words(detect())),
            _check("llama.cpp", _llama),
            _check("chat model", lambda: model_here(services).words),
            _check("models of roles", lambda: role_words(services)),
            _check("models loaded", lambda: loaded_words(services)),
            _check("computed with", lambda: services.workers.infer.explain(_devices())),
            _check("other models", lambda: _other_models(services)),
            _check("embedder", lambda: services.models.embedder_folder().name),
            _check("reranker", lambda: _reranker(services)),
            _check("disk", lambda: _disk(paths.data)),
            *files,
            _check("library", lambda: _library(services)),
            _check("vector index", lambda: _vectors(services)),
            Check("network", True, _network()),
            _check("sandbox", _sandbox),
        )
    return DoctorReport(__version__, all(check.ok for check in checks), checks, repaired)


def _check_files(paths: Paths) -> tuple[Check, ...]:
    """Checks the files in the data folder; reads the databases completely."""
    return (
        _check("library file", lambda: _database(paths.store, diagnose_library(paths))),
        _check("chats file", lambda: _database(paths.chats, diagnose_chats(paths))),
        _check("tables file", lambda: _database(paths.tables, diagnose_tables(paths))),
        _check("leftovers", lambda: _leftovers(paths)),
        _check("permissions", lambda: _permissions(paths)),
    )


class _Problem(Exception):
    """A failed check; its text says what is wrong."""


def _check(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, True, check())
    except _Problem as problem:
        return Check(name, False, str(problem))
    except KNOWN_ERRORS as error:
        message = describe(error)
        return Check(name, False, message.shell_words)


def _database(database: Path, diagnosis: Diagnosis) -> str:
    if diagnosis.damage:
        raise _Problem(
            f"{database} {diagnosis.words}. Close Studiolo and run `studiolo doctor --repair`: it "
            "saves what can be read and sets the file aside. Or restore a backup."
        )
    if diagnosis.foreign:
        raise _Problem(
            f"{database} {diagnosis.words}. Close Studiolo and run `studiolo doctor --repair`: it "
            "makes a new file with your data, and sets this one aside."
        )
    return "sound" if is_there(database) else "none yet"


def _permissions(paths: Paths) -> str:
    if sentences := exposed(paths.data):
        raise _Problem(" ".join(sentences))
    return "only you can read the data folder" if os.name == "posix" else "those of your profile"


def _leftovers(paths: Paths) -> str:
    """Counts files left by interrupted work. Never a problem: they only take space."""
    paths_left = leftovers(paths)
    if not paths_left:
        return "none"
    return f"{len(paths_left)} of interrupted work; `studiolo doctor --repair` removes them"


def _llama() -> str:
    """Asks llama.cpp in a separate process: a build that does not fit the processor crashes."""
    version, found = _ask_llama()
    return (
        f"works (llama-cpp-python {version}); the processor's code: {code_words(found)}; "
        f"graphics cards: {card_words(found)}"
    )


def _devices() -> Found:
    """Looks for what models can be computed with."""
    return _ask_llama()[1]


def _ask_llama() -> tuple[str, Found]:
    """Asks for its version and what it can compute with; without graphics cards if one crashes."""
    for cards in (True, False):
        with contextlib.suppress(EOFError):
            answer: tuple[str, Found] = _in_a_process(_find_devices, cards)
            return answer
    raise _Problem("It crashes on this processor. Set Studiolo up again on this machine.")


def _find_devices(connection: Connection, cards: bool) -> None:
    from models.native import find_devices, version

    found = find_devices(cards=cards)
    connection.send((version(), found))


def _in_a_process(
    target: Callable[..., None], *args: object, context: SpawnContext | None = None
) -> Any:
    """Runs `target` in a new process; returns what it sends through its first argument.

    `context` starts it; the usual one by default.

    Raises:
        EOFError: the process ended without sending anything.
        _Problem: it takes too long.
    """
    context = context or outside.context()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(sender, *args), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(_PROBE_SECONDS):
            raise _Problem("It does not answer.")
        return receiver.recv()
    finally:
        process.kill()
        process.join()
        receiver.close()


def _other_models(services: Services) -> str:
    """Lists models that cannot be used, and why. Never a problem: another one answers."""
    unusable = [model for model in services.models.installed() if model.problem]
    if not unusable:
        return "all can be used"
    return " ".join(f"{model.id} is not used. {model.problem}" for model in unusable)


def _reranker(services: Services) -> str:
    """Checks the reranker: having none is fine; a damaged one is a problem."""
    entry = services.models.reranker(services.settings.current.reranker)
    return services.models.reranker_file(entry.id).stem if entry else "none"


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < _LOW_DISK_BYTES:
        raise _Problem(f"Only {free / 1e9:.1f} GB are free. Delete or move some files.")
    return f"{free / 1e9:.0f} GB free in {folder}"


def _library(services: Services) -> str:
    status = services.library.status()
    return f"{status.files} files, {status.failed} not read, {status.chunks} passages"


def _vectors(services: Services) -> str:
    status = services.library.status()
    if status.vectors != status.chunks:
        raise _Problem(
            f"It holds {status.vectors} of {status.chunks} passages. "
            "Index any folder again to complete it."
        )
    return f"{status.vectors} vectors of {status.embedder}"


def _network() -> str:
    """Says what keeps this process off the network; `_sandbox` does so for the workers."""
    mechanism = "the system, for all code" if system_refuses() else "Python, for Python code only"
    return (
        f"blocked for this process by {mechanism}; downloads and what you send use separate "
        "processes. `studiolo privacy check` tests every process"
    )


def _sandbox() -> str:
    """Confines a process like the parse worker, and says what the system refused to it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            enforced = _probe(folder)
        except EOFError:
            raise _Problem("A sandboxed process crashes on this system.") from None
    text = describe_sandbox(enforced)
    if sys.platform == "linux" and not (enforced.network and enforced.writing and enforced.memory):
        raise _Problem(text)
    return text


def _probe(folder: str) -> sandbox.Enforced:
    """Probes the sandbox, in a container where there is one; without, if nothing works in it."""
    for _ in range(2):
        context = outside.context(contained=True)
        try:
            enforced: sandbox.Enforced = _in_a_process(
                sandbox.send_probe, folder, PARSE_MEMORY_BYTES, context=context
            )
        except (EOFError, _Problem):
            if not outside.contains():
                raise
            outside.do_without_containers("what is started in an AppContainer does not come up")
            continue
        reasons = (enforced.why, outside.why_no_container())
        return structs.replace(enforced, why=": ".join(filter(None, reasons)))
    raise EOFError


def describe_sandbox(enforced: sandbox.Enforced) -> str:
    """Describes an enforced sandbox in words for the person."""
    parts = []
    if enforced.network and enforced.others:
        parts.append("the system keeps the processes that read, search and answer off the network")
    elif enforced.network:
        parts.append(
            "the system keeps the process that reads documents off the network, and not those that "
            "search and answer"
        )
    else:
        parts.append("the system does not keep native code off the network")
    if enforced.writing:
        parts.append("the process that reads documents cannot change any file")
    else:
        parts.append("the process that reads documents could change files")
    if enforced.files:
        kept = "no process can reach another one" if enforced.others else "it can reach no other"
        parts.append(f"it can read only the files it is given; {kept}")
    else:
        parts.append("the system does not keep it from reading other files")
    size = f"{PARSE_MEMORY_BYTES / 1e9:.1f} GB of memory"
    if enforced.memory:
        parts.append(f"it gets at most {size}")
    else:
        parts.append(f"Studiolo ends it when it uses more than {size}")
    reason = f" ({enforced.why})" if enforced.why else ""
    return "; ".join(parts) + reason
