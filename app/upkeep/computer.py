"""What this machine computes language models with, and why: for `doctor`, the window and reports.

`report` is what a person pastes into a bug report: it holds no name of a person, file or folder.
"""

from __future__ import annotations

import platform
import sys
from typing import TYPE_CHECKING

import psutil
from msgspec import Struct, structs

from app import __version__
from app.model_library.roles import LIKE_ANSWERS
from app.workers.devices import Trial, device_name, explain
from app.workers.machine import processor
from models.backends import Device, Found
from models.chat import Speed
from models.errors import ModelError
from models.fit import need_of, window_now
from models.hardware import Hardware, detect

if TYPE_CHECKING:
    from app.services import Services

_OWN = "a model of one's own"


class ModelHere(Struct, frozen=True):
    """The language model that answers.

    Attributes:
        name: the catalogue's id, or the file's name.
        own: whether it is in no catalogue, so that its name is the person's.
        bytes: size of its files.
        window: tokens of the context window that fits the memory that is free; 0 for none.
        wanted: tokens of the context window that the settings ask for.
        estimated: bytes of memory that it needs with the window that is wanted.
        resident: bytes that its process takes now; 0 while it is not loaded.
    """

    name: str
    own: bool
    bytes: int
    window: int
    wanted: int
    estimated: int
    resident: int = 0

    @property
    def words(self) -> str:
        """The model, the memory that it needs, and whether it fits."""
        needs = f"{self.name}, needs {self.estimated / 1e9:.1f} GB of memory"
        if self.resident:
            needs += f" (its process takes {self.resident / 1e9:.1f} GB now)"
        if self.window == 0 and not self.resident:
            return f"{needs}, more than is free now"
        if self.window < self.wanted and not self.resident:
            return f"{needs}; a context window of {self.window:,} tokens fits what is free now"
        return needs


class Measured(Struct, frozen=True):
    """How one device did with the model.

    Attributes:
        name: such as "Intel UHD 620, half of the layers".
        speed: None if it failed.
        fault: how it failed, as the end of a sentence; "" if it did not.
        used: whether it computes the model.
    """

    device: Device
    name: str
    speed: Speed | None
    fault: str
    used: bool

    @property
    def words(self) -> str:
        """Its speed, or how it failed."""
        if self.speed is None:
            return f"It {self.fault}, so it is not used."
        return (
            f"{self.speed.read:,.0f} tokens a second read, {self.speed.write:,.0f} written"
            f"{'; used' if self.used else ''}"
        )


class Computer(Struct, frozen=True):
    """What this machine has, and what is used of it.

    Attributes:
        processor: what it calls itself.
        machine: system, cores and memory, in words.
        code: the processor's code in use, and the other that is at hand.
        cards: the graphics cards, in words.
        model: the model that answers; None where there is none, for the reason in `no_model`.
        measured: what was tried with the model, in order.
        why: what is used and why, in sentences.
        why_bare: the same without words of files or programs.
        loaded: the language models that are loaded, and the memory that all may take, in words.
    """

    processor: str
    machine: str
    code: str
    cards: str
    model: ModelHere | None
    no_model: str
    measured: tuple[Measured, ...]
    why: str
    why_bare: str
    loaded: str = ""


def this_computer(services: Services, found: Found) -> Computer:
    """Gathers what is known of this machine. Reads headers of files; loads no model.

    Args:
        services: the model and what was measured with it.
        found: what there is to compute with.
    """
    model, no_model = None, ""
    trials: tuple[Trial, ...] = ()
    layers = services.settings.current.gpu_layers
    infer = services.workers.infer
    try:
        model = model_here(services)
        trials, layers = infer.devices.trials(infer.wanted), infer.wanted.gpu_layers
        used = infer.devices.choose(infer.wanted).device
    except ModelError as error:
        no_model, used = error.message, Device()
    notes = structs.replace(infer.devices.notes, found=found)
    bare = tuple(structs.replace(trial, fault=_bare(trial.fault)) for trial in trials)
    bare_notes = structs.replace(notes, card_fault=_bare(notes.card_fault))
    return Computer(
        processor=processor(),
        machine=machine_words(detect()),
        code=code_words(found),
        cards=card_words(found),
        model=model,
        no_model=no_model,
        measured=tuple(_measured(trial, found, used) for trial in trials),
        why=explain(notes, trials, layers) if model else "",
        why_bare=explain(bare_notes, bare, layers) if model else "",
        loaded=loaded_words(services),
    )


