"""Minutes of a meeting at the office, as a Word document."""

from __future__ import annotations

from pathlib import Path

import docx

from tests.archive.paper import WRITTEN, settle

_ACTIONS = (
    ("Who", "What", "By when"),
    ("Hanna", "Get two quotes for the removal, and ask about the plotter", "14 March 2025"),
    ("Jonas", "Sign the lease for 5 Ropewalk and pay the deposit", "21 March 2025"),
    ("Amara", "Tell the county survey office our new address", "2 May 2025"),
    ("Luc", "Order the internet line, at least 500 megabits, and test it", "30 May 2025"),
    ("Hanna", "Label the map cabinets and make the list of what goes where", "6 June 2025"),
    ("Amara", "Draw the floor plan with desks and the plotter", "28 March 2025"),
)


def write(path: Path) -> Path:
    document = docx.Document()
    document.core_properties.title = "Minutes of the office meeting, 4 March 2025"
    document.core_properties.author = "Alderdesk"
    document.core_properties.created = document.core_properties.modified = WRITTEN
    document.add_heading("Minutes of the office meeting, 4 March 2025", 0)
    add = document.add_paragraph
    add("Alderdesk, maps and surveys, 22 Mill Street, Harrowmere. Ten to half past eleven.")
    add(
        "Present: Jonas Reik (director), Hanna Brandel (office manager, minutes), Amara Field "
        "(survey), Luc Tessel (systems). Excused: Nell Obray (drawing), on leave until 10 March."
    )
    document.add_heading("1. The office move", 1)
    add(
        "The lease in Mill Street ends on 30 June 2025. Jonas reports that the owner of 5 Ropewalk "
        "has accepted our offer: 1,850 euros a month for 140 square metres, for five years, with a "
        "break after three. We decide for Ropewalk, with all four votes."
    )
    add(
        "The move is to be on Saturday, 14 June, so that two weeks remain for cleaning Mill Street "
        "and handing it back. The office is closed on Friday, 13 June and Monday, 16 June."
    )
    document.add_heading("2. The plotter", 1)
    add(
        "Luc reports that the guarantee ends if anybody but the maker moves the large-format "
        "plotter. Their technician costs 420 euros and has to be booked six weeks ahead. We book "
        "him."
    )
    document.add_heading("3. Harbour survey", 1)
    add(
        "Amara has measured the north quay; 61 of 80 points are done. Fog has cost three days. The "
        "harbour authority has agreed to take the maps on 25 April instead of 11 April."
    )
    document.add_heading("4. Working from home", 1)
    add(
        "From April everybody may work from home on two days a week. Tuesday is the day on which "
        "all are in the office. We look at it again in September."
    )
    document.add_heading("Action items", 1)
    table = document.add_table(rows=0, cols=3)
    table.style = "Table Grid"
    for row in _ACTIONS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    add("Next meeting: Tuesday, 1 April 2025, ten o'clock. Nell takes the minutes.")
    document.save(str(path))
    return settle(path)
