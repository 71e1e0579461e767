"""The look: contrast by computation, live change of palette, icons that draw."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.settings.store import SettingsStore, ThemeChoice
from ui.theme import icons
from ui.theme.stylesheet import ARROWS
from ui.theme.theme import Theme, palette, set_icon
from ui.theme.tokens import DARK, LIGHT, Palette
from ui.theme.widgets import IconLabel, icon_button

PALETTES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_against_known_pairs() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("colours", PALETTES)
def test_words_reach_wcag_aa(colours: Palette) -> None:
    grounds = (colours.window, colours.surface, colours.sunken, colours.hover, colours.pressed)
    pairs = [(text, ground) for text in (colours.text, colours.text_soft) for ground in grounds]
    areas = (colours.window, colours.surface, colours.sunken)
    meanings = (colours.danger, colours.warning, colours.success, colours.outside)
    for word in (colours.accent, *meanings):
        pairs += [(word, ground) for ground in areas]
    pairs += [
        (colours.on_accent, colours.accent),
        (colours.on_accent, colours.accent_hover),
        (colours.text, colours.mark),
        (colours.text, colours.accent_soft),
        (colours.accent, colours.accent_soft),
        (colours.text_soft, colours.accent_soft),
        (colours.text, colours.danger_soft),
        (colours.danger, colours.danger_soft),
        (colours.text, colours.warning_soft),
        (colours.warning, colours.warning_soft),
        (colours.outside, colours.outside_soft),
        (colours.text, colours.outside_soft),
        (colours.text_soft, colours.outside_soft),
        (colours.surface, colours.text),
    ]
    assert {pair: _contrast(*pair) for pair in pairs if _contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("colours", PALETTES)
def test_edges_and_focus_rings_reach_wcag_aa(colours: Palette) -> None:
    pairs = [
        (edge, ground)
        for edge in (colours.border_strong, colours.focus)
        for ground in (colours.window, colours.surface, colours.sunken)
    ]
    assert {pair: _contrast(*pair) for pair in pairs if _contrast(*pair) < 3} == {}


def test_both_palettes_are_whole_colours() -> None:
    for colours in (LIGHT, DARK):
        for name in colours.__slots__:
            value = getattr(colours, name)
            assert name == "name" or re.fullmatch(r"#[0-9a-f]{6}", value), (name, value)


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_draws(qtbot: QtBot, name: str) -> None:
    image = icons.pixmap(name, "#ff0000", 24).toImage()
    inked = {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 200
    }
    assert inked == {"#ff0000"}


def test_the_arrows_of_the_style_sheet_are_there() -> None:
    assert {path.name for path in ARROWS.iterdir()} >= {
        f"{way}-{name}.svg" for way in ("up", "down") for name in ("light", "dark")
    }


def test_the_choice_is_followed_while_the_window_is_open(
    qtbot: QtBot, qapp: QApplication, paths: Paths
) -> None:
    settings = SettingsStore(paths.settings)
    settings.change(theme=ThemeChoice.LIGHT)
    theme = Theme(qapp, settings)
    button = icon_button("search", "Search")
    drawing = IconLabel("lock")
    qtbot.addWidget(button)
    qtbot.addWidget(drawing)
    button.show()
    drawing.show()
    before = button.icon().pixmap(18, 18).toImage()
    assert palette() is LIGHT

    with qtbot.waitSignal(theme.changed):
        settings.change(theme=ThemeChoice.DARK)
    assert palette() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert button.icon().pixmap(18, 18).toImage() != before
    with qtbot.waitSignal(theme.changed):
        settings.change(theme=ThemeChoice.LIGHT)
    set_icon(button, "close", "danger")
    assert palette() is LIGHT
