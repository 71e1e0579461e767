"""Models that other programs have on this computer: found, and used where they lie.

Nothing is copied, changed or deleted there. A model of another program may go at any time, with a
new version of that program or by the person's hand; it is then simply not listed any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.model_library.names import model_id_for
from models.inspection import part_names, whole_name

_SUFFIX = ".gguf"
_MOST_FILES = 2000  # looked at in one program's folder
_DEEPEST = 6  # folders below it; Hugging Face's cache has four
_LARGEST_MANIFEST = 1 << 20
_WEIGHTS = "application/vnd.ollama.image.model"  # media type of the layer that is the GGUF file
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_OLLAMA_LIBRARY = ("registry.ollama.ai", "library")


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file of another program.

    Attributes:
        id: made from its name, and its program's: no two programs have the same.
        name: for people, without the ending.
        path: the file, or the first of several.
        program: whose it is.
    """

    id: str
    name: str
    path: Path
    program: str


def found_elsewhere(
    home: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[FoundModel, ...]:
    """Finds the model files of LM Studio, Ollama, GPT4All, Jan and Hugging Face's cache.

    Only names are read, and Ollama's manifests: whether a file is a chat model is for
    `models.inspection` to say.

    Args:
        home: the person's home folder; the account's by default.
        environment: variables that move the programs' folders; this process's by default.
    """
    try:
        home = home or Path.home()
    except RuntimeError:  # an account without one
        return ()
    variables = os.environ if environment is None else environment
    models: list[FoundModel] = []
    seen: set[Path] = set()
    for program, folder in _folders(home, variables):
        for name, path in _ollama(folder) if program == "Ollama" else _files(folder):
            with contextlib.suppress(OSError):
                real = path.resolve()
                if real not in seen and real.is_file():
                    seen.add(real)
                    models.append(FoundModel(_id(program, name), name, path, program))
    return tuple(models)


def _folders(home: Path, variables: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Yields each program with the folders that its documentation names for this system."""
    yield "LM Studio", home / ".lmstudio" / "models"
    yield "LM Studio", home / ".cache" / "lm-studio" / "models"
    yield "Ollama", Path(variables.get("OLLAMA_MODELS") or home / ".ollama" / "models")
    if sys.platform == "linux":  # where its service keeps them
        yield "Ollama", Path("/usr/share/ollama/.ollama/models")
    local = Path(variables.get("LOCALAPPDATA") or home / "AppData" / "Local")
    roaming = Path(variables.get("APPDATA") or home / "AppData" / "Roaming")
    support = home / "Library" / "Application Support"
    share = Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    yield (
        "GPT4All",
        {
            "win32": local / "nomic.ai" / "GPT4All",
            "darwin": support / "nomic.ai" / "GPT4All",
        }.get(sys.platform, share / "nomic.ai" / "GPT4All"),
    )
    data = {"win32": roaming, "darwin": support}.get(sys.platform, share)
    yield "Jan", data / "Jan" / "data" / "llamacpp" / "models"
    yield "Jan", data / "Jan" / "data" / "models"
    yield "Jan", home / "jan" / "models"
    hub = Path(variables.get("HF_HOME") or home / ".cache" / "huggingface") / "hub"
    yield "Hugging Face", Path(variables.get("HF_HUB_CACHE") or hub)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yields the name and path of each GGUF file below `folder`; of several parts, the first."""
    looked_at = 0
    for top, folders, names in os.walk(folder):
        depth = len(Path(top).relative_to(folder).parts)
        folders[:] = [] if depth >= _DEEPEST else sorted(f for f in folders if f != "blobs")
        for name in sorted(names):
            looked_at += 1
            if looked_at > _MOST_FILES:
                return
            path = Path(top) / name
            parts = part_names(name)
            if path.suffix.lower() == _SUFFIX and (not parts or parts[0] == name):
                # Jan calls every file "model" and names its folder.
                own = whole_name(path)
                yield (path.parent.name if own == "model" else own), path


def _ollama(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yields the name and file of each model of Ollama, whose files are named by their hashes."""
    manifests = folder / "manifests"
    looked_at = 0
    for top, folders, tags in os.walk(manifests):
        folders.sort()
        for tag in sorted(tags):
            looked_at += 1
            if looked_at > _MOST_FILES:
                return
            path = Path(top) / tag
            *place, model = path.parent.relative_to(manifests).parts or ("",)
            digest = _weights(path)
            if digest and model:
                owner = [] if tuple(place) == _OLLAMA_LIBRARY else place[1:]
                yield f"{'/'.join((*owner, model))}:{tag}", folder / "blobs" / f"sha256-{digest}"


def _weights(manifest: Path) -> str:
    """Returns the hash of the weights that a manifest of Ollama names; "" if it names none."""
    try:
        if manifest.stat().st_size > _LARGEST_MANIFEST:
            return ""
        layers = json.loads(manifest.read_text("utf-8"))["layers"]
        digests = [layer["digest"] for layer in layers if layer["mediaType"] == _WEIGHTS]
        match = _DIGEST.fullmatch(digests[0])
    except (OSError, ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""
    return match[1] if match else ""


def _id(program: str, name: str) -> str:
    return model_id_for(f"{name.replace(':', '-').replace('/', '-')}-{program}")
