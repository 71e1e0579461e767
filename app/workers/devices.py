"""Chooses what computes a model on this machine: measured, and remembered.

Until something was measured, the processor computes, with the best build that it can run (on a Mac,
Metal). What crashed, hung or failed is left out from then on, until llama.cpp or a driver changes.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, structs

from app.errors import Cancelled, WorkerDied, WorkerKilled
from app.jobs import CancelToken
from app.paths import Paths
from app.workers.configs import InferConfig, trial_marker
from app.workers.machine import machine_id
from app.workers.messages import FindDevices, MeasureSpeed
from app.workers.model_trial import TookTooLong, patience, try_once
from models.backends import Device, Found, candidates
from models.chat import Speed
from models.errors import ModelError
from models.new_file import keep_cache

log = logging.getLogger(__name__)

_FASTER = 0.93
"""Another device is taken that needs at most this part of the time."""
# A usual answer of this program, in tokens: what is read for it, and what is written.
_READ, _WRITTEN = 768, 64
_LOOK_SECONDS = 1.0
_A_CHOICE = 2


class Trial(Struct, frozen=True):
    """How one device did with one model.

    Attributes:
        speed: None if it failed.
        fault: how it failed, as the end of a sentence; "" if it did not.
    """

    device: Device
    speed: Speed | None = None
    fault: str = ""

    @property
    def seconds(self) -> float:
        """The time of a usual answer."""
        if self.speed is None:
            return float("inf")
        return _READ / self.speed.read + _WRITTEN / self.speed.write


class Notes(Struct, frozen=True):
    """What is known of this machine.

    Attributes:
        machine: identifies processor, llama.cpp and drivers; others' notes do not count.
        found: what there is to compute with; None if nobody looked yet.
        card_fault: why cards could not be looked for, as the end of a sentence; "" if they could.
        trials: by model.
    """

    machine: str = ""
    found: Found | None = None
    card_fault: str = ""
    trials: dict[str, tuple[Trial, ...]] = {}


Try = Callable[[InferConfig, FindDevices | MeasureSpeed, CancelToken], object]
"""Starts a worker with this configuration for one request; see `model_trial.try_once`."""
_DECODER = msgspec.json.Decoder(Notes)


class Devices:
    """The devices of this machine. Threads may share it.

    Args:
        paths: the data folder, which holds what was measured.
        attempt: runs one trial; another one for tests.
        machine: identifies the machine; another one for tests.
        patience: how many seconds a model's file may take to load; another one for tests.
    """

    def __init__(
        self,
        paths: Paths,
        attempt: Try | None = None,
        machine: Callable[[], str] | None = None,
        patience: Callable[[Path], float] = patience,
    ) -> None:
        self._patience = patience
        self._file = paths.devices
        self._try = attempt or (lambda *asked: try_once(paths, *asked))
        self._machine = (machine or machine_id)()
        self._lock = threading.Lock()
        self._notes = self._read()

    @property
    def notes(self) -> Notes:
        """What is known of this machine."""
        return self._notes

    def trials(self, config: InferConfig) -> tuple[Trial, ...]:
        """Returns what was tried with a model, in order."""
        return self._notes.trials.get(_model(config), ())

    def choose(self, config: InferConfig) -> InferConfig:
        """Returns the configuration with the device that suits the model best."""
        found = self._notes.found or Found()
        return structs.replace(config, device=choose(found, self.trials(config), config.gpu_layers))

    def failed(self, config: InferConfig, error: WorkerDied | ModelError) -> bool:
        """Notes that a model could not be loaded; True if there is another device to try.

        Where no other is left, what failed is forgotten: the fault may be elsewhere.

        Args:
            config: that of the process that failed, as `choose` returned it.
            error: what it failed with.
        """
        loading = _was_loading(config)
        if isinstance(error, ModelError):
            if not config.device.has_card:
                return False
        elif not loading or (isinstance(error, WorkerKilled) and not config.device.has_card):
            return self.choose(config).device != config.device  # another thread was told, too
        self._note(config, Trial(config.device, fault=_fault(error)))
        if _usable(self._found(config), self.trials(config), config.gpu_layers):
            log.warning("%s is not used for this model any more", config.device)
            return True
        with self._lock:
            trials = {**self._notes.trials, _model(config): ()}
            self._write(structs.replace(self._notes, trials=trials))
        return False

    def knows(self, config: InferConfig) -> bool:
        """Tells whether all devices were measured with a model, as far as there is a choice."""
        found, tried = self._notes.found, {trial.device for trial in self.trials(config)}
        if found is None:
            return False
        whole = [device for device in _worthwhile(found) if device.share == Device().share]
        return len(whole) < _A_CHOICE or tried.issuperset(whole)

    def measure(
        self,
        config: InferConfig,
        token: CancelToken,
        *,
        again: bool = False,
        on_device: Callable[[str], None] = lambda _name: None,
    ) -> None:
        """Measures what was not measured yet with this model, for seconds each.

        Args:
            config: the model's.
            token: stops it; what was measured until then is kept.
            again: looks for devices anew, and measures those again that did not fail, even where
                there is no choice.
            on_device: called with the name of each device before it is measured.
        """
        with contextlib.suppress(Cancelled):
            notes = self._notes
            found = notes.found if notes.found and not again else self.look(config, token)
            devices = _worthwhile(found)
            if again:
                done = {trial.device for trial in self.trials(config) if trial.fault}
            elif len(devices) >= _A_CHOICE:
                done = {trial.device for trial in self.trials(config)}
            else:
                return
            for device in devices:
                tried = {trial.device: trial for trial in self.trials(config)}
                whole = tried.get(Device(card=device.card))
                if device in done or (
                    device.share < Device().share and not (whole and whole.fault)
                ):
                    continue
                token.raise_if_cancelled()
                on_device(device_name(device, found))
                self._measure_one(config, device, token)
            log.info("computes with %s", self.choose(config).device)

    def try_again(self, config: InferConfig, device: Device) -> None:
        """Forgets that a device failed with a model, so that it is measured again."""
        with self._lock:
            kept = tuple(trial for trial in self.trials(config) if trial.device != device)
            trials = {**self._notes.trials, _model(config): kept}
            self._write(structs.replace(self._notes, trials=trials))

    @contextlib.contextmanager
    def watching(self, config: InferConfig, kill: Callable[[], None]) -> Iterator[None]:
        """Calls `kill` if the model's loading hangs while the block runs.

        Args:
            config: that of the process which loads it, as `choose` returned it.
            kill: ends that process.
        """
        marker = trial_marker(config)
        if marker is None:
            yield
            return
        seconds = self._patience(Path(config.path))
        over, began = threading.Event(), time.time()

        def watch() -> None:
            while not over.wait(min(_LOOK_SECONDS, seconds)):
                with contextlib.suppress(OSError):
                    # A marker may be left of a program that was ended while it loaded.
                    if time.time() - max(began, marker.stat().st_mtime) > seconds:
                        log.warning("a model did not load within %.0f seconds", seconds)
                        kill()
                        return

        threading.Thread(target=watch, name="watch-loading", daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def _found(self, config: InferConfig) -> Found:
        """Returns what there is to compute with; looks where a first model has crashed."""
        if self._notes.found is None and config.path:
            with contextlib.suppress(WorkerDied, ModelError, Cancelled):
                return self.look(config, CancelToken())
        return self._notes.found or Found()

    def look(self, config: InferConfig, token: CancelToken) -> Found:
        """Looks for devices in a process of its own: a bad graphics driver ends it.

        Raises:
            Cancelled: `token` was cancelled.
            WorkerDied, ModelError: llama.cpp does not even run without graphics cards.
        """
        fault, found = "", Found()
        try:
            reply = self._try(config, FindDevices(), token)
        except (WorkerDied, ModelError) as error:
            token.raise_if_cancelled()
            fault = _fault(error)
            reply = self._try(config, FindDevices(cards=False), token)
        if isinstance(reply, Found):
            found = reply
        with self._lock:
            self._write(structs.replace(self._notes, found=found, card_fault=fault))
        return found

    def _measure_one(self, config: InferConfig, device: Device, token: CancelToken) -> None:
        trial = structs.replace(config, device=device, states="", tunings="")
        try:
            speed = self._try(trial, MeasureSpeed(), token)
        except (WorkerDied, ModelError) as error:
            token.raise_if_cancelled()
            if device.has_card or not isinstance(error, WorkerKilled | ModelError):
                self._note(config, Trial(device, fault=_fault(error)))
            return
        if isinstance(speed, Speed):
            self._note(config, Trial(device, speed))

    def _note(self, config: InferConfig, trial: Trial) -> None:
        with self._lock:
            tried = {earlier.device: earlier for earlier in self.trials(config)}
            tried[trial.device] = trial
            trials = {**self._notes.trials, _model(config): tuple(tried.values())}
            self._write(structs.replace(self._notes, trials=trials))

    def _read(self) -> Notes:
        try:
            notes = _DECODER.decode(self._file.read_bytes())
        except (OSError, ValueError):
            notes = Notes()
        return notes if notes.machine == self._machine else Notes(self._machine)

    def _write(self, notes: Notes) -> None:
        """Keeps the notes; where that cannot be, it is measured again another time."""
        self._notes = notes
        keep_cache(self._file, msgspec.json.encode(notes))


def _was_loading(config: InferConfig) -> bool:
    """Tells whether a worker ended while it loaded the model with this device."""
    marker = trial_marker(config)
    try:
        if marker is not None:
            marker.unlink()
    except OSError:
        return False
    return marker is not None


def choose(found: Found, trials: Sequence[Trial], gpu_layers: int = -1) -> Device:
    """Returns the device to use: the first that works, or one that is clearly faster.

    Args:
        found: what there is to compute with.
        trials: what was tried with the model.
        gpu_layers: what the person set: 0 rules out graphics cards, more than 0 asks for one.
    """
    tried = {trial.device: trial for trial in trials}
    usable = _usable(found, trials, gpu_layers)
    best = usable[0] if usable else Device()
    if best.has_card and gpu_layers > 0:
        return best
    for device in usable[1:]:
        if device in tried and tried[device].seconds < _FASTER * _seconds(tried, best):
            best = device
    return best


def _usable(found: Found, trials: Sequence[Trial], gpu_layers: int) -> list[Device]:
    """Returns the devices that have not failed, those first that are used without measuring."""
    tried = {trial.device: trial for trial in trials}
    devices = [d for d in candidates(found) if d not in tried or not tried[d].fault]
    if gpu_layers > 0:
        return sorted(devices, key=lambda device: not device.has_card)
    # A card that nobody has tried may take the whole machine with it, or be slower.
    return [d for d in devices if not d.has_card or (gpu_layers and d in tried)]


def _worthwhile(found: Found) -> tuple[Device, ...]:
    """Returns what is measured: not the plainest code, which is there for when all else crashes."""
    plainest = Device(found.variants[-1]) if len(found.variants) > _A_CHOICE else None
    return tuple(device for device in candidates(found) if device != plainest)


def _seconds(tried: dict[Device, Trial], device: Device) -> float:
    """Returns the time of a usual answer; 0 where it was not measured, so that it stays."""
    return tried[device].seconds if device in tried else 0.0


def explain(notes: Notes, trials: Sequence[Trial], gpu_layers: int = -1) -> str:
    """Says in sentences what was found, what was measured, and what is used and why."""
    found = notes.found or Found()
    chosen = choose(found, trials, gpu_layers)
    tried = {trial.device: trial for trial in trials}
    titles = {card.name: card.title for card in found.cards}
    sentences = []
    if notes.card_fault:
        sentences.append(f"Looking for graphics cards {notes.card_fault}; none is used.")
    for card in found.cards if not found.compiled_in else ():
        ways = [tried[d] for d in candidates(found) if d.card == card.name and d in tried]
        sentences.append(
            _on_card(card.title, ways, chosen, tried.get(Device()), ruled_out=not gpu_layers)
        )
    for trial in trials:
        if trial.fault and not trial.device.has_card:
            name = _capital(_name(trial.device, found))
            sentences.append(f"{name} {trial.fault}, so it is not used.")
        elif trial.speed and not trial.device.has_card and trial.device != Device():
            usual = tried.get(Device())
            if usual and usual.speed:
                sentences.append(_against(trial, usual, found))
    used = titles.get(chosen.card) or _name(chosen, found)
    speed = tried[chosen].speed if chosen in tried else None
    figures = f" ({_figures(speed)})" if speed else ""
    return " ".join([*sentences, f"{_capital(used)} is used{figures}."])


def _on_card(
    title: str, ways: Sequence[Trial], chosen: Device, usual: Trial | None, *, ruled_out: bool
) -> str:
    """Says what became of a graphics card."""
    if ruled_out:
        return f"{title} was found; the settings rule it out."
    measured = [trial for trial in ways if trial.speed]
    if not ways:
        return f"{title} was found; it is measured while Studiolo is open and has nothing to do."
    if not measured:
        return f"{title} was found; with this model it {ways[-1].fault}, so it is not used."
    best = min(measured, key=lambda trial: trial.seconds)
    if usual is None or usual.speed is None:
        return f"{title} was found and works."
    ratio = best.seconds / usual.seconds
    if best.device == chosen:
        return f"{title} was found; it is {1 / ratio:.1f} times as fast here as the processor."
    if ratio < 1:
        return f"{title} was found; the processor is as good as equally fast here, so it is used."
    return f"{title} was found; the processor is {ratio:.1f} times as fast here, so it is used."


def _against(trial: Trial, usual: Trial, found: Found) -> str:
    ratio = trial.seconds / usual.seconds
    first, second = (usual, trial) if ratio >= 1 else (trial, usual)
    return (
        f"{_capital(_name(first.device, found))} is {max(ratio, 1 / ratio):.2f} times as fast "
        f"here as {_name(second.device, found)}."
    )


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def device_name(device: Device, found: Found) -> str:
    """Returns what a device is called, such as "Intel UHD 620, half of the layers"."""
    titles = {card.name: card.title for card in found.cards}
    if not device.has_card:
        return _name(device, found)
    half = ", half of the layers" if device.share < Device().share else ""
    return f"{titles.get(device.card, device.card)}{half}"


def _name(device: Device, found: Found) -> str:
    variant = device.variant or (found.variants[0] if found.variants else "")
    return f"the processor's code for {variant}" if variant else "the processor"


def _figures(speed: Speed) -> str:
    return f"{speed.read:.0f} tokens a second read, {speed.write:.0f} written, when measured"


def _fault(error: WorkerDied | ModelError) -> str:
    if isinstance(error, TookTooLong):
        return "did not answer in time"
    if isinstance(error, WorkerDied):
        return "ended the process"
    return f"failed ({error.message.rstrip('.')})"


def _model(config: InferConfig) -> str:
    return config.sha256 or f"{config.model_id} {config.path}"
