"""Looks at everything that Studiolo depends on, and says what is wrong with it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from msgspec import Struct

from app import __version__
from app.data_folder.exchange import finish_cut_off
from app.errors import KNOWN_ERRORS
from app.paths import Paths
from app.privacy import sandbox
from app.privacy.escape_probes import system_refuses
from app.private_data import exposed
from app.services import Services, build_services
from app.upkeep.diagnosis import Diagnosis, diagnose_chats, diagnose_library
from app.upkeep.repair import Mended, leftovers, repair
from app.user_messages import describe
from app.workers.parser import PARSE_MEMORY_BYTES
from models.hardware import Hardware, detect
from rag.store.surroundings import is_there

_DATABASES = 2  # the first of what `_check_files` looks at
_PROBE_SECONDS = 30
_LOW_DISK_BYTES = 2 << 30


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


class DoctorReport(Struct, frozen=True):
    """Everything that was looked at, and what was mended before."""

    version: str
    ok: bool
    checks: tuple[Check, ...]
    repaired: tuple[Mended, ...] = ()


def examine(paths: Paths, *, mend: bool = False, running: Services | None = None) -> DoctorReport:
    """Looks at the machine, the models and the data folder. Starts and ends the index worker.

    Args:
        paths: the data folder and the models folder.
        mend: whether what is damaged is mended first; see `app.upkeep.repair`.
        running: the program that has the data folder open, if one has; its workers are asked then.

    Raises:
        AlreadyOpen: `mend`, and a Studiolo works on the data folder.
        AppError, RagError: the data folder cannot be used, or not be mended.
    """
    repaired = repair(paths) if mend else ()
    finish_cut_off(paths)
    files = _check_files(paths)
    if not all(check.ok for check in files[:_DATABASES]):
        return DoctorReport(__version__, False, files, repaired)  # nothing can be opened on them
    with nullcontext(running) if running else closing(build_services(paths)) as services:
        checks = (
            Check("version", True, f"Studiolo {__version__}, Python {sys.version.split()[0]}"),
            _check("machine", lambda: _machine(detect())),
            _check("llama.cpp", _offload),
            _check("chat model", lambda: _chat_model(services)),
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
    """Reads the databases to their end."""
    return (
        _check("library file", lambda: _sound(paths.store, diagnose_library(paths))),
        _check("chats file", lambda: _sound(paths.chats, diagnose_chats(paths))),
        _check("leftovers", lambda: _no_leftovers(paths)),
        _check("permissions", lambda: _private(paths)),
    )


class _Problem(Exception):
    """A check found something wrong; its text says what."""


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except _Problem as problem:
        return Check(name, False, str(problem))
    except KNOWN_ERRORS as error:
        message = describe(error)
        return Check(name, False, message.shell_words)


def _sound(database: Path, found: Diagnosis) -> str:
    if found.damage:
        raise _Problem(
            f"{database} {found.words}. Close Studiolo and run `studiolo doctor --repair`: it "
            "saves what can be read and sets the file aside. Or put back a backup."
        )
    if found.foreign:
        raise _Problem(
            f"{database} {found.words}. Close Studiolo and run `studiolo doctor --repair`: it "
            "makes a new file of what is yours, and sets this one aside."
        )
    return "sound" if is_there(database) else "none yet"


def _private(paths: Paths) -> str:
    if sentences := exposed(paths.data):
        raise _Problem(" ".join(sentences))
    return "only you can read the data folder" if os.name == "posix" else "as in your profile"


def _no_leftovers(paths: Paths) -> str:
    """Never a problem: they only take room."""
    found = leftovers(paths)
    if not found:
        return "none"
    return f"{len(found)} of work that was cut off; `studiolo doctor --repair` removes them"


def _machine(hardware: Hardware) -> str:
    return (
        f"{hardware.os} {hardware.arch}, {hardware.physical_cpus} cores, "
        f"{hardware.ram_bytes / 1e9:.1f} GB of memory, {hardware.ram_available / 1e9:.1f} GB free"
    )


def _offload() -> str:
    """Asks llama.cpp in a process of its own: a build that does not fit the processor crashes."""
    try:
        offload, name = _in_a_process(_probe_llama)
    except EOFError:
        raise _Problem(
            "It ends with an error on this processor. Set Studiolo up again on this machine."
        ) from None
    if offload:
        return f"works; answers are computed on {name or 'the graphics card'}"
    return "works; answers are computed on the processor"


def _probe_llama(connection: Connection) -> None:
    hardware = detect(ask_llama=True)
    connection.send((hardware.gpu_offload, hardware.accelerator))


def _in_a_process(target: Callable[..., None], *args: object) -> Any:
    """What `target` sends through the connection that it gets first, in a process of its own.

    Raises:
        EOFError: the process ended without sending anything.
        _Problem: it takes too long.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=target, args=(theirs, *args), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(_PROBE_SECONDS):
            raise _Problem("It does not answer.")
        return ours.recv()
    finally:
        process.kill()
        process.join()
        ours.close()


