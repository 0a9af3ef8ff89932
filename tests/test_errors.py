"""Bad input: a typed exception or an entry in the ledger, naming column, row and value; nothing by halves."""

import textwrap
import time

import pandas as pd
import pyarrow as pa
import pytest

import ctrl_c
import migstat as ms
from migstat.errors import CodeError, DefinitionError, InternalError, LedgerError, MigstatError, SchemaError

CONSTANTS = {"measure": "labour_outflow", "origin": "LKA", "year": 1996}


def harmonise(columns, **options):
    constants = CONSTANTS | options.pop("constants", {})
    return ms.harmonise(columns, destination="d", value="n", constants=constants, **options)


ONE = {"d": ["SAU"], "n": [3]}
TWO = {"d": ["SAU", "KWT"], "n": [1, 2]}


def test_one_base_and_python_s_own_kinds():
    kinds = {
        SchemaError: ValueError,
        CodeError: LookupError,
        DefinitionError: ValueError,
        LedgerError: ArithmeticError,
        InternalError: RuntimeError,
    }
    for kind, base in kinds.items():
        assert issubclass(kind, MigstatError)
        assert issubclass(kind, base)


CASES = {
    "no such column": (SchemaError, r'sex="Sex": the table has no column "Sex"', ONE, {"sex": "Sex"}),
    "age": (CodeError, r'column "a", row 1: age .young.', TWO | {"a": ["15-24", "young"]}, {"age": "a"}),
    "sex": (CodeError, r'column "s", row 1: "5" is not a sex', TWO | {"s": ["F", "5"]}, {"sex": "s"}),
    "sex blank": (CodeError, r'column "s", row 1: the sex is blank', TWO | {"s": ["F", None]}, {"sex": "s"}),
    "no rows": (SchemaError, r"no rows", {"d": [], "n": []}, {}),
    "repeated": (
        SchemaError,
        r'row 1 repeats row 0.*destination SAU.*duplicates="keep".*duplicates="first"',
        {"d": ["SAU", "Saudi Arabia"], "n": [1, 2]},
        {},
    ),
    "text": (
        SchemaError,
        r'column "n", row 1: "many" is not a number.*missing=',
        TWO | {"n": ["1", "many"]},
        {},
    ),
    "undeclared <5": (
        SchemaError,
        r'column "n", row 0: "<5" is not a number.*missing=\{"<5": "suppressed"\}',
        TWO | {"n": ["<5", "7"]},
        {},
    ),
    "truth values": (SchemaError, r'column "n" has type Boolean', TWO | {"n": [True, False]}, {}),
    "infinity": (
        SchemaError,
        r'column "n", row 1: inf is not a finite',
        TWO | {"n": [1.0, float("inf")]},
        {},
    ),
    "minus infinity": (SchemaError, r'column "n", row 0: -inf', TWO | {"n": [float("-inf"), 1]}, {}),
    "infinity as text": (
        SchemaError,
        r'column "n", row 1: "inf" is not a number',
        TWO | {"n": ["1", "inf"]},
        {},
    ),
    "negative": (
        SchemaError,
        r'column "n", row 1: -2 is below zero.*measure="net"',
        TWO | {"n": [1, -2]},
        {},
    ),
    "beyond 2^53": (SchemaError, r'column "n", row 1: .*2\^53', TWO | {"n": [1, 2**53 + 1]}, {}),
    "beyond 2^53 as text": (
        SchemaError,
        r'column "n", row 0: "9007199254740993" .*2\^53',
        ONE | {"n": ["9007199254740993"]},
        {},
    ),
    "beyond 2^53 as a dictionary": (
        SchemaError,
        r"2\^53",
        ONE | {"n": pa.array([2**53 + 1]).dictionary_encode()},
        {},
    ),
    "beyond 2^53 as a decimal": (
        SchemaError,
        r'column "n", row 0: .*2\^53',
        ONE | {"n": pa.array([2**53 + 1]).cast(pa.decimal128(30, 0))},
        {},
    ),
    "beyond 64 bits": (SchemaError, r'column "n", row 0: "1180591620717411303424" .*2\^53', ONE | {"n": [2**70]}, {}),
    "beyond floats": (SchemaError, r'column "n", row 0: "1e400" is not a number', ONE | {"n": ["1e400"]}, {}),
    "half a power": (SchemaError, r'column "n", row 1: "1e" is not a number', TWO | {"n": ["1e3", "1e"]}, {}),
    "columns of unlike length": (SchemaError, r"not of one length: \{'d': 2, 'n': 1\}", TWO | {"n": [1]}, {}),
    "columns of one name": (
        SchemaError,
        r"two columns named 'n'",
        pa.table([["SAU"], [1], [2]], names=["d", "n", "n"]),
        {},
    ),
    "education blank": (
        CodeError,
        r'column "e", row 1: the education is blank',
        TWO | {"e": ["primary", ""]},
        {"education": "e"},
    ),
    "year 19966": (CodeError, r"year 19966 is outside", ONE, {"constants": {"year": 19966}}),
    "measure": (
        CodeError,
        r'measure "outflw" is not one of stock, inflow',
        ONE,
        {"constants": {"measure": "outflw"}},
    ),
    "typo in constants": (
        SchemaError,
        r'"reportr".*did you mean "reporter"',
        ONE,
        {"constants": {"reportr": "LKA"}},
    ),
    "constant of several": (
        SchemaError,
        r"constants\['sex'\].*expected one value",
        ONE,
        {"constants": {"sex": ["F"]}},
    ),
    "role twice": (
        SchemaError,
        r'destination is given both as column "d"',
        ONE,
        {"constants": {"destination": "SAU"}},
    ),
    "period twice": (
        SchemaError,
        r"period is stated twice: by year and by date",
        ONE,
        {"constants": {"date": "1996-01-01"}},
    ),
    "period of one end": (SchemaError, r"go together", ONE, {"constants": {"period_start": "1996-01-01"}}),
    "kind of missing": (
        SchemaError,
        r'missing=\{"-": "nil"\}: expected one of zero',
        ONE,
        {"missing": {"-": "nil"}},
    ),
    "multiplier": (SchemaError, r'multiplier "12"', ONE, {"constants": {"multiplier": 12}}),
    "reporter": (CodeError, r'reporter "Ceylonia"', ONE, {"constants": {"reporter": "Ceylonia"}}),
    "role": (CodeError, r'role "sender" is not one of origin', ONE, {"constants": {"role": "sender"}}),
    "unit of money": (
        SchemaError,
        r'"remittance" needs a unit',
        ONE,
        {"constants": {"measure": "remittance"}},
    ),
    "overrides that conflict": (
        CodeError,
        r'override of "saudi arabia"',
        ONE,
        {"overrides": {"Saudi Arabia": "SAU", "saudi arabia": "KWT"}},
    ),
    "override to nothing": (CodeError, r'"XXX" is no code of an area', ONE, {"overrides": {"Here": "XXX"}}),
    "bound": (
        SchemaError,
        r'column "lo", row 0: 4 does not bound the value 3',
        ONE | {"lo": [4]},
        {"low": "lo"},
    ),
    "basis": (CodeError, r'column "b": "guess" is not a basis', ONE | {"b": ["guess"]}, {"basis": "b"}),
    "leaf": (SchemaError, r'column "l", row 0: "maybe" does not say', ONE | {"l": ["maybe"]}, {"leaf": "l"}),
    "ladder": (
        CodeError,
        r'column "k", row 1: .*Wizard',
        TWO | {"k": ["Housemaid", "Wizard"]},
        {"skill": "k", "schemes": {"skill": "LKA-SLBFE"}},
    ),
    "unresolved": (
        CodeError,
        r'column "d", row 1: "Atlantis" is not a known area.*overrides=',
        {"d": ["SAU", "Atlantis"], "n": [1, 2]},
        {"on_unresolved": "error"},
    ),
    "ambiguous": (
        CodeError,
        r'column "d", row 0: "Congo" means COG and COD alike',
        {"d": ["Congo"], "n": [1]},
        {"on_unresolved": "error"},
    ),
    "duplicates": (
        SchemaError,
        r"duplicates='last': expected one of 'error', 'first', 'keep'",
        ONE,
        {"duplicates": "last"},
    ),
    "on_unresolved": (
        SchemaError,
        r"on_unresolved='ask': expected one of 'set_aside', 'error'",
        ONE,
        {"on_unresolved": "ask"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_harmonise_refuses(name):
    kind, message, columns, options = CASES[name]
    with pytest.raises(kind, match=message):
        harmonise(columns, **options)


@pytest.mark.parametrize("library", ["pandas", "pyarrow", "polars"])
def test_a_misspelt_column_is_told_with_near_names(library):
    table = {"Country": ["SAU"], "Departures": [1]}
    make = {"pandas": pd.DataFrame, "pyarrow": pa.table}.get(library) or pytest.importorskip("polars").DataFrame
    with pytest.raises(SchemaError, match=r'the table has no column "Contry"; did you mean "Country"\?'):
        ms.harmonise(make(table), destination="Contry", value="Departures", constants=CONSTANTS)


@pytest.mark.parametrize("column", ["d", "n"])
def test_a_dictionary_whose_keys_point_nowhere_is_refused(column):
    values = {"d": pa.array(["SAU", "KWT"]), "n": pa.array([1, 2])}
    bad = pa.DictionaryArray.from_arrays(pa.array([0, 7], pa.int8()), values[column], safe=False)
    with pytest.raises(SchemaError, match=f'column "{column}", row 1'):
        harmonise(pa.table(values | {column: bad}))


@pytest.mark.parametrize("frame", [[1, 2], "figures.csv", 3, None])
def test_what_is_no_table_is_refused(frame):
    with pytest.raises(SchemaError, match="expected a table"):
        harmonise(frame)


def test_where_the_values_are_is_said_once():
    with pytest.raises(SchemaError, match="state where the values are"):
        ms.harmonise(ONE, destination="d", constants=CONSTANTS)
    with pytest.raises(SchemaError, match="state where the values are"):
        ms.harmonise(ONE, destination="d", value="n", wide={"n": {"sex": "F"}}, constants=CONSTANTS)
    with pytest.raises(SchemaError, match=r"destination=5: expected the name of a column.*constants="):
        ms.harmonise(ONE, destination=5, value="n", constants=CONSTANTS)
    with pytest.raises(SchemaError, match="year is given twice"):
        ms.harmonise(ONE, destination="d", value="n", year=1996, constants=CONSTANTS)
    with pytest.raises(SchemaError, match="no period stated"):
        ms.harmonise(ONE, destination="d", value="n", constants={"measure": "inflow"})
    with pytest.raises(SchemaError, match="no measure stated"):
        ms.harmonise(ONE, destination="d", value="n", year=1996)
    with pytest.raises(TypeError, match="dest"):
        ms.harmonise(ONE, dest="d", value="n", constants=CONSTANTS)


def test_wide_columns_state_the_same_things():
    frame = {"d": ["SAU"], "a": [1], "b": [2]}
    with pytest.raises(SchemaError, match='wide column "b" does not state sex, though others do'):
        ms.harmonise(frame, destination="d", wide={"a": {"sex": "M"}, "b": {}}, constants=CONSTANTS)
    with pytest.raises(SchemaError, match='the table has no column "c"'):
        ms.harmonise(frame, destination="d", wide={"a": {"sex": "M"}, "c": {"sex": "F"}}, constants=CONSTANTS)
    with pytest.raises(SchemaError, match='wide column "a" states destination, which is also a column'):
        ms.harmonise(frame, destination="d", wide={"a": {"destination": "KWT"}}, constants=CONSTANTS)
    with pytest.raises(SchemaError, match='row 0, column "b" repeats row 0, column "a"'):
        ms.harmonise(frame, destination="d", wide={"a": {"sex": "M"}, "b": {"sex": "M"}}, constants=CONSTANTS)


def test_what_is_right_after_all():
    assert harmonise({"d": ["SAU"], "n": [-2]}, constants={"measure": "net"}).to_pandas().value.tolist() == [-2]
    assert harmonise({"d": ["SAU"], "n": [2**53]}).to_pandas().value.tolist() == [2**53]
    twice = {"d": ["SAU", "Saudi Arabia"], "n": [1, 2]}
    assert harmonise(twice, duplicates="keep").to_pandas().value.tolist() == [1, 2]
    first = harmonise(twice, duplicates="first")
    assert first.to_pandas().value.tolist() == [1]
    aside = first.ledger.to_pandas().query("reason == 'duplicate'")
    assert aside[["rows", "value"]].values.tolist() == [[1, 2]]


def test_tables_of_observations_are_checked():
    observations = harmonise({"d": ["SAU", "KWT"], "n": [1, 2], "k": ["F", "M"]}, sex="k")
    figures, definitions = observations.figures, pa.table(observations._core.definitions())

    def build(name=None, values=None, kind=None, **more):
        table = figures
        for column, array in ({name: pa.array(values, kind)} if name else {} | more).items():
            at = table.column_names.index(column) if column in table.column_names else len(table.column_names)
            table = table.remove_column(at) if at < len(table.column_names) else table
            table = table.add_column(at, column, array)
        return ms.Observations(table, definitions)

    share = {"share": pa.array([1.5, 0.5]), "figure": pa.array([0, 1], pa.uint64())}
    with pytest.raises(SchemaError, match=r'column "share", row 0: 1.5 is not between 0 and 1'):
        build(**share)
    with pytest.raises(SchemaError, match=r"shares of figure 0 add up to 1.4"):
        build(share=pa.array([0.7, 0.7]), figure=pa.array([0, 0], pa.uint64()))
    with pytest.raises(SchemaError, match='"share" needs the column "figure"'):
        build(share=pa.array([0.5, 0.5]))
    with pytest.raises(SchemaError, match="row 1: definition 7 is not in the table"):
        build("definition", [0, 7], pa.int32())
    with pytest.raises(CodeError, match='column "destination": "ATL" is not a code'):
        build(destination=pa.array(["SAU", "ATL"]).dictionary_encode())
    with pytest.raises(SchemaError, match='column "sex", row 1: no code'):
        build(sex=pa.array(["F", None]).dictionary_encode())
    with pytest.raises(SchemaError, match='row 1: no value with presence "value"'):
        build("value", [1.0, None], pa.float64())
    with pytest.raises(SchemaError, match="row 0: -1 with presence"):
        build("value", [-1.0, 2.0], pa.float64())
    with pytest.raises(SchemaError, match="row 0: the period ends before it starts"):
        build("period_end", [0, 20000], pa.date32())
    with pytest.raises(SchemaError, match='column "colour"'):
        build("colour", ["red", "blue"], pa.string())
    with pytest.raises(SchemaError, match='no column "leaf"'):
        ms.Observations(figures.drop_columns("leaf"), definitions)
    with pytest.raises(SchemaError, match="must be 0, 1, 2"):
        ms.Observations(figures, definitions.set_column(0, "definition", pa.array([3])))
    with pytest.raises(SchemaError, match='no field "color"'):
        ms.Observations(figures, definitions.append_column("color", pa.array(["red"])))


def test_where_names_what_it_does_not_know():
    observations = harmonise(TWO)
    with pytest.raises(SchemaError, match=r'"destinaton".*did you mean "destination"'):
        observations.where(destinaton="SAU")
    with pytest.raises(CodeError, match=r'"GCCC".*near it: grp:GCC'):
        observations.where(destination="GCCC")
    with pytest.raises(CodeError, match="expected a year"):
        observations.where(year="last")
    with pytest.raises(CodeError, match='sex="female" is not a code'):
        observations.where(sex="female")
    for nonsense in ("yes", "T", "leaf", None, 2):
        with pytest.raises(CodeError, match=f'leaf="{nonsense}": expected true or false'):
            observations.where(leaf=nonsense)
    stated = harmonise(TWO, constants={"coverage": "all"})
    with pytest.raises(CodeError, match=r'no definition says coverage="al"; did you mean "all"\?'):
        stated.where(coverage="al")
    with pytest.raises(CodeError, match='no definition says coverage="all"'):
        observations.where(coverage="all")


AGGREGATES = {
    "group": (CodeError, r'unknown group "GCCC".*near it: grp:GCC', {"by": ["destination.GCCC"]}),
    "by nothing": (
        SchemaError,
        r'cannot group by "destinaton"; did you mean "destination"',
        {"by": ["destinaton"]},
    ),
    "by a group of no area": (SchemaError, r'cannot group by "citizenship.GCC"', {"by": ["citizenship.GCC"]}),
    "by twice": (SchemaError, r'names "sex" twice', {"by": ["sex", "sex"]}),
    "by text": (SchemaError, r"takes a list of names", {"by": "sex"}),
    "totals": (
        SchemaError,
        r'totals= names "sex", which is not one of by=',
        {"by": ["year"], "totals": ["sex"]},
    ),
    "across unit": (
        DefinitionError,
        r"different units are never added",
        {"by": ["year"], "across": ["unit"]},
    ),
    "across nothing": (
        SchemaError,
        r'"coverge".*did you mean "coverage"',
        {"by": ["year"], "across": ["coverge"]},
    ),
    "threads": (
        SchemaError,
        r"threads=0: expected a whole number from 1 to 4096",
        {"by": ["year"], "threads": 0},
    ),
    "very many threads": (
        SchemaError,
        rf"threads={2**80}: expected a whole number from 1 to 4096",
        {"by": ["year"], "threads": 2**80},
    ),
    "membership": (
        SchemaError,
        r'membership="someday": expected "period", "current" or a year',
        {"by": ["destination.GCC"], "membership": "someday"},
    ),
    "outside": (
        SchemaError,
        r"outside='maybe': expected one of 'row', 'drop', 'error'",
        {"by": ["year"], "outside": "maybe"},
    ),
    "expected": (
        SchemaError,
        r"expected='cells': expected one of 'rows', 'grid'",
        {"by": ["year"], "expected": "cells"},
    ),
    "coverage of nothing": (
        SchemaError,
        r"min_coverage=nan: expected a number from 0 to 1",
        {"by": ["year"], "min_coverage": float("nan")},
    ),
    "coverage": (
        SchemaError,
        r"min_coverage=1.5: expected a number from 0 to 1",
        {"by": ["year"], "min_coverage": 1.5},
    ),
}


@pytest.mark.parametrize("name", AGGREGATES)
def test_aggregate_refuses(name):
    kind, message, request = AGGREGATES[name]
    with pytest.raises(kind, match=message):
        ms.aggregate(harmonise(TWO), **request)


def test_what_may_not_be_added():
    with pytest.raises(SchemaError, match='no column "year"; it has "d", "n"'):
        ms.aggregate(ONE, ["year"])
    percent = harmonise(ONE, constants={"unit": "percent"})
    with pytest.raises(DefinitionError, match=r"figures in percent .*are never added"):
        ms.aggregate(percent, ["year"])
    days = ms.harmonise(
        {"d": ["SAU", "SAU"], "t": ["1990-07-01", "1995-07-01"], "n": [1, 2]},
        destination="d",
        date="t",
        value="n",
        constants={"measure": "stock", "origin": "LKA"},
    )
    with pytest.raises(DefinitionError, match="stocks of 1990-07-01 and of 1995-07-01 would be added"):
        ms.aggregate(days, ["destination"])
    assert ms.aggregate(days, ["year"]).to_pandas().value.tolist() == [1, 2]
    months = ms.harmonise(
        {"d": ["SAU"], "p": ["1996-03"], "n": [1]},
        destination="d",
        period="p",
        value="n",
        constants={"measure": "inflow"},
    )
    with pytest.raises(SchemaError, match='not a calendar year; group by "period"'):
        ms.aggregate(months, ["year"])


def batches(count, last=None):
    """Give batches one after the other, and at the end do what is asked."""
    for _ in range(count):
        yield pa.record_batch({"d": pa.array(["SAU"]), "n": pa.array([1])})
    if last is not None:
        last()


SCHEMA = pa.schema({"d": pa.string(), "n": pa.int64()})


def test_a_stream_that_fails_midway_gives_nothing():
    def fail():
        raise OSError("the disk is full of sand")

    with pytest.raises(MigstatError, match="the disk is full of sand"):
        harmonise(pa.RecordBatchReader.from_batches(SCHEMA, batches(3, fail)), duplicates="keep")


def test_a_stream_may_call_migstat_again():
    inner = []

    def again():
        inner.append(len(harmonise(TWO)))

    found = harmonise(pa.RecordBatchReader.from_batches(SCHEMA, batches(3, again)), duplicates="keep")
    assert (len(found), inner) == (3, [2])


class StopHere(Exception):
    pass


def test_what_a_progress_callback_raises_comes_out():
    def slow():
        time.sleep(0.3)

    def progress(done):
        seen.append(done)
        raise StopHere

    seen = []
    with pytest.raises(StopHere):
        harmonise(pa.RecordBatchReader.from_batches(SCHEMA, batches(5, slow)), duplicates="keep", progress=progress)
    assert len(seen) == 1


def test_a_progress_callback_is_told_how_far_the_work_is():
    seen = []
    slow = pa.RecordBatchReader.from_batches(SCHEMA, (time.sleep(0.05) or batch for batch in batches(10)))
    assert len(harmonise(slow, duplicates="keep", progress=seen.append)) == 10
    assert len(seen) >= 2
    assert seen == sorted(seen)


LONG = """
    import sys, time
    import pyarrow as pa
    import migstat as ms

    batch = pa.record_batch({"d": pa.array(["SAU", "KWT"] * 50_000), "n": pa.array(range(100_000))})

    def endless():
        print("ready", flush=True)
        while True:
            yield batch

    try:
        ms.harmonise(
            pa.RecordBatchReader.from_batches(batch.schema, endless()),
            destination="d", value="n", duplicates="keep",
            constants=dict(origin="LKA", measure="inflow", year=1996),
        )
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""

LARGE = """
    import sys, time
    import numpy as np
    import pandas as pd
    import migstat as ms

    rows = 6_000_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({
        "d": pd.Categorical.from_codes(rng.integers(0, 3, rows), ["SAU", "KWT", "ARE"]),
        "o": pd.Categorical.from_codes(rng.integers(0, 3, rows), ["LKA", "IND", "Atlantis"]),
        "a": pd.Categorical.from_codes(rng.integers(0, 3, rows), ["15-24", "25-34", "Total"]),
        "y": pd.Categorical.from_codes(rng.integers(0, 9, rows), [str(1990 + i) for i in range(9)]),
        "n": rng.integers(0, 1000, rows),
    })
    print("ready", flush=True)
    try:
        for _ in range(100):
            ms.harmonise(
                frame, destination="d", origin="o", age="a", year="y", value="n", duplicates="keep",
                constants=dict(measure="inflow"),
            )
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("script", [LONG, LARGE], ids=["stream", "table"])
def test_ctrl_c_ends_long_work(script):
    ctrl_c.ends(textwrap.dedent(script))


def test_columns_of_a_type_that_holds_no_labels():
    nested = pa.table({"d": pa.array([["SAU"]]), "n": pa.array([1])})
    with pytest.raises(SchemaError, match='column "d" has type'):
        harmonise(nested)
    halves = pd.DataFrame({"d": ["SAU"], "n": [1], "y": [1996.5]})
    with pytest.raises(MigstatError, match=r'"y".*1996.5'):
        ms.harmonise(halves, destination="d", value="n", year="y", constants={"measure": "inflow"})
