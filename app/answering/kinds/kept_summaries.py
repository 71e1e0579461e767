"""What models wrote of sections of documents, kept so that it need not be written again.

What was written of a document lies in a drawer of its own, a folder named after its content's hash,
which only the index worker makes, and removes with the document.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path

from app.errors import KNOWN_ERRORS
from app.privacy.untrusted_folders import read_text, write_text
from models.chat import ChatModel, Personal
from models.grammar import gbnf
from rag.answer.prompt import ContextPack


class KeptSummaries:
    """Replies to prompts of which one document is the only source.

    Args:
        folder: holds the drawers.
        make_drawer: makes the drawer of the document of a content hash, if the library holds it.
    """

    def __init__(self, folder: Path, make_drawer: Callable[[str], None]) -> None:
        self._folder = folder
        self._make_drawer = make_drawer

    def find(self, content_hash: str, model: ChatModel, pack: ContextPack) -> str:
        """Returns what the model wrote when it was last given a prompt; "" where that is not kept.

        Args:
            content_hash: of the document that the prompt is about.
            model: writes.
            pack: the prompt.
        """
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return read_text(self._folder, content_hash, _name(model, pack))
        return ""

    def keep(self, content_hash: str, model: ChatModel, pack: ContextPack, text: str) -> None:
        """Keeps what the model wrote, if that can be kept. Takes what `find` takes."""
        with contextlib.suppress(OSError, *KNOWN_ERRORS):
            self._make_drawer(content_hash)  # there is none if the document was removed
            write_text(self._folder, content_hash, _name(model, pack), text)


def _name(model: ChatModel, pack: ContextPack) -> str:
    """Returns the name of the file that holds the reply to a prompt."""
    asked = f"{model.sha256 or model.id}\0{pack.system}\0{pack.user}\0{gbnf(pack.grammar)}"
    if isinstance(model, Personal) and model.wishes:
        asked += f"\0{model.wishes}"
    key = hashlib.blake2b(asked.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{key}.summary"
