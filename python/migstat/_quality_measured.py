"""What is measured of observations: cells and values, definitions side by side, series, and dates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import _core
from ._quality_benchmark import benchmark_of
from ._quality_cells import Completeness, completeness_of
from ._quality_dates import timeliness_of
from ._quality_definitions import pairs_of, vectors_of

if TYPE_CHECKING:
    import pandas as pd

    from .observations import Observations

__all__ = ["Measured"]

#: Columns by which coverage is listed, besides the dimensions.
_BESIDES = ("measure", "reporter", "year", "basis")


class Measured:
    """Counts, sums and dates of observations, each worked out once and when it is first wanted."""

    def __init__(
        self,
        obs: Observations,
        *,
        benchmark: Any = None,
        expected: Any = None,
        relevant: Any = None,
        as_of: Any = None,
        scheduled: Any = None,
    ) -> None:
        self.obs = obs
        self.scan = _core.quality_scan(obs._core)
        self._benchmark, self._expected, self._relevant = benchmark, expected, relevant
        self._as_of, self._scheduled = as_of, scheduled

    def settle(self) -> None:
        """Work out what something was given for: what cannot be understood is refused now, not when it is looked at."""
        if self._benchmark is not None:
            _ = self.benchmark
        if self._expected is not None or self._relevant is not None:
            _ = self.completeness
        if self._as_of is not None or self._scheduled is not None:
            _ = self.timeliness

    def counts(self, *names: str) -> pd.DataFrame:
        """Count cells by columns, and what stands in them."""
        return _frame(self.scan.counts(list(names)))

    @cached_property
    def dimensions(self) -> list[str]:
        """Dimensions in which codes vary."""
        import pyarrow as pa

        figures = self.obs.figures
        known = [name for name in _core.vocabulary()["dimensions"] if name in figures.column_names]
        out = []
        for name in known:
            column = figures.column(name)
            if name.endswith("_printed") or not pa.types.is_dictionary(column.type):
                continue
            if sum(len(chunk.dictionary) for chunk in column.chunks) > 1:
                out.append(name)
        return out

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """Cells by dimension and code."""
        import pandas as pd

        parts = [("all", self.counts().assign(code="all"))]
        for name in (*_BESIDES, *self.dimensions):
            counted = self.counts(name).rename(columns={name: "code"})
            if len(counted) > 1 or name in ("measure", "year"):
                parts.append((name, counted))
        whole = pd.concat([part.assign(dimension=name, code=part.code.astype(object)) for name, part in parts])
        whole = whole.reset_index(drop=True)
        listed = whole.cells - whole.not_applicable - whole.not_existing
        whole["required"] = listed
        whole["share"] = (whole.present / listed).where(listed > 0)
        first = ["dimension", "code", "required", "present", "share"]
        return whole[first + [name for name in whole.columns if name not in first]]

    @cached_property
    def totals(self) -> dict[str, int]:
        """What stands in all cells together."""
        row = self.counts().iloc[0] if len(self.obs) else None
        return {} if row is None else {str(name): int(value) for name, value in row.items()}

    @cached_property
    def residuals(self) -> pd.DataFrame:
        """How much of the value of leaves has a category of its own, by measure and dimension."""
        found = _frame(self.scan.parts())
        # Who is not broken down at all is no residual, and parts of a balance are no shares of it.
        adds = (found.measure != "net") & (found[["residual", "group"]] >= 0).all(axis=1)
        return found[adds & (found.own > 0) & (found.dimension.isin(self.dimensions))].reset_index(drop=True)

    @cached_property
    def series(self) -> pd.DataFrame:
        """How long series are comparable."""
        return _frame(self.scan.series())

    @cached_property
    def completeness(self) -> list[Completeness]:
        """Cells provided of those required, and of those that are relevant."""
        return completeness_of(self, self._expected, self._relevant)

    @cached_property
    def benchmark(self) -> pd.DataFrame | None:
        """Records beside a benchmark."""
        return None if self._benchmark is None else benchmark_of(self.obs, self._benchmark)

    @cached_property
    def timeliness(self) -> pd.DataFrame:
        """Lags, punctuality and age by definition and reporter."""
        return timeliness_of(_frame(self.scan.latest()), self.obs, self._as_of, self._scheduled)

    @cached_property
    def vectors(self) -> pd.DataFrame:
        """What each definition means, one column a field."""
        return vectors_of(self.obs)

    @cached_property
    def comparability(self) -> pd.DataFrame:
        """Definitions two by two."""
        return pairs_of(self.vectors)


def _frame(table: Any) -> pd.DataFrame:
    import pyarrow as pa

    frame: pd.DataFrame = pa.table(table).to_pandas()
    for name in frame.columns:
        if frame[name].dtype.name == "category":
            frame[name] = frame[name].astype(object)
    return frame
