"""Every error that Studiolo tells a person about, and the line between theirs and ours.

Exception
├── AppError                 this package
│   ├── AlreadyOpen          another Studiolo works on the same data folder
│   ├── DataFolderUnusable   cannot be created, read or written
│   ├── DataTooNew           chats or settings of a later version
│   ├── ChatsDamaged         the chats cannot be read
│   ├── ChatsNotSaved        the disk is full, or cannot be written
│   ├── SettingsNotSaved     the same for the settings
│   ├── BackupFailed         a backup cannot be written, or not be put back
│   ├── BackupUnreadable     a file is no backup, or is damaged
│   ├── WorkerDied           a worker process ended; it can be restarted
│   ├── QuestionEmpty        nothing was asked
│   ├── QuestionTooLong      more text than a question may have
│   ├── BatchUnreadable      a file of questions cannot be read
│   ├── NothingIndexed       asked before any document was added
│   └── Cancelled            the person pressed Stop; not a fault
├── rag.errors.RagError      the store and the vector index
└── models.errors.ModelError models, prompts and downloads

All of these carry `message` (what happened) and `advice` (what to do next), in plain words.
Anything else that is raised is a bug: the person is told so, and the traceback goes to the log.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import ModelError
from rag.errors import RagError


class AppError(Exception):
    """Something that a person can understand and mend."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class AlreadyOpen(AppError):
    """Another Studiolo works on the same data folder."""


class DataFolderUnusable(AppError):
    """The data folder cannot be created, read or written."""


class DataTooNew(AppError):
    """Chats or settings were written by a later version."""


class ChatsDamaged(AppError):
    """The chats cannot be read; the file is left as it is."""


class ChatsNotSaved(AppError):
    """The disk is full, or cannot be written; nothing that was saved before is lost."""


class SettingsNotSaved(AppError):
    """The disk is full, or cannot be written; the settings are as they were."""


class BackupFailed(AppError):
    """A backup cannot be written or put back; what was there is untouched."""


class BackupUnreadable(AppError):
    """A file is no backup of Studiolo, or is damaged."""


class WorkerDied(AppError):
    """A worker process ended unexpectedly; what it was doing is lost, nothing else is."""


class QuestionEmpty(AppError):
    """Nothing was asked."""


class QuestionTooLong(AppError):
    """The question is longer than a question may be."""


class BatchUnreadable(AppError):
    """A file of questions, or a line in it, cannot be read."""


class NothingIndexed(AppError):
    """There is no document to search."""


class Cancelled(AppError):
    """The person stopped this. Not a fault, and never shown as one."""

    def __init__(self) -> None:
        super().__init__("Stopped.")


KNOWN_ERRORS: tuple[type[AppError | RagError | ModelError], ...] = (AppError, RagError, ModelError)


@dataclass(frozen=True, slots=True)
class UserMessage:
    """An error as it is shown: what happened, what to do next, and whether it is our fault."""

    message: str
    advice: str
    is_bug: bool = False


def describe(error: BaseException) -> UserMessage:
    """Puts any exception into words for the person in front of the screen."""
    if isinstance(error, AppError | RagError | ModelError):
        return UserMessage(error.message, error.advice)
    return UserMessage(
        "Studiolo made a mistake.",
        "The details are in the log. Your documents, chats and settings are untouched.",
        is_bug=True,
    )
