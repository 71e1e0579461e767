"""What a person can do about an error: a button in the window, a command in the shell.

An error's own words hold neither: a person in front of the window has no shell, and somebody in the
shell no button.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GetModel:
    """Download a model of the catalogue, of any kind."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ReplaceModel:
    """Delete a model's file from the models folder, and get it again where the catalogue has it."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ChooseModel:
    """Choose another model, or see which there are."""


@dataclass(frozen=True, slots=True)
class RepairData:
    """Mend the data folder; see `app.upkeep.repair`."""


@dataclass(frozen=True, slots=True)
class ChooseDataFolder:
    """Work on another data folder."""


Remedy = GetModel | ReplaceModel | ChooseModel | RepairData | ChooseDataFolder


def in_shell(remedies: Iterable[Remedy]) -> str:
    """What to type for each, as sentences; "" for none."""
    return " ".join(_sentence(remedy) for remedy in remedies)


def _sentence(remedy: Remedy) -> str:
    match remedy:
        case GetModel(model_id):
            return f"Get it with `studiolo models get {model_id}`."
        case ReplaceModel(model_id):
            return f"Remove it with `studiolo models remove {model_id}`, then get it again."
        case ChooseModel():
            return "See `studiolo models list` for those that are here and those to be had."
        case RepairData():
            return "Close Studiolo and run `studiolo doctor --repair`."
        case ChooseDataFolder():
            return "Another data folder can be given with --data-dir."
