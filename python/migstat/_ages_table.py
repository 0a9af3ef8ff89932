"""Age groups read from labels, and tables by age, long and wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _core
from ._frame import back, columns_of, kind_of, library, table as arrow_of, without_views
from .errors import CodeError, SchemaError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    from ._typing import Frame

__all__ = ["METHOD", "Groups", "Regroup", "Shift", "Split", "change_long", "change_wide", "printed"]

#: The column that says how figures came about.
METHOD = "age_method"

Bounds = tuple[int, int | None]


def age_text(label: object) -> str:
    """Give an age as text; whole numbers are single years."""
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def printed(low: int, high: int | None) -> str:
    """Give bounds as a label."""
    if high is None:
        return f"{low}+"
    return str(low) if high == low + 1 else f"{low}-{high - 1}"


@dataclass(frozen=True)
class Groups:
    """Age groups, youngest first."""

    labels: list[str]
    bounds: list[Bounds]
    #: Where each, in the caller's order, stands in this one.
    places: list[int]

    @classmethod
    def read(cls, labels: Sequence[Any], what: str) -> Groups:
        """Read labels of groups, in any order."""
        if isinstance(labels, str):
            message = f"{what}={labels!r}: expected a list of age groups, such as ['0-14', '15-64', '65+']"
            raise SchemaError(message)
        texts = [age_text(label) for label in labels]
        found = _core.read_ages(texts)
        for text, (_, low, _) in zip(texts, found, strict=True):
            if low is None:
                message = f"{what}: {text!r} is no age group with bounds; leave it out"
                raise SchemaError(message)
        return cls.of(texts, [(int(low or 0), high) for _, low, high in found])

    @classmethod
    def of(cls, labels: list[str], bounds: list[Bounds]) -> Groups:
        """Bring groups in order."""
        order = sorted(range(len(labels)), key=lambda at: (bounds[at][0], bounds[at][1] or 1000))
        places = [0] * len(order)
        for place, at in enumerate(order):
            places[at] = place
        return cls([labels[at] for at in order], [bounds[at] for at in order], places)

    def sorted(self, matrix: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Give a matrix with columns in the caller's order in this one, as the core takes it."""
        import numpy as np

        if self.places != list(range(len(self.places))):
            matrix = matrix[:, np.argsort(self.places)]
        return np.ascontiguousarray(matrix, dtype=float)


#: Method, the age that nobody in an open group reaches, the schedule that spreads it, and smoothing.
Split = tuple[str, int | None, Sequence[float] | None, float | None]

Made = tuple["np.ndarray[Any, Any]", list[bool], "np.ndarray[Any, Any]"]


@dataclass(frozen=True)
class Regroup:
    """From groups to other groups."""

    to: str | Sequence[str]
    split: Split

    @property
    def word(self) -> str:
        """How a figure came about that is no sum of whole groups."""
        return self.split[0]

    def target(self, groups: Groups) -> Groups:
        """Give the groups wanted, which for a name depend on those that there are."""
        if not isinstance(self.to, str):
            return Groups.read(list(self.to), "to")
        if not groups.bounds:
            message = "ages: there is no age group"
            raise SchemaError(message)
        bounds = _core.wanted_ages(self.to, groups.bounds, self.split[1])
        return Groups.of([printed(low, high) for low, high in bounds], bounds)

    def apply(self, groups: Groups, matrix: np.ndarray[Any, Any], target: Groups) -> Made:
        """Do a matrix with columns in the caller's order; tell which columns are exact, and which rows fell back."""
        import numpy as np

        matrix = groups.sorted(matrix)
        asked = (groups.bounds, target.bounds, self.split)
        exact = _core.exact_ages(*asked)
        made = np.empty((len(matrix), len(target.bounds)))
        fell_back = np.asarray(_core.regroup_ages(matrix, made, *asked))
        if target.places != list(range(len(target.places))):
            made = made[:, target.places]
            exact = [exact[place] for place in target.places]
        return made, exact, fell_back


@dataclass(frozen=True)
class Shift:
    """From one age definition to the other."""

    to: str
    split: Split

    @property
    def word(self) -> str:
        """How a figure came about."""
        return "shift"

    def target(self, groups: Groups) -> Groups:
        """Give the groups that come out: those that there were, but for the last."""
        if not groups.bounds:
            message = "ages: there is no age group"
            raise SchemaError(message)
        bounds, _ = _core.shifted_ages(groups.bounds, self.to, self.split)
        known = dict(zip(groups.bounds, groups.labels, strict=True))
        return Groups.of([known.get(one) or printed(*one) for one in bounds], bounds)

    def apply(self, groups: Groups, matrix: np.ndarray[Any, Any], target: Groups) -> Made:
        """Do a matrix with columns in the caller's order; no column is exact."""
        import numpy as np

        matrix = groups.sorted(matrix)
        made = np.empty((len(matrix), len(target.bounds)))
        fell_back = np.asarray(_core.shift_ages(matrix, made, groups.bounds, self.to, self.split))
        return made, [False] * len(target.bounds), fell_back


