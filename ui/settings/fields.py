"""Controls for the fields of `Settings`, built from the fields' own metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError
from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox

from app.model_library.service import NO_RERANKER
from app.settings.fields import Settings, ThemeChoice
from ui.choices import CheckBox
from ui.legible import legible
from ui.settings.section import ControlRow
from ui.text import tr

if TYPE_CHECKING:
    from app.model_library.service import ModelLibrary

_WIDTH = 170
_TEXT_WIDTH = 300
_TEXT_LENGTH = 22  # characters of a model's name; longer ones are cut
OnChange = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class NumberLook:
    """The display of a number.

    Attributes:
        step: change per press of an arrow.
        unit: text after the number.
        lowest: text instead of the lowest value, if that has a special meaning.
    """

    step: int = 1
    unit: str = ""
    lowest: str = ""


class Field(Protocol):
    """A row of the page for one setting."""

    name: str
    row: ControlRow

    def show_value(self, settings: Settings) -> None:
        """Shows the current value, without announcing it."""
        ...


class SwitchField:
    """On or off."""

    def __init__(self, name: str, on_change: OnChange) -> None:
        info = Settings.model_fields[name]
        self.name = name
        self.box = CheckBox()
        self.row = ControlRow(tr(info.title or name), tr(info.description or ""), self.box)
        self.box.setAccessibleName(self.row.title.text())
        self.box.toggled.connect(lambda on: on_change(name, on))

    def show_value(self, settings: Settings) -> None:
        """Shows the current value, without announcing it."""
        self.box.blockSignals(True)
        self.box.setChecked(bool(getattr(settings, self.name)))
        self.box.blockSignals(False)
        self.box.update()


class TextField:
    """Text on one line, saved when the field loses the focus, if it is valid.

    Args:
        name: name of the setting.
        example: shown while it is empty.
        fault: warning for an invalid text.
        on_change: saves it.
    """

    def __init__(self, name: str, example: str, fault: str, on_change: OnChange) -> None:
        info = Settings.model_fields[name]
        self.name = name
        self._fault = fault
        self._on_change = on_change
        self._saved_text = ""
        self.box = QLineEdit()
        self.box.setPlaceholderText(example)
        self.box.setFixedWidth(_TEXT_WIDTH)
        self.row = ControlRow(tr(info.title or name), tr(info.description or ""), self.box)
        self.box.editingFinished.connect(self._on_left)

    def show_value(self, settings: Settings) -> None:
        """Shows the current value, unless the user is editing."""
        value = str(getattr(settings, self.name))
        if self.box.text() == self._saved_text:
            self.box.setText(value)
        self._saved_text = value

    def _on_left(self) -> None:
        typed = self.box.text().strip()
        try:
            Settings.model_validate({self.name: typed})
        except ValidationError:
            self.row.warn(self._fault)
            return
        self.row.warn("")
        self.box.setText(typed)
        if typed != self._saved_text:
            self._saved_text = typed
            self._on_change(self.name, typed)


class NumberField:
    """A whole number within the range of the setting."""

    def __init__(
        self, name: str, look: NumberLook, on_change: Callable[[str, object], None]
    ) -> None:
        info = Settings.model_fields[name]
        self.name = name
        self.box = _QuietSpinBox()
        limits = Settings.model_json_schema()["properties"][name]
        self.box.setRange(limits["minimum"], limits["maximum"])
        self.box.setSingleStep(look.step)
        self.box.setSuffix(f" {look.unit}" if look.unit else "")
        self.box.setSpecialValueText(look.lowest)
        self.box.setKeyboardTracking(False)
        self.box.setGroupSeparatorShown(True)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.box.setMinimumWidth(_WIDTH)
        self.row = ControlRow(tr(info.title or name), tr(info.description or ""), self.box)
        self.box.valueChanged.connect(lambda value: on_change(name, value))

    def show_value(self, settings: Settings) -> None:
        """Shows the current value, without announcing it."""
        self.box.blockSignals(True)
        self.box.setValue(getattr(settings, self.name))
        self.box.blockSignals(False)


class ThemeField:
    """Light, dark, or as the system."""

    def __init__(self, on_change: Callable[[str, object], None]) -> None:
        info = Settings.model_fields["theme"]
        self.name = "theme"
        self.box = _QuietComboBox()
        for choice, words in (
            (ThemeChoice.SYSTEM, tr("Same as the system")),
            (ThemeChoice.LIGHT, tr("Light")),
            (ThemeChoice.DARK, tr("Dark")),
        ):
            self.box.addItem(words, choice)
        self.box.setMinimumWidth(_WIDTH)
        self.row = ControlRow(tr("Colours"), tr(info.description or ""), self.box)
        self.box.activated.connect(
            lambda index: on_change("theme", ThemeChoice(self.box.itemData(index)))
        )

    def show_value(self, settings: Settings) -> None:
        """Shows the current value, without announcing it."""
        self.box.setCurrentIndex(self.box.findData(settings.theme))


class ModelField:
    """Chooses one of the installed models for a task."""

    def __init__(self, name: str, models: ModelLibrary, on_change: OnChange) -> None:
        info = Settings.model_fields[name]
        self.name = name
        self._models = models
        self.box = _QuietComboBox()
        self.box.setSizeAdjustPolicy(
            _QuietComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(_TEXT_LENGTH)
        self.box.setMinimumWidth(_TEXT_WIDTH)
        self.row = ControlRow(tr(info.title or ""), tr(info.description or ""), self.box)
        self.box.setAccessibleName(self.row.title.text())
        self.box.activated.connect(lambda at: on_change(name, str(self.box.itemData(at))))

    def show_value(self, settings: Settings) -> None:
        """Shows the installed models and the current one, without announcing it."""
        chosen = str(getattr(settings, self.name))
        names = self._names()
        names.setdefault(chosen, chosen)
        self.box.clear()
        for model_id, name in names.items():
            self.box.addItem(legible(name), model_id)
        self.box.setCurrentIndex(self.box.findData(chosen))

    def _names(self) -> dict[str, str]:
        """Returns the choices: ids and display names."""
        raise NotImplementedError


class EmbedderField(ModelField):
    """Chooses the embedding model that finds passages."""

    def __init__(self, models: ModelLibrary, on_change: OnChange) -> None:
        super().__init__("embedder", models, on_change)

    def _names(self) -> dict[str, str]:
        default = self._models.catalog.embedder
        alternatives = (
            entry for entry in self._models.installed_embedders() if entry.id != default.id
        )
        return {
            "": tr("{0} (default)").format(default.name),
            **{entry.id: entry.name for entry in alternatives},
        }


class RerankerField(ModelField):
    """Chooses the reranker of passages, or none."""

    def __init__(self, models: ModelLibrary, on_change: OnChange) -> None:
        super().__init__("reranker", models, on_change)

    def show_value(self, settings: Settings) -> None:
        """Shows the installed models and the current one; warns if it is missing."""
        super().show_value(settings)
        missing = settings.reranker not in self._names()
        self.row.warn(
            tr("This model is no longer installed: passages are not reordered.") if missing else ""
        )

    def _names(self) -> dict[str, str]:
        installed = self._models.installed_rerankers()
        automatic = installed[0].name if installed else tr("none installed")
        return {
            "": tr("Automatic ({0})").format(automatic),
            NO_RERANKER: tr("None"),
            **{entry.id: entry.name for entry in installed},
        }


class _QuietSpinBox(QSpinBox):
    """Leaves the mouse wheel to the page: scrolling over a number must not change it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _QuietComboBox(QComboBox):
    """Like `_QuietSpinBox`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
