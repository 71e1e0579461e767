"""What llama.cpp can compute with here: builds for kinds of processors, and graphics cards.

A build of llama.cpp with `GGML_BACKEND_DL` has a library for each kind of processor, and one for
each interface to graphics cards. llama-cpp-python loads none of them, so we do: the processor's
before the first model, the cards' only where one is wanted, since a bad driver ends the process.
In a build without `GGML_BACKEND_DL` all is compiled in, and nothing is loaded here.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import InferenceFailed

log = logging.getLogger(__name__)

NO_CARD = "none"
"""Takes the place of a card's name: only the processor computes."""

# ggml's builds that use AMX, by their names in ggml/src/CMakeLists.txt. On virtual machines that
# report AMX without granting it, they end the process with a general protection fault.
_UNSAFE = frozenset({"sapphirerapids"})
# ggml's builds that use AVX-512.
_WIDE = frozenset({"skylakex", "cannonlake", "cascadelake", "icelake", "cooperlake", "zen4"})
# What loads graphics cards, as in ggml_backend_load_all_from_path (ggml-backend-reg.cpp).
_CARD_LIBRARIES = ("cuda", "hip", "metal", "sycl", "vulkan")
_GPU_TYPES = (1, 2)  # GGML_BACKEND_DEVICE_TYPE_GPU and _IGPU
_WHOLE, _HALF = 100, 50


@dataclass(frozen=True, slots=True)
class Device:
    """What computes a model.

    Attributes:
        variant: the build for a kind of processors, such as "zen4"; "" is the best that runs here.
        card: llama.cpp's name of a graphics card, such as "Vulkan0"; "" is one that is compiled in
            (Metal), or else none; `NO_CARD` is none in any case.
        share: percent of the layers that the card computes.
    """

    variant: str = ""
    card: str = ""
    share: int = _WHOLE

    @property
    def has_card(self) -> bool:
        """Whether it names a graphics card."""
        return self.card not in {"", NO_CARD}

    def layers(self, blocks: int, most: int = -1) -> int:
        """Returns how many of a model's layers the card computes.

        Args:
            blocks: the model's layers.
            most: what the person chose; negative means as many as the share says.
        """
        if most >= 0 or self.share == _WHOLE:
            return most
        return blocks * self.share // _WHOLE


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card.

    Attributes:
        name: what llama.cpp calls it, such as "Vulkan0".
        title: what it calls itself, such as "Intel(R) UHD Graphics 620".
        memory: its bytes, or those of the machine that it may use.
    """

    name: str
    title: str
    memory: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to compute with.

    Attributes:
        variants: builds that this processor can run, the best first; none if one is compiled in.
        cards: graphics cards, in llama.cpp's order.
        compiled_in: whether the cards need no library of their own (Metal).
    """

    variants: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    compiled_in: bool = False


def candidates(found: Found) -> tuple[Device, ...]:
    """Returns what can be tried, in the order in which it is tried.

    What needs no measurement to be sensible comes first, and stays where nothing is faster. A card
    with half of the layers is for a model that does not fit; a plainer build of the processor's
    code is for one that crashes.
    """
    if found.compiled_in:
        return (Device(), Device(card=NO_CARD))
    cards = tuple(
        Device(card=card.name, share=share) for card in found.cards for share in (_WHOLE, _HALF)
    )
    return (Device(), *cards, *map(Device, _plainer(found.variants)))


