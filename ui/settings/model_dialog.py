"""The dialog for what holds for one language model only."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.settings.fields import ModelSettings, Settings
from ui.settings.own_settings import OwnSettingsDialog
from ui.text import tr

_NUMBERS = ("temperature", "context_tokens", "threads", "gpu_layers", "idle_minutes")


class ModelDialog(OwnSettingsDialog):
    """A field for each setting; its lowest value means as for all models.

    Args:
        parent: widget whose window the dialog belongs to.
        name: of the model.
        settings: those of all models, and of this one.
        model_id: of the model.
    """

    def __init__(self, parent: QWidget, name: str, settings: Settings, model_id: str) -> None:
        own: ModelSettings = settings.for_model(model_id)
        super().__init__(
            parent,
            tr("Settings for {0}").format(name),
            {field: getattr(own, field) for field in _NUMBERS},
            own.rules,
            tr("As for all models"),
            {field: getattr(settings, field, None) for field in _NUMBERS}
            | {"temperature": 0, "idle_minutes": 30},
        )
