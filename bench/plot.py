"""A small chart as SVG, written by hand: times over sizes, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _SIDE = 640, 360, 60, 20, 110
_COLOURS = ("#4269d0", "#efb118", "#ff725c", "#6cc5b0")
_INK = "#555555"


def draw(series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draws an SVG of lines of (chunks, milliseconds), labelled at their ends."""
    points = [point for line in series.values() for point in line]
    xs, ys = zip(*points, strict=True)
    low_x, high_x = math.log10(min(xs)), math.log10(max(xs)) or 1
    low_y, high_y = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low_x) / ((high_x - low_x) or 1)
        up = (math.log10(y) - low_y) / ((high_y - low_y) or 1)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _SIDE),
            _HEIGHT - 40 - up * (_HEIGHT - 40 - _TOP),
        )

    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(low_y, high_y + 1):
        x, y = at(min(xs), 10**power)
        parts.append(f'<path d="M{x:.1f} {y:.1f}H{_WIDTH - _SIDE}" stroke="#dddddd"/>')
        parts.append(_text(x - 8, y + 4, f"{10**power:g} ms", "end"))
    for chunks in sorted(set(xs)):
        x, _ = at(chunks, ys[0])
        parts.append(_text(x, _HEIGHT - 20, f"{chunks:,.0f}", "middle"))
    parts.append(
        _text(
            _WIDTH / 2 - 30,
            _HEIGHT - 4,
            "passages (95th percentile of the times)",
            "middle",
        )
    )
    lowest = -math.inf  # names of lines that end near to each other are moved apart
    by_height = sorted(series.items(), key=lambda item: -item[1][-1][1])
    for (name, line), colour in zip(by_height, _COLOURS, strict=False):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (at(*point) for point in line))
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        x, y = at(*line[-1])
        lowest = max(y + 4, lowest + 14)
        parts.append(_text(x + 8, lowest, name, "start", colour))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _text(x: float, y: float, words: str, anchor: str, colour: str = _INK) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f"<text {place}>{escape(words)}</text>"
