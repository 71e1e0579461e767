"""The look of Studiolo in values: colours, distances, sizes. Everything else is built from these.

Contrast: `text`, `text_soft`, `accent`, `danger`, `warning`, `success` and `outside` reach 4.5:1
on every background they are used on (WCAG 2.2 AA, 1.4.3); `border_strong` and `focus` reach 3:1
(1.4.11).
`tests/ui/test_theme.py` computes them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, as ``#rrggbb``.

    Attributes:
        window: behind everything.
        surface: cards, fields, the answer.
        sunken: the navigation, quiet areas.
        hover: a quiet control under the pointer.
        pressed: a quiet control while it is pressed, or chosen.
        border: hairlines between areas; decoration only.
        border_strong: the edge of a field or button.
        text: what is read.
        text_soft: captions and hints.
        accent: the one accent; `accent_hover` under the pointer.
        on_accent: text on the accent.
        accent_soft: a wash of the accent behind chosen things; `text` and `accent` go on it.
        focus: the keyboard focus ring.
        mark: behind quoted words; `text` goes on it.
        danger, warning, success: words and icons of that meaning; `*_soft` behind them.
        outside: words and icons of what goes to, or came from, another computer.
    """

    name: str
    window: str
    surface: str
    sunken: str
    hover: str
    pressed: str
    border: str
    border_strong: str
    text: str
    text_soft: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    focus: str
    mark: str
    danger: str
    danger_soft: str
    warning: str
    warning_soft: str
    success: str
    outside: str
    outside_soft: str


LIGHT = Palette(
    name="light",
    window="#faf8f4",
    surface="#ffffff",
    sunken="#f2efe8",
    hover="#e9e5dc",
    pressed="#e0dbcf",
    border="#e3ded3",
    border_strong="#857e6e",
    text="#24221d",
    text_soft="#5e594d",
    accent="#1f6350",
    accent_hover="#174d3e",
    on_accent="#ffffff",
    accent_soft="#e2eee8",
    focus="#2b8a6f",
    mark="#fbe9ae",
    danger="#a12b22",
    danger_soft="#fbeae7",
    warning="#7a5200",
    warning_soft="#fbf0d9",
    success="#1f6350",
    outside="#4a4694",
    outside_soft="#ecebf7",
)

DARK = Palette(
    name="dark",
    window="#1b1c1a",
    surface="#242623",
    sunken="#161715",
    hover="#2d302b",
    pressed="#383b35",
    border="#353832",
    border_strong="#858a7e",
    text="#ecebe4",
    text_soft="#b4b2a6",
    accent="#7fcbb0",
    accent_hover="#9adbc4",
    on_accent="#0d241c",
    accent_soft="#25392f",
    focus="#7fcbb0",
    mark="#5c4a12",
    danger="#f2988c",
    danger_soft="#3f2522",
    warning="#e5bd6b",
    warning_soft="#3a301b",
    success="#7fcbb0",
    outside="#b9b4f2",
    outside_soft="#2b2a3f",
)


@dataclass(frozen=True, slots=True)
class Space:
    """Distances in pixels, on a grid of 4."""

    hair: int = 4
    tight: int = 8
    small: int = 12
    normal: int = 16
    wide: int = 24
    huge: int = 32


@dataclass(frozen=True, slots=True)
class Sizes:
    """Other measures in pixels. `reading` is the widest a column of prose grows."""

    radius: int = 8
    radius_small: int = 6
    radius_card: int = 12
    control: int = 32
    icon: int = 18
    icon_small: int = 16
    icon_hero: int = 40
    reading: int = 760
    navigation: int = 264
    side: int = 400


@dataclass(frozen=True, slots=True)
class Type:
    """Sizes of type relative to the system's font, so that a person's larger font is honoured."""

    display: float = 2.0
    title: float = 1.45
    heading: float = 1.15
    reading: float = 1.08
    body: float = 1.0
    caption: float = 0.9


SPACE = Space()
SIZES = Sizes()
TYPE = Type()

SERIF = ("Iowan Old Style", "Charter", "Georgia", "Noto Serif", "DejaVu Serif", "serif")
"""For display and title lines; the first that the system has. Everything else is the system's."""
