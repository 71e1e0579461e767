"""The recipient: the provider, the model, and the host in plain sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QWidget

from app.escalation.known import known_models
from ui.legible import legible
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, label

if TYPE_CHECKING:
    from app.settings.store import CloudProvider

_NAME_WIDTH = 170
_MODEL_WIDTH = 210


class Destination(QFrame):
    """Names the host in full: a cut name could be taken for another."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "outside")
        self._host = label(role="strong")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.small, SPACE.hair, SPACE.small, SPACE.hair)
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("web", "outside", 16))
        row.addWidget(label(tr("Goes to"), "outside"))
        row.addWidget(self._host)

    @property
    def host(self) -> str:
        """The host that is shown."""
        return self._host.text()

    def show_host(self, host: str) -> None:
        """Names the host."""
        self._host.setText(host)
        self._host.setAccessibleName(tr("Goes to {0}").format(host))


class Recipient(QWidget):
    """Chooses one of the configured providers; the model's name can be edited.

    Attributes:
        destination: names the host; the sheet puts it beside its title.

    Signals:
        changed: the provider or the model was changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._providers: tuple[CloudProvider, ...] = ()
        self.names = QComboBox()
        self.names.setAccessibleName(tr("Provider"))
        self.names.setMinimumWidth(_NAME_WIDTH)
        self.names.currentIndexChanged.connect(self._on_provider)
        self.models = QComboBox()
        self.models.setEditable(True)
        self.models.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.models.setAccessibleName(tr("Model"))
        self.models.setMinimumWidth(_MODEL_WIDTH)
        self.models.currentTextChanged.connect(lambda _text: self.changed.emit())
        self.destination = Destination()
        row = FlowLayout(SPACE.small)
        self.setLayout(row)
        for words, control in ((tr("Provider"), self.names), (tr("Model"), self.models)):
            pair = QWidget()
            inside = QHBoxLayout(pair)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(SPACE.small)
            inside.addWidget(label(words, "soft"))
            inside.addWidget(control)
            row.addWidget(pair)

    @property
    def chosen(self) -> CloudProvider | None:
        """The chosen provider, with the chosen model."""
        provider, model = self._provider, self.models.currentText().strip()
        if provider is None or model in ("", provider.model):
            return provider
        # The prices in the settings are those of the provider's own model.
        other = {"model": model, "input_price": None, "output_price": None, "context_tokens": 0}
        return provider.model_copy(update=other)

    def show_providers(self, providers: Sequence[CloudProvider], chosen: CloudProvider) -> None:
        """Offers providers, without announcing it."""
        self._providers = tuple(providers)
        names = [provider.name for provider in providers]
        self.names.blockSignals(True)
        self.names.clear()
        self.names.addItems([legible(name) for name in names])
        self.names.setCurrentIndex(names.index(chosen.name) if chosen.name in names else 0)
        self.names.blockSignals(False)
        self._offer_models(chosen)

    @property
    def _provider(self) -> CloudProvider | None:
        index = self.names.currentIndex()
        return self._providers[index] if 0 <= index < len(self._providers) else None

    def _on_provider(self) -> None:
        if self._provider is not None:
            self._offer_models(self._provider)
            self.changed.emit()

    def _offer_models(self, provider: CloudProvider) -> None:
        names = [model.name for model in known_models(provider.host)]
        models = [provider.model, *(name for name in names if name != provider.model)]
        self.models.blockSignals(True)
        self.models.clear()
        self.models.addItems(models)
        self.models.setCurrentIndex(0)
        self.models.blockSignals(False)
        self.destination.show_host(provider.host)
