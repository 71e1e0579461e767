"""Applies the look, and follows the system and the user's choice while the window is open.

Widgets never name colours. They have a *role* (`ui.theme.widgets`) that the style sheet colours,
and icons by name, redrawn when the palette changes. Widgets that paint themselves use `palette()`.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.settings.fields import Settings, ThemeChoice
from app.settings.store import SettingsStore
from ui.theme import icons
from ui.theme.stylesheet import style_sheet
from ui.theme.tokens import DARK, LIGHT, SIZES, Palette

_ICON, _ROLE, _SIZE = "themeIcon", "themeIconRole", "themeIconSize"
_SCHEMES = {
    ThemeChoice.SYSTEM: Qt.ColorScheme.Unknown,
    ThemeChoice.LIGHT: Qt.ColorScheme.Light,
    ThemeChoice.DARK: Qt.ColorScheme.Dark,
}
_in_force = LIGHT


def palette() -> Palette:
    """Returns the current palette. When it changes every widget is repainted (`PaletteChange`)."""
    return _in_force


def set_icon(
    button: QAbstractButton, name: str, role: str = "text_soft", size: int = SIZES.icon
) -> None:
    """Gives a button an icon in a colour of the palette; redrawn when the palette changes."""
    button.setProperty(_ICON, name)
    button.setProperty(_ROLE, role)
    button.setProperty(_SIZE, size)
    button.setIconSize(QSize(size + _gap(button), size))
    _draw_icon(button)


def restyle(widget: QWidget, **properties: object) -> None:
    """Sets properties that the style sheet reads, and repaints the widget."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    QWidget.update(widget)  # views override update()


def show_plainly() -> None:
    """Applies the system's choice of theme when no settings could be read yet."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if not app.styleSheet():
        app.setStyle("Fusion")
        app.setFont(_base_font(app))
        _dress(app, dark=app.styleHints().colorScheme() is Qt.ColorScheme.Dark)


class Theme(QObject):
    """The look of the application.

    Args:
        app: gets the style, palette and style sheet.
        settings: `theme` is applied, also when it changes.
    """

    changed = Signal()
    _chosen = Signal()

    def __init__(self, app: QApplication, settings: SettingsStore) -> None:
        super().__init__(app)
        self._app = app
        self._settings = settings
        self._choice = settings.current.theme
        app.setStyle("Fusion")
        app.setFont(_base_font(app))
        app.styleHints().setColorScheme(_SCHEMES[self._choice])
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._chosen.connect(self._follow_choice, Qt.ConnectionType.QueuedConnection)
        settings.on_change(self._on_settings)
        self._apply()

    def _on_settings(self, settings: Settings) -> None:
        """Runs on whatever thread changed a setting."""
        if settings.theme is not self._choice:
            self._chosen.emit()

    def _follow_choice(self) -> None:
        self._choice = self._settings.current.theme
        self._app.styleHints().setColorScheme(_SCHEMES[self._choice])
        self._apply()

    def _apply(self) -> None:
        dark = self._choice is ThemeChoice.DARK or (
            self._choice is ThemeChoice.SYSTEM
            and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        _dress(self._app, dark=dark)
        self.changed.emit()


class PaletteWatcher(QObject):
    """Emits `changed` when the palette of `widget` changes, for drawings that use its colours."""

    changed = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Emits `changed` on a palette change; filters nothing out."""
        if event.type() == QEvent.Type.PaletteChange:
            self.changed.emit()
        return super().eventFilter(watched, event)


def _dress(app: QApplication, *, dark: bool) -> None:
    global _in_force  # noqa: PLW0603 - the palette in force is the application's, like Qt's own
    _in_force = DARK if dark else LIGHT
    app.setPalette(_qt_palette(_in_force))
    sheet = style_sheet(_in_force, app.font().pointSizeF())
    if app.styleSheet() != sheet:  # to set it again takes a quarter of a second all the same
        app.setStyleSheet(sheet)
    for widget in app.allWidgets():
        if isinstance(widget, QAbstractButton) and widget.property(_ICON):
            _draw_icon(widget)


def _gap(button: QAbstractButton) -> int:
    """Returns the pixels between the icon and the text."""
    return 4 if button.text() else 0


def _draw_icon(button: QAbstractButton) -> None:
    colour = getattr(_in_force, str(button.property(_ROLE)))
    size = int(button.property(_SIZE))
    button.setIcon(
        icons.icon(str(button.property(_ICON)), colour, _in_force.border_strong, size, _gap(button))
    )


def _base_font(app: QApplication) -> QFont:
    """Returns the system's font, at no less than 10 points: the window is for reading."""
    font = QFont(app.font())
    font.setPointSizeF(max(font.pointSizeF(), 10.0))
    return font


def _qt_palette(colours: Palette) -> QPalette:
    """Makes a Qt palette of the same colours, for what the style sheet does not reach."""
    roles = QPalette.ColorRole
    result = QPalette()
    for role, colour in (
        (roles.Window, colours.window),
        (roles.WindowText, colours.text),
        (roles.Base, colours.surface),
        (roles.AlternateBase, colours.sunken),
        (roles.Text, colours.text),
        (roles.Button, colours.surface),
        (roles.ButtonText, colours.text),
        (roles.BrightText, colours.danger),
        (roles.Highlight, colours.accent),
        (roles.HighlightedText, colours.on_accent),
        (roles.Link, colours.accent),
        (roles.LinkVisited, colours.accent),
        (roles.PlaceholderText, colours.text_soft),
        (roles.ToolTipBase, colours.text),
        (roles.ToolTipText, colours.surface),
        (roles.Mid, colours.border),
        (roles.Accent, colours.accent),
    ):
        result.setColor(role, QColor(colour))
    for role in (roles.Text, roles.ButtonText, roles.WindowText):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.border_strong))
    return result
