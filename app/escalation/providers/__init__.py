"""The protocols of providers: how a request is written and a reply is read. No network here."""

from __future__ import annotations

from app.escalation.providers import anthropic, openai
from app.escalation.providers.provider import Adapter
from app.settings.fields import ProviderKind

_ADAPTERS: dict[ProviderKind, Adapter] = {
    ProviderKind.OPENAI: Adapter(openai.request, openai.reader),
    ProviderKind.ANTHROPIC: Adapter(anthropic.request, anthropic.reader),
}


def adapter(kind: ProviderKind) -> Adapter:
    """What speaks a provider's protocol."""
    return _ADAPTERS[kind]
