"""Puts any error into words: what happened, what to do next, and the remedies."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import AlreadyOpen, AppError, ChatsDamaged, DataFolderUnusable, DataTooNew
from app.remedies import (
    ChooseDataFolder,
    ChooseModel,
    GetModel,
    Remedy,
    RepairData,
    ReplaceModel,
    in_shell,
)
from app.system_lacks import behind
from models.errors import ModelDamaged, ModelError, ModelMissing, ModelTooLarge, ModelUnsupported
from rag.errors import RagError, StoreDamaged, StoreTooNew


@dataclass(frozen=True, slots=True)
class UserMessage:
    """An error as it is shown.

    Attributes:
        message: what happened.
        advice: what to do next, in words that hold in the window and in the shell.
        is_bug: whether it is a bug of Studiolo.
        remedies: what can be done about it here, most helpful first.
    """

    message: str
    advice: str
    is_bug: bool = False
    remedies: tuple[Remedy, ...] = ()

    @property
    def words(self) -> str:
        """What happened and what to do next."""
        return f"{self.message} {self.advice}".strip()

    @property
    def shell_words(self) -> str:
        """What happened and what to do next, with shell commands."""
        return f"{self.message} {self.shell_advice}".strip()

    @property
    def shell_advice(self) -> str:
        """What to do next, with shell commands."""
        return f"{self.advice} {in_shell(self.remedies)}".strip()


def describe(error: BaseException) -> UserMessage:
    """Puts any exception into words for the person."""
    error = behind(error) or error
    if isinstance(error, AppError | RagError | ModelError):
        return UserMessage(error.message, error.advice, remedies=_remedies(error))
    # Imports SQLite, which some workers do not need.
    from rag.store.surroundings import hindrance_named

    if (hindrance := hindrance_named(error)) is not None:
        return UserMessage(f"Studiolo cannot go on: {hindrance.words}.", hindrance.advice)
    return UserMessage(
        "Something went wrong in Studiolo.",
        "The details are in the log. Your documents are unchanged.",
        is_bug=True,
    )


def _remedies(error: AppError | RagError | ModelError) -> tuple[Remedy, ...]:
    match error:
        case ModelMissing(model_id="") | ModelDamaged(model_id="") | ModelUnsupported():
            return (ChooseModel(),)
        case ModelMissing(model_id=model_id):
            return (GetModel(model_id), ChooseModel())
        case ModelDamaged(model_id=model_id):
            return (ReplaceModel(model_id), ChooseModel())
        case ModelTooLarge():
            return (ChooseModel(),)
        case StoreDamaged() | ChatsDamaged():
            return (RepairData(),)
        case StoreTooNew() | DataTooNew() | DataFolderUnusable() | AlreadyOpen():
            return (ChooseDataFolder(),)
    return ()
