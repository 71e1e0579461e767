"""LoRA adapters: small files of weights that change what a model writes while they are loaded.

An adapter is made for one model, or for others of the very same shape. Its file says which family
of models it belongs to, and its tensors show which shape; both are looked at before llama.cpp is
given the file. The layout is that of llama.cpp's `src/llama-adapter.cpp`: of each weight that is
changed there are two tensors, ``NAME.lora_a`` and ``NAME.lora_b``, whose product is added to it.
"""

from __future__ import annotations

from pathlib import Path

from models.errors import ModelUnsupported
from models.gguf import GgufHeader, check_complete
from models.inspection import ChatFile, chat_file

_A, _B = ".lora_a", ".lora_b"
_WORDS = "token_embd.weight"  # its two tensors are stored the other way round
_OTHER = "Choose an adapter that was made for this model, or the model that it was made for."


def is_adapter(header: GgufHeader) -> bool:
    """Tells whether a GGUF file is a LoRA adapter."""
    metadata = header.metadata
    return metadata.get("general.type") == "adapter" and metadata.get("adapter.type") == "lora"


def adapter_header(path: Path) -> GgufHeader:
    """Returns the header of an adapter's file.

    Raises:
        ModelMissing: there is no such file, or it cannot be opened.
        ModelDamaged: it is cut off or not GGUF.
        ModelUnsupported: it is no LoRA adapter, or holds no weights.
    """
    header = check_complete(path)
    if not is_adapter(header):
        raise ModelUnsupported(f"{path.name} is no LoRA adapter.", "Choose another file.")
    if not header.architecture or not header.tensors:
        raise ModelUnsupported(
            f"The adapter {path.name} does not say which models it is for, or holds no weights.",
            "Get the file again, or choose another one.",
        )
    return header


def check_fits(adapter: Path, model: Path) -> None:
    """Checks that an adapter was made for a model, without reading the weights of either.

    Raises:
        ModelMissing: one of them is not there.
        ModelDamaged: one of them is cut off or not GGUF.
        ModelUnsupported: the adapter is no adapter, or is for another model. The message says why.
    """
    header, file = adapter_header(adapter), chat_file(model)
    reason = _why_not(header, file)
    if reason:
        name = adapter.name
        raise ModelUnsupported(f"The adapter {name} is not for {model.stem}: {reason}.", _OTHER)


def _why_not(adapter: GgufHeader, file: ChatFile) -> str:
    """Returns why an adapter is not for a model, as part of a sentence; "" if it is."""
    own, wanted = file.header.architecture, adapter.architecture
    if own != wanted:
        return f"it changes models of the kind {wanted[:40]!r}, and this one is of the kind {own!r}"
    for name, tensor in adapter.tensors.items():
        weight = file.tensors.get(name.removesuffix(_A).removesuffix(_B))
        if weight is None or not name.endswith((_A, _B)):
            return "it changes a part that the model does not have"
        partner = name.removesuffix(_A) + _B if name.endswith(_A) else name.removesuffix(_B) + _A
        if partner not in adapter.tensors:
            return "half of one of its changes is missing"
        if name.endswith(_A) and not name.startswith(_WORDS):
            second = adapter.tensors[partner]
            shape = (*tensor.shape[:1], *second.shape[1:2])
            if shape != weight.shape[:2] or tensor.shape[1:2] != second.shape[:1]:
                return "it was made for a model of another size"
    return ""
