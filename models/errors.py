"""What can go wrong with models. `app.errors` draws the whole tree.

ModelError
├── ModelMissing       no such model here
├── ModelDamaged       truncated, wrong hash, or not a GGUF file
├── ModelUnsupported   a whole file that is no chat model, or one that cannot be run here
├── ModelTooLarge      does not fit this machine's memory
├── PromptTooLong      does not fit the model's context window
├── InferenceFailed    the model stopped with an error
│   └── WroteNothing   it ended its turn without a word
└── DownloadFailed     a download the person asked for did not finish
    └── SourcesFailed  none of its sources could be had, and nothing here is to blame
"""

from __future__ import annotations


class ModelError(Exception):
    """Something about a model that a person can understand and mend.

    Attributes:
        message: what happened, in plain words.
        advice: what to do next.
        model_id: the model in the models folder, or of the catalogue, that it is about; "" where it
            is about none.
    """

    def __init__(self, message: str, advice: str = "", *, model_id: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice
        self.model_id = model_id


class ModelMissing(ModelError):
    """The model is not on this machine."""


class ModelDamaged(ModelError):
    """The model's file is truncated, changed, or not a model."""


class ModelUnsupported(ModelError):
    """The file is what it should be, and cannot answer: another kind, unknown, or badly made."""


class ModelTooLarge(ModelError):
    """The model does not fit this machine."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's context window."""


class InferenceFailed(ModelError):
    """The model stopped with an error."""


class WroteNothing(InferenceFailed):
    """The model ended its turn without a word. Says nothing about what it was asked."""


class DownloadFailed(ModelError):
    """A download did not finish; what arrived is kept and the next try goes on from there."""


class SourcesFailed(DownloadFailed):
    """None of a model's sources gave it."""
