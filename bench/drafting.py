"""Measures whether tokens that are read ahead make answers faster, and whether they stay the same.

    STUDIOLO_MODELS_DIR=FOLDER python -m bench.drafting [--model ID] [--draft ID] [--ways WAY ...]

`lookup` is the program's own way (`models.drafting`): it reads ahead what it is about to copy.
`model` has a smaller model propose what comes next. Both are held to the form of an answer (quote
first), as the program asks for it. Prints, for each of five questions, the processor time of
writing an answer against that without reading ahead, in alternating pairs, and whether the text is
the same at temperature 0.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.answering.chat_messages import messages_of
from app.answering.model_profiles import profile_of
from app.model_library.service import ModelLibrary
from app.paths import Paths
from models import drafting, llama
from models.chat import Finished, GenerationOptions, TextPiece
from models.context import StopGate, Tuning
from models.drafting import MOST, DraftedSteps
from models.grammar import gbnf
from models.llama import LlamaChatModel
from models.native import library
from rag.answer.excerpt import Reading
from rag.answer.prompt import ContextPack, prompts
from rag.formats import DocumentKind
from rag.types import Hit, Locator

_MARKER = "k3v9"
_MOST_TOKENS = 200
_PASSAGES = {
    "lease.txt": """\
Lease of the flat at 12 Harbour Street. The monthly rent is 1,240 euros and is due on the third \
working day of each month. The tenant pays a deposit of three monthly rents before moving in, \
which is kept on an account of its own. Either side may end the lease with a notice of three \
months to the end of a quarter. Heating and water are charged once a year by what was used.""",
    "minutes.txt": """\
Minutes of the garden club of 4 March. The club bought a second pump for 380 euros, since the \
old one could no longer fill the upper beds. Members voted to open the gate to visitors on the \
first Sunday of each month from May to September. The treasurer asked for receipts by the end of \
June. A new shed was put off until next year.""",
    "warranty.txt": """\
The warranty of the dishwasher covers material and work for twenty-four months from the day of \
delivery. It does not cover damage by limescale, by hard objects or by detergent that is not \
made for such machines. Repairs under the warranty are made in the home of the owner; the way is \
free within sixty kilometres. Keep the receipt, since it proves the day of delivery.""",
    "policy.txt": """\
Employees may work from home on up to two days a week if their team agrees. Days are entered \
into the calendar by Thursday of the week before. Whoever is ill at home reports it by nine \
o'clock and brings a note of a doctor from the third day on. Overtime is balanced by free time \
within three months, and is paid only where that cannot be.""",
}
_QUESTIONS = (
    "How long is the notice period of the lease, and when does it end?",
    "Why did the garden club buy a second pump, and what did it cost?",
    "What does the warranty of the dishwasher not cover?",
    "How many days a week can employees work from home, and who has to agree?",
    "What happens with overtime?",
)


@dataclass(frozen=True)
class Written:
    """An answer. `seconds`: processor time of writing it, without reading the prompt."""

    text: str
    tokens: int
    seconds: float


class OneByOne(DraftedSteps):
    """Reads nothing ahead."""

    def _next(self) -> list[int]:
        return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.drafting", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--draft", default="qwen2.5-coder-0.5b-instruct-q4_k_m")
    parser.add_argument("--ways", nargs="+", choices=("lookup", "model"), default=["lookup"])
    parser.add_argument("--most", type=int, default=MOST, help="tokens that are read ahead")
    parser.add_argument("--questions", type=int, default=len(_QUESTIONS))
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    drafting.MOST = options.most
    models = ModelLibrary(Paths.resolve().models)
    chosen = models.resolve(options.model)
    tuning = Tuning(options.threads)
    large = LlamaChatModel(chosen.path, chosen.id, tuning=tuning)
    packs = {
        question: _pack(question, chosen.sha256) for question in _QUESTIONS[: options.questions]
    }
    for way in options.ways:
        steps = DraftedSteps
        if way == "model":
            file = models.resolve(options.draft).path
            steps = _steps_by(LlamaChatModel(file, options.draft, tuning=tuning))
        _compare(large, packs, f"{way} {options.most}", steps)
    return 0


def _compare(
    model: LlamaChatModel, packs: Mapping[str, ContextPack], way: str, steps: type[DraftedSteps]
) -> None:
    ratios, same = [], 0
    for question, pack in packs.items():
        usual, ahead = write(model, pack, OneByOne), write(model, pack, steps)
        ratios.append(usual.seconds / ahead.seconds)
        same += usual.text == ahead.text
        print(
            f"{way}: {usual.tokens / usual.seconds:.1f} tokens a second of processor time, with "
            f"reading ahead {ahead.tokens / ahead.seconds:.1f}: {ratios[-1]:.2f} times as fast; "
            f"{'same text' if usual.text == ahead.text else 'OTHER TEXT'}; {question}",
            flush=True,
        )
    print(
        f"{way}: median {statistics.median(ratios):.2f} times as fast (worst {min(ratios):.2f}); "
        f"{same} of {len(ratios)} texts are the same",
        flush=True,
    )


def write(model: LlamaChatModel, pack: ContextPack, steps: type[DraftedSteps]) -> Written:
    """Writes the answer to a prompt that has been read."""
    messages = messages_of(pack)
    options = GenerationOptions(_MOST_TOKENS, grammar=gbnf(pack.grammar))
    model.prime(messages)
    model._reads_ahead = True  # noqa: SLF001
    setattr(llama, "DraftedSteps", steps)  # noqa: B010
    began = time.process_time()
    *pieces, finished = model.generate(messages, options)
    seconds = time.process_time() - began
    assert isinstance(finished, Finished)
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
    return Written(text, finished.completion_tokens, seconds)


def _steps_by(small: LlamaChatModel) -> type[DraftedSteps]:
    """Returns steps that read ahead what a smaller model would write."""
    context, vocabulary = small._context, small._vocabulary  # noqa: SLF001
    stop = StopGate(lambda: False)
    lib = library()
    size = lib.llama_vocab_n_tokens(vocabulary.pointer)

    class ByModel(DraftedSteps):
        def _next(self) -> list[int]:
            context.rewind(context.shared(self._tokens))
            context.read(self._tokens[len(context.tokens) :], stop)
            proposed: list[int] = []
            while len(proposed) < drafting.MOST:
                pointer = lib.llama_get_logits_ith(context.pointer, -1)
                token = int(np.argmax(np.ctypeslib.as_array(pointer, (size,))))
                if vocabulary.ends(token):
                    break
                proposed.append(token)
                if len(proposed) < drafting.MOST:
                    context.read([token], stop)
            return proposed

    return ByModel


def _pack(question: str, sha256: str) -> ContextPack:
    hits = [
        Hit(
            rank, name, f"/home/{name}", name, DocumentKind.TEXT, Locator(0, len(text)), text, "", 1
        )
        for rank, (name, text) in enumerate(_PASSAGES.items(), start=1)
    ]
    reading = Reading(question, hits)
    return next(prompts(question, (), reading, _MARKER, demands=profile_of(sha256).demands))


if __name__ == "__main__":
    sys.exit(main())