def numbers(values: Any, name: str) -> np.ndarray[Any, Any]:
    """Give a pandas column of figures as floats."""
    import numpy as np
    import pandas as pd

    if not (pd.api.types.is_numeric_dtype(values.dtype) or values.isna().all()):
        message = f"column {name!r} does not hold numbers but {values.dtype}; turn it into numbers first"
        raise SchemaError(message)
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan))


def _both(table: Any) -> tuple[pd.DataFrame, pa.Table | None]:
    """Give a table as a pandas frame, and as an Arrow table unless it was one of pandas."""
    import pyarrow as pa

    if library(table) == "pandas":
        return table, None
    arrow = pa.table(arrow_of(table))
    # polars numbers its categories without signs, which old versions of pyarrow do not turn into those of pandas.
    plain = arrow
    for at, field in enumerate(arrow.schema):
        if pa.types.is_dictionary(field.type):
            signed = pa.dictionary(pa.int64(), field.type.value_type, field.type.ordered)
            plain = plain.set_column(at, field.name, arrow.column(at).cast(signed))
    return plain.to_pandas(), arrow


def _category(codes: Any, labels: list[str], *, ordered: bool = False) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index(labels), ordered=ordered)


def change_wide(table: Frame, way: Regroup | Shift, ages: Sequence[Any] | None) -> Any:
    """Do a table whose columns are age groups."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    frame, arrow = _both(table)
    names = list(frame.columns)
    columns_of(frame)
    if len(set(map(str, names))) < len(names):
        message = "the table has two columns of one name; rename one of them"
        raise SchemaError(message)
    if ages is None:
        chosen = [name for name in names if _is_group(name)]
        if not chosen:
            message = (
                f"no column reads as an age group ({', '.join(map(str, names[:10]))}); for a long table give age= "
            )
            raise SchemaError(message + "and value=")
    else:
        chosen = list(ages)
        for name in chosen:
            if name not in names:
                message = f"the table has no column {name!r}, of ages=; it has {', '.join(map(repr, names))}"
                raise SchemaError(message)
    groups = Groups.read(chosen, "ages")
    target = way.target(groups)
    matrix = np.column_stack([numbers(frame[name], str(name)) for name in chosen])
    made, exact, fell_back = way.apply(groups, matrix, target)
    labels = [target.labels[place] for place in target.places]
    kept = [name for name in names if name not in chosen and name != METHOD]
    for label in labels:
        if label in kept:
            message = f"to: the table already has a column {label!r} that is not one of ages=; rename it"
            raise SchemaError(message)
    method = way.word
    words = _words(method)
    how = np.where(fell_back, 2, 0 if all(exact) else 1)
    column = _category(how, words)
    if arrow is not None:
        arrays = {str(name): arrow.column(str(name)) for name in kept}
        arrays |= {label: pa.array(made[:, at], from_pandas=True) for at, label in enumerate(labels)}
        arrays[METHOD] = pa.array(column)
        return back(kind_of(table), pa.table(arrays))
    whole = pd.concat([frame[kept], pd.DataFrame(made, columns=labels, index=frame.index)], axis=1)
    whole[METHOD] = column
    whole.attrs["age_methods"] = {label: "exact" if one else method for label, one in zip(labels, exact, strict=True)}
    return whole


def _is_group(name: object) -> bool:
    try:
        return _core.read_ages([age_text(name)])[0][1] is not None
    except CodeError:
        return False


def _words(method: str) -> list[str]:
    """Say how figures come about: as they are, by the method, and by the one that takes its place."""
    return ["exact", method] if method == "monotone" else ["exact", method, "monotone"]


def change_long(
    table: Frame,
    way: Regroup | Shift,
    age: str,
    value: str,
    by: str | Sequence[str] | None,
) -> Any:
    """Do a table with a column of ages and one of figures."""
    import numpy as np
    import pandas as pd

    frame, arrow = _both(table)
    names = columns_of(frame)
    wanted = [name for name in names if name not in (age, value, METHOD)] if by is None else _names(by)
    for argument, name in [("age", age), ("value", value), *(("by", name) for name in wanted)]:
        if name not in names:
            message = f"{argument}: the table has no column {name!r}; it has {', '.join(map(repr, names))}"
            raise SchemaError(message)
    if age in wanted or value in wanted:
        message = "by: name the columns that tell populations apart, not those of age= and value="
        raise SchemaError(message)

    codes, uniques = pd.factorize(frame[age])
    if (codes < 0).any():
        message = f"column {age!r}, row {int(np.argmax(codes < 0))}: no age; write 'unknown' if it is not known"
        raise SchemaError(message)
    texts = [age_text(label) for label in uniques]
    read = _core.read_ages(texts)
    # Labels of one group are one group; those with bounds first, youngest first.
    found = sorted(
        {(low is None, low or 0, high or 1000, code, high) for code, low, high in read},
        key=lambda group: group[:4],
    )
    place = {group[3]: at for at, group in enumerate(found)}
    at_age = np.array([place[code] for code, _, _ in read], dtype=np.intp)[codes]
    bounded = sum(not group[0] for group in found)
    bounds: list[Bounds] = [(group[1], group[4]) for group in found[:bounded]]
    figures = numbers(frame[value], value)

    if wanted:
        grouper = frame.groupby(wanted, sort=False, dropna=False, observed=True)
        population = grouper.ngroup().to_numpy()
    else:
        population = np.zeros(len(frame), dtype=np.intp)
    count = int(population.max()) + 1 if len(population) else 0
    flat = population * len(found) + at_age
    times = np.bincount(flat, minlength=count * len(found))
    if times.size and times.max() > 1:
        row = int(np.argmax(times[flat] > 1))
        message = (
            f"row {row}: there are {times[flat[row]]} figures of age {texts[codes[row]]!r} for one population; add "
            f"them up first, or name the columns that tell them apart in by="
        )
        raise SchemaError(message)
    present = (times > 0).reshape(count, len(found))
    matrix = np.full((count, len(found)), np.nan)
    matrix.reshape(-1)[flat] = figures
    first_row = np.full(count, len(frame), dtype=np.intp)
    np.minimum.at(first_row, population, np.arange(len(frame)))

    words = _words(way.word)
    labels: dict[str, tuple[int, int]] = {}
    parts: list[tuple[Any, Any, Any, Any, Any]] = []

    for rows, columns in _patterns(present[:, :bounded]):
        source = Groups.of([printed(*bounds[at]) for at in columns], [bounds[at] for at in columns])
        target = way.target(source)
        cells = matrix if len(rows) == count and len(columns) == len(found) else matrix[np.ix_(rows, columns)]
        made, exact, fell_back = way.apply(source, cells, target)
        names_of = [target.labels[at] for at in target.places]
        for label, at in zip(names_of, target.places, strict=True):
            labels.setdefault(label, (target.bounds[at][0], target.bounds[at][1] or 1000))
        keys = np.array([list(labels).index(label) for label in names_of])
        split = ~np.array(exact)
        how = np.where(split[None, :], np.where(fell_back[:, None], len(words) - 1, 1), 0)
        wide = len(names_of)
        parts.append(
            (
                np.repeat(rows, wide),
                np.tile(np.arange(wide), len(rows)),
                np.tile(keys, len(rows)),
                made.ravel(),
                how.ravel(),
            )
        )
    for at in range(bounded, len(found)):
        label = next(text for text, (code, _, _) in zip(texts, read, strict=True) if code == found[at][3])
        labels.setdefault(label, (2000, at))
        rows = np.flatnonzero(present[:, at])
        same = np.full(len(rows), list(labels).index(label))
        parts.append((rows, same + 2000, same, matrix[rows, at], np.zeros(len(rows), dtype=int)))

    if parts:
        group, order, key, figure, how = [np.concatenate(each) for each in zip(*parts, strict=True)]
    else:
        group, order, key, figure, how = [np.zeros(0, dtype=int) for _ in range(5)]
    if len(parts) > 1:
        sort = np.lexsort((order, group))
        group, key, figure, how = group[sort], key[sort], figure[sort], how[sort]
    # Categories from the youngest up.
    sorted_labels = sorted(labels, key=lambda label: labels[label])
    rank = np.array([sorted_labels.index(label) for label in labels], dtype=int)
    new: dict[str, Any] = {
        age: _category(rank[key] if len(key) else key, sorted_labels, ordered=True),
        value: figure,
        METHOD: _category(how, words),
    }
    shown = [name for name in names if name in (age, value, *wanted)] + [METHOD]
    return _laid_out(frame, arrow, kind_of(table), first_row[group], shown, new)


def _laid_out(
    frame: pd.DataFrame, arrow: pa.Table | None, kind: Any, rows: Any, shown: list[str], new: dict[str, Any]
) -> Any:
    import pandas as pd
    import pyarrow as pa

    if arrow is not None:
        index = pa.array(rows)
        arrays = {
            name: pa.array(new[name], from_pandas=True)
            if name in new
            else without_views(arrow.column(name)).take(index)
            for name in shown
        }
        return back(kind, pa.table(arrays))
    columns = {name: new[name] if name in new else frame[name].take(rows).reset_index(drop=True) for name in shown}
    return pd.DataFrame(columns)


def _names(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def _patterns(present: np.ndarray[Any, Any]) -> list[tuple[Any, Any]]:
    """Give the populations that have the same ages together, and those ages."""
    import numpy as np

    count, ages = present.shape
    if ages == 0 or count == 0:
        return []
    if present.all():
        return [(np.arange(count), np.arange(ages))]
    _, first, which = np.unique(np.packbits(present, axis=1), axis=0, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    found = ((np.flatnonzero(which == at), np.flatnonzero(present[row])) for at, row in enumerate(first))
    return [(rows, columns) for rows, columns in found if len(columns)]
