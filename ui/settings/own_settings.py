"""The dialog for settings that hold for one thing only: a language model, or a chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.settings.fields import ModelSettings
from app.user_messages import UserMessage
from ui.dialog import Dialog
from ui.settings.section import ControlRow
from ui.text import number, tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_WIDTH = 560
_FIELD_WIDTH = 210
_LINES = 4
_STEPS = {"temperature": 0.1, "context_tokens": 512}
_FRACTIONS = ("temperature",)


class OwnSettingsDialog(Dialog):
    """A field for each setting; its lowest value means as usual.

    Signals:
        done_with: carries the values to save by the names of the settings; None means as usual.

    Args:
        parent: widget whose window the dialog belongs to.
        title: names what they hold for.
        own: the numbers that can be set, with what holds now; None means as usual.
        rules: the instructions that hold now.
        as_usual: how the lowest value is shown.
        usual: what it stands for, where that is known.
    """

    done_with = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        title: str,
        own: Mapping[str, float | None],
        rules: str,
        as_usual: str,
        usual: Mapping[str, float | None],
    ) -> None:
        super().__init__(parent, title)
        self._limits = ModelSettings.model_json_schema()["properties"]
        self.numbers = {field: _QuietBox() for field in own}
        self.rules = QPlainTextEdit(rules)
        self.rules.setTabChangesFocus(True)
        self.rules.setFixedHeight(self.rules.fontMetrics().lineSpacing() * (_LINES + 1))
        self._fault = label(role="danger", wrap=True)
        self._fault.hide()
        for field, box in self.numbers.items():
            known = usual.get(field)
            words = "" if known is None or known < 0 else f" ({number(known)})"
            self._prepare(field, box, as_usual + words)
        self._show(own, rules)
        self._build()

    def show_problem(self, message: UserMessage) -> None:
        """Shows why they could not be saved."""
        self._fault.setText(message.words)
        self._fault.show()

    def _prepare(self, field: str, box: QDoubleSpinBox, as_usual: str) -> None:
        lowest, highest = _range(self._limits[field])
        step = _STEPS.get(field, 1)
        box.setDecimals(1 if field in _FRACTIONS else 0)
        box.setRange(lowest - step, highest)
        box.setSingleStep(step)
        box.setGroupSeparatorShown(True)
        box.setSpecialValueText(as_usual)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setMinimumWidth(_FIELD_WIDTH)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _show(self, own: Mapping[str, float | None], rules: str) -> None:
        for field, box in self.numbers.items():
            value = own[field]
            box.setValue(box.minimum() if value is None else value)
        self.rules.setPlainText(rules)

    def _reset(self) -> None:
        self._show(dict.fromkeys(self.numbers), "")

    def _on_save(self) -> None:
        values: dict[str, Any] = {
            field: None if box.value() < _range(self._limits[field])[0] else box.value()
            for field, box in self.numbers.items()
        }
        values = {
            field: value if value is None or field in _FRACTIONS else int(value)
            for field, value in values.items()
        }
        most = self._limits["rules"]["maxLength"]
        rules = self.rules.toPlainText().strip()
        if len(rules) > most:
            self._fault.setText(
                tr("The instructions have {0} characters; at most {1} are possible.").format(
                    number(len(rules)), number(most)
                )
            )
            self._fault.show()
            return
        self.done_with.emit({**values, "rules": rules})

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(SPACE.hair)
        column.addWidget(label(self.windowTitle(), "heading", wrap=True))
        fields = ModelSettings.model_fields
        for field, box in self.numbers.items():
            info = fields[field]
            column.addWidget(ControlRow(tr(info.title or ""), tr(info.description or ""), box))
        info = fields["rules"]
        column.addWidget(ControlRow(tr(info.title or ""), tr(info.description or "")))
        self.rules.setAccessibleName(tr(info.title or ""))
        self.rules.setAccessibleDescription(tr(info.description or ""))
        column.addWidget(self.rules)
        column.addStretch(1)
        save = button(tr("Save"), "primary", on_click=self._on_save)
        save.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(button(tr("Reset"), "quiet", "refresh", self._reset))
        row.addStretch(1)
        row.addWidget(button(tr("Cancel"), on_click=self.reject))
        row.addWidget(save)
        foot = QVBoxLayout()
        foot.setSpacing(SPACE.normal)
        foot.addWidget(self._fault)
        foot.addLayout(row)
        self.lay_out(column, foot, width=_WIDTH)


class _QuietBox(QDoubleSpinBox):
    """Leaves the mouse wheel to the dialog: scrolling over a number must not change it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _range(schema: dict[str, object]) -> tuple[float, float]:
    """Returns the limits of a field that may also be empty, from its JSON schema."""
    kinds = schema["anyOf"]
    assert isinstance(kinds, list)
    limits = next(kind for kind in kinds if "minimum" in kind)
    return limits["minimum"], limits["maximum"]
