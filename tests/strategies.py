"""Random tables as offices print them: totals, residuals, former states, gaps, labels that nobody knows."""

import itertools

import pyarrow as pa
from hypothesis import strategies as st

import migstat as ms
import reference

CONSTANTS = {"measure": "labour_outflow", "reporter": "LKA"}
MISSING = {"-": "zero", "<5": "suppressed", "x": "not_applicable"}
COLUMNS = {
    "origin": "From",
    "destination": "To",
    "sex": "Sex",
    "age": "Age",
    "education": "School",
    "period": "When",
    "value": "n",
}

WHOLE = st.integers(0, 10**6)
FRACTION = st.integers(0, 10**7).map(lambda tenths: tenths / 10)
DECIMALS = st.integers(0, 10**9).map(lambda tenths: f"{tenths / 10:.1f}")
ANY = st.floats(0, 1e300, allow_subnormal=True)
NUMBER = st.one_of(WHOLE, FRACTION, ANY)
TEXT = st.one_of(
    WHOLE.map(str),
    WHOLE.map("{:,}".format),
    FRACTION.map("{:.1f}".format),
    st.sampled_from([*reference.MARKERS]),
)

DESTINATIONS = st.sampled_from([*reference.AREAS, *reference.AMBIGUOUS, *reference.UNKNOWN, None])
KNOWN = st.sampled_from([*reference.AREAS])
ORIGINS = st.sampled_from(["Sri Lanka", "Sri Lanka", "SAU", "India", "Atlantis"])
LABELS = {
    "origin": ORIGINS,
    "destination": DESTINATIONS,
    "sex": st.sampled_from(["F", "M", "_T", "_U"]),
    "age": st.sampled_from([*reference.AGES, "_T", "_U"]),
    "education": st.sampled_from(["primary", "secondary", "_T"]),
    "period": st.sampled_from([*reference.PERIODS]),
}


@st.composite
def rows(draw, numbers=None, unique=False, known=False, gaps=True, size=25, always=()):
    """Rows of a long table; all have the same columns. `unique`: no two stand for the same figure."""
    optional = draw(st.sets(st.sampled_from(["origin", "sex", "age", "education"])))
    names = ["destination", "period", *sorted(optional.union(always))]
    labels = LABELS | ({"destination": KNOWN, "origin": st.just("Sri Lanka")} if known else {})
    if numbers is None:
        numbers = draw(st.sampled_from([WHOLE, FRACTION, ANY, TEXT]))
    if gaps:
        numbers = st.one_of(numbers, st.none())
    row = st.fixed_dictionaries({name: labels[name] for name in names} | {"value": numbers})

    def figure(one):
        """Give what tells figures apart; rows that are set aside repeat nothing."""
        areas = {name: reference.AREAS.get(one[name], one[name]) for name in ("origin", "destination") if name in one}
        return tuple((one | areas)[name] for name in names)

    return draw(st.lists(row, min_size=1, max_size=size, unique_by=figure if unique else None))


def columns(table):
    """Give the columns of a list of rows, under the names that an office might print."""
    return {COLUMNS[name]: [row[name] for row in table] for name in table[0]}


def arrow(table):
    """Give a list of rows as a pyarrow table."""
    found = columns(table)
    text = {name for name in found if name != "n"} | {
        name for name in found if any(isinstance(v, str) for v in found[name])
    }
    return pa.table(
        {name: pa.array(values, pa.string() if name in text else pa.float64()) for name, values in found.items()}
    )


def roles(table):
    """Give the arguments that name the columns of a list of rows."""
    return {name: COLUMNS[name] for name in table[0]}


def harmonise(frame, table, **options):
    """Harmonise a frame made of a list of rows."""
    options = {"duplicates": "keep", "missing": MISSING} | options
    constants = CONSTANTS | options.pop("constants", {})
    if "origin" not in table[0]:
        constants.setdefault("origin", "LKA")
    return ms.harmonise(frame, **roles(table), constants=constants, **options)


@st.composite
def cut(draw, table):
    """Cut a pyarrow table into chunks at random places, some of them empty."""
    places = sorted(draw(st.lists(st.integers(0, len(table)), max_size=5)))
    ends = [0, *places, len(table)]
    return pa.concat_tables([table.slice(a, b - a) for a, b in itertools.pairwise(ends)])


def decoded(table, without=("row", "definition")):
    """Give an Arrow table as sorted rows of plain values."""
    table = pa.table(table)
    names = sorted(name for name in table.column_names if name not in without)
    plain = [table.column(name).to_pylist() for name in names]
    return sorted((tuple(zip(names, row, strict=True)) for row in zip(*plain, strict=True)), key=repr)


def figures(observations, names):
    """Give observations as a list of dictionaries for the reference; needs the periods of the reference."""
    table = observations.figures
    start, end = (table.column(name).to_pylist() for name in ("period_start", "period_end"))
    spans = {span: label for label, span in reference.PERIODS.items()}
    period = [spans[a.year * 12 + a.month - 1, b.year * 12 + b.month - 1] for a, b in zip(start, end, strict=True)]
    wanted = {name: period if name == "period" else table.column(name).to_pylist() for name in names}
    wanted |= {name: table.column(name).to_pylist() for name in ("value", "presence", "leaf", "definition")}
    return [dict(zip(wanted, row, strict=True)) for row in zip(*wanted.values(), strict=True)]
