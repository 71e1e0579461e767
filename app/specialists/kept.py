"""The person's specialists in the data folder, one file each, and the templates that come along.

A template can be used by its name without being copied; a specialist of the person's with that
name takes its place.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from app.errors import NoSuchSpecialist, SpecialistError, SpecialistUnreadable
from app.specialists.definition import MOST_BYTES, Specialist, read_specialist, write_specialist
from rag.store.environment_faults import environment_fault_of
from rag.store.new_file import new_file

ENDING = ".toml"
_LONGEST_STEM = 60
_MOST_ALIKE = 3  # names that a message proposes


class KeptSpecialists:
    """The specialists of a data folder.

    Args:
        folder: where their files are; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[tuple[Specialist, bool]]:
        """Returns all specialists by name, each with whether it is a template.

        Files that cannot be read are left out; `find` says why.
        """
        own = {}
        for path in self._files():
            try:
                specialist = self._read(path)
            except SpecialistError:
                continue
            own[_key(specialist.name)] = (specialist, False)
        entries = {_key(name): (specialist, True) for name, specialist in _templates()} | own
        return [entries[key] for key in sorted(entries)]

    def find(self, name: str) -> Specialist:
        """Returns a specialist by its name, whatever its case.

        Raises:
            NoSuchSpecialist: there is none.
            SpecialistUnreadable, SpecialistTooNew: its file cannot be used.
        """
        if (path := self._path(name)).is_file():
            return self._read(path)
        by_name = {_key(specialist.name): specialist for specialist, _ in self.all()}
        if _key(name) in by_name:
            return by_name[_key(name)]
        containing = [key for key in by_name if _key(name) in key]
        alike = containing or difflib.get_close_matches(_key(name), by_name, _MOST_ALIKE)
        names = " or ".join(f"“{by_name[key].name}”" for key in alike[:_MOST_ALIKE])
        advice = f"Did you mean {names}?" if names else "List them to see the names."
        raise NoSuchSpecialist(f"There is no specialist “{name}”.", advice)

    def keep(self, specialist: Specialist) -> None:
        """Writes a specialist; replaces one of its name.

        Raises:
            SpecialistTooNew: a later version wrote the one of its name, which is unchanged.
            SpecialistError: the file cannot be written; an earlier one is unchanged.
        """
        path = self._path(specialist.name)
        with contextlib.suppress(SpecialistUnreadable):  # damaged, or not there yet
            self._read(path)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with new_file(path, ".part") as draft:
                draft.write_bytes(write_specialist(specialist))
        except OSError as error:
            fault = environment_fault_of(error, self._folder)
            message = f"The specialist could not be saved: {fault.words}."
            raise SpecialistError(message, fault.advice) from error

    def remove(self, name: str) -> None:
        """Deletes a specialist's file; a template of that name stays.

        Raises:
            NoSuchSpecialist: there is none, or only a template.
            SpecialistError: the file cannot be deleted.
        """
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            raise NoSuchSpecialist(
                f"You have no specialist “{name}”.", "Templates cannot be removed."
            ) from None
        except OSError as error:
            fault = environment_fault_of(error, self._folder)
            message = f"The specialist could not be removed: {fault.words}."
            raise SpecialistError(message, fault.advice) from error

    def files(self) -> list[tuple[str, bytes]]:
        """Returns the name and content of each file that can be read, for a backup."""
        contents = list[tuple[str, bytes]]()
        for path in self._files():
            with contextlib.suppress(SpecialistError):
                contents.append((path.name, write_specialist(self._read(path))))
        return contents

    def _files(self) -> list[Path]:
        try:
            return sorted(self._folder.glob(f"*{ENDING}"))
        except OSError:
            return []

    def _path(self, name: str) -> Path:
        return self._folder / f"{file_stem(name)}{ENDING}"

    def _read(self, path: Path) -> Specialist:
        return read_file(path)


def read_file(path: Path) -> Specialist:
    """Returns the specialist of a file.

    Raises:
        SpecialistUnreadable, SpecialistTooNew: it cannot be used; the message says why.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        fault = environment_fault_of(error, path, writing=False)
        raise SpecialistUnreadable(
            f"{path} cannot be read: {fault.words}.", fault.advice
        ) from error
    return read_specialist(data)


def file_stem(name: str) -> str:
    """Returns the name of a specialist as the stem of a file's name, the same for any case.

    Letters and digits stay; where others were left out, a hash keeps names apart.
    """
    folded = unicodedata.normalize("NFC", _key(name))
    stem = re.sub(r"[^\w]+", "-", folded).strip("-")[:_LONGEST_STEM]
    if stem == folded:
        return stem
    return f"{stem}-{hashlib.sha256(folded.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _key(name: str) -> str:
    return name.strip().casefold()


def _templates() -> Iterator[tuple[str, Specialist]]:
    """Yields the templates that come with the program, by name."""
    folder = resources.files("app.specialists") / "templates"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(ENDING):
            specialist = read_specialist(entry.read_bytes())
            yield specialist.name, specialist
