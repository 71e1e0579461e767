"""Where news of later versions lie, and whose signature on them counts.

The project has no public place for releases yet, so both are empty, and the program says so
instead of asking anybody. To set them: make a key with ``minisign -G``, and put the second line of
its ``.pub`` file and the https address of the news here. The news are the four lines of the
signature, then the signed manifest (`app.updates.manifest`)::

    minisign -Sm manifest.json && cat manifest.json.minisig manifest.json > news.txt
"""

from __future__ import annotations

from dataclasses import dataclass

ADDRESS = ""
PUBLIC_KEY = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the news are. Both are "" if no place is set.

    Attributes:
        address: an https address; the whole of the request is a GET of it.
        public_key: of minisign, in base64.
    """

    address: str = ADDRESS
    public_key: str = PUBLIC_KEY

    @property
    def is_set(self) -> bool:
        """Whether there is a place to ask."""
        return bool(self.address and self.public_key)
