"""Context windows and prices of well-known models, for estimates.

From https://platform.claude.com/docs/en/models and https://developers.openai.com/api/docs/models,
read in November 2026. Prices change, and some rise with very long prompts, so the person's settings
take precedence. The table only applies to the providers' own servers: other servers' prices for a
model of the same name are unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.settings.fields import CloudProvider


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model on its provider's own server.

    Attributes:
        host: the server.
        name: without the date that may follow it.
        context_tokens: its context window, the reply included.
        input_price, output_price: US dollars per million tokens.
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
    """Returns the table's entry for the provider's model, if any."""
    name = _DATE.sub("", provider.model)
    return next((m for m in KNOWN if (m.host, m.name) == (provider.host, name)), None)


def known_models(host: str) -> tuple[KnownModel, ...]:
    """Returns the table's models of a server."""
    return tuple(model for model in KNOWN if model.host == host)


def context_of(provider: CloudProvider) -> int:
    """Returns the context window of the provider's model, in tokens; 0 if unknown."""
    model = known_model(provider)
    return provider.context_tokens or (model.context_tokens if model else 0)


def cost(provider: CloudProvider, input_tokens: int, output_tokens: int) -> float | None:
    """Returns the cost of some tokens, in US dollars; None if no price is known."""
    model = known_model(provider)
    input_price, output_price = provider.input_price, provider.output_price
    if model is not None:
        input_price = model.input_price if input_price is None else input_price
        output_price = model.output_price if output_price is None else output_price
    if input_price is None or output_price is None:
        return None
    return (input_tokens * input_price + output_tokens * output_price) / 1e6
