"""Names for models that people bring: in any script, and safe as a file's name on every system."""

from __future__ import annotations

import re
import unicodedata

from rag.text.visible import UNSEEN

_KEPT = ("L", "M", "N")  # letters, marks and numbers, by the first letter of their category
_SIGNS = "._-"
# Names that Windows keeps for devices, with any ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST_BYTES = 160  # file systems take 255, of which endings and parts need some
_NAMELESS = "model"


def model_id_for(stem: str) -> str:
    """An id for a model whose file is called `stem`, without its ending.

    It is in lower case and composed form (NFC), and holds nothing unseen and no sign that means
    something to a shell or a file system.
    """
    text = UNSEEN.sub("", unicodedata.normalize("NFC", stem)).lower()
    text = unicodedata.normalize("NFC", text)  # lower case can decompose
    signs = (sign if _is_kept(sign) else "-" for sign in text)
    name = re.sub(r"-{2,}", "-", "".join(signs))
    name = name.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").strip(_SIGNS) or _NAMELESS
    return f"{_NAMELESS}-{name}" if _DEVICES.fullmatch(name) else name


def same_name(name: str) -> str:
    """What two names have in common that some file system takes for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_kept(sign: str) -> bool:
    return sign in _SIGNS or unicodedata.category(sign)[0] in _KEPT
