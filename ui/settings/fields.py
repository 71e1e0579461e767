"""Controls for the fields of `Settings`, made from what the fields say about themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox

from app.settings import Settings, ThemeChoice
from ui.settings.section import Row

_WIDTH = 170


def tr(words: str) -> str:
    """The person's language."""
    return QCoreApplication.translate("SettingsPage", words)


@dataclass(frozen=True, slots=True)
class NumberLook:
    """How a number is shown.

    Attributes:
        step: by which the arrows change it.
        unit: after the number.
        lowest: the words for the lowest value, when it means something of its own.
    """

    step: int = 1
    unit: str = ""
    lowest: str = ""


class Field(Protocol):
    """A row of the page that shows one setting."""

    name: str
    row: Row

    def show_value(self, settings: Settings) -> None:
        """Shows what is in force, without announcing it."""
        ...


class NumberField:
    """A whole number within the range that the field allows."""

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
        self.box.setFixedWidth(_WIDTH)
        self.row = Row(tr(info.title or name), tr(info.description or ""), self.box)
        self.box.valueChanged.connect(lambda value: on_change(name, value))

    def show_value(self, settings: Settings) -> None:
        """Shows what is in force, without announcing it."""
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
            (ThemeChoice.SYSTEM, tr("As the system")),
            (ThemeChoice.LIGHT, tr("Light")),
            (ThemeChoice.DARK, tr("Dark")),
        ):
            self.box.addItem(words, choice)
        self.box.setFixedWidth(_WIDTH)
        self.row = Row(tr("Colours"), tr(info.description or ""), self.box)
        self.box.activated.connect(
            lambda index: on_change("theme", ThemeChoice(self.box.itemData(index)))
        )

    def show_value(self, settings: Settings) -> None:
        """Shows what is in force, without announcing it."""
        self.box.setCurrentIndex(self.box.findData(settings.theme))


class _QuietSpinBox(QSpinBox):
    """Lets the page scroll: a wheel that passes over a number must not change it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _QuietComboBox(QComboBox):
    """As `_QuietSpinBox`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