def _chat_model(services: Services) -> str:
    model = services.models.resolve(services.settings.current.model)
    return f"{model.id}, needs {model.memory_mb / 1000:.1f} GB of memory"


def _other_models(services: Services) -> str:
    """Those that cannot be used, and why. Never a problem: another one answers."""
    unusable = [model for model in services.models.installed() if model.problem]
    if not unusable:
        return "none that cannot be used"
    return " ".join(f"{model.id} is not used. {model.problem}" for model in unusable)


def _reranker(services: Services) -> str:
    """Having none is fine; one that is damaged is not, although searches go on without it."""
    entry = services.models.reranker(services.settings.current.reranker)
    return services.models.reranker_file(entry.id).stem if entry else "none"


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < _LOW_DISK_BYTES:
        raise _Problem(f"Only {free / 1e9:.1f} GB are free. Free some space.")
    return f"{free / 1e9:.0f} GB free in {folder}"


def _library(services: Services) -> str:
    status = services.library.status()
    return f"{status.files} files, {status.failed} not read, {status.chunks} passages"


def _vectors(services: Services) -> str:
    status = services.library.status()
    if status.vectors != status.chunks:
        raise _Problem(
            f"It holds {status.vectors} of {status.chunks} passages. "
            "Index any folder again, and it is completed."
        )
    return f"{status.vectors} vectors of {status.embedder}"


def _network() -> str:
    """What keeps this process off the network; `_sandbox` says what keeps the workers off it."""
    who = "the system, to all code" if system_refuses() else "Python's hooks, to Python code"
    return (
        f"refused to this process by {who}, but for what you download or send yourself; "
        "`studiolo privacy check` tries it from each process"
    )


def _sandbox() -> str:
    """Confines a process as the one that reads files, and says what was refused to it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            enforced = _in_a_process(sandbox.send_probe, folder, PARSE_MEMORY_BYTES)
        except EOFError:
            raise _Problem("A process that is shut off ends with an error here.") from None
    text = describe_sandbox(enforced)
    if sys.platform == "linux" and not (enforced.network and enforced.writing and enforced.memory):
        raise _Problem(text)
    return text


def describe_sandbox(enforced: sandbox.Enforced) -> str:
    """What was found, in words for the person."""
    parts = []
    if enforced.network:
        parts.append("the system keeps the processes that read, search and answer off the network")
    else:
        parts.append("the system does not keep native code off the network")
    if enforced.writing:
        parts.append("the one that reads files cannot change any file")
    else:
        parts.append("the process that reads files could change files")
    if enforced.files:
        parts.append("it reads what it was given only, and none of them reaches another process")
    else:
        parts.append("the system does not keep it from reading other files")
    size = f"{PARSE_MEMORY_BYTES / 1e9:.1f} GB of memory"
    if enforced.memory:
        parts.append(f"it gets at most {size}")
    else:
        parts.append(f"Studiolo ends it when it uses more than {size}")
    why = f" ({enforced.why})" if enforced.why else ""
    return "; ".join(parts) + why
