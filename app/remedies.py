"""Remedies for an error: a button in the window, a command in the shell.

The error's own message names neither, since it is shown in both places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GetModel:
    """Download a model of the catalogue."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ReplaceModel:
    """Delete a model's file, and download it again if it is in the catalogue."""

    model_id: str


@dataclass(frozen=True, slots=True)
class ChooseModel:
    """Choose another model, or list the models."""


@dataclass(frozen=True, slots=True)
class RepairData:
    """Repair the data folder; see `app.upkeep.repair`."""


@dataclass(frozen=True, slots=True)
class ChooseDataFolder:
    """Use another data folder."""


Remedy = GetModel | ReplaceModel | ChooseModel | RepairData | ChooseDataFolder


def in_shell(remedies: Iterable[Remedy]) -> str:
    """Returns the shell commands for some remedies, as sentences; "" for none."""
    return " ".join(_sentence(remedy) for remedy in remedies)


def _sentence(remedy: Remedy) -> str:
    match remedy:
        case GetModel(model_id):
            return f"Get it with `studiolo models get {model_id}`."
        case ReplaceModel(model_id):
            return f"Remove it with `studiolo models remove {model_id}`, then get it again."
        case ChooseModel():
            return "`studiolo models list` shows the models here and those you can download."
        case RepairData():
            return "Close Studiolo and run `studiolo doctor --repair`."
        case ChooseDataFolder():
            return "Choose another data folder with --data-dir."
