"""Decrypts Office files that are protected by a password."""

from __future__ import annotations

import io

from rag.parse import limits
from rag.parse.containers import OLE, ole_streams
from rag.parse.parse_problem import encrypted
from rag.parse.source import Source

_BY_EXCEL = "VelvetSweatshop"  # Excel locks with it, and opens without asking


def unlocked(source: Source) -> Source:
    """Returns the decrypted file; `source` itself when it has no password.

    Its bytes are held in memory only. The name and the depth stay.

    Raises:
        ParseProblem: the password in `source.options` is missing or wrong.
        OSError: the file cannot be read.
    """
    if source.descriptor is None and source.path is not None and not source.path.is_file():
        return source
    if source.read(len(OLE)) != OLE:
        return source
    limits.check_size(source.size, limits.FILE_BYTES)
    names = {name.lower() for name in ole_streams(source)}
    if "encryptedpackage" in names:
        return source.unlocked(_decrypted(source))
    if names & {"workbook", "book"} and is_locked(source):
        return source.unlocked(_decrypted(source))
    return source


def is_locked(source: Source) -> bool:
    """Tells whether an old workbook needs a password; False for one too damaged to tell."""
    import msoffcrypto  # type: ignore[import-untyped]

    with source.open() as stream:
        try:
            return bool(msoffcrypto.OfficeFile(stream).is_encrypted())
        except Exception:  # noqa: BLE001  # the library's many errors for a damaged file
            return False


def _decrypted(source: Source) -> bytes:
    """Decrypts the file; raises `ParseProblem` when no password opens it."""
    for password in filter(None, (source.options.password, _BY_EXCEL)):
        if data := _opened(source, password):
            return data
    raise encrypted()


def _opened(source: Source, password: str) -> bytes:
    """Returns the decrypted file; empty when the password is wrong."""
    import msoffcrypto

    opened = io.BytesIO()
    with source.open() as stream:
        try:
            locked = msoffcrypto.OfficeFile(stream)
            locked.load_key(password=password)
            locked.decrypt(opened)
        except Exception:  # noqa: BLE001  # a wrong password has no error of its own
            return b""
    return opened.getvalue()
