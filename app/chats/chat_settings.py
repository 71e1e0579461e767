"""What holds for one chat only, as it is kept with the chat and sent to the model's process."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

LEAST_CONTEXT, MOST_CONTEXT = 1024, 32768
"""Limits of a context window, in tokens."""
HIGHEST_TEMPERATURE = 2.0
LONGEST_RULES = 2000
"""Characters that instructions of a person's own may have."""


class ChatSettings(Struct, frozen=True, omit_defaults=True):
    """What holds for one chat only. None, or "", means as for the model that answers in it.

    Attributes:
        temperature: of what is written for the person to read.
        context_tokens: the context window.
        rules: added to the instructions of what is written so, in place of the model's own.
    """

    temperature: Annotated[float, Meta(ge=0, le=HIGHEST_TEMPERATURE)] | None = None
    context_tokens: Annotated[int, Meta(ge=LEAST_CONTEXT, le=MOST_CONTEXT)] | None = None
    rules: Annotated[str, Meta(max_length=LONGEST_RULES)] = ""


USUAL = ChatSettings()
"""Those of a chat for which nothing was changed."""

_decoder = msgspec.json.Decoder(ChatSettings)


def to_text(settings: ChatSettings) -> str:
    """Returns them as JSON; "" if nothing was changed."""
    return "" if settings == USUAL else msgspec.json.encode(settings).decode()


def from_text(text: str) -> ChatSettings:
    """Reads what `to_text` wrote; returns `USUAL` where it cannot be read."""
    try:
        return read(text)
    except ValueError:
        return USUAL


def read(text: str) -> ChatSettings:
    """Reads what `to_text` wrote.

    Raises:
        ValueError: it is something else, or a value is out of range.
    """
    return _decoder.decode(text) if text else USUAL
