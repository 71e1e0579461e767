"""Well-known models: what fits into them and what they cost. Estimates, and named so.

From https://platform.claude.com/docs/en/models and https://developers.openai.com/api/docs/models,
read in November 2026. Prices change, and some rise with very long prompts: what the person sets
comes first. The table holds only for the providers' own servers: what others ask for a model of the
same name is not known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.settings.fields import CloudProvider


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model of a provider's own server.

    Attributes:
        host: the server.
        name: without the date that may follow it.
        context_tokens: what fits into it, the reply included.
        input_price, output_price: US dollars for a million tokens.
    """

    host: str
    name: str
    context_tokens: int
    input_price: float
    output_price: float


_ANTHROPIC, _OPENAI = "api.anthropic.com", "api.openai.com"
KNOWN = (
    KnownModel(_ANTHROPIC, "claude-opus-5-5", 1_000_000, 4.0, 20.0),
    KnownModel(_ANTHROPIC, "claude-sonnet-5-5", 1_000_000, 2.0, 10.0),
    KnownModel(_ANTHROPIC, "claude-sonnet-5", 1_000_000, 2.0, 10.0),
    KnownModel(_ANTHROPIC, "claude-haiku-4-5", 200_000, 1.0, 5.0),
    KnownModel(_OPENAI, "gpt-6-astra", 1_050_000, 10.0, 50.0),
    KnownModel(_OPENAI, "gpt-5.6-sol", 1_050_000, 4.0, 20.0),
    KnownModel(_OPENAI, "gpt-5.6-terra", 1_050_000, 2.0, 12.0),
    KnownModel(_OPENAI, "gpt-5.6-luna", 1_050_000, 0.2, 1.2),
)
_DATE = re.compile(r"-(?:latest|\d{4}-?\d{2}-?\d{2})$")


def known_model(provider: CloudProvider) -> KnownModel | None:
    """The provider's model, where the table has it."""
    name = _DATE.sub("", provider.model)
    return next((m for m in KNOWN if (m.host, m.name) == (provider.host, name)), None)


def known_models(host: str) -> tuple[KnownModel, ...]:
    """What the table has of a server."""
    return tuple(model for model in KNOWN if model.host == host)


def context_of(provider: CloudProvider) -> int:
    """What fits into the provider's model, in tokens; 0 where nobody knows."""
    known = known_model(provider)
    return provider.context_tokens or (known.context_tokens if known else 0)


def cost(provider: CloudProvider, input_tokens: int, output_tokens: int) -> float | None:
    """What that many tokens cost, in US dollars; None where no price is known."""
    known = known_model(provider)
    ask, reply = provider.input_price, provider.output_price
    if known is not None:
        ask = known.input_price if ask is None else ask
        reply = known.output_price if reply is None else reply
    if ask is None or reply is None:
        return None
    return (input_tokens * ask + output_tokens * reply) / 1e6
