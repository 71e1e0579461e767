"""Shuts the call-home paths that libraries open through environment variables.

Libraries read these when they are imported, so `harden` runs first in every process of ours.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_SET = {
    # huggingface_hub and transformers: no look-ups, no telemetry, no native client, no threads
    # that convert weights on a server.
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    # onnxruntime (a dependency of Chroma) and Chroma itself: no telemetry.
    "ORT_DISABLE_TELEMETRY": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    # Python puts the working directory before its own library when it starts as we start workers.
    "PYTHONSAFEPATH": "1",
    # No forks of a process with threads; no threads that spin while they wait.
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",
}
_STRIPPED_PREFIXES = (
    *("CHROMA_", "OTEL_", "HF_", "HUGGING_FACE_", "HUGGINGFACE_", "TRANSFORMERS_"),
    *("OPENAI_", "ANTHROPIC_", "AZURE_OPENAI_", "LANGCHAIN_", "LANGSMITH_", "WANDB_", "SENTRY_"),
)
_STRIPPED_SUFFIX = "_PROXY"
_PIP_PROXY = "PIP_PROXY"  # one of pip's own settings, which apply when a person gets a package
_STRIPPED = {
    "PYTHON_KEYRING_BACKEND",  # would load any class as the keeper of secrets
    "SSLKEYLOGFILE",
}


def harden(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sets what keeps libraries quiet and strips what would point them elsewhere.

    Changes this process, and with it the processes that it starts.
    """
    for name in tuple(environment):
        upper = name.upper()
        if (
            upper in _STRIPPED
            or upper.startswith(_STRIPPED_PREFIXES)
            or (upper.endswith(_STRIPPED_SUFFIX) and upper != _PIP_PROXY)
        ):
            del environment[name]
    environment.update(_SET)
