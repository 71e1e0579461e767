"""Measures whether drafted tokens make answers faster, and whether they stay the same.

    STUDIOLO_MODELS_DIR=FOLDER python -m bench.drafting [--model ID] [--draft ID] [--ways WAY ...]

A draft proposes some tokens, and the model checks them in one step: what it would not have written
is thrown away. `lookup` proposes what followed the last two tokens earlier in the prompt or reply
(llama-cpp-python's `LlamaPromptLookupDecoding`), `model` what a smaller model would write. Both are
held to the grammar of an answer (quote first), as the program asks for it. Prints, for each of five
questions, the processor time of writing an answer against the usual way, in alternating pairs, and
whether the text is the same at temperature 0.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.answering.chat_messages import messages_of
from app.answering.model_profiles import profile_of
from app.model_library.service import ModelLibrary
from app.paths import Paths
from models.chat import GenerationOptions
from models.context import StopGate, Tuning
from models.grammar import gbnf
from models.llama import LlamaChatModel
from models.native import Sampler, library
from rag.answer.excerpt import Reading
from rag.answer.prompt import ContextPack, prompts
from rag.formats import DocumentKind
from rag.types import Hit, Locator

_MARKER = "k3v9"
_MOST_TOKENS = 200
_NGRAM = 2
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
    """An answer, and what it cost.

    Attributes:
        tokens: of the reply.
        steps: how often the model computed.
        seconds: processor time of writing, without the reading of the prompt by `model`.
    """

    text: str
    tokens: int
    steps: int
    seconds: float


Draft = Callable[[Sequence[int]], Sequence[int]]
"""Proposes tokens that may follow others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.drafting", description=__doc__)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b-instruct-q4_k_m")
    parser.add_argument("--draft", default="qwen2.5-coder-0.5b-instruct-q4_k_m")
    parser.add_argument("--ways", nargs="+", choices=("lookup", "model"), default=["lookup"])
    parser.add_argument("--most", type=int, nargs="+", default=[4, 10], help="tokens of a draft")
    parser.add_argument("--questions", type=int, default=len(_QUESTIONS))
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args(arguments)
    models = ModelLibrary(Paths.resolve().models)
    chosen = models.resolve(options.model)
    tuning = Tuning(options.threads)
    large = LlamaChatModel(chosen.path, chosen.id, tuning=tuning)
    small = None
    if "model" in options.ways:
        file = models.resolve(options.draft).path
        small = LlamaChatModel(file, options.draft, tuning=tuning)
    questions = _QUESTIONS[: options.questions]
    packs = {question: _pack(question, chosen.sha256) for question in questions}
    for way in options.ways:
        for most in options.most:
            _compare(large, packs, way, most, small)
    return 0


def _compare(
    large: LlamaChatModel,
    packs: Mapping[str, ContextPack],
    way: str,
    most: int,
    small: LlamaChatModel | None,
) -> None:
    ratios, same = [], 0
    for question, pack in packs.items():
        usual = write(large, pack, None)
        draft = lookup(most) if way == "lookup" or small is None else by_model(small, most)
        drafted = write(large, pack, draft)
        ratios.append(usual.seconds / drafted.seconds)
        same += usual.text == drafted.text
        print(
            f"{way} {most}: {usual.tokens} tokens, {usual.tokens / usual.seconds:.1f} a second "
            f"of processor time; drafted {drafted.tokens} in {drafted.steps} steps, "
            f"{drafted.tokens / drafted.seconds:.1f}; {ratios[-1]:.2f} times as fast; "
            f"{'same text' if usual.text == drafted.text else 'OTHER TEXT'}; {question}",
            flush=True,
        )
    print(
        f"{way} {most}: median {statistics.median(ratios):.2f} times as fast (worst "
        f"{min(ratios):.2f}); {same} of {len(ratios)} texts are the same",
        flush=True,
    )


