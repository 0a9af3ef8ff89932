"""For the peers: labels, codes, and the table of codes that the sums of codes start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from data import COLUMNS, read_meta
from truth import code_lists, coded
from work import Job


class Known:
    """The dictionaries that every peer is given."""

    def __init__(self, job: Job) -> None:
        meta = read_meta(Path(job.folder))
        self.maps: dict[str, dict[str, str]] = meta["maps"]
        self.codes = code_lists(meta)
        self.first, last = meta["years"]
        self.years = last - self.first + 1

    def keys(self, name: str, labels: list[str]) -> np.ndarray:
        """For every label the place of its code."""
        place = {code: at for at, code in enumerate(self.codes[name])}
        return np.array([place[self.maps[name][label]] for label in labels], np.int16)


def table_of_codes(job: Job, known: Known) -> pa.Table:
    """Columns of `job.by` as dictionaries and years, and the value: what our observations hold."""
    cells = coded(Path(job.folder), job.source)
    names = [name for name in COLUMNS if name in job.by]
    columns = {n: pa.DictionaryArray.from_arrays(cells[n], pa.array(known.codes[n])) for n in names}
    columns["year"] = pa.array((cells["year"] + known.first).astype(np.int16))
    value = pa.array(cells[job.value], from_pandas=True)
    columns[job.value] = value.cast(pa.int64()) if job.value == "whole" else value
    return pa.table(columns)
