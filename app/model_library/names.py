"""Names for models that people add: in any script, and safe as a file name on every system."""

from __future__ import annotations

import re
import unicodedata

from rag.text.plain import UNSEEN

_KEPT = ("L", "M", "N")  # letters, marks and numbers: major Unicode categories
_SIGNS = "._-"
# Names that Windows reserves for devices, with any extension.
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST_BYTES = 160  # file systems allow 255, of which extensions and part numbers need some
_NAMELESS = "model"


def model_id_for(stem: str) -> str:
    """Returns an id for a model whose file is called `stem`, without its extension.

    The id is in lower case and NFC, without invisible characters or any that are special to a
    shell or a file system.
    """
    text = UNSEEN.sub("", unicodedata.normalize("NFC", stem)).lower()
    text = unicodedata.normalize("NFC", text)  # lower-casing can decompose
    signs = (sign if _is_kept(sign) else "-" for sign in text)
    name = re.sub(r"-{2,}", "-", "".join(signs))
    name = name.encode()[:_LONGEST_BYTES].decode("utf-8", "ignore").strip(_SIGNS) or _NAMELESS
    return f"{_NAMELESS}-{name}" if _DEVICES.fullmatch(name) else name


def same_name(name: str) -> str:
    """Returns a key that is equal for names which some file system treats as equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_kept(sign: str) -> bool:
    return sign in _SIGNS or unicodedata.category(sign)[0] in _KEPT
