"""What a shell command prints: for people, or JSON for programs."""

from __future__ import annotations

import sys
import time

import msgspec

from app.errors import UserMessage

_TERMINAL_SECONDS = 0.1
_PIPE_SECONDS = 5.0
_CLEAR = "\r\x1b[K"


class ErrorText(msgspec.Struct, frozen=True):
    """A known error for programs."""

    message: str
    advice: str


class ErrorOutput(msgspec.Struct, frozen=True):
    """What `--json` prints instead of a result."""

    error: ErrorText


class Console:
    """Standard output for results, standard error for everything else.

    Args:
        as_json: results are JSON, and people's words are left out of standard output.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._terminal = sys.stderr.isatty()
        self._told = 0.0
        self._open_line = False

    def result(self, value: object) -> None:
        """Prints a result as one line of JSON."""
        self._end_line()
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        sys.stdout.flush()

    def say(self, text: str = "", *, end: str = "\n") -> None:
        """Prints words for people; not with `--json`."""
        if not self.as_json:
            self._end_line()
            sys.stdout.write(text + end)
            sys.stdout.flush()

    def note(self, text: str) -> None:
        """Prints a sentence on standard error."""
        self._end_line()
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    @property
    def can_ask(self) -> bool:
        """Whether there is a person in front of the terminal."""
        return not self.as_json and sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """The line that the person types as an answer; "" for none."""
        self._end_line()
        sys.stdout.write(f"{question} ")
        sys.stdout.flush()
        return sys.stdin.readline().strip()

    def progress(self, text: str) -> None:
        """Shows how far it is: in a terminal a line that changes, else a line now and then."""
        now = time.monotonic()
        if now - self._told < (_TERMINAL_SECONDS if self._terminal else _PIPE_SECONDS):
            return
        self._told = now
        sys.stderr.write(f"{_CLEAR}{text[:100]}" if self._terminal else f"{text}\n")
        sys.stderr.flush()
        self._open_line = self._terminal

    def error(self, message: UserMessage) -> None:
        """Says what went wrong and what to do next."""
        if self.as_json:
            self.result(ErrorOutput(ErrorText(message.message, message.advice)))
        self.note(f"{message.message} {message.advice}".strip())

    def _end_line(self) -> None:
        if self._open_line:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._open_line = False
