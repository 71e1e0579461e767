"""What is told of this computer, and what of it goes into a bug report."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from app.jobs import CancelToken
from app.paths import Paths
from app.services import Services, build_services
from app.upkeep.computer import machine_words, model_here, report, this_computer
from app.workers.devices import Devices
from app.workers.infer_client import InferClient
from models.backends import Card, Device, Found
from models.chat import Speed
from models.errors import InferenceFailed
from models.hardware import detect
from tests.conftest import TINY_CHAT_MODEL
from tests.ui.computers import COMPUTER
from tests.unit.app.workers.test_devices import Machine

CARD = Card("Vulkan0", "Intel UHD 620", 1 << 30)
FOUND = Found(("zen4", "haswell"), (CARD,))
PRIVATE = "/home/margaret/Documents/letter to Ada.gguf"


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    with closing(build_services(paths, TINY_CHAT_MODEL)) as made:
        yield made


def on(services: Services, machine: Machine) -> Services:
    """The same services, on a machine that behaves like this."""
    devices = Devices(services.paths, machine, lambda: "this")
    infer = InferClient(services.paths, lambda: services.workers.infer.wanted, devices)
    return replace(services, workers=replace(services.workers, infer=infer))


def test_it_says_what_is_used_what_was_measured_and_why(services: Services) -> None:
    broken = InferenceFailed(f"The file {PRIVATE} is bad.", "Choose another.")
    here = on(services, Machine(FOUND, processor=Speed(105, 21), plainer=broken, card=broken,
                                half=Speed(50, 10)))  # fmt: skip
    with closing(here.workers.infer) as infer:
        assert infer.measure(CancelToken(), again=True)
        computer = this_computer(here, infer.look())
        again = this_computer(here, infer.look())
    assert computer.why == again.why == infer.explain(FOUND)
    assert "the processor is 2.1 times as fast here, so it is used" in computer.why
    names = {way.name: way for way in computer.measured}
    assert names["Intel UHD 620"].words.startswith("It failed (")
    assert names["Intel UHD 620, half of the layers"].speed == Speed(50, 10)
    used = [way for way in computer.measured if way.used]
    assert [way.device for way in used] == [Device()]
    assert used[0].words == "105 tokens a second read, 21 written; used"
    assert computer.model is not None
    assert computer.model.name == TINY_CHAT_MODEL
    assert not computer.model.own
    assert "zen4, haswell" in computer.code

    text = report(computer)
    assert "Intel UHD 620" in text
    assert "105 tokens a second read" in text
    assert "It failed, so it is not used." in text
    for private in (PRIVATE, "margaret", "letter", str(services.paths.data), str(Path.home())):
        assert private not in text
    assert str(services.paths.models) not in text
    assert getpass.getuser() not in text.split()


def test_a_report_names_no_model_that_is_in_no_catalogue() -> None:
    text = report(COMPUTER)
    assert "margaret" not in text
    assert "Language model: a model of one's own, needs 1.4 GB of memory" in text


def test_a_faulty_device_is_tried_again_on_request_only(services: Services) -> None:
    bad, slow = InferenceFailed("Bad.", ""), Speed(50, 10)
    machine = Machine(FOUND, processor=slow, plainer=slow, card=bad, half=bad)
    card = Device(card="Vulkan0")
    here = on(services, machine)
    with closing(here.workers.infer) as infer:
        infer.measure(again=True)
        machine.tried.clear()
        infer.measure(again=True)
        assert card not in machine.tried
        machine.results["card"] = Speed(100, 20)
        infer.try_again(card)
        infer.measure()
        assert infer.devices.choose(infer.wanted).device == card


def test_measuring_that_is_stopped_keeps_what_was_measured_before(services: Services) -> None:
    machine = Machine(FOUND, processor=Speed(50, 10), plainer=Speed(50, 10), card=Speed(100, 20))
    here = on(services, machine)
    with closing(here.workers.infer) as infer:
        infer.measure(again=True)
        before = this_computer(here, infer.look()).measured
        token = CancelToken()
        infer.measure(token, again=True, on_device=lambda _name: token.cancel())
        assert this_computer(here, infer.look()).measured == before


def test_the_memory_of_the_model_is_estimated_and_a_limit_is_named(services: Services) -> None:
    model = model_here(services)
    assert model.resident == 0  # it is not loaded
    assert model.estimated > model.bytes
    loaded = structs.replace(model, resident=2_000_000_000)
    assert "its process takes 2.0 GB now" in loaded.words
    limited = replace(detect(), ram_bytes=10**9)
    assert "1.0 GB of memory (a limit; the machine has " in machine_words(limited)
