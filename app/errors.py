"""Every error that Studiolo tells a person about, and the line between theirs and ours.

Exception
├── AppError                 this package
│   ├── AlreadyOpen          another Studiolo works on the same data folder
│   ├── WindowEnded          the window that ran a shell's command
│   ├── DataFolderUnusable   cannot be created, read or written
│   ├── DataTooNew           chats, settings or a backup of a later version
│   ├── ChatsDamaged         the chats cannot be read
│   ├── ChatsNotSaved        the disk is full, or cannot be written
│   ├── SettingsNotSaved     the same for the settings
│   ├── BackupFailed         a backup cannot be written, or not be put back
│   ├── BackupUnreadable     a file is no backup, or is damaged
│   ├── WorkerDied           a worker process ended; it can be restarted
│   │   ├── WorkerKilled     the system ended it, as it does when memory runs out
│   │   └── WorkerNotStarted it cannot be started, though it was tried several times
│   ├── SystemLacks          no more open files, processes or threads; a missing library
│   │   └── OutOfMemory      no more memory
│   ├── QuestionEmpty        nothing was asked
│   ├── QuestionTooLong      more text than a question may have
│   ├── BatchUnreadable      a file of questions cannot be read
│   ├── NothingIndexed       asked before any document was added
│   ├── NotInLibrary         there is nothing to remove
│   ├── EscalationError      asking a larger model outside
│   │   ├── EscalationOff    the person has not allowed it
│   │   ├── NeverLeaves      a passage is in a collection that never leaves this computer
│   │   ├── PayloadTooLong   more than the model reads
│   │   ├── NotConfirmed     nothing was clicked, or something else was shown
│   │   ├── KeyMissing       there is no key for the provider
│   │   ├── KeyRefused       the provider does not take the key
│   │   ├── RateLimited      too many requests, or no credit
│   │   ├── ProviderRefused  the provider does not do what was asked
│   │   ├── ProviderFailed   the provider has a fault of its own
│   │   ├── NotReached       no network, no such host, no trusted connection
│   │   ├── ReplyCut         the connection broke off, or nothing came for too long
│   │   └── ReplyTooLong     more came than a reply may have
│   ├── SecretsError         the system's keyring
│   │   ├── NoKeyring        there is none
│   │   └── KeyringRefused   it is locked, or failed
│   ├── EgressNotRecorded    what was to leave could not be written down, so it did not
│   └── Cancelled            the person pressed Stop; not a fault
├── rag.errors.RagError      the store and the vector index
└── models.errors.ModelError models, prompts and downloads

All of these carry `message` (what happened) and `advice` (what to do next), in plain words. What a
button or a command can do about it is a remedy (`app.remedies`), told from the error's class.
Anything else that is raised is a bug: the person is told so, and the traceback goes to the log.
"""

from __future__ import annotations

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


class WindowEnded(AppError):
    """The window that ran a shell's command ended before the command did."""


class DataFolderUnusable(AppError):
    """The data folder cannot be created, read or written."""


class DataTooNew(AppError):
    """Chats, settings or a backup were written by a later version."""


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


class WorkerKilled(WorkerDied):
    """The system ended a worker process, as it does when memory runs out."""


class WorkerNotStarted(WorkerDied):
    """A worker process cannot be started, or ends each time before it answers."""


class SystemLacks(AppError):
    """The system gives no more open files, processes or threads, or lacks a library."""


class OutOfMemory(SystemLacks):
    """The system gives no more memory."""


class QuestionEmpty(AppError):
    """Nothing was asked."""


class QuestionTooLong(AppError):
    """The question is longer than a question may be."""


class BatchUnreadable(AppError):
    """A file of questions, or a line in it, cannot be read."""


class NothingIndexed(AppError):
    """There is no document to search."""


class NotInLibrary(AppError):
    """A file or folder that is to be removed is not in the library."""


class EscalationError(AppError):
    """A larger model outside could not be asked. Nothing is ever sent a second time by itself."""


class EscalationOff(EscalationError):
    """The person has not allowed it, or has set up nobody to ask."""


class NeverLeaves(EscalationError):
    """A passage is in a collection that never leaves this computer."""


class PayloadTooLong(EscalationError):
    """More was chosen than the model reads."""


class NotConfirmed(EscalationError):
    """Nothing was clicked, or what was clicked is not what would be sent."""


class KeyMissing(EscalationError):
    """There is no key for the provider."""


class KeyRefused(EscalationError):
    """The provider does not take the key."""


class RateLimited(EscalationError):
    """The provider wants to be asked later."""


class ProviderRefused(EscalationError):
    """The provider does not do what was asked: an unknown model, a redirect, a refused text."""


class ProviderFailed(EscalationError):
    """The provider has a fault of its own, or answered in a way that is not understood."""


class NotReached(EscalationError):
    """There was no connection: no network, no such host, or one that cannot be trusted."""


class ReplyCut(EscalationError):
    """The connection broke off, or nothing came for too long."""


class ReplyTooLong(EscalationError):
    """More came than a reply may have."""


class SecretsError(AppError):
    """The system's keyring cannot be used; a key is never kept anywhere else."""


class NoKeyring(SecretsError):
    """This system has no keyring."""


class KeyringRefused(SecretsError):
    """The keyring is locked, or failed."""


class EgressNotRecorded(AppError):
    """Something was to leave this computer and could not be written down; so it did not."""


class Cancelled(AppError):
    """The person stopped this. Not a fault, and never shown as one."""

    def __init__(self) -> None:
        super().__init__("Stopped.")


KNOWN_ERRORS: tuple[type[AppError | RagError | ModelError], ...] = (AppError, RagError, ModelError)
