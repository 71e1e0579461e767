"""A chat model that runs in this process, from a GGUF file, through llama.cpp."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from models.adapter import check_fits
from models.backends import Device, use
from models.calibrate import Tunings, calibrate, measure
from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
    Speed,
    TextPiece,
    TokenChance,
)
from models.context import Context, StopGate, Tuning
from models.errors import ModelTooLarge, PromptTooLong, WroteNothing
from models.fingerprint import fingerprint
from models.fit import checked_context, context_that_fits
from models.gguf import GgufHeader, too_large
from models.inspection import chat_file
from models.memory import memory
from models.native import Sampler, Vocabulary, library, load_adapter, load_model, version
from models.openings import OpeningChoice
from models.recall import Recall
from models.states import SavedStates, common_length
from models.template import PLAIN_NOTE, PLAIN_STOPS, CheckedTemplate, checked_template
from models.textstream import TextStream, leaking_marks
from models.trial import try_out

# Whatever follows the beginning of a prompt, its tokens do not reach into these alike.
_PROBES = ("a", "1", "\n", "[")
_NO_TOKEN = -1


class LlamaChatModel:
    """Fits the `ChatModel` port. One generation at a time, on one thread at a time.

    Args:
        path: the GGUF file, or the first of several.
        model_id: the catalogue's id, or the file name of a model that the person added.
        context_tokens: the wanted context window; the model's own limit is kept, and it is
            smaller where that makes it fit the memory that is free.
        gpu_layers: -1 means as many as fit; without a usable graphics card it has no effect.
        tuning: how it computes, unless `tune` has found a faster way; None is the usual way.
        tunings: the file that remembers what `tune` found; None for none.
        states: the folder of what it has read before (`models.states`); None keeps nothing.
        sha256: of the file, in hex; "" where that is not known.
        device: what computes it; the process computes with nothing else from then on.
        adapter: the GGUF file of a LoRA adapter that changes what it writes; None for none.

    Raises:
        ModelMissing: the file is not there or cannot be opened.
        ModelDamaged: the file is truncated, not GGUF, or a part of it is missing.
        ModelUnsupported: it is no chat model, its template cannot be used, llama.cpp does not
            know its kind, or the adapter is for another model.
        ModelTooLarge: it does not fit the memory that is free.
    """

    def __init__(
        self,
        path: Path,
        model_id: str,
        *,
        context_tokens: int = 4096,
        gpu_layers: int = -1,
        tuning: Tuning | None = None,
        tunings: Path | None = None,
        states: Path | None = None,
        sha256: str = "",
        device: Device = Device(),  # noqa: B008  it cannot be changed
        adapter: Path | None = None,
    ) -> None:
        self._file = file = chat_file(path)
        if adapter is not None:
            check_fits(adapter, path)
        context_tokens = checked_context(file, _context_size(file.header, context_tokens))
        self._id, self._sha256 = model_id, sha256
        use(device)
        self._lib = library()
        self._path = path
        self._window = context_tokens
        self._states = states
        self._usual = tuning or Tuning()
        self._tunings = Tunings(tunings, path, gpu_layers, self._usual) if tunings else None
        layers = device.layers(file.header.number("block_count"), gpu_layers)
        self._adapter_path, self._adapter = adapter, None
        self._model = load_model(path, layers, device)
        try:
            if adapter is not None:
                self._adapter = load_adapter(self._model, adapter)
            self._open((self._tunings and self._tunings.get()) or self._usual)
        except BaseException:
            self._free_model()
            raise
        try:
            self._vocabulary = Vocabulary(self._model)
            checked = self._read_template()
            self._template, self._frame = checked.template, checked.frame
            self._plain = checked.plain
        except BaseException:
            self._context.close()
            self._free_model()
            raise

    @property
    def id(self) -> str:
        """The catalogue's id, or the file name of a model that the person added."""
        return self._id

    @property
    def sha256(self) -> str:
        """What the file is known by, whatever it is called; "" where that is not known."""
        return self._sha256

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together."""
        return self._context.window

    def close(self) -> None:
        """Frees the native memory. The model cannot be used afterwards."""
        self._template.close()
        self._context.close()
        self._free_model()

    def resize(self, context_tokens: int) -> None:
        """Changes the context window, as far as the model and the free memory allow it.

        What was read is forgotten then. The smaller of the old and the new window always fits.

        Raises:
            ModelTooLarge: there is not enough memory any more for the old one.
        """
        wanted, earlier = _context_size(self._file.header, context_tokens), self._window
        fitting = context_that_fits(self._file, wanted, memory().available)
        window = max(fitting, min(wanted, earlier))
        if window == earlier:
            return
        self._context.close()
        self._window = window
        try:
            self._open(self._tuning)
        except ModelTooLarge:
            self._window = earlier
            self._open(self._tuning)

    def tune(self, should_stop: Callable[[], bool] = lambda: False) -> Tuning | None:
        """Finds out how to compute fastest, in about 15 seconds; does nothing if that is known.

        What was read is forgotten then. None if nothing was found out.
        """
        if self._tunings is None or self._tunings.get() is not None:
            return None
        tuning = calibrate(self._model, self._usual, should_stop)
        if tuning is not None:
            self._tunings.put(tuning)
            if tuning != self._usual:
                self._context.close()
                self._open(tuning)
        return tuning

    def measure(self, should_stop: Callable[[], bool] = lambda: False) -> Speed | None:
        """Measures how fast it reads and writes, in seconds; None if stopped.

        Raises:
            InferenceFailed: llama.cpp reports an error.
            ModelTooLarge: there is not enough memory.
        """
        try:
            return measure(self._model, self._usual, should_stop)
        except MemoryError:
            raise too_large(self._path) from None

    def compute_once(self) -> None:
        """Computes one token: what cannot run on this machine ends the process here.

        Raises:
            InferenceFailed: llama.cpp reports an error.
        """
        self._context.read([max(self._vocabulary.bos, 0)], StopGate(lambda: False))
        self._context.rewind(0)

    def try_out(self) -> str:
        """Finds out whether it reads and writes as a chat model does, in a few sentences.

        Returns:
            What a person should know of it; "" for nothing.

        Raises:
            ModelUnsupported: it does not.
            InferenceFailed: llama.cpp reports an error.
        """
        try_out(self, self._vocabulary, self._frame)
        return PLAIN_NOTE if self._plain else ""

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that `messages` make, chat template included."""
        return len(self.tokenize(messages))

    def tokenize(self, messages: Sequence[Message]) -> list[int]:
        """Returns the prompt of `messages` as tokens. Messages hold no control tokens."""
        tokens: list[int] = []
        for part in self._template.fragments(messages):
            tokens += self._vocabulary.tokenize(part.text, control=part.control)
        if self._vocabulary.adds_bos and tokens[:1] != [self._vocabulary.bos]:
            tokens.insert(0, self._vocabulary.bos)
        return tokens

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Reads the beginning of prompts to come: `messages`, the last of which may go on.

        Raises:
            PromptTooLong: it leaves no room in the context window.
            InferenceFailed: llama.cpp reports an error.
        """
        beginning = self._beginning(messages)
        self._room_after(beginning)
        kept = not drawer or self._recall.is_kept(beginning, drawer)
        if kept and self._recall.holds(beginning):
            return Primed(len(beginning), 0, complete=True, saved=bool(drawer))
        stop = StopGate(should_stop)
        recalled = self._recall.begin([*beginning, _NO_TOKEN], stop)
        complete = self._context.read(beginning[recalled:], stop)
        if complete and not kept:
            kept = self._recall.keep(beginning, drawer)
        held = len(self._context.tokens)
        return Primed(held, held - recalled, complete, saved=bool(drawer) and kept)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
            InferenceFailed: the grammar cannot be parsed, or llama.cpp reports an error.
        """
        prompt = self.tokenize(messages)
        limit = min(options.max_tokens, self._room_after(prompt))
        stop = StopGate(should_stop)
        reused = self._recall.begin(prompt, stop)
        with Sampler(self._vocabulary, options) as sampler:
            ready = self._context.read(prompt[reused:], stop)
            stops = (*options.stop, *(PLAIN_STOPS if self._plain else ()))
            marks = leaking_marks([message.content for message in messages])
            run = _Run(limit, TextStream(stops, marks))
            if not ready:
                run.reason = FinishReason.STOPPED
            opening = OpeningChoice(options.openings, self._vocabulary)
            while run.reason is None:
                text = self._next_text(run, sampler, opening, stop)
                if text:
                    yield TextPiece(text, run.new_chances())
            rest = run.text.push(b"", final=True)
            if rest:
                yield TextPiece(rest, run.new_chances())
            if not run.wrote(rest):
                if run.text.only_thoughts:
                    raise WroteNothing(
                        f"The language model thought for {run.count} tokens and came to no answer.",
                        "Ask again, or choose a model in Settings that answers at once.",
                    )
                raise WroteNothing(
                    "The language model wrote nothing. This says nothing about your documents.",
                    "Ask again, or choose another model in Settings.",
                )
        chances = tuple(run.chances)
        yield Finished(run.reason, len(prompt), run.count, reused, chances)

    def _next_text(
        self, run: _Run, sampler: Sampler, opening: OpeningChoice, stop: StopGate
    ) -> str:
        """Chooses tokens and returns the text that became certain; may set `run.reason`.

        What is certain of an opening is one step; else a step is one token.
        """
        if run.tokens and not self._context.read(run.tokens, stop):
            run.reason = FinishReason.STOPPED
            return ""
        if opening.is_open:
            tokens, chance = opening.take(lambda: sampler.logits(self._context.pointer))
            run.tokens = tokens[: run.limit - run.count]
            for token in run.tokens:
                sampler.accept(token)
        else:
            run.tokens = [sampler.sample(self._context.pointer)]
            chance = sampler.chance
        text = ""
        for token in run.tokens:
            if self._vocabulary.ends(token):
                run.reason = FinishReason.COMPLETE
                return text
            run.count += 1
            piece = self._vocabulary.piece(token)
            run.chances.append(TokenChance(piece.decode("utf-8", "replace"), chance))
            text += run.text.push(piece)
            chance = 1.0
        run.has_text = run.has_text or bool(text)
        if run.text.stopped:
            run.reason = FinishReason.COMPLETE
        elif run.count >= run.limit:
            run.reason = FinishReason.LENGTH
        elif stop.asked():
            run.reason = FinishReason.STOPPED
        return text

    def _room_after(self, prompt: Sequence[int]) -> int:
        """Returns how many tokens can follow `prompt`."""
        room = self.context_window - len(prompt)
        if room < 1:
            raise PromptTooLong(
                f"The question and its passages have {len(prompt)} tokens; "
                f"the model can read {self.context_window}.",
                "Ask a shorter question, or choose a larger context window in Settings.",
            )
        return room

    def _beginning(self, messages: Sequence[Message]) -> list[int]:
        """Returns the tokens that all prompts that begin with `messages` have in common."""
        *before, last = messages
        tokens = [
            self.tokenize([*before, Message(last.role, last.content + probe)]) for probe in _PROBES
        ]
        length = min(common_length(tokens[0], other) for other in tokens[1:])
        # A letter that follows could still make another token of the last one.
        return tokens[0][: max(0, length - 1)]

    def _open(self, tuning: Tuning) -> None:
        self._tuning = tuning
        saved = None
        if self._states is not None:
            depends = [version(), tuning.flash]
            if self._adapter_path is not None:
                depends.append(fingerprint(self._adapter_path))
            context = repr(tuple(depends)).encode()
            saved = SavedStates(self._states, fingerprint(self._path, context))
        try:
            self._context = Context(self._model, self._window, tuning, self._adapter)
        except MemoryError:
            raise too_large(self._path) from None
        self._recall = Recall(self._context, saved)

    def _free_model(self) -> None:
        if self._model:
            self._lib.llama_model_free(self._model)
        self._model = None

    def _read_template(self) -> CheckedTemplate:
        vocabulary = self._vocabulary
        source: bytes | None = self._lib.llama_model_chat_template(self._model, None)
        native_vocabulary = vocabulary.pointer
        return checked_template(
            None if source is None else source.decode("utf-8", "replace"),
            bos=vocabulary.text(vocabulary.bos),
            eos=vocabulary.text(self._lib.llama_vocab_eos(native_vocabulary)),
            control_texts=vocabulary.control_texts(),
        )


class _Run:
    """What changes while one answer is generated."""

    __slots__ = ("_told", "chances", "count", "has_text", "limit", "reason", "text", "tokens")

    def __init__(self, limit: int, text: TextStream) -> None:
        self.limit = limit
        self.text = text
        self.count = 0
        self.chances: list[TokenChance] = []
        self.tokens: list[int] = []  # that were chosen and not read yet
        self.reason: FinishReason | None = None
        self.has_text = False
        self._told = 0

    def wrote(self, rest: str) -> bool:
        """Tells whether there is text, or a good reason for none. `rest`: what was held back."""
        stopped = self.reason is FinishReason.STOPPED or self.text.stopped
        return self.has_text or bool(rest) or stopped

    def new_chances(self) -> tuple[TokenChance, ...]:
        """Returns the chances of the tokens since the last call."""
        new = tuple(self.chances[self._told :])
        self._told = len(self.chances)
        return new


def _context_size(header: GgufHeader, wanted: int) -> int:
    trained = header.number("context_length", wanted)
    return min(wanted, trained) if trained > 0 else wanted
