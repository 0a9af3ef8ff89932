"""Small areas and corridors in a residual, areas in groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ._aggregate import aggregate
from ._od_dense import Dense, Label, Membership, coded, place_of, ranked, refuse_unknown
from ._od_ledger import finding, with_step
from ._od_shape import put_together
from .errors import SchemaError, one_of
from .observations import Observations

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["What", "in_regions", "lump"]

What = Literal["areas", "origins", "destinations", "corridors"]


def lump(
    dense: Dense,
    threshold: float | None,
    share: float | None,
    keep: int | Iterable[Label] | None,
    what: What,
    label: str,
) -> Dense:
    """Put what is small together under one label."""
    one_of("what", what, ("areas", "origins", "destinations", "corridors"))
    given = [each for each in (threshold, share, keep) if each is not None]
    if len(given) != 1:
        message = "say what is small by one of threshold=, share= and keep="
        raise SchemaError(message)
    if share is not None and not 0 <= share <= 1:
        message = f"share={share!r}: expected a number from 0 to 1"
        raise SchemaError(message)
    rows, columns = dense.ends
    known = np.where(np.isnan(dense.values), 0.0, dense.values)
    flows = known.sum(axis=tuple(range(known.ndim - 2)))
    limit = threshold if share is None else share * float(flows.sum())
    if what == "corridors":
        if not isinstance(limit, (int, float)):
            message = "keep= names areas; say what small corridors are by threshold= or share="
            raise SchemaError(message)
        there = (dense.figures > 0).any(axis=tuple(range(known.ndim - 2)))
        return _corridors(dense, there & (flows < limit), label)
    sizes: dict[Label, float] = {}
    if what != "destinations":
        sizes |= dict(zip(rows, flows.sum(axis=1).tolist(), strict=True))
    if what != "origins":
        for area, size in zip(columns, flows.sum(axis=0).tolist(), strict=True):
            sizes[area] = sizes.get(area, 0.0) + size
    sizes.pop(label, None)
    if isinstance(keep, int):
        chosen = set(sorted(sizes, key=lambda area: -sizes[area])[: max(keep, 0)])
    elif keep is not None:
        listed = [keep] if isinstance(keep, str) else list(keep)
        chosen = {list(sizes)[place_of("the matrix", area, list(sizes))] for area in listed}
    else:
        chosen = {area for area in sizes if limit is not None and sizes[area] >= limit}
    small = [area for area in sizes if area not in chosen]
    new_rows, row_places = _lumped(rows, small if what != "destinations" else [], label)
    new_columns, column_places = _lumped(columns, small if what != "origins" else [], label)
    index = row_places[:, None] * len(new_columns) + column_places[None, :]
    after = put_together(dense, new_rows, new_columns, lambda _: index, label)
    return _told(dense, after, tuple(small), label)


def _lumped(labels: list[Label], small: Sequence[Label], label: str) -> tuple[list[Label], NDArray[np.intp]]:
    gone = {*small, label}
    kept = [each for each in labels if each not in gone]
    new = [*kept, label] if len(kept) < len(labels) else kept
    place = {each: at for at, each in enumerate(new)}
    return new, np.array([place.get(each, len(kept)) for each in labels], dtype=np.intp)


def _corridors(dense: Dense, small: NDArray[np.bool_], label: str) -> Dense:
    rows, columns = dense.ends
    new_rows, new_columns = (
        [*labels, label] if small.any() and label not in labels else list(labels) for labels in (rows, columns)
    )
    index = np.arange(len(rows))[:, None] * len(new_columns) + np.arange(len(columns))[None, :]
    if small.any():
        index = np.where(small, new_rows.index(label) * len(new_columns) + new_columns.index(label), index)
    after = put_together(dense, new_rows, new_columns, lambda _: index, label)
    pairs = tuple((rows[r], columns[c]) for r, c in np.argwhere(small).tolist())
    return _told(dense, after, tuple(pair for pair in pairs if pair != (label, label)), label)


def _told(dense: Dense, after: Dense, small: tuple[Any, ...], label: str) -> Dense:
    names = ", ".join(" to ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in small)
    said = [finding("note", f"{len(small):,} put together as {label}: {names}")] if small else []
    after = replace(after, lumped=(*dense.lumped, *small))
    return replace(after, ledger=lambda: with_step("lump", dense, after, {}, said, sums=True))


def in_regions(dense: Dense, rows: str | None, columns: str | None, membership: Membership) -> Dense:
    """Put areas together by the groups that they lie in, in the year of each slice."""
    if rows is None and columns is None:
        message = "say which groups are wanted: rows='region', columns='subregion', or a group such as 'GCC'"
        raise SchemaError(message)
    years = _years(dense)
    names, labels, places, said = dense.axes[-2:], [], [], []
    for at, system in enumerate((rows, columns)):
        old = dense.ends[at]
        if system is None:
            labels.append(old)
            places.append(np.broadcast_to(np.arange(len(old)), (max(len(years), 1), len(old))))
            continue
        if "." in names[at]:
            message = f"{names[at]} are groups already"
            raise SchemaError(message)
        refuse_unknown(names[at], old)
        new, where, undated = _placed([str(area) for area in old], system, sorted(set(years)), membership)
        if undated is None and membership == "period" and not years:
            message = (
                f"members of {system!r} change with time and the matrix has no year: say membership='current' "
                "or a year, or put 'year' among by="
            )
            raise SchemaError(message)
        order = {year: k for k, year in enumerate(sorted(set(years)))}
        where = where[[order[year] for year in years]] if years else where[:1]
        # Groups of areas that have figures, in the years that these are of; and of areas that have none at all.
        there = np.asarray((dense.figures > 0) | ~np.isnan(dense.values))
        there = there.any(axis=-2 if at else -1).reshape(int(np.prod(dense.values.shape[:-2])), len(old))
        used, new_places = np.unique(where, return_inverse=True)
        if len(where) == len(there):
            used = np.unique(where[there | ~there.any(axis=0)])
            new_places = np.searchsorted(used, where).clip(max=max(len(used) - 1, 0))
        labels.append([new[k] for k in used])
        places.append(new_places.reshape(where.shape))
        said += [finding("warning", f"{names[at]}.{system}: {undated}")] if undated and membership != "current" else []
        names[at] = f"{names[at]}.{system}"

    def place(at: int) -> NDArray[np.intp]:
        r, c = (each[at if len(each) > 1 else 0] for each in places)
        return np.asarray(r[:, None] * len(labels[1]) + c[None, :], dtype=np.intp)

    after = put_together(dense, labels[0], labels[1], place, " and ".join(names))
    renamed = dict(zip([*dense.by, *names], after.labels.values(), strict=True))
    after = replace(after, labels=renamed)
    return replace(after, ledger=lambda: with_step("to_regions", dense, after, {}, said, sums=True))


def _years(dense: Dense) -> list[int]:
    """Give the year of each slice, that in which its period starts; none where no year is known."""
    shape = dense.values.shape[:-2]
    for name in ("year", "period"):
        if name in dense.by:
            at = dense.by.index(name)
            which = np.indices(shape)[at].ravel()
            return [int(str(dense.labels[name][k])[:4]) for k in which]
        if str(dense.fixed.get(name, ""))[:4].isdecimal():
            return [int(str(dense.fixed[name])[:4])] * int(np.prod(shape))
    return []


def _placed(
    areas: list[str], system: str, years: Sequence[int], membership: Membership
) -> tuple[list[Label], NDArray[np.intp], str | None]:
    """Give the group of each area in each year, as :func:`aggregate` would place its figures."""
    import pyarrow as pa

    listed = list(years) or [2000]
    if not areas:
        return [], np.zeros((len(listed), 0), dtype=np.intp), ""
    size = len(areas) * len(listed)
    days = np.array([f"{year:04d}-01-01" for year in listed for _ in areas], dtype="datetime64[D]")
    same = {"origin": "_T", "sex": "_T", "age": "_T", "presence": "value", "basis": "assumed"}
    figures: dict[str, Any] = {name: pa.array([code] * size).dictionary_encode() for name, code in same.items()}
    figures |= {
        "definition": pa.array(list(range(len(areas))) * len(listed), pa.int32()),
        "destination": pa.array(areas * len(listed), pa.string()).dictionary_encode(),
        "period_start": pa.array(days, pa.date32()),
        "period_end": pa.array(days, pa.date32()),
        "value": pa.array([1.0] * size),
        "low": pa.nulls(size, pa.float64()),
        "high": pa.nulls(size, pa.float64()),
        "leaf": pa.array([True] * size),
    }
    # A definition for each area, so that none is the total of another.
    stated = {name: [code] * len(areas) for name, code in (("measure", "stock"), ("unit", "persons"))}
    stated |= {"reporter": ["_T"] * len(areas), "coverage": areas}
    definitions = pa.table({"definition": pa.array(range(len(areas)), pa.int32())} | stated)
    group = f"destination.{system}"
    made = aggregate(Observations(pa.table(figures), definitions), ["definition", "year", group], membership=membership)
    cells = made.to_arrow()
    codes, labels = ranked(group, *coded(cells.column(group), group))
    where = np.zeros((len(listed), len(areas)), dtype=np.intp)
    at = {year: k for k, year in enumerate(listed)}
    rows = np.array([at[year] for year in cells.column("year").to_pylist()], dtype=np.intp)
    where[rows, cells.column("definition").to_numpy()] = codes
    undated = [each["message"] for each in made.ledger.findings() if "bears no dates" in each["message"]]
    return labels, where, undated[0].partition(": ")[2] if undated else None
