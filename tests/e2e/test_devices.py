"""A device that crashes or hangs while a model is loaded: the next one answers."""

from __future__ import annotations

import msgspec
import pytest

from app.errors import WorkerDied
from app.jobs import CancelToken
from app.paths import Paths
from app.workers.configs import InferConfig
from app.workers.devices import Devices, Notes, Trial
from app.workers.infer_client import InferClient
from models.backends import Card, Device, Found
from models.chat import Finished, GenerationOptions, Message, Role, Speed, TextPiece
from tests.conftest import MODELS, TINY_CHAT_MODEL

PICKY = InferConfig("", "picky", factory="tests.sample_models:picky_chat")
QUESTION = [Message(Role.USER, "Hello there")]
CARD = Device(card="Crashing0")


def client(paths: Paths, *variants: str, card: bool = False) -> InferClient:
    """Returns a client of a machine with these builds; the card was measured to be fast."""
    found = Found(variants, (Card("Crashing0", "A card that lies"),) if card else ())
    trials = (Trial(Device(), Speed(1, 1)), Trial(CARD, Speed(9, 9))) if card else ()
    config = msgspec.structs.replace(PICKY, states=str(paths.states))
    paths.states.mkdir(parents=True, exist_ok=True)
    notes = Notes("here", found, trials={"picky ": trials})
    paths.devices.write_bytes(msgspec.json.encode(notes))
    return InferClient(paths, lambda: config, Devices(paths, None, lambda: "here", lambda _: 2.0))


def answer(infer: InferClient) -> str:
    events = list(infer.generate(QUESTION, GenerationOptions()))
    assert isinstance(events[-1], Finished)
    return "".join(event.text for event in events if isinstance(event, TextPiece))


@pytest.mark.expects_log
@pytest.mark.parametrize("card", [False, True])
def test_the_next_device_answers_after_a_crash(paths: Paths, card: bool) -> None:
    infer = client(paths, "zen4", "haswell", card=card)
    assert answer(infer) == "Hello there"
    assert answer(infer) == "Hello there"
    infer.close()
    later = Devices(paths, None, lambda: "here")
    assert later.choose(PICKY).device == Device("haswell")
    assert not list(paths.states.glob("*.trying"))


@pytest.mark.expects_log
def test_the_next_device_answers_after_a_hang(paths: Paths) -> None:
    infer = client(paths, "zen4", "hanging", "haswell")
    assert infer.load().id == "picky"
    assert infer.count_tokens(QUESTION)
    infer.close()


@pytest.mark.expects_log
def test_what_crashes_everywhere_is_told_once_all_was_tried(paths: Paths) -> None:
    infer = client(paths, "zen4")
    with pytest.raises(WorkerDied):
        infer.load()
    infer.close()


def test_the_devices_here_are_found_and_the_model_is_measured(paths: Paths) -> None:
    config = InferConfig(str(MODELS / f"{TINY_CHAT_MODEL}.gguf"), "tiny", 512)
    here = Devices(paths)
    here.measure(config, CancelToken())
    assert here.notes.found is not None
    assert here.knows(config)
    for trial in here.trials(config):
        assert trial.fault or (trial.speed and trial.speed.read > trial.speed.write > 0)
