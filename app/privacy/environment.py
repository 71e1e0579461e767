"""Turns off telemetry and look-ups of libraries through environment variables.

Libraries read these at import, so `harden` runs first in each of our processes.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_SET = {
    # huggingface_hub and transformers: no look-ups, telemetry or native client, and no threads
    # that have a server convert weights.
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
    # Keeps Python from importing from the working directory when it starts our workers.
    "PYTHONSAFEPATH": "1",
    # No threads before a fork; no busy-waiting threads.
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "passive",
}
_STRIPPED_PREFIXES = (
    *("CHROMA_", "OTEL_", "HF_", "HUGGING_FACE_", "HUGGINGFACE_", "TRANSFORMERS_"),
    *("OPENAI_", "ANTHROPIC_", "AZURE_OPENAI_", "LANGCHAIN_", "LANGSMITH_", "WANDB_", "SENTRY_"),
)
_STRIPPED_SUFFIX = "_PROXY"
_PIP_PROXY = "PIP_PROXY"  # a setting of pip, which applies when the person downloads a package
_STRIPPED = {
    "PYTHON_KEYRING_BACKEND",  # could load any class as the keyring
    "SSLKEYLOGFILE",
}


def harden(environment: MutableMapping[str, str] = os.environ) -> None:
    """Sets variables that keep libraries quiet, and removes those that redirect them.

    Affects this process and the processes that it starts.
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
