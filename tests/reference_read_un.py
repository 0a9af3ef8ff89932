"""The slow, obvious reading of the UN Population Division's files: rows and columns by number, as analysts do it today.

Each function gives {(sheet, row, column): (value or missing mark, what the cell stands for)}, rows and columns from 0.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from pathlib import Path

SEXES = ("_T", "M", "F")


def sheets(path: Path) -> dict[str, list[list[object]]]:
    """Give the cells of a workbook."""
    book = CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def number(cell: object) -> object:
    """Give a number, a mark, or None for a blank."""
    if cell == "":
        return None
    return float(cell) if isinstance(cell, int | float) else str(cell).strip()


def stock_totals_2015(path: Path) -> dict[tuple[str, int, int], tuple[object, str, int, str]]:
    """Tables 1 to 3 and the counts of table 6 of the 2015 revision: (value, code, year, sex)."""
    found = {}
    of = sheets(path)
    for sheet, first in (("Table 1", 5), ("Table 2", 4), ("Table 3", 5), ("Table 4", 5), ("Table 6", 5)):
        rows = of[sheet]
        blocks = {"Table 4": ("F",), "Table 6": ("_T", "_T")}.get(sheet, SEXES)
        for row in range(16, 281):
            for block, sex in enumerate(blocks):
                for at in range(6):
                    column = first + block * 6 + at
                    year = 1990 + 5 * at
                    found[sheet, row, column] = (number(rows[row][column]), f"{rows[row][3]:.0f}", year, sex)
    return found


def stock_totals_2020(path: Path) -> dict[tuple[str, int, int], tuple[object, str, int, str]]:
    """Tables 1 to 4 and 6 (without the rates of change) of the 2020 revision: (value, code, year, sex)."""
    found = {}
    of = sheets(path)
    for sheet in ("Table 1", "Table 2", "Table 3", "Table 4", "Table 6"):
        rows = of[sheet]
        blocks = {"Table 4": ("F",), "Table 6": ("_T", "_T")}.get(sheet, SEXES)
        for row in range(11, 294):
            for block, sex in enumerate(blocks):
                for at in range(7):
                    column = 5 + block * 7 + at
                    year = 1990 + 5 * at
                    found[sheet, row, column] = (number(rows[row][column]), f"{rows[row][3]:.0f}", year, sex)
    return found


def matrix_2015(path: Path) -> dict[tuple[str, int, int], tuple[object, str, str]]:
    """Table 16 of the 2015 revision: (value, code of the destination, name of the origin)."""
    rows = sheets(path)["Table 16"]
    return {
        ("Table 16", row, column): (number(rows[row][column]), f"{rows[row][3]:.0f}", str(rows[15][column]))
        for row in range(16, 281)
        for column in range(5, 240)
    }


def matrix_2013(path: Path) -> dict[tuple[int, int], tuple[object, str, str]]:
    """Table 10 of the 2013 revision as text: (value, code of the destination, name of the origin)."""
    with path.open(encoding="cp850", newline="") as file:
        rows = list(csv.reader(file))
    header = rows[15]
    found: dict[tuple[int, int], tuple[object, str, str]] = {}
    for row in range(16, len(rows)):
        for column in range(6, max(at for at, name in enumerate(header) if name) + 1):
            text = rows[row][column].replace(" ", "").replace("\xa0", "")
            found[row, column] = (float(text) if text else None, rows[row][3], header[column])
    return found


def flows_2015(path: Path) -> dict[tuple[int, int], tuple[object, str, str, str, str, int]]:
    """Totals of flows: (value, reporting country, criteria, type, coverage, year)."""
    rows = sheets(path)["Totals"]
    return {
        (row, column): (number(rows[row][column]), *(str(cell) for cell in rows[row][:4]), 1980 + column - 4)
        for row in range(17, 246)
        for column in range(4, 38)
    }


def wpp_2017(path: Path) -> dict[tuple[str, int, int], tuple[object, str, int]]:
    """File MIGR/2 of the 2017 revision, in thousands: (value, code, first year)."""
    found = {}
    for sheet, first, count in (("ESTIMATES", 1950, 13), ("MEDIUM VARIANT", 2015, 17)):
        rows = sheets(path)[sheet]
        for row in range(17, 258):
            for at in range(count):
                found[sheet, row, 5 + at] = (number(rows[row][5 + at]), f"{rows[row][4]:.0f}", first + 5 * at)
    return found
