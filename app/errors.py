"""The errors that Studiolo explains to the person. Anything else that is raised is a bug.

Exception
├── AppError                 this package
│   ├── AlreadyOpen          another Studiolo has the data folder open
│   ├── WindowEnded          the window ended while it ran a shell command
│   ├── DataFolderUnusable   cannot be created, read or written
│   ├── DataTooNew           chats, settings or a backup of a later version
│   ├── ChatsDamaged         the chats cannot be read
│   ├── NoSuchChat           no chat has this id
│   ├── ChatsNotSaved        the disk is full or cannot be written
│   ├── SettingsNotSaved     the same for the settings
│   ├── SettingRefused       no setting has this name, or it cannot have this value
│   ├── BackupFailed         a backup cannot be written or restored
│   ├── BackupUnreadable     the file is not a backup, or is damaged
│   ├── WorkerDied           a worker process ended; it can be restarted
│   │   ├── WorkerKilled     the system ended it, as when memory runs out
│   │   └── WorkerNotStarted it cannot be started, after several tries
│   ├── SystemLacks          no more open files, processes or threads; a missing library
│   │   └── OutOfMemory      no more memory
│   ├── QuestionEmpty        the question has no text
│   ├── QuestionTooLong      the question has more text than allowed
│   ├── BatchUnreadable      a file of questions cannot be read
│   ├── NothingIndexed       asked before any document was added
│   ├── NotInLibrary         the file or folder to remove is not in the library
│   ├── SpecialistError      specialists and their tables
│   │   ├── SpecialistUnreadable  a specialist's file, or examples, cannot be used
│   │   ├── SpecialistTooNew  written by a later version
│   │   ├── NoSuchSpecialist  no specialist or table has this name
│   │   └── TablesDamaged    the tables cannot be read; the file is left unchanged
│   ├── EscalationError      asking an outside model
│   │   ├── EscalationOff    the person has not allowed it
│   │   ├── NeverLeaves      a passage is in a collection that never leaves this computer
│   │   ├── PayloadTooLong   more than the model's context window
│   │   ├── NotConfirmed     no click, or a click on something else than would be sent
│   │   ├── KeyMissing       there is no key for the provider
│   │   ├── KeyRefused       the provider rejects the key
│   │   ├── RateLimited      too many requests, or no credit
│   │   ├── ProviderRefused  the provider rejects the request
│   │   ├── ProviderFailed   the provider has a fault of its own
│   │   ├── NotReached       no network, no such host, no trusted connection
│   │   ├── ReplyCut         the connection broke off or timed out
│   │   └── ReplyTooLong     the reply is longer than allowed
│   ├── SecretsError         the system's keyring
│   │   ├── NoKeyring        there is none
│   │   └── KeyringRefused   it is locked, or failed
│   ├── UpdateError          looking for a new version
│   │   ├── NoUpdatePlace    this copy of the program knows nobody to ask
│   │   ├── UpdateNotReached the news did not come
│   │   └── UpdateRefused    not signed by the makers, damaged, or out of date
│   ├── EgressNotRecorded    a request could not be logged beforehand, so it was not sent
│   └── Cancelled            the person pressed Stop; not a fault
├── rag.errors.RagError      the store and the vector index
└── models.errors.ModelError models, prompts and downloads

All of these carry `message` (what happened) and `advice` (what to do next), in plain words.
`app.user_messages` chooses the remedies (`app.remedies`), a button or a command, by the error's
class. For a bug the person gets a general message, and the traceback goes to the log.
"""

from __future__ import annotations

from models.errors import ModelError
from rag.errors import RagError


