"""Publishers' files read slowly: explicit rows and columns, one loop, nothing shared with the package.

Every function gives address -> number, or the marker that stands in the cell; blanks are "".
"""

import csv
import io
import zipfile
from pathlib import Path

from python_calamine import CalamineWorkbook

Cells = dict[tuple[int, int], float | str]


def lines(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    """Give the lines of a delimited text that has no line breaks within cells."""
    return list(csv.reader(path.read_text(encoding=encoding).splitlines(), delimiter=delimiter))


def sheet(path: Path, at: int = 0) -> list[list[object]]:
    """Give the rows of a sheet, from the first row and column on."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(at).to_python(skip_empty_area=False)


def read(cell: object) -> float | str:
    """Give the number in a cell, or its text."""
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip()
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return text


def block(rows: list[list[object]], first: int, last: int, columns: range | list[int]) -> Cells:
    """Give the cells of rows and columns, both counted from nought, the last row included."""
    return {
        (row, column): read(rows[row][column]) if column < len(rows[row]) else ""
        for row in range(first, last + 1)
        for column in columns
    }


def unhcr_pairs(path: Path) -> Cells:
    """Persons of concern, 2019-2024: five columns of labels, seven of figures."""
    rows = lines(path)
    return block(rows, 1, len(rows) - 1, range(5, 12))


def unhcr_by_origin(path: Path) -> Cells:
    """Persons of concern by origin: five columns of labels, six of figures."""
    rows = lines(path)
    return block(rows, 1, len(rows) - 1, range(5, 11))


def unhcr_series(path: Path) -> Cells:
    """Time series: five lines above the header and a blank one, three columns of labels."""
    text = path.read_text(encoding="utf-8-sig").split("\n")
    rows = [next(csv.reader([line.rstrip("\r")]), []) for line in text]
    header = next(at for at, row in enumerate(rows) if row and row[0].startswith("Country"))
    last = max(at for at, row in enumerate(rows) if len(row) > 3)
    return block(rows, header + 1, last, range(3, 17))


def net_migration(path: Path) -> Cells:
    """Net migration in a zip: header in the fifth line, years from the fifth column on."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.startswith("API"))
        text = io.TextIOWrapper(archive.open(name), "utf-8-sig").read()
    rows = list(csv.reader(io.StringIO(text)))
    # The reader of the standard library passes over no empty line but gives an empty row.
    header = next(at for at, row in enumerate(rows) if row and row[0] == "Country Name")
    years = [at for at, text in enumerate(rows[header]) if text.isdigit()]
    return block(rows, header + 1, len(rows) - 1, years)


def stocks_2017(path: Path) -> Cells:
    """Bilateral migration matrix: rows 3 to 219, columns B to HJ."""
    return block(sheet(path), 2, 218, range(1, 218))


def remittances_2017(path: Path) -> Cells:
    """Bilateral remittance matrix: rows 3 to 217, columns B to HH."""
    return block(sheet(path), 2, 216, range(1, 216))


def inflows_2013(path: Path) -> Cells:
    """Remittance inflows: rows 2 to 214, columns B to AR."""
    return block(sheet(path), 1, 213, range(1, 44))


def idmc(path: Path) -> Cells:
    """Displacement by country and year: columns D to K of the first sheet."""
    rows = sheet(path)
    return block(rows, 1, len(rows) - 1, range(3, 11))


def idmc_ages(path: Path) -> Cells:
    """Displacement by sex and age: columns F to R of the second sheet."""
    rows = sheet(path, 1)
    return block(rows, 1, len(rows) - 1, range(5, 18))


def missing_migrants(path: Path) -> Cells:
    """Incidents: columns F to L, a row an incident."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    return block(rows, 1, len(rows) - 1, range(5, 12))


def destatis(path: Path) -> Cells:
    """Migration by country: a row of text a country, figures in columns B, D and F."""
    rows = lines(path, delimiter=";")
    found: Cells = {}
    for at, row in enumerate(rows):
        if at > 8 and len(row) == 7 and row[1]:
            found.update({(at, column): read(row[column]) for column in (1, 3, 5)})
    return found


def ircc(path: Path) -> Cells:
    """Permanent residents: rows 6 to 220, columns B to EN."""
    return block(sheet(path), 5, 219, range(1, 144))


def scb(path: Path) -> Cells:
    """Immigrations and emigrations: column E."""
    rows = lines(path, "cp1252")
    return block(rows, 1, len(rows) - 1, [4])


def cfo(path: Path) -> Cells:
    """Registered emigrants: rows 4 to 145, columns C to AQ."""
    return block(sheet(path), 3, 144, range(2, 43))


def dofe(path: Path) -> Cells:
    """Labour permits: a blank line, two headers, fifteen columns of figures."""
    rows = lines(path)
    return block(rows, 3, len(rows) - 1, range(1, 16))
