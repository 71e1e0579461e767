"""What travels over a worker's pipe: calls, controls, events, replies and errors, as msgpack.

A request names the types of its reply and of its events, so both ends decode strictly to them:

    class Search(Request[tuple[Hit, ...], None]):
        query: str

Nothing is ever unpickled: a parse worker that a hostile file has taken over can send the wrong
values, and those are refused, but it cannot send code.
"""

from __future__ import annotations

import functools
import typing
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from app.errors import KNOWN_ERRORS, AppError, Cancelled
from app.privacy.attempts import Attempt
from app.system_lacks import behind
from app.user_messages import describe
from models.errors import ModelError

R = TypeVar("R")
E = TypeVar("E")

MAX_MESSAGE_BYTES = 512 << 20
"""Longest message that either end accepts."""


class Request(Struct, Generic[R, E], frozen=True, tag=True):
    """Base of all requests. `R` is the type of the reply, `E` that of the events before it."""


class Call(Struct, frozen=True, tag=True, array_like=True):
    """Begins a request, perhaps paused. `id` is never 0.

    `opened`: the descriptor of a file comes right behind it (`app.workers.handover`).
    """

    id: int
    request: Raw
    paused: bool
    opened: bool = False


class Control(Struct, frozen=True, tag=True, array_like=True):
    """The state of a running call's token."""

    id: int
    cancelled: bool
    paused: bool


class Close(Struct, frozen=True, tag=True, array_like=True):
    """Asks the worker to put everything away and end."""


class Event(Struct, frozen=True, tag=True, array_like=True):
    """Something that a running call says."""

    id: int
    event: Raw


class Done(Struct, frozen=True, tag=True, array_like=True):
    """A call's reply."""

    id: int
    reply: Raw


class Failed(Struct, frozen=True, tag=True, array_like=True):
    """A call's error. `id` 0: the worker could not start. `error` is a class name, "" for a bug."""

    id: int
    error: str
    message: str
    advice: str
    model_id: str = ""


class Ready(Struct, frozen=True, tag=True, array_like=True):
    """The worker has started: it answers from now on."""


class Tried(Struct, frozen=True, tag=True, array_like=True):
    """Something in the worker, or in a worker of its own, tried to use the network."""

    attempt: Attempt


ToWorker = Call | Control | Close
ToCall = Event | Done | Failed
FromWorker = ToCall | Ready | Tried

encode = msgspec.msgpack.Encoder().encode
decode_to_worker = msgspec.msgpack.Decoder(ToWorker).decode
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode


UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, MemoryError)
"""What decoding raises for a message that should not have been sent."""


class WorkerBug(Exception):
    """A worker raised something that nobody foresaw; its log has the details."""


def raw(value: object) -> Raw:
    """Encodes the inner part of a message."""
    return Raw(encode(value))


@functools.cache
def decoders(
    request_type: type[Request[Any, Any]],
) -> tuple[msgspec.msgpack.Decoder[Any], msgspec.msgpack.Decoder[Any]]:
    """Decoders for the reply and for the events of a request."""
    for base in request_type.__orig_bases__:  # type: ignore[attr-defined]  # set by Generic
        if typing.get_origin(base) is Request:
            reply, event = typing.get_args(base)
            return msgspec.msgpack.Decoder(reply), msgspec.msgpack.Decoder(event)
    raise TypeError(f"{request_type.__name__} does not say what it is answered with")


def failed(call_id: int, error: Exception) -> Failed:
    """Puts an error into a message. A bug's own text is left out: it could quote a document."""
    error = behind(error) or error
    if isinstance(error, KNOWN_ERRORS):
        model_id = error.model_id if isinstance(error, ModelError) else ""
        return Failed(call_id, type(error).__name__, error.message, error.advice, model_id)
    shown = describe(error)
    if not shown.is_bug:  # what the machine lacks
        return Failed(call_id, AppError.__name__, shown.message, shown.advice)
    return Failed(call_id, "", type(error).__name__, "")


def to_error(note: Failed) -> Exception:
    """Returns the error that a message carries, as the class that was raised in the worker."""
    kind = _error_classes().get(note.error)
    if kind is None:
        return WorkerBug(note.message)
    if kind is Cancelled:
        return Cancelled()
    error: Exception = kind(note.message, note.advice)
    if isinstance(error, ModelError):
        error.model_id = note.model_id
    return error


def _error_classes() -> dict[str, Any]:
    """Returns every error that a person can be told about, by class name."""
    errors: dict[str, Any] = {}
    waiting: list[type] = list(KNOWN_ERRORS)
    while waiting:
        kind = waiting.pop()
        errors[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return errors