def write(model: LlamaChatModel, pack: ContextPack, draft: Draft | None) -> Written:
    """Writes the answer to a prompt as `LlamaChatModel.generate` does, with a draft or without."""
    context, vocabulary = model._context, model._vocabulary  # noqa: SLF001
    stop = StopGate(lambda: False)
    options = GenerationOptions(_MOST_TOKENS, grammar=gbnf(pack.grammar))
    prompt = model.tokenize(messages_of(pack))
    context.rewind(0)
    context.read(prompt, stop)
    reply: list[int] = []
    steps, pieces = 0, b""
    if draft is not None:
        draft(prompt)  # a model reads the prompt, which is not counted
    began = time.process_time()
    with _IndexedSampler(vocabulary, options) as sampler:
        token = sampler.sample(context.pointer)
        while not vocabulary.ends(token) and len(reply) < _MOST_TOKENS:
            reply.append(token)
            proposed = list(draft([*prompt, *reply])) if draft is not None else []
            steps += 1
            if not proposed:
                context.read([token], stop)
                sampler.index = -1
                token = sampler.sample(context.pointer)
                continue
            start = len(context.tokens)
            _read_all(context, [token, *proposed])
            kept = 0
            sampler.index = 0
            token = sampler.sample(context.pointer)
            while kept < len(proposed) and token == proposed[kept] and len(reply) < _MOST_TOKENS:
                if vocabulary.ends(token):
                    break
                reply.append(token)
                kept += 1
                sampler.index = kept
                token = sampler.sample(context.pointer)
            context.rewind(start + 1 + kept)
    seconds = time.process_time() - began
    pieces = b"".join(map(vocabulary.piece, reply))
    return Written(pieces.decode("utf-8", "replace"), len(reply), steps, seconds)


def lookup(most: int) -> Draft:
    """Returns a draft that proposes what followed the last tokens earlier."""
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    find = LlamaPromptLookupDecoding(max_ngram_size=_NGRAM, num_pred_tokens=most)
    return lambda tokens: [int(token) for token in find(np.asarray(tokens, np.intc))]


def by_model(model: LlamaChatModel, most: int) -> Draft:
    """Returns a draft that proposes what a smaller model would write."""
    context, vocabulary = model._context, model._vocabulary  # noqa: SLF001
    stop = StopGate(lambda: False)
    lib = library()
    size = lib.llama_vocab_n_tokens(vocabulary.pointer)

    def propose(tokens: Sequence[int]) -> list[int]:
        context.rewind(context.shared(tokens))
        context.read(tokens[len(context.tokens) :], stop)
        proposed: list[int] = []
        while len(proposed) < most:
            logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(context.pointer, -1), (size,))
            token = int(np.argmax(logits))
            if vocabulary.ends(token):
                break
            proposed.append(token)
            if len(proposed) < most:
                context.read([token], stop)
        return proposed

    return propose


class _IndexedSampler(Sampler):
    """Samples from the logits of any token of the last step; `index` -1 is the last one."""

    def __init__(self, *args: Any) -> None:
        self.index = -1
        super().__init__(*args)
        self._lib = _Indexed(self._lib, self)


class _Indexed:
    """llama.cpp with another index of the logits than the last."""

    def __init__(self, lib: Any, sampler: _IndexedSampler) -> None:
        self._lib, self._sampler = lib, sampler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lib, name)

    def llama_get_logits_ith(self, context: Any, _: int) -> Any:
        return self._lib.llama_get_logits_ith(context, self._sampler.index)

    def llama_sampler_sample(self, chain: Any, context: Any, _: int) -> Any:
        return self._lib.llama_sampler_sample(chain, context, self._sampler.index)


def _read_all(context: Any, tokens: Sequence[int]) -> None:
    """Reads tokens in one step, and keeps the logits of each."""
    lib = library()
    start, count = len(context.tokens), len(tokens)
    batch = lib.llama_batch_init(count, 0, 1)
    for place, token in enumerate(tokens):
        batch.token[place] = token
        batch.pos[place] = start + place
        batch.n_seq_id[place] = 1
        batch.seq_id[place][0] = 0
        batch.logits[place] = 1
    batch.n_tokens = ctypes.c_int32(count)
    status = lib.llama_decode(context.pointer, batch)
    lib.llama_batch_free(batch)
    if status != 0:
        raise RuntimeError(f"llama_decode returned {status}")
    context.tokens += tokens


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
