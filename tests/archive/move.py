"""The slides on the office move, as a PowerPoint presentation of six slides."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.util import Cm

from tests.archive.paper import WRITTEN, settle

_SLIDES = (
    (
        "Why we move",
        ("The lease in Mill Street ends on 30 June 2025", "Five desks in 78 square metres",
         "No lift: the map cabinets stay on the ground floor", "The roof leaks above the archive"),
        "The owner in Mill Street asked for 15 per cent more and would not repair the roof.",
    ),
    (
        "What we looked for",
        ("At least 120 square metres, with a lift", "Ten minutes on foot from the station",
         "No more than 2,000 euros a month", "A dry room for 4,000 paper maps"),
        "",
    ),
    (
        "When",
        ("2 June: 120 boxes arrive", "12 June: the technician packs the plotter",
         "14 June: the move, four people and two vans", "17 June: we work in Ropewalk",
         "27 June: Mill Street is handed back"),
        "The office is closed on 13 and 16 June. Calls go to Hanna's mobile telephone.",
    ),
    (
        "What it costs",
        ("Removal 2,380 euros", "Technician for the plotter 420 euros", "Deposit 5,550 euros",
         "Painting in Mill Street 900 euros", "Set aside in all: 10,000 euros"),
        "The deposit is three months' rent of 1,850 euros. From Mill Street 3,900 come back.",
    ),
)  # fmt: skip
_PLACES = (
    ("Place", "Rent a month", "Size", "Lift"),
    ("5 Ropewalk", "1,850 euros", "140 m²", "yes"),
    ("31 Customs House Square", "2,240 euros", "155 m²", "yes"),
    ("8 Ferry Street", "1,490 euros", "96 m²", "no"),
)


def write(path: Path) -> Path:
    deck = Presentation()
    deck.core_properties.title = "The office move"
    deck.core_properties.author = "Alderdesk"
    deck.core_properties.created = deck.core_properties.modified = WRITTEN
    opening = deck.slides.add_slide(deck.slide_layouts[0])
    opening.shapes.title.text = "The office move"
    opening.placeholders[1].text = "From 22 Mill Street to 5 Ropewalk. Alderdesk, March 2025"
    for number, (title, points, notes) in enumerate(_SLIDES):
        if number == 2:
            _places(deck)
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(points)
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    deck.save(str(path))
    return settle(path)


def _places(deck: Any) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Three places"
    table = slide.shapes.add_table(4, 4, Cm(2), Cm(5), Cm(21), Cm(6)).table
    for row, values in enumerate(_PLACES):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    slide.notes_slide.notes_text_frame.text = (
        "Customs House Square is the finest, but over what we can pay. Ferry Street has no lift."
    )
