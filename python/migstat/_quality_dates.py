"""Timeliness: how late figures were published, how punctually, and how old they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._frame import columns_of, table
from .errors import SchemaError

if TYPE_CHECKING:
    import pandas as pd

    from .observations import Observations

__all__ = ["timeliness_of"]

#: Fields of a definition that say which publication it is.
_FIELDS = ("measure", "publisher", "dataset", "table", "vintage")


def timeliness_of(latest: pd.DataFrame, obs: Observations, as_of: Any, scheduled: Any) -> pd.DataFrame:
    """Give dates and lags in days, one row a definition and reporter."""
    import pandas as pd

    definitions = obs.definitions
    out = latest.copy()
    for at, name in enumerate(_FIELDS):
        stated = definitions[name] if name in definitions else pd.Series(index=definitions.index, dtype=object)
        out.insert(1 + at, name, stated.reindex(out.definition).to_numpy())
    for name in ("reference_end", "release_date"):
        out[name] = pd.to_datetime(out[name])
    if scheduled is not None:
        planned = _scheduled(out, scheduled)
        out["scheduled"] = planned["scheduled"]
        out["release_date"] = out.release_date.fillna(planned["released"])
        out["punctuality_days"] = _days(out.release_date - out.scheduled)
    out["lag_days"] = _days(out.release_date - out.reference_end)
    if as_of is not None:
        out["age_days"] = _days(_date(as_of, "as_of") - out.reference_end)
    return out


def _days(difference: Any) -> Any:
    return difference.dt.days.astype("float64")


def _date(value: Any, argument: str) -> pd.Timestamp:
    import datetime

    import numpy as np
    import pandas as pd

    try:
        # A number would be taken for so many nanoseconds.
        if not isinstance(value, str | datetime.date | np.datetime64):
            raise TypeError
        # A date as text is written in full, so that nobody guesses which number is the month.
        found = pd.Timestamp(datetime.date.fromisoformat(value) if isinstance(value, str) else value)
        if not pd.isna(found):
            return found.tz_localize(None) if found.tzinfo else found
    except (ValueError, TypeError):
        pass
    message = f"{argument}={value!r}: expected a full date, such as '2025-02-28'"
    raise SchemaError(message)


def _is_table(scheduled: Mapping[Any, Any]) -> bool:
    """Whether it is columns of a table, rather than a date for each publication."""
    dates = scheduled.get("scheduled")
    return hasattr(dates, "__len__") and not isinstance(dates, str)


def _scheduled(rows: pd.DataFrame, scheduled: Any) -> pd.DataFrame:
    """Bring scheduled dates, and dates of release where they are given, to rows."""
    import pandas as pd
    import pyarrow as pa

    empty = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    out = pd.DataFrame({"scheduled": empty, "released": empty})
    if isinstance(scheduled, Mapping) and not _is_table(scheduled):
        for key, date in scheduled.items():
            meant = rows.definition == key if isinstance(key, int) else rows[list(_FIELDS)].eq(key).any(axis=1)
            if not meant.any():
                message = f"scheduled: {key!r} is no publisher, dataset, table or vintage of the observations"
                raise SchemaError(message)
            out.loc[meant, "scheduled"] = _date(date, "scheduled")
        return out
    if not columns_of(scheduled):
        return out.assign(scheduled=_date(scheduled, "scheduled"))
    plan: pd.DataFrame = pa.table(table(scheduled)).to_pandas()
    keys = [name for name in plan.columns if name in rows.columns and name not in ("release_date", "scheduled")]
    if "scheduled" not in plan or not keys:
        message = (
            "scheduled: the table needs a column 'scheduled' and one to go by, such as vintage, dataset or reporter"
        )
        raise SchemaError(message)
    for one in plan.to_dict("records"):
        meant = (rows[keys] == pd.Series({name: one[name] for name in keys})).all(axis=1)
        out.loc[meant, "scheduled"] = _date(one["scheduled"], "scheduled")
        if not pd.isna(one.get("released")):
            out.loc[meant, "released"] = _date(one["released"], "released")
    return out
