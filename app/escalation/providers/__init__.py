"""The providers' protocols: writing a request and parsing a reply. No network here."""

from __future__ import annotations

from app.escalation.providers import anthropic, openai
from app.escalation.providers.provider import Adapter
from app.settings.fields import ProviderKind

_ADAPTERS: dict[ProviderKind, Adapter] = {
    ProviderKind.OPENAI: Adapter(openai.request, openai.reader),
    ProviderKind.ANTHROPIC: Adapter(anthropic.request, anthropic.reader),
}


def adapter(kind: ProviderKind) -> Adapter:
    """Returns the adapter for a provider's protocol."""
    return _ADAPTERS[kind]
