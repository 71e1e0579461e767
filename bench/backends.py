"""What computes fastest here: processor builds and graphics cards, in turn, and whether they agree.

    python -m bench.backends [--model ID] [--pairs N] [--against FOLDER] [--prompts N] [--cards]

Each measurement is a process of its own, since llama.cpp keeps one build for a process: it reads
768 tokens and writes 64, after a short reading that brings the weights into memory. The time is the
processor's (user and system, of all threads), so that other programs disturb it little. `--against`
names a folder with another build's libraries (``llama_cpp/lib``), which is the yardstick then.
`--prompts` compares the answers to so many questions at temperature 0, token by token.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from app.model_library.service import ModelLibrary
from app.paths import Paths
from models.backends import NO_CARD, Device

_READ, _WRITTEN, _ANSWER = 768, 64, 32
_TOPICS = (
    *("rivers", "taxes", "bees", "the lease of a flat", "chess", "wine", "trains", "old maps"),
    *("bread", "contracts", "winter", "music", "bridges", "insurance", "salt", "clocks"),
    *("gardens", "glass", "letters", "the sea"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.backends", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--against", default="", metavar="FOLDER")
    parser.add_argument("--prompts", type=int, default=0)
    parser.add_argument("--cards", action="store_true", help="graphics cards, too")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(_child(json.loads(options.child), options.model)))
        return 0
    found = _ask({"what": "find", "cards": options.cards}, options.model)
    ways: dict[str, dict[str, Any]] = {}
    if options.against:
        ways["against"] = {"folder": options.against, "device": {"card": NO_CARD}}
    ways |= {name: {"device": {"variant": name}} for name in reversed(found["variants"])}
    ways |= {name: {"device": {"card": name}} for name in found["cards"]}
    ways = ways or {"processor": {"device": {}}}
    if options.pairs:
        _speeds(ways, options.pairs, options.model)
    if options.prompts:
        _same(ways, options.prompts, options.model)
    return 0


def _speeds(ways: dict[str, dict[str, Any]], runs: int, model: str) -> None:
    """Prints medians of processor time, and those of the ratios to the first way, pair by pair."""
    rounds = [
        {name: _ask({"what": "speed", **way}, model) for name, way in ways.items()}
        for _ in range(runs)
    ]
    first = next(iter(ways))
    for part in ("read", "write"):
        for name in ways:
            seconds = [results[name][part] for results in rounds]
            gains = [results[first][part] / results[name][part] for results in rounds]
            print(
                f"{part:6} {name:12} {statistics.median(seconds):8.2f} s of processor time "
                f"({min(seconds):.2f}–{max(seconds):.2f}), {statistics.median(gains):.2f} times as "
                f"fast as {first} ({min(gains):.2f}–{max(gains):.2f} in {runs} pairs)"
            )


def _same(ways: dict[str, dict[str, Any]], prompts: int, model: str) -> None:
    """Prints how many answers are the same as those of the first way, and how far others go."""
    answers = {
        name: _ask({"what": "answers", "prompts": prompts, **way}, model)["answers"]
        for name, way in ways.items()
    }
    first, *others = answers
    for name in others:
        both = list(zip(answers[first], answers[name], strict=True))
        same = sum(one == other for one, other in both)
        alike = [_alike(one, other) for one, other in both if one != other]
        print(
            f"{name}: {same} of {prompts} answers are those of {first}; others part after {alike}"
        )


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Returns the tokens that two answers have in common before they part."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _ask(request: dict[str, Any], model: str) -> Any:
    """Starts a process for one thing; returns what it prints last."""
    environment = dict(os.environ)
    if folder := request.get("folder"):
        environment["LLAMA_CPP_LIB_PATH"] = folder
    command = [sys.executable, "-m", "bench.backends", "--model", model, "--child"]
    done = subprocess.run(
        [*command, json.dumps(request)], env=environment, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _child(request: dict[str, Any], model: str) -> dict[str, Any]:
    from models.native import find_devices

    if request["what"] == "find":
        found = find_devices(cards=request["cards"])
        return {"variants": found.variants, "cards": [card.name for card in found.cards]}
    from models.chat import GenerationOptions, Message, Role, TextPiece
    from models.context import StopGate
    from models.llama import LlamaChatModel

    path = ModelLibrary(Paths.resolve().models).resolve(model).path
    chat = LlamaChatModel(path, model, context_tokens=1024, device=Device(**request["device"]))
    if request["what"] == "answers":
        answers = []
        for topic in _TOPICS[: request["prompts"]]:
            question = Message(Role.USER, f"Write one sentence about {topic}.")
            events = chat.generate([question], GenerationOptions(max_tokens=_ANSWER))
            pieces = [event for event in events if isinstance(event, TextPiece)]
            answers.append([chance.text for piece in pieces for chance in piece.chances])
        return {"answers": answers}
    context, stop = chat._context, StopGate(lambda: False)  # noqa: SLF001  no prompt, only tokens
    context.read(range(16), stop)
    context.rewind(0)
    started = _processor_time()
    context.read(range(_READ), stop)
    read = _processor_time()
    for token in range(_WRITTEN):
        context.read([token], stop)
    return {"read": read - started, "write": _processor_time() - read}


def _processor_time() -> float:
    return time.process_time()  # user and system time of all threads of this process


if __name__ == "__main__":
    sys.exit(main())