def report(computer: Computer) -> str:
    """Returns what a bug report needs, without names of persons, files and folders."""
    model = computer.model
    name = "none"
    if model is not None:
        name = structs.replace(model, name=_OWN if model.own else model.name).words
    lines = [
        f"Studiolo {__version__}, Python {sys.version.split()[0]}",
        f"System: {computer.machine}",
        f"Processor: {computer.processor or platform.machine()}",
        f"Processor's code, the best first: {computer.code}",
        f"Graphics cards: {computer.cards}",
        f"Language model: {name}",
        *(
            f"Measured: {way.name}: {structs.replace(way, fault=_bare(way.fault)).words}"
            for way in computer.measured
        ),
    ]
    if computer.why_bare:
        lines.append(computer.why_bare)
    return "\n".join(lines)


def model_here(services: Services) -> ModelHere:
    """Describes the model that answers.

    Raises:
        ModelError: there is none that can be used.
    """
    config = services.workers.infer.wanted
    chosen = config.model_id if config.path else services.settings.current.model
    model = services.models.resolve(chosen)
    window, wanted = window_now(model.path, config.context_tokens)
    return ModelHere(
        name=model.id,
        own=model.entry is None,
        bytes=model.bytes,
        window=window,
        wanted=wanted,
        estimated=need_of(model.path, config.context_tokens).resident,
        resident=services.workers.infer.resident_bytes,
    )


def loaded_words(services: Services) -> str:
    """Names the language models that are loaded, and the memory that all may take together."""
    pool = services.workers.pool
    models = [
        f"{client.running_id} ({client.resident_bytes / 1e9:.1f} GB)"
        for client in pool.loaded
        if client.resident_bytes
    ]
    names = ", ".join(models) or "none"
    return f"{names}; language models may take {pool.budget / 1e9:.1f} GB together"


def role_words(services: Services) -> str:
    """Says which models do other jobs than answering, and why a chosen one does not."""
    others = [
        f"{role.role.value}: {role.id}." if role.id else f"{role.role.value}: {role.note}"
        for role in map(services.role_models.roles.of, LIKE_ANSWERS)
        if role.chosen
    ]
    return " ".join(others) or "the model that answers does all"


def machine_words(hardware: Hardware) -> str:
    """Describes system, cores and memory; says where a limit leaves less than the machine has."""
    whole = psutil.virtual_memory().total
    limit = f" (a limit; the machine has {whole / 1e9:.1f} GB)" * (hardware.ram_bytes < whole)
    return (
        f"{hardware.os} {hardware.arch}, {hardware.physical_cpus} cores, "
        f"{hardware.ram_bytes / 1e9:.1f} GB of memory{limit}, "
        f"{hardware.ram_available / 1e9:.1f} GB free"
    )


def code_words(found: Found) -> str:
    """Names the builds of llama.cpp for this processor, the best first."""
    return ", ".join(found.variants) or "one build for all processors"


def card_words(found: Found) -> str:
    """Names the graphics cards."""
    return ", ".join(f"{card.title} ({card.name})" for card in found.cards) or "none"


def _measured(trial: Trial, found: Found, used: Device) -> Measured:
    name = device_name(trial.device, found)
    return Measured(trial.device, name, trial.speed, trial.fault, trial.device == used)


def _bare(fault: str) -> str:
    """Returns how a device failed, without the message in brackets: it may name files."""
    return fault.partition(" (")[0] if fault.startswith("failed (") else fault
