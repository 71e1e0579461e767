"""The household's budget, as an Excel workbook of two sheets."""

from __future__ import annotations

import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from tests.archive.paper import settle

_PLAN: tuple[tuple[str, float, str], ...] = (
    ("Rent with charges", 1330, "third working day"),
    ("Electricity", 72, "settled in January"),
    ("Telephone and internet", 44.9, ""),
    ("Contents insurance", 17.9, "214.80 euros, collected on 1 July"),
    ("Food and household", 620, ""),
    ("Trains and bicycles", 118, "two season tickets"),
    ("School and after-school", 145, "Mira; none in August"),
    ("Community garden", 4, "48 euros, by 31 March"),
    ("Clothes", 90, ""),
    ("Holidays", 230, "two weeks at the lakes in July"),
    ("Savings", 350, ""),
)
_SPENT: tuple[tuple[str, float, float, float], ...] = (
    ("Rent with charges", 1330, 1330, 1330),
    ("Electricity", 72, 72, 72),
    ("Telephone and internet", 44.9, 44.9, 44.9),
    ("Food and household", 588.35, 641.7, 655.15),
    ("Trains and bicycles", 118, 118, 246.5),
    ("School and after-school", 145, 145, 145),
    ("Community garden", 0, 0, 48),
    ("Clothes", 34.95, 129.9, 61),
    ("Carpet and chest of drawers", 0, 950, 0),
    ("Savings", 350, 0, 350),
)


def write(path: Path) -> Path:
    book = Workbook()
    plan = book.active
    plan.title = "Plan 2025"
    plan.append(["Item", "Per month (euros)", "Per year (euros)", "Remark"])
    for item, month, remark in _PLAN:
        plan.append([item, month, round(month * 12, 2), remark])
    total = round(sum(month for _, month, _ in _PLAN), 2)
    plan.append(["Total", total, round(total * 12, 2), ""])
    plan.append([])
    plan.append(["Last changed", datetime.date(2025, 1, 5)])
    spent = book.create_sheet("Spent January to March")
    spent.append(["Item", "January", "February", "March", "Quarter"])
    for row in _SPENT:
        spent.append([*row, round(sum(row[1:]), 2)])
    months = [round(sum(row[i] for row in _SPENT), 2) for i in (1, 2, 3)]  # type: ignore[misc]
    spent.append(["Total", *months, round(sum(months), 2)])
    for sheet in (plan, spent):
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.column_dimensions["A"].width = 30
    book.save(path)
    return settle(path)
