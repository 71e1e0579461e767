"""The one style sheet, built from the tokens.

Widgets choose by property (`ui.theme.widgets` sets them): `role` for text, `kind` for buttons and
frames. A control keeps its size with the focus ring: the ring takes a pixel of the padding. An em
is the line height here, as Qt counts it: controls grow with the user's font.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from ui.theme.tokens import SERIF, SIZES, TYPE, Palette

ARROWS = Path(__file__).parent / "arrows"
"""Style sheets load images from files only, so these have fixed colours."""

_SHEET = Template("""
QWidget { color: $text; selection-background-color: $accent; selection-color: $on_accent; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $text; color: $surface; border: none; padding: 5px 8px; }

QLabel { background: transparent; }
QLabel[role="display"] { font-family: $serif; font-size: ${display}pt; }
QLabel[role="title"] { font-family: $serif; font-size: ${title}pt; }
QLabel[role="heading"] { font-size: ${heading}pt; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="soft"] { color: $text_soft; }
QLabel[role="caption"] { color: $text_soft; font-size: ${caption}pt; }
QLabel[role="overline"] { color: $text_soft; font-size: ${caption}pt; font-weight: 600; }
QLabel[role="danger"] { color: $danger; }
QLabel[role="warning"] { color: $warning; }
QLabel[role="success"] { color: $success; }
QLabel[role="outside"] { color: $outside; font-weight: 600; }
QLabel[role="badge"] {
    background: $accent_soft; color: $accent; border-radius: ${radius_small}px;
    padding: 1px 7px; font-size: ${caption}pt; font-weight: 600;
}

QFrame[kind="card"] {
    background: $surface; border: 1px solid $border; border-radius: ${radius_card}px;
}
QFrame[kind="sunken"] { background: $sunken; border: none; border-radius: ${radius}px; }
QFrame[kind="plain"] { background: transparent; border: none; }
QFrame[kind="side"] { background: $sunken; border: none; }
QFrame[kind="surface"] { background: $surface; border: none; }
QFrame[kind="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="info"] {
    background: $accent_soft; border: 1px solid $border; border-radius: ${radius}px;
}
QFrame[kind="warning"] {
    background: $warning_soft; border: 1px solid $warning; border-radius: ${radius}px;
}
QFrame[kind="outside"] {
    background: $outside_soft; border: 1px solid $outside; border-radius: ${radius}px;
}
QFrame[kind="error"] {
    background: $danger_soft; border: 1px solid $danger; border-radius: ${radius}px;
}

QPushButton, QToolButton {
    background: $surface; color: $text; border: 1px solid $border_strong;
    border-radius: ${radius}px; padding: 6px 14px; min-height: 1.125em; outline: none;
}
QToolButton { padding: 6px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $pressed; }
QPushButton:disabled, QToolButton:disabled { color: $border_strong; border-color: $border; }
QPushButton:focus { border: 2px solid $focus; padding: 5px 13px; }
QToolButton:focus { border: 2px solid $focus; padding: 5px; }
QPushButton[kind="primary"], QToolButton[kind="primary"] {
    background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover, QToolButton[kind="primary"]:hover {
    background: $accent_hover; border-color: $accent_hover;
}
QPushButton[kind="primary"]:focus, QToolButton[kind="primary"]:focus {
    border: 2px solid $text;
}
QPushButton[kind="primary"]:disabled, QToolButton[kind="primary"]:disabled {
    background: $pressed; border-color: $pressed; color: $text_soft;
}
QPushButton[kind="quiet"], QToolButton[kind="quiet"] {
    background: transparent; border: 1px solid transparent;
}
QPushButton[kind="quiet"] { padding: 6px 10px; }
QPushButton[kind="quiet"]:focus { border: 2px solid $focus; padding: 5px 9px; }
QToolButton[kind="quiet"]:focus { border: 2px solid $focus; padding: 5px; }
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $hover; }
QPushButton[kind="quiet"]:checked, QToolButton[kind="quiet"]:checked { background: $pressed; }
QPushButton[kind="nav"] {
    background: transparent; border: 1px solid transparent; text-align: left; padding: 7px 10px;
}
QPushButton[kind="nav"]:hover { background: $hover; }
QPushButton[kind="nav"]:checked { background: $pressed; font-weight: 600; }
QPushButton[kind="nav"]:focus { border: 2px solid $focus; padding: 6px 9px; }
QPushButton[kind="danger"] { color: $danger; border-color: $danger; }
QPushButton[kind="danger"]:hover { background: $danger_soft; }
QPushButton[kind="card"] {
    background: $surface; border: 1px solid $border; border-radius: ${radius_card}px;
    text-align: left; padding: 12px 16px;
}
QPushButton[kind="card"]:hover { background: $hover; border-color: $border_strong; }
QPushButton[kind="card"]:focus { border: 2px solid $focus; padding: 11px 15px; }
QPushButton[kind="link"] {
    background: transparent; border: 1px solid transparent; color: $accent; padding: 3px 5px;
    font-weight: 600;
}
QPushButton[kind="link"]:hover { background: $accent_soft; }
QPushButton[kind="link"]:focus { border: 2px solid $focus; padding: 2px 4px; }

QLineEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $surface; color: $text; border: 1px solid $border_strong;
    border-radius: ${radius}px; padding: 5px 9px; min-height: 1.25em;
    placeholder-text-color: $text_soft;
}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
    border: 2px solid $focus; padding: 4px 8px;
}
QLineEdit:disabled, QPlainTextEdit:disabled, QSpinBox:disabled, QComboBox:disabled {
    background: $sunken; color: $text_soft; border-color: $border;
}
QLineEdit[kind="search"] { background: $window; border-color: $border_strong; }
QPlainTextEdit[kind="bare"], QPlainTextEdit[kind="bare"]:focus {
    background: transparent; border: none; padding: 0;
}
QPlainTextEdit[kind="payload"], QPlainTextEdit[kind="payload"]:disabled {
    background: $sunken; border-color: $border;
}
QFrame#composer {
    background: $surface; border: 1px solid $border_strong; border-radius: ${radius_card}px;
    padding: 1px;
}
QFrame#composer[focused="true"] { border: 2px solid $focus; padding: 0; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url("$arrows/down-$name.svg"); width: 14px; height: 14px; }
QComboBox QAbstractItemView {
    background: $surface; border: 1px solid $border_strong; padding: 4px; outline: none;
    selection-background-color: $pressed; selection-color: $text;
}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
    border: none; background: transparent; width: 20px;
}
QAbstractSpinBox::up-arrow { image: url("$arrows/up-$name.svg"); width: 11px; height: 11px; }
QAbstractSpinBox::down-arrow { image: url("$arrows/down-$name.svg"); width: 11px; height: 11px; }
QCheckBox, QRadioButton { spacing: 8px; border: 2px solid transparent; border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { border-color: $focus; }

QTextBrowser, QTextEdit { background: transparent; border: none; }
QTextBrowser:focus { border: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[kind="page"] { background: transparent; }

QListView, QTreeView, QTableView {
    background: transparent; border: 2px solid transparent; border-radius: ${radius}px;
    outline: none;
}
QListView:focus, QTreeView:focus, QTableView:focus { border-color: $focus; }
QListView::item { border-radius: ${radius_small}px; padding: 7px 8px; color: $text; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $pressed; color: $text; }
QTreeView::item, QTableView::item { padding: 6px 8px; border: none; color: $text; }
QTreeView::item:hover, QTableView::item:hover { background: $hover; }
QTreeView::item:selected, QTableView::item:selected { background: $accent_soft; color: $text; }
QListView QLineEdit { padding: 2px 6px; border-radius: 4px; }
QListView QLineEdit:focus { padding: 1px 5px; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: transparent; color: $text_soft; border: none; border-bottom: 1px solid $border;
    padding: 8px; font-size: ${caption}pt; font-weight: 600;
}
QAbstractScrollArea::corner { background: transparent; border: none; }
QTableCornerButton::section { background: transparent; border: none; }

QProgressBar {
    background: $pressed; border: none; border-radius: 3px; min-height: 6px; max-height: 6px;
    color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QSplitter::handle { background: $border; }
QSplitter::handle:hover { background: $accent; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: $border_strong; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: $text_soft; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenuBar { background: $sunken; color: $text; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 10px; border-radius: 5px; }
QMenuBar::item:selected { background: $pressed; }
QMenu { background: $surface; border: 1px solid $border_strong; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 14px; border-radius: 5px; }
QMenu::item:selected { background: $pressed; color: $text; }
QMenu::item:disabled { color: $border_strong; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
""")


def style_sheet(colours: Palette, points: float) -> str:
    """Builds the style sheet from the tokens.

    Args:
        colours: the palette.
        points: size of the body text in points.
    """
    sizes = {
        "display": points * TYPE.display,
        "title": points * TYPE.title,
        "heading": points * TYPE.heading,
        "caption": points * TYPE.caption,
    }
    return _SHEET.substitute(
        {name: getattr(colours, name) for name in colours.__slots__},
        **{name: f"{value:.1f}" for name, value in sizes.items()},
        serif=", ".join(f'"{family}"' for family in SERIF),
        arrows=ARROWS.as_posix(),
        radius=SIZES.radius,
        radius_small=SIZES.radius_small,
        radius_card=SIZES.radius_card,
    )