class AppError(Exception):
    """An error that the person can understand and resolve."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class AlreadyOpen(AppError):
    """Another Studiolo has the data folder open."""


class WindowEnded(AppError):
    """The window ended before the shell command that it ran."""


class DataFolderUnusable(AppError):
    """The data folder cannot be created, read or written."""


class DataTooNew(AppError):
    """Chats, settings or a backup were written by a later version of Studiolo."""


class ChatsDamaged(AppError):
    """The chats cannot be read; the file is left unchanged."""


class ChatsNotSaved(AppError):
    """The disk is full or cannot be written; everything saved earlier is kept."""


class SettingsNotSaved(AppError):
    """The disk is full or cannot be written; the settings are unchanged."""


class NoSuchChat(AppError):
    """No chat has this id."""


class SettingRefused(AppError):
    """No setting has this name, or it cannot have this value."""


class BackupFailed(AppError):
    """A backup cannot be written or restored; existing data is unchanged."""


class BackupUnreadable(AppError):
    """The file is not a backup of Studiolo, or is damaged."""


class WorkerDied(AppError):
    """A worker process ended unexpectedly; only the work that it was doing is lost."""


class WorkerKilled(WorkerDied):
    """The system ended a worker process, as when memory runs out."""


class WorkerNotStarted(WorkerDied):
    """A worker process cannot be started, or ends each time before it is ready."""


class SystemLacks(AppError):
    """The system grants no more open files, processes or threads, or lacks a library."""


class OutOfMemory(SystemLacks):
    """The system grants no more memory."""


class QuestionEmpty(AppError):
    """The question has no text."""


class QuestionTooLong(AppError):
    """The question has more text than allowed."""


class BatchUnreadable(AppError):
    """A batch file, or a line in it, cannot be read."""


class NothingIndexed(AppError):
    """There is no document to search."""


class NotInLibrary(AppError):
    """The file or folder to remove is not in the library."""


class SpecialistError(AppError):
    """A fault of a specialist or of its table."""


class SpecialistUnreadable(SpecialistError):
    """A specialist's file, or its examples, cannot be used; nothing was changed."""


class SpecialistTooNew(SpecialistError):
    """A specialist was written by a later version of Studiolo."""


class NoSuchSpecialist(SpecialistError):
    """No specialist, table, row or column has this name."""


class TablesDamaged(SpecialistError):
    """The tables of specialists cannot be read; the file is left unchanged."""


class EscalationError(AppError):
    """An outside model could not be asked. Nothing is ever resent automatically."""


class EscalationOff(EscalationError):
    """The person has not allowed outside models, or has set up no provider."""


class NeverLeaves(EscalationError):
    """A passage is in a collection that never leaves this computer."""


class PayloadTooLong(EscalationError):
    """The payload does not fit into the model's context window."""


class NotConfirmed(EscalationError):
    """There was no click on Send, or the click was on another payload than would be sent."""


class KeyMissing(EscalationError):
    """There is no key for the provider."""


class KeyRefused(EscalationError):
    """The provider rejects the key."""


class RateLimited(EscalationError):
    """The provider takes no more requests now."""


class ProviderRefused(EscalationError):
    """The provider rejects the request: unknown model, redirect, refused text."""


class ProviderFailed(EscalationError):
    """The provider has a fault of its own, or its reply cannot be parsed."""


class NotReached(EscalationError):
    """There was no connection: no network, no such host, or one that cannot be trusted."""


class ReplyCut(EscalationError):
    """The connection broke off or timed out."""


class ReplyTooLong(EscalationError):
    """The reply is longer than allowed."""


class SecretsError(AppError):
    """The system's keyring cannot be used; keys are never kept anywhere else."""


class NoKeyring(SecretsError):
    """This system has no keyring."""


class KeyringRefused(SecretsError):
    """The keyring is locked, or failed."""


class UpdateError(AppError):
    """There is no news of a new version; this version works on as before."""


class NoUpdatePlace(UpdateError):
    """This copy of the program knows nobody to ask; nothing was sent."""


class UpdateNotReached(UpdateError):
    """The news did not come: no network, no such host, or another answer than the news."""


class UpdateRefused(UpdateError):
    """The news are not signed by the makers, damaged, or older than what was seen before."""


class EgressNotRecorded(AppError):
    """A request could not be logged before it left this computer; so it was not sent."""


class Cancelled(AppError):
    """The person stopped the work. Not a fault, and never shown as one."""

    def __init__(self) -> None:
        super().__init__("Stopped.")


KNOWN_ERRORS: tuple[type[AppError | RagError | ModelError], ...] = (AppError, RagError, ModelError)
