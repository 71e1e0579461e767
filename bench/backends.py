"""What computes fastest here: processor builds and graphics cards, in turn, and whether they agree.

    python -m bench.backends [--model ID] [--pairs N] [--against FOLDER] [--prompts N] [--cards]

Each measurement is a process of its own, since llama.cpp keeps one build for a process: it reads
768 tokens and writes 64, after a short reading that brings the weights into memory. The time is the
processor's (user and system, of all threads), so that other programs disturb it little. `--against`
names a folder with another build's libraries (``llama_cpp/lib``), which is the yardstick then.
`--prompts` compares the answers to so many questions at temperature 0, token by token, and the
logits where they part.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.model_library.service import ModelLibrary
from app.paths import Paths
from models.backends import NO_CARD, Device
from models.chat import Message, Role

if TYPE_CHECKING:
    from models.llama import LlamaChatModel

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
    """Prints how many answers are those of the first way, and how near the others' choices were.

    Where two answers part, each way computes the logits anew from the tokens that both have, so
    that they can be compared. The first way does it with and without flash attention: the same sums
    in another order, so that difference is one of rounding alone.
    """
    answers = {
        name: _ask({"what": "answers", "prompts": prompts, **way}, model)["answers"]
        for name, way in ways.items()
    }
    first, *others = answers
    for name in others:
        both = list(zip(answers[first], answers[name], strict=True))
        alike = [_alike(one, other) for one, other in both]
        parted = [number for number, (one, other) in enumerate(both) if one != other]
        print(f"{name}: {prompts - len(parted)} of {prompts} answers are those of {first}")
        places = [[number, both[number][0][: alike[number]]] for number in range(prompts)]
        asked = {"what": "logits", "places": places}
        with tempfile.TemporaryDirectory() as folder:
            of_first, rounded, of_other = (
                _logits({**asked, **way, "flash": flash}, model, Path(folder))
                for way, flash in ((ways[first], True), (ways[first], False), (ways[name], True))
            )
        for number, one, anew, other in zip(
            range(prompts), of_first, rounded, of_other, strict=True
        ):
            print(
                f"  {number:>2} {'parts' if number in parted else 'ends '} after "
                f"{alike[number]:>2} tokens: logits differ by {_most(one, other):.3f} at most "
                f"({_most(one, anew):.3f} by rounding); the first two tokens are "
                f"{_gap(one):.3f} and {_gap(other):.3f} apart"
            )


def _logits(request: dict[str, Any], model: str, folder: Path) -> Any:
    """Returns the logits at places in answers, in an array of shape (places, vocabulary)."""
    import numpy as np

    file = folder / "logits.npy"
    _ask({**request, "file": str(file)}, model)
    return np.load(file)


def _most(one: Any, other: Any) -> float:
    return float(abs(one - other).max())


def _gap(logits: Any) -> float:
    """Returns by how much the likeliest token's logit is above that of the second."""
    second, best = sorted(logits)[-2:]
    return float(best - second)


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
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
    from models.context import StopGate, Tuning
    from models.llama import LlamaChatModel

    path = ModelLibrary(Paths.resolve().models).resolve(model).path
    tuning, device = Tuning(flash=request.get("flash")), Device(**request["device"])
    chat = LlamaChatModel(path, model, context_tokens=1024, tuning=tuning, device=device)
    if request["what"] == "answers":
        return {"answers": [_answer(chat, number) for number in range(request["prompts"])]}
    if request["what"] == "logits":
        return _save_logits(chat, request)
    context, stop = chat._context, StopGate(lambda: False)  # noqa: SLF001  no prompt, only tokens
    context.read(range(16), stop)
    context.rewind(0)
    started = _processor_time()
    context.read(range(_READ), stop)
    read = _processor_time()
    for token in range(_WRITTEN):
        context.read([token], stop)
    return {"read": read - started, "write": _processor_time() - read}


def _prompt(chat: LlamaChatModel, number: int) -> list[int]:
    question = f"Write one sentence about {_TOPICS[number]}."
    return chat.tokenize([Message(Role.USER, question)])


def _answer(chat: LlamaChatModel, number: int) -> list[int]:
    """Returns the tokens of an answer at temperature 0."""
    from models.context import StopGate

    answer: list[int] = []
    step, stop = _prompt(chat, number), StopGate(lambda: False)
    chat._context.rewind(0)  # noqa: SLF001
    while len(answer) < _ANSWER:
        chat._context.read(step, stop)  # noqa: SLF001
        step = [int(_last_logits(chat).argmax())]
        if chat._vocabulary.ends(step[0]):  # noqa: SLF001
            break
        answer += step
    return answer


def _save_logits(chat: LlamaChatModel, request: dict[str, Any]) -> dict[str, Any]:
    """Writes the logits after parts of answers, which are read token by token, as in writing."""
    import numpy as np

    from models.context import StopGate

    context, stop, rows = chat._context, StopGate(lambda: False), []  # noqa: SLF001
    for number, begun in request["places"]:
        context.rewind(0)
        for part in (_prompt(chat, number), *([token] for token in begun)):
            context.read(part, stop)
        rows.append(_last_logits(chat).copy())
    np.save(request["file"], np.array(rows))
    return {}


def _last_logits(chat: LlamaChatModel) -> Any:
    import numpy as np

    lib, vocabulary = chat._lib, chat._vocabulary.pointer  # noqa: SLF001
    size = lib.llama_vocab_n_tokens(vocabulary)
    last = lib.llama_get_logits_ith(chat._context.pointer, -1)  # noqa: SLF001
    return np.ctypeslib.as_array(last, (size,))


def _processor_time() -> float:
    return time.process_time()  # user and system time of all threads of this process


if __name__ == "__main__":
    sys.exit(main())
