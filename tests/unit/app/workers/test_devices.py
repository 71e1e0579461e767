"""What computes a model: measured, remembered, explained; what fails is not tried again."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from msgspec import structs

from app.errors import WorkerDied, WorkerKilled
from app.jobs import CancelToken
from app.paths import Paths
from app.workers.configs import InferConfig, trial_marker
from app.workers.devices import Devices, Notes, Trial, choose, explain
from app.workers.machine import machine_id
from app.workers.messages import FindDevices, MeasureSpeed
from app.workers.model_trial import TookTooLong
from models.backends import NO_CARD, Card, Device, Found, candidates
from models.chat import Speed
from models.errors import InferenceFailed, ModelTooLarge

CONFIG = InferConfig("/model.gguf", "model", sha256="abc")
UHD = Card("Vulkan0", "Intel UHD 620", 1 << 30)
PROCESSOR, CARD, HALF = Device(), Device(card="Vulkan0"), Device(card="Vulkan0", share=50)
PLAINER = Device("haswell")
FOUND = Found(("zen4", "haswell"), (UHD,))
SLOW, FAST = Speed(50, 10), Speed(100, 20)


class Machine:
    """Stands in for trials in processes of their own, with the contract of `try_once`."""

    def __init__(self, found: Found = FOUND, **results: Speed | Exception) -> None:
        self.found: Found | Exception = found
        self.results = results
        self.tried: list[Device] = []
        self.token: CancelToken | None = None

    def __call__(
        self, config: InferConfig, request: FindDevices | MeasureSpeed, token: CancelToken
    ) -> object:
        if isinstance(request, FindDevices):
            if isinstance(self.found, Exception):
                if request.cards:
                    raise self.found
                return Found(FOUND.variants)
            return self.found
        device = config.device
        self.tried.append(device)
        if self.token is not None:
            self.token.cancel()
            raise WorkerDied("It was ended.")
        kind = "card" if device.has_card else "plainer" if device.variant else "processor"
        result = self.results["half" if device.share == 50 else kind]
        if isinstance(result, Exception):
            raise result
        return result


def devices(paths: Paths, machine: Machine, name: str = "this") -> Devices:
    return Devices(paths, machine, lambda: name)


def chosen(paths: Paths, machine: Machine) -> tuple[Device, str]:
    """Returns what is used once all was measured, and why."""
    here = devices(paths, machine)
    here.measure(CONFIG, CancelToken())
    return here.choose(CONFIG).device, explain(here.notes, here.trials(CONFIG))


def test_a_slower_card_is_named_and_not_used(paths: Paths) -> None:
    machine = Machine(processor=Speed(105, 21), plainer=SLOW, card=SLOW)
    device, words = chosen(paths, machine)
    assert device == PROCESSOR
    assert machine.tried == [PROCESSOR, CARD, PLAINER]
    assert (
        "Intel UHD 620 was found; the processor is 2.1 times as fast here, so it is used." in words
    )
    assert "zen4 is 2.10 times as fast here as the processor's code for haswell." in words
    assert words.endswith("for zen4 is used (105 tokens a second read, 21 written, when measured).")


def test_a_faster_card_is_used(paths: Paths) -> None:
    device, words = chosen(paths, Machine(processor=SLOW, plainer=SLOW, card=FAST))
    assert device == CARD
    assert "it is 2.0 times as fast here as the processor." in words
    assert words.endswith("UHD 620 is used (100 tokens a second read, 20 written, when measured).")


def test_a_little_faster_is_not_enough(paths: Paths) -> None:
    a_little = Speed(52, 10.4)
    assert chosen(paths, Machine(processor=SLOW, plainer=SLOW, card=a_little))[0] == PROCESSOR


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (WorkerDied("It crashed."), "it ended the process"),
        (TookTooLong("It hangs."), "it did not answer in time"),
        (InferenceFailed("The driver lies.", "x"), "it failed (The driver lies)"),
    ],
)
def test_a_card_that_fails_is_left_out(paths: Paths, fault: Exception, words: str) -> None:
    device, why = chosen(paths, Machine(processor=SLOW, plainer=SLOW, card=fault, half=fault))
    assert device == PROCESSOR
    assert f"Intel UHD 620 was found; with this model {words}, so it is not used." in why


def test_a_model_too_large_for_the_card_gets_half_of_its_layers_there(paths: Paths) -> None:
    machine = Machine(processor=SLOW, plainer=SLOW, card=ModelTooLarge("It is."), half=FAST)
    assert chosen(paths, machine)[0] == HALF
    assert HALF in machine.tried
    assert HALF.layers(24) == 12
    assert CARD.layers(24) == -1
    assert HALF.layers(24, most=3) == 3


def test_a_driver_that_crashes_when_asked_leaves_the_processor(paths: Paths) -> None:
    machine = Machine(processor=FAST, plainer=SLOW)
    machine.found = WorkerDied("It crashed.")
    device, words = chosen(paths, machine)
    assert device == PROCESSOR
    assert "Looking for graphics cards ended the process; none is used." in words
    assert not any(tried.has_card for tried in machine.tried)


def test_a_crash_of_the_best_code_leaves_the_plainer_one(paths: Paths) -> None:
    machine = Machine(processor=WorkerDied("It crashed."), plainer=SLOW, card=SLOW)
    device, words = chosen(paths, machine)
    assert device in {PLAINER, CARD}
    assert "The processor's code for zen4 ended the process, so it is not used." in words


def test_running_out_of_memory_is_no_fault_of_the_processor(paths: Paths) -> None:
    machine = Machine(processor=WorkerKilled("No memory."), plainer=SLOW, card=SLOW)
    assert chosen(paths, machine)[0] == PROCESSOR


def test_a_card_that_nobody_tried_is_not_used() -> None:
    assert choose(FOUND, ()) == PROCESSOR
    assert choose(FOUND, (Trial(PROCESSOR, fault="ended the process"),)) == PLAINER


def test_the_person_has_the_last_word() -> None:
    fast = (Trial(PROCESSOR, SLOW), Trial(CARD, FAST))
    assert choose(FOUND, fast) == CARD
    assert choose(FOUND, fast, gpu_layers=0) == PROCESSOR
    assert choose(FOUND, (), gpu_layers=10) == CARD
    assert "the settings rule it out" in explain(Notes("", FOUND), fast, gpu_layers=0)


def test_a_compiled_in_card_is_used_until_the_processor_is_faster() -> None:
    mac = Found((), (Card("MTL0", "Apple M1"),), compiled_in=True)
    assert candidates(mac) == (Device(), Device(card=NO_CARD))
    assert choose(mac, ()) == Device()
    assert choose(mac, (Trial(Device(), SLOW), Trial(Device(card=NO_CARD), FAST))).card == NO_CARD


def test_with_one_device_nothing_is_measured(paths: Paths) -> None:
    machine = Machine(Found())
    here = devices(paths, machine)
    here.measure(CONFIG, CancelToken())
    assert machine.tried == []
    assert here.knows(CONFIG)
    assert explain(here.notes, ()) == "The processor is used."


def test_what_was_measured_is_remembered_for_the_model_and_the_machine(paths: Paths) -> None:
    machine = Machine(processor=SLOW, plainer=SLOW, card=FAST)
    assert not devices(paths, machine).knows(CONFIG)
    chosen(paths, machine)
    again = devices(paths, machine)
    assert again.knows(CONFIG)
    assert again.choose(CONFIG).device == CARD
    again.measure(CONFIG, CancelToken())
    assert len(machine.tried) == 3
    assert not again.knows(structs.replace(CONFIG, sha256="other"))
    assert devices(paths, machine, "with a new driver").choose(CONFIG).device == PROCESSOR


def test_damaged_notes_are_no_notes(paths: Paths) -> None:
    paths.devices.parent.mkdir(parents=True, exist_ok=True)
    paths.devices.write_bytes(b'{"machine": 7}')
    assert devices(paths, Machine()).choose(CONFIG).device == PROCESSOR


def test_a_question_stops_the_measuring_and_nothing_is_blamed(paths: Paths) -> None:
    token = CancelToken()
    machine = Machine(processor=SLOW, plainer=SLOW, card=FAST)
    machine.token = token
    here = devices(paths, machine)
    here.measure(CONFIG, token)
    assert machine.tried == [PROCESSOR]
    assert here.trials(CONFIG) == ()
    assert not here.knows(CONFIG)


def begins_to_load(config: InferConfig) -> None:
    """Leaves what a worker has there while it loads a model."""
    marker = trial_marker(config)
    assert marker is not None
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


class TestFailuresWhileLoading:
    @pytest.fixture
    def config(self, paths: Paths) -> InferConfig:
        return structs.replace(CONFIG, states=str(paths.states))

    @pytest.mark.expects_log
    def test_each_device_gets_its_turn_and_then_the_error_is_told(
        self, paths: Paths, config: InferConfig
    ) -> None:
        machine = Machine(processor=SLOW, plainer=SLOW, card=FAST)
        chosen(paths, machine)
        here = devices(paths, machine)
        used = []
        for _ in range(3):
            running = here.choose(config)
            used.append(running.device)
            begins_to_load(running)
            more = here.failed(running, WorkerDied("It crashed."))
            assert more is (len(used) < 3)
        assert used == [CARD, PROCESSOR, PLAINER]
        assert here.choose(config).device == PROCESSOR, "all is forgotten"

    def test_a_crash_later_is_no_fault_of_the_device(
        self, paths: Paths, config: InferConfig
    ) -> None:
        here = devices(paths, Machine())
        assert not here.failed(here.choose(config), WorkerDied("It crashed."))
        assert here.trials(config) == ()

    def test_an_error_of_the_model_is_no_fault_of_the_processor(
        self, paths: Paths, config: InferConfig
    ) -> None:
        here = devices(paths, Machine())
        running = here.choose(config)
        begins_to_load(running)
        assert not here.failed(running, InferenceFailed("No."))

    @pytest.mark.expects_log
    def test_two_callers_are_told_of_one_crash(self, paths: Paths, config: InferConfig) -> None:
        machine = Machine(processor=FAST, plainer=SLOW, card=SLOW)
        chosen(paths, machine)
        here = devices(paths, machine)
        running = here.choose(config)
        begins_to_load(running)
        assert here.failed(running, WorkerDied("It crashed."))
        begins_to_load(here.choose(config))  # the first caller tries the next device
        assert here.failed(running, WorkerDied("It crashed."))
        assert [trial.device for trial in here.trials(config) if trial.fault] == [PROCESSOR]

    @pytest.mark.expects_log
    def test_of_two_models_that_load_at_once_the_one_that_crashed_is_blamed(
        self, paths: Paths, config: InferConfig
    ) -> None:
        machine = Machine(processor=FAST, plainer=SLOW, card=SLOW)
        here = devices(paths, machine)
        here.look(config, CancelToken())
        other = structs.replace(config, path="/other.gguf", model_id="other", sha256="def")
        begins_to_load(here.choose(other))
        assert not here.failed(here.choose(config), WorkerDied("It crashed, loaded long ago."))
        assert here.trials(config) == ()
        assert here.failed(here.choose(other), WorkerDied("It crashed."))
        assert here.choose(other).device == PLAINER
        assert here.choose(config).device == PROCESSOR


def test_what_an_ended_program_left_behind_ends_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.workers.devices._LOOK_SECONDS", 0.01)
    config = structs.replace(CONFIG, states=str(paths.states))
    begins_to_load(config)
    marker = trial_marker(config)
    assert marker is not None
    os.utime(marker, (1, 1))
    looked = threading.Event()
    stat = Path.stat

    def seen(path: Path, **given: bool) -> os.stat_result:
        if path == marker:
            looked.set()
        return stat(path, **given)

    monkeypatch.setattr(Path, "stat", seen)
    ended: list[bool] = []
    with devices(paths, Machine()).watching(config, lambda: ended.append(True)):
        assert looked.wait(10)
    assert not ended


def test_of_many_builds_few_are_measured(paths: Paths) -> None:
    every = Found(("zen4", "icelake", "skylakex", "alderlake", "haswell", "sse42", "x64"))
    machine = Machine(every, processor=FAST, plainer=SLOW)
    chosen(paths, machine)
    assert machine.tried == [PROCESSOR, Device("alderlake")]
    assert candidates(every)[-1] == Device("x64")


def test_the_machine_is_known_by_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    before = machine_id()
    assert before == machine_id()
    assert "libggml" in before or "ggml" in before
    monkeypatch.setattr("app.workers.machine.graphics_cards", lambda: (Path("/dev/new"),))
    assert machine_id() != before


def test_other_libraries_make_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = machine_id()
    (tmp_path / "libggml.so").touch()
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(tmp_path))
    assert machine_id() != before
    assert "('libggml.so', 0)" in machine_id()
