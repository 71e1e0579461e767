"""What an answer rests on, as it was when the answer was made; kept with it in its chat."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer rests on beside the passages that it names.

    Attributes:
        local_only: some of all that it rests on was in a collection that never leaves this
            computer.
        passages: ids of those of its own passages that were.
        doubtful: there was such a collection, and of something it could not be told.
        doubted: ids of those of its own passages of which it could not.
        files: paths of files that were read as a whole.
        counted: folders whose files were counted or listed; "" is the whole library.
        retold: ids of the passages that those earlier answers rest on that its prompt told again,
            with a blank between two: chats are read at once, and have thousands of them.
        retold_files: paths of the files that those answers rest on.
        complete: nothing was left out of `retold`.
    """

    local_only: bool = False
    passages: tuple[str, ...] = ()
    doubtful: bool = False
    doubted: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    retold: str = ""
    retold_files: tuple[str, ...] = ()
    complete: bool = True
