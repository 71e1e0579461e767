"""Runs a model's chat template in a process of its own, in limited time and memory.

A template is a program that came with the model. The sandbox of Jinja keeps it from everything but
computing, and cannot bound that: a line of it may compute for years, or fill the memory. The
process gets and sends JSON only, so that it can tell its parent nothing but text.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from models.memory import resident_bytes

SECONDS = 5.0
"""Longest time that one prompt may take to be written."""
MEMORY_BYTES = 512 << 20
"""Most memory that the process may take; without a template it takes about 30 MB."""
TEMPLATE_CHARACTERS = 1 << 20
"""Longest template; real ones have a few thousand characters."""
_PROMPT_CHARACTERS = 4 << 20  # beside a few times what the messages say
_START_SECONDS = 60.0
_WATCH_SECONDS = 0.05
_LONGEST_REPLY = 1 << 28

Turns = Sequence[Mapping[str, str]]
"""Messages as templates know them: each with a "role" and a "content"."""


class TemplateFailed(Exception):
    """The template gives no prompt.

    Attributes:
        why: part of a sentence that begins with "the template", without a full stop.
        over_limit: it took too much; other messages would not help.
    """

    def __init__(self, why: str, *, over_limit: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.over_limit = over_limit


class Renderer:
    """A process that holds one template. It ends with `close`, or with this process.

    Args:
        source: the Jinja template out of the model's file.
        bos: the text of the token that begins a sequence.
        eos: the text of the token that ends one.

    Raises:
        TemplateFailed: the template is too long, or cannot be compiled within the limits.
    """

    def __init__(self, source: str, bos: str, eos: str) -> None:
        if len(source) > TEMPLATE_CHARACTERS:
            raise _over(f"is longer than {TEMPLATE_CHARACTERS >> 20} million characters")
        self._compile = json.dumps({"source": source, "bos": bos, "eos": eos}).encode()
        self._process: Any = None
        self._pipe: Connection | None = None
        self._start()

    def render(self, turns: Turns) -> str:
        """Renders the prompt, which ends where the assistant's turn begins.

        Raises:
            TemplateFailed: the template fails on these messages, or takes too much.
        """
        if self._pipe is None:
            self._start()
        return self._ask(json.dumps({"turns": turns}).encode(), SECONDS)

    def close(self) -> None:
        """Ends the process."""
        if self._pipe is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process.close()
        self._pipe = self._process = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=main, args=(theirs,), name="template", daemon=True)
        self._process.start()
        theirs.close()
        self._wait(_START_SECONDS)
        try:
            self._ask(self._compile, SECONDS)
        except TemplateFailed:
            self.close()
            raise

    def _ask(self, request: bytes, seconds: float) -> str:
        assert self._pipe is not None
        with contextlib.suppress(OSError):  # if it has ended, the wait tells
            self._pipe.send_bytes(request)
        reply = self._wait(seconds)
        if "text" in reply:
            return str(reply["text"])
        raise TemplateFailed(
            str(reply.get("why", "cannot be run")), over_limit=bool(reply.get("over_limit"))
        )

    def _wait(self, seconds: float) -> dict[str, Any]:
        """Waits for the next reply.

        Raises:
            TemplateFailed: the process took too much, or ended.
        """
        assert self._pipe is not None
        deadline = time.monotonic() + seconds
        try:
            while not self._pipe.poll(_WATCH_SECONDS):
                if resident_bytes(self._process.pid) > MEMORY_BYTES:
                    raise _too_large()
                if time.monotonic() > deadline:
                    raise _over(f"takes longer than {seconds:.0f} seconds")
            reply = json.loads(self._pipe.recv_bytes(_LONGEST_REPLY))
            return reply if isinstance(reply, dict) else {}
        except (EOFError, OSError, ValueError) as error:
            self.close()
            raise _over("ends the process that it runs in") from error
        except TemplateFailed:
            self.close()
            raise


def main(pipe: Connection) -> None:
    """Answers requests until the parent is gone: a template first, then messages."""
    environment = _environment()
    _limit_memory()
    pipe.send_bytes(b"{}")
    written: Callable[[Turns], str] | None = None
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        while True:
            try:
                request = json.loads(pipe.recv_bytes())
            except (EOFError, OSError):
                return
            # The parent ends a process that takes too long; if it has gone itself, this does.
            faulthandler.dump_traceback_later(SECONDS + 2, exit=True, file=nowhere)
            try:
                if "source" in request:
                    written = _compiled(environment, **request)
                    reply: dict[str, object] = {"text": ""}
                else:
                    assert written is not None
                    reply = {"text": written(request["turns"])}
                data = json.dumps(reply).encode()
            except TemplateFailed as failed:
                data = json.dumps({"why": failed.why, "over_limit": failed.over_limit}).encode()
            faulthandler.cancel_dump_traceback_later()
            pipe.send_bytes(data)


def _compiled(environment: Any, source: str, bos: str, eos: str) -> Callable[[Turns], str]:
    from jinja2 import TemplateSyntaxError

    try:
        template = environment.from_string(source)
    except TemplateSyntaxError as error:
        raise TemplateFailed(f"has a mistake in line {error.lineno}") from error
    except Exception as error:  # whatever the compilers make of it
        raise _told(error) from error

    def written(turns: Turns) -> str:
        room = _PROMPT_CHARACTERS + 4 * sum(len(turn["content"]) for turn in turns)
        parts: list[str] = []
        try:
            for part in template.generate(
                messages=turns,
                bos_token=bos,
                eos_token=eos,
                add_generation_prompt=True,
                enable_thinking=False,
                raise_exception=_raise,
                strftime_now=lambda form: datetime.now().strftime(form),  # noqa: DTZ005
                functions=None,
                function_call=None,
                tools=None,
                tool_choice=None,
            ):
                parts.append(part)
                room -= len(part)
                if room < 0:
                    break
        except Exception as error:  # a template may raise whatever Python can
            raise _told(error) from error
        if room < 0:
            raise _over(f"writes more than {_PROMPT_CHARACTERS >> 20} million characters")
        return "".join(parts)

    return written


def _told(error: Exception) -> TemplateFailed:
    if isinstance(error, MemoryError):
        return _too_large()
    if isinstance(error, RecursionError):
        return _over("calls itself too often")
    return TemplateFailed("fails on a plain conversation")


def _raise(message: str) -> None:
    raise ValueError(message)


def _environment() -> Any:
    """Sets Jinja up as Transformers does, for which chat templates are written."""
    import jinja2
    import jinja2.ext
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class PassOver(jinja2.ext.Extension):
        """Passes over ``{% generation %}``, which marks what a model learns from."""

        tags = {"generation"}  # noqa: RUF012  # as the library has it

        def parse(self, parser: Any) -> Any:
            parser.stream.skip(1)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.BaseLoader(),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[PassOver, jinja2.ext.loopcontrols],
    )
    environment.filters["tojson"] = _to_json
    return environment


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _limit_memory() -> None:
    """Limits memory where the system can; the parent watches in any case."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


def _over(why: str) -> TemplateFailed:
    return TemplateFailed(why, over_limit=True)


def _too_large() -> TemplateFailed:
    return _over(f"takes more than {MEMORY_BYTES >> 20} MB of memory")
