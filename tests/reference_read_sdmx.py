"""Files of Eurostat and OECD read the slow, obvious way: address -> what stands there."""

import csv
from pathlib import Path


def eurostat_tsv(path: Path) -> dict[tuple[int, int], tuple[tuple[str, ...], str, float | None, str]]:
    """Give (row, column) -> (key with the period at its end, presence, value, flag)."""
    out = {}
    with path.open(encoding="utf-8") as file:
        lines = file.read().split("\n")
    periods = [label.strip() for label in lines[0].split("\t")[1:]]
    for row, line in enumerate(lines[1:], 1):
        if not line:
            continue
        key, *cells = line.split("\t")
        for column, cell in enumerate(cells, 1):
            text, _, flag = cell.strip().partition(" ")
            value = None if text == ":" else float(text)
            presence = "missing" if value is None else "zero" if value == 0 else "value"
            out[row, column] = ((*key.split(","), periods[column - 1]), presence, value, flag)
    return out


def long_csv(path: Path, value: str) -> dict[tuple[int, int], tuple[dict[str, str], float]]:
    """Give (row, column) -> (the row, value)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        at = reader.fieldnames.index(value)
        return {(row, at): (one, float(one[value])) for row, one in enumerate(reader, 1) if one[value]}
