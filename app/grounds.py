"""What an answer rests on, as it was when the answer was made; kept with it in its chat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A passage or a file that an earlier answer rested on. `passage`: its id, "" for a file."""

    path: str
    passage: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on beside the passages that it names.

    Attributes:
        local_only: some of all that it rests on was in a collection that never leaves this
            computer.
        passages: ids of those of its own passages that were.
        files: paths of files that were read as a whole.
        counted: folders whose files were counted or listed; "" is the whole library.
        retold: what those earlier answers rest on that its prompt told again.
        complete: nothing was left out of `retold`.
    """

    local_only: bool = False
    passages: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    retold: tuple[Told, ...] = ()
    complete: bool = True
