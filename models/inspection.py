"""Says of a GGUF file what it is, from its header: whether it is a model that answers.

Model hubs hold embedders, rerankers, adapters, vision parts and parts of large models with the
same ending. All of them look like models, and none of them answers. Nothing of llama.cpp is
loaded here; what only llama.cpp knows, `models.trial` finds out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelDamaged, ModelUnsupported
from models.gguf import GgufHeader, Tensor, check_complete

# `llama_split_path` of llama.cpp: the name says which part it is, counted from 1.
_PART = re.compile(r"(?P<whole>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})", re.DOTALL)
_MOST_PARTS = 1000
_NAME_HINT = "Choose a model whose name says 'instruct' or 'chat'."

# LLAMA_POOLING_TYPE of llama.cpp: a sum of the text (mean, first or last token), or one score.
_SUMS, _RANK = (1, 2, 3), 4
_SCORE_HEADS = frozenset({"cls.weight", "cls.output.weight"})
_ADAPTER = "is an adapter (LoRA): it changes another model, and answers nothing by itself"
_EMBEDDER = "is an embedding model: it helps to find passages, and writes no answers"
_RERANKER = "is a reranker: it puts passages into order, and writes no answers"
_VISION = "is the vision part of another model: it reads pictures, and writes no answers"
_VOCABULARY = "holds a vocabulary only, and no model"
_DRAFT = "is a draft model: it guesses words for another model to check, and cannot answer alone"
_VOICE = "is the voice part of another model: it makes sound, and no answers"
# `GGUFType` of the gguf package, as `general.type` has it.
_TYPES = {
    "adapter": _ADAPTER,
    "mmproj": _VISION,
    "projector": _VISION,
    "imatrix": "holds measurements for making model files smaller, and no model",
    "vocab": _VOCABULARY,
}
# Architectures of llama.cpp (src/llama-arch.cpp) that do not write one word after another.
_ARCHITECTURES = {
    "clip": _VISION,
    **dict.fromkeys(
        (
            "bert",
            "eurobert",
            "gemma-embedding",
            "jina-bert-v2",
            "jina-bert-v3",
            "llama-embed",
            "modern-bert",
            "neo-bert",
            "nomic-bert",
            "nomic-bert-moe",
            "t5encoder",
        ),
        _EMBEDDER,
    ),
    **dict.fromkeys(
        ("dream", "llada", "llada-moe", "rnd1"),
        "is a diffusion model, which writes all words at once; Studiolo cannot run those",
    ),
    "t5": "is a translation model of the T5 kind; Studiolo cannot run those",
    **dict.fromkeys(("eagle3", "dflash", "gemma4-assistant"), _DRAFT),
    **dict.fromkeys(("wavtokenizer-dec", "qwen3tts", "pockettts"), _VOICE),
}


@dataclass(frozen=True, slots=True)
class ChatFile:
    """A chat model's file, or files.

    Attributes:
        header: of the first file; it holds what is true of the whole model.
        parts: all files, in order. llama.cpp loads the first, and finds the others beside it.
        bytes: size of all of them.
        tensors: of all of them, by name.
    """

    header: GgufHeader
    parts: tuple[Path, ...]
    bytes: int
    tensors: Mapping[str, Tensor]

    @property
    def parameters(self) -> int:
        """The number of weights in all files."""
        return sum(math.prod(tensor.shape) for tensor in self.tensors.values())


def chat_file(path: Path) -> ChatFile:
    """Looks at the header of a model's file, and of the other parts if it is one of several.

    Args:
        path: the file, or any part of a model that comes in parts.

    Raises:
        ModelMissing: there is no such file, or it cannot be opened.
        ModelDamaged: it is cut off, hostile or not GGUF, or a part is missing.
        ModelUnsupported: it is something else than a chat model. The message says what.
    """
    _check_name(path)
    header = check_complete(path)
    parts: tuple[Path, ...] = (path,)
    size, tensors = header.actual_bytes, dict(header.tensors)
    count = _whole(header, "split.count")
    if count > 1:
        parts = _parts(path, count)
        headers = [_part_header(part, number) for number, part in enumerate(parts)]
        header, size = headers[0], sum(header.actual_bytes for header in headers)
        tensors = {name: tensor for each in headers for name, tensor in each.tensors.items()}
    reason = why_no_chat_model(header)
    if reason:
        raise ModelUnsupported(f"{parts[0].name} {reason}.", _NAME_HINT)
    return ChatFile(header, parts, size, tensors)


def why_no_chat_model(header: GgufHeader) -> str:
    """Returns what the file is instead, as the end of a sentence; "" for a chat model."""
    metadata, architecture = header.metadata, header.architecture
    kind = str(metadata.get("general.type", "model"))
    if kind in _TYPES:
        return _TYPES[kind]
    if any(key.startswith("adapter.") for key in metadata):
        return _ADAPTER
    pooling = header.number("pooling_type")
    if pooling == _RANK or _SCORE_HEADS & header.tensors.keys():
        return _RERANKER
    if architecture in _ARCHITECTURES:
        return _ARCHITECTURES[architecture]
    if pooling in _SUMS or metadata.get(f"{architecture}.attention.causal") is False:
        return _EMBEDDER
    if not header.tensors:
        return _VOCABULARY
    if kind != "model":
        return f"is of the type {_quoted(kind)}, and no chat model"
    if not architecture:
        return "does not say what kind of model it is"
    return ""


def whole_name(path: Path) -> str:
    """Returns a model's name after its file: without the ending and the part's number."""
    match = _PART.fullmatch(path.stem)
    return match["whole"] if match else path.stem


def part_names(name: str) -> tuple[str, ...]:
    """Returns the file names of all parts of the model that `name` is a part of, in order.

    Empty for a file that is not called like a part.
    """
    match = _PART.fullmatch(name.removesuffix(".gguf"))
    if match is None or not 0 < int(match["number"]) <= int(match["count"]) <= _MOST_PARTS:
        return ()
    return tuple(
        part_name(match["whole"], number, int(match["count"]))
        for number in range(int(match["count"]))
    )


def part_name(whole: str, number: int, count: int) -> str:
    """Returns the file name of a part. `number` begins at 0; the name counts from 1."""
    return f"{whole}-{number + 1:05}-of-{count:05}.gguf"


def _check_name(path: Path) -> None:
    """Refuses names that are no UTF-8: llama.cpp and messages between processes need it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        shown = path.name.encode("utf-8", "backslashreplace").decode()
        raise ModelUnsupported(
            f"The name of the model file {shown}, or of its folder, is not text that every program "
            "can read.",
            "Rename it.",
        ) from None


def _parts(path: Path, count: int) -> tuple[Path, ...]:
    names = part_names(path.name)
    if len(names) != count:
        raise ModelUnsupported(
            f"{path.name} is one of {count:,} parts of a model, and its name does not say which.",
            "Give all parts the names that they came with, such as "
            f"{part_name('model', 0, min(count, _MOST_PARTS))}, in one folder.",
        )
    parts = tuple(path.with_name(name) for name in names)
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise ModelDamaged(
            f"{path.name} is one of {count} parts of a model; {missing[0]}{more} is missing.",
            "Put all parts into one folder, and add the first one.",
        )
    return parts


def _part_header(part: Path, number: int) -> GgufHeader:
    header = check_complete(part)
    if _whole(header, "split.no", -1) != number:
        raise ModelDamaged(
            f"{part.name} is not the part of the model that its name says.",
            "Get all parts of the model again.",
        )
    return header


def _whole(header: GgufHeader, key: str, default: int = 0) -> int:
    value = header.metadata.get(key, default)
    return value if isinstance(value, int) else default


def _quoted(text: str) -> str:
    """Quotes a word out of a file, so that it cannot be taken for our own."""
    return repr(text[:40])