def _plainer(variants: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the best build without the widest vectors, and the plainest of all.

    Wide vectors slow some processors down. Between these there are only small differences.
    """
    rest = variants[1:]
    narrow = tuple(name for name in rest if name not in _WIDE)
    return tuple(dict.fromkeys((*narrow[:1], *rest[-1:])))


_wanted = Device()


def use(device: Device) -> None:
    """Sets what this process computes with. To be called before llama.cpp is loaded."""
    global _wanted  # noqa: PLW0603  llama.cpp keeps one list of devices for a process
    _wanted = device


def load(ggml: ctypes.CDLL, folder: Path) -> None:
    """Loads the processor's build, and the cards' libraries if a card was asked for.

    Args:
        ggml: llama.cpp's library "ggml", loaded.
        folder: where its other libraries lie.
    """
    _declare(ggml)
    if ggml.ggml_backend_reg_by_name(b"CPU"):
        return
    for name in _in_order(variants(folder), _wanted.variant):
        if _load(ggml, folder, f"cpu-{name}"):
            log.info("computes with the processor's build %s", name)
            break
    else:
        _load(ggml, folder, "cpu")
    if _wanted.has_card:
        load_cards(ggml, folder)


def load_cards(ggml: ctypes.CDLL, folder: Path) -> None:
    """Loads the libraries of graphics cards. A bad driver may end the process."""
    _declare(ggml)
    for name in _CARD_LIBRARIES:
        _load(ggml, folder, name)


def variants(folder: Path) -> tuple[str, ...]:
    """Returns the builds in `folder` that this processor can run, the best first.

    Each says itself how well it fits: 0 means not at all (`ggml_backend_score`). Those with AMX
    are left out.
    """
    prefix, suffix = _affixes()
    scores: dict[str, int] = {}
    for path in sorted(folder.glob(f"{prefix}cpu-*{suffix}")):
        name = path.name[len(prefix) + len("cpu-") : -len(suffix)]
        if name in _UNSAFE:
            continue
        with contextlib.suppress(OSError):
            scores[name] = _score(ctypes.CDLL(str(path))) or 0
    return tuple(sorted((n for n in scores if scores[n] > 0), key=lambda n: -scores[n]))


def cards_of(ggml: ctypes.CDLL) -> tuple[Card, ...]:
    """Returns the graphics cards of the libraries that are loaded."""
    _declare(ggml)
    found = []
    for index in range(ggml.ggml_backend_dev_count()):
        device = ggml.ggml_backend_dev_get(index)
        if ggml.ggml_backend_dev_type(device) in _GPU_TYPES:
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            ggml.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(total))
            name: bytes = ggml.ggml_backend_dev_name(device)
            title: bytes = ggml.ggml_backend_dev_description(device)
            found.append(
                Card(name.decode("utf-8", "replace"), title.decode("utf-8", "replace"), total.value)
            )
    return tuple(found)


def devices_of(ggml: ctypes.CDLL, device: Device) -> Any:
    """Returns what `llama_model_params.devices` takes; None leaves the choice to llama.cpp.

    Raises:
        InferenceFailed: the card is not there.
    """
    if not device.card:
        return None
    _declare(ggml)
    card = ggml.ggml_backend_dev_by_name(device.card.encode()) if device.has_card else None
    if device.has_card and not card:
        raise InferenceFailed(
            f"The graphics card {device.card} cannot be used any more.", "Start Studiolo again."
        )
    return (ctypes.c_void_p * 2)(card, None)


def find(ggml: ctypes.CDLL, folder: Path, *, cards: bool = True) -> Found:
    """Looks for all that there is to compute with.

    Args:
        ggml: llama.cpp's library "ggml", loaded.
        folder: where its other libraries lie.
        cards: whether to load the libraries of graphics cards: a bad driver ends the process.
    """
    _declare(ggml)
    compiled_in = bool(cards_of(ggml))
    if cards:
        load_cards(ggml, folder)
    return Found(variants(folder), cards_of(ggml), compiled_in)


def _in_order(names: tuple[str, ...], first: str) -> tuple[str, ...]:
    """Returns the names with `first` before all others, if it is one of them."""
    return tuple(sorted(names, key=lambda name: name != first)) if first else names


def _load(ggml: ctypes.CDLL, folder: Path, name: str) -> bool:
    """Loads a library, and puts what computes there into ggml's list. Returns whether it is there.

    Not by `ggml_backend_load`, which takes its path in bytes: on Windows it reads them by the rules
    of C's locale, which is Latin-1 where nobody sets another, and few names can be written in that.
    """
    prefix, suffix = _affixes()
    try:
        library = ctypes.CDLL(str(folder / f"{prefix}{name}{suffix}"))
        start = library.ggml_backend_init
    except (OSError, AttributeError):
        return False
    if _score(library) == 0:
        return False
    start.restype = ctypes.c_void_p
    registration = start()
    if registration:
        ggml.ggml_backend_register(registration)
    return bool(registration)


def _score(library: ctypes.CDLL) -> int | None:
    """Returns how well a library fits this processor, 0 for not at all; None if it does not say."""
    try:
        score = library.ggml_backend_score
    except AttributeError:
        return None
    score.restype = ctypes.c_int
    return int(score())


def _affixes() -> tuple[str, str]:
    """Returns what the names of ggml's modules begin and end with (ggml-backend-reg.cpp)."""
    return ("ggml-", ".dll") if os.name == "nt" else ("libggml-", ".so")


def _declare(ggml: ctypes.CDLL) -> None:
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for name, result, arguments in (
        ("ggml_backend_register", None, [pointer]),
        ("ggml_backend_reg_by_name", pointer, [ctypes.c_char_p]),
        ("ggml_backend_dev_by_name", pointer, [ctypes.c_char_p]),
        ("ggml_backend_dev_count", size, []),
        ("ggml_backend_dev_get", pointer, [size]),
        ("ggml_backend_dev_type", ctypes.c_int, [pointer]),
        ("ggml_backend_dev_name", ctypes.c_char_p, [pointer]),
        ("ggml_backend_dev_description", ctypes.c_char_p, [pointer]),
        ("ggml_backend_dev_memory", None, [pointer, ctypes.POINTER(size), ctypes.POINTER(size)]),
    ):
        function = _function(ggml, name)
        function.restype, function.argtypes = result, arguments
        setattr(ggml, name, function)


def _function(ggml: ctypes.CDLL, name: str) -> Any:
    """Returns a function of "ggml", or of "ggml-base", which Windows does not look through."""
    if hasattr(ggml, name):
        return getattr(ggml, name)
    prefix, suffix = _affixes()
    path = Path(ggml._name).with_name(f"{prefix}base{suffix}")  # noqa: SLF001  ctypes documents it
    return getattr(ctypes.CDLL(str(path)), name)
