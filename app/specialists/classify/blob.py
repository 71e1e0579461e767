"""A learned classifier as bytes: named plain arrays, never pickled."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from app.specialists.classify.decide import Calibration
from app.specialists.classify.similarity import Matrix, TermView
from app.specialists.classify.types import Choice

_FORMAT = 1
_MOST_BYTES = 1 << 30


class UnreadableBlob(ValueError):
    """The bytes are not a classifier of this format."""


class _Head(msgspec.Struct, frozen=True):
    format: int
    labels: tuple[str, ...]
    choice: Choice
    calibration: Calibration


@dataclass(frozen=True)
class Parts:
    """What a classifier computes with.

    Attributes:
        labels: names, in the order of the columns of `coefficients`.
        words, characters: the learned vocabularies.
        word_rows, character_rows: the rows learned from, shape (n, terms).
        meaning_rows: their embeddings, shape (n, dimension).
        coefficients: shape (n, labels).
        logistic: those of logistic regression, of shape (n + 1, labels); None where it does not
            count, as in all that was learned before there was any.
    """

    labels: tuple[str, ...]
    choice: Choice
    calibration: Calibration
    words: TermView
    characters: TermView
    word_rows: csr_matrix
    character_rows: csr_matrix
    meaning_rows: Matrix
    coefficients: Matrix
    logistic: Matrix | None = None


def pack(parts: Parts) -> bytes:
    """Returns a classifier as bytes."""
    head = _Head(_FORMAT, parts.labels, parts.choice, parts.calibration)
    arrays: dict[str, NDArray[np.generic]] = {
        "head": _bytes(msgspec.msgpack.encode(head)),
        "meaning": parts.meaning_rows.astype(np.float32),
        "coefficients": parts.coefficients.astype(np.float32),
    }
    if parts.logistic is not None:
        arrays["logistic"] = parts.logistic.astype(np.float32)
    for name, view, rows in (
        ("words", parts.words, parts.word_rows),
        ("characters", parts.characters, parts.character_rows),
    ):
        arrays[f"{name}.terms"] = _bytes(msgspec.msgpack.encode(view.terms))
        arrays[f"{name}.weights"] = view.weights
        arrays[f"{name}.data"] = rows.data.astype(np.float32)
        arrays[f"{name}.indices"] = rows.indices.astype(np.int32)
        arrays[f"{name}.indptr"] = rows.indptr.astype(np.int64)
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpack(blob: bytes) -> Parts:
    """Returns a classifier that `pack` wrote.

    Raises:
        UnreadableBlob: the bytes are damaged, or of another format.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        _require(size <= _MOST_BYTES, "too large")
        with np.load(io.BytesIO(blob), allow_pickle=False) as arrays:
            head = msgspec.msgpack.decode(arrays["head"].tobytes(), type=_Head)
            _require(head.format == _FORMAT, "another format")
            words, word_rows = _view(arrays, "words", characters=False)
            characters, character_rows = _view(arrays, "characters", characters=True)
            return Parts(
                labels=head.labels,
                choice=head.choice,
                calibration=head.calibration,
                words=words,
                characters=characters,
                word_rows=word_rows,
                character_rows=character_rows,
                meaning_rows=arrays["meaning"].astype(np.float64),
                coefficients=arrays["coefficients"].astype(np.float64),
                logistic=arrays["logistic"].astype(np.float64) if "logistic" in arrays else None,
            )
    except UnreadableBlob:
        raise
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableBlob(str(error)) from error


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise UnreadableBlob(otherwise)


def _view(
    arrays: np.lib.npyio.NpzFile, name: str, *, characters: bool
) -> tuple[TermView, csr_matrix]:
    terms = msgspec.msgpack.decode(arrays[f"{name}.terms"].tobytes(), type=list[str])
    weights = arrays[f"{name}.weights"]
    indptr = arrays[f"{name}.indptr"]
    shape = (len(indptr) - 1, len(terms))
    rows = csr_matrix((arrays[f"{name}.data"], arrays[f"{name}.indices"], indptr), shape=shape)
    rows.check_format(full_check=True)
    return TermView(characters=characters, terms=terms, weights=weights), rows


def _bytes(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, dtype=np.uint8)
