"""Indicators of quality as numbers, with what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ._quality_measured import Measured

__all__ = ["indicators_of"]

_COLUMNS = ("code", "indicator", "of", "value", "numerator", "denominator", "unit", "formula")


def indicators_of(measured: Measured, counted: pd.DataFrame) -> pd.DataFrame:
    """List the indicators that can be worked out."""
    import pandas as pd

    rows = [*_coverage(measured), *_comparability(measured), *_timeliness(measured), *_accuracy(counted)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _row(code: str, indicator: str, of: str, value: Any, unit: str, formula: str, *parts: Any) -> dict[str, Any]:
    numerator, denominator = parts if parts else (None, None)
    return {
        "code": code,
        "indicator": indicator,
        "of": of,
        "value": None if value is None else float(value),
        "numerator": numerator,
        "denominator": denominator,
        "unit": unit,
        "formula": formula,
    }


def _coverage(measured: Measured) -> list[dict[str, Any]]:
    out = []
    for one in measured.completeness:
        side = {"required": "producer", "relevant": "user"}[one.name]
        formula = f"provided cells / {one.name} cells"
        out.append(_row("R1", f"completeness ({side})", "all", one.rate, "share", formula, one.provided, one.required))
    for part in measured.residuals.to_dict("records"):
        whole = part["own"] + part["residual"] + part["group"]
        lost = part["residual"] + part["group"]
        of = f"{part['measure']} in {part['unit']} by {part['dimension']}"
        out.append(_row("", "without a category of its own", of, lost / whole, "share",
                        "value in other, unknown and groups / value of leaves", lost, whole))  # fmt: skip
    if measured.benchmark is not None:
        table = measured.benchmark.dropna(subset=["coverage"])
        for definition, here in table.groupby("definition", sort=True):
            records, wanted = float(here.records.sum()), float(here.benchmark.sum())
            if wanted:
                out.append(_row("", "coverage rate", f"definition {definition}", records / wanted, "share",
                                "records / benchmark", records, wanted))  # fmt: skip
    return out


def _comparability(measured: Measured) -> list[dict[str, Any]]:
    out = []
    formula = "last year - year of the last break (or the first year) + 1; the middle of all series"
    for measure, here in measured.series.groupby("measure", observed=True, sort=True):
        broken = int(here["break"].notna().sum())
        out.append(_row("CC2", "length of comparable series", str(measure), here.length.median(), "years", formula))
        out.append(_row("", "series with a break", str(measure), broken / len(here), "share",
                        "series with a break / series", broken, len(here)))  # fmt: skip
    return out


def _timeliness(measured: Measured) -> list[dict[str, Any]]:
    import pandas as pd

    table = measured.timeliness
    out = []
    names = [name for name in ("publisher", "dataset", "measure") if table[name].notna().any()]
    for key, here in table.groupby(names, dropna=False, sort=True) if names else ():
        of = ", ".join(str(part) for part in key if isinstance(part, str))
        lags = here.dropna(subset=["lag_days"])
        if len(lags):
            newest = lags[lags.reference_end == lags.reference_end.max()]
            period = newest["last"].iloc[0]
            for code, word, value in (("TP1", "first", newest.lag_days.min()), ("TP2", "final", newest.lag_days.max())):
                formula = f"release of {word} results - end of reference period"
                out.append(_row(code, f"time lag, {word} results", f"{of}, {period}", value, "days", formula))
        if "punctuality_days" in here and here.punctuality_days.notna().any():
            out.append(_row("TP3", "punctuality", of, here.punctuality_days.max(), "days", "release - scheduled date"))
        if "age_days" in here and here.age_days.notna().any():
            formula = "as-of date - end of the latest reference period"
            out.append(_row("", "age of the latest figure", of, here.age_days.min(), "days", formula))
    return [one for one in out if one["value"] is not None and not pd.isna(one["value"])]


def _accuracy(counted: pd.DataFrame) -> list[dict[str, Any]]:
    out = []
    for one in counted.to_dict("records"):
        if one["checked"] and one["family"] == "accuracy":
            passed = one["checked"] - one["errors"] - one["warnings"]
            out.append(_row("", "passes the rule", one["rule"], passed / one["checked"], "share",
                            "checks without error or warning / checks", passed, one["checked"]))  # fmt: skip
    return out
