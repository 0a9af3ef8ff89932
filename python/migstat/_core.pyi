"""
The core of migstat; use the public functions of `migstat`.
"""

from _typeshed import Incomplete, SupportsGetItem, SupportsLenAndGetItem
from migstat._typing import AreaOptions, ArrowColumn, ArrowTable, Progress
from os import PathLike
from typing import SupportsFloat, SupportsIndex, final

__all__ = ["Aggregate", "Codelist", "DoubleEntry", "Mapping", "Mirror", "Observations", "QualityScan", "Records", "Revisions", "Table", "aggregate", "align_flows", "align_observations", "allocate_residuals", "area_languages", "area_overlaps", "area_places", "area_successors", "area_table", "benchmark_parts", "check_ledger", "codelist_mappings", "codelists", "compare_observations", "compare_tables", "concatenate", "constant_boundaries", "convert_durations", "convert_money", "define_group", "deflate_money", "describe_codes", "double_entry", "duration_criteria", "duration_criterion", "duration_models", "duration_multipliers", "duration_warning", "exact_ages", "fit_durations", "group_areas", "group_members", "group_names", "harmonise", "interpolate_observations", "interpolate_stocks", "label_of", "largest_remainders", "listed_calendars", "listed_units", "match_areas", "merge_areas", "name_areas", "near_areas", "observations", "pair_mirror", "pairs_within", "parse_instants", "parse_periods", "parse_unit", "plan_durations", "quality_rules", "quality_scan", "read_ages", "read_file", "recode", "regroup_ages", "regroup_observations", "report_areas", "residual_shares", "resolve_areas", "resolve_list", "rogers_castro", "scheduled_changes", "shift_ages", "shift_observations", "shifted_ages", "sniff_file", "split_area", "split_shares", "undercount_classes", "undercount_ratios", "vocabulary", "wanted_ages", "why_no_area"]

@final
class Aggregate:
    """
    Sums over groups, with what was missing and how they came about.
    """
    def cells(self, /) -> Table:
        """
        One row a cell.
        """
    def definitions(self, /) -> Table:
        """
        The definitions of the cells.
        """
    def ledger(self, /) -> str:
        """
        The ledger as JSON.
        """
    def missing(self, /) -> Table:
        """
        The figures without a value.
        """

@final
class Codelist:
    """
    A list of codes.
    """
    def __len__(self, /) -> int:
        """
        Number of codes.
        """
    def about(self, /) -> list[str]:
        """
        Name, dimension, title, version, publisher, source.
        """
    def children(self, /, code: str) -> list[str]:
        """
        The codes right below a code.
        """
    def has(self, /, code: str) -> bool:
        """
        Whether it has a code.
        """
    def label(self, /, code: str, language: str) -> str | None:
        """
        The name of a code in a language.
        """
    def levels(self, /) -> int:
        """
        The number of levels.
        """
    @staticmethod
    def named(id: str) -> Codelist:
        """
        The list of a name.
        """
    def names(self, /) -> list[tuple[str, str, str]]:
        """
        Code, language and name of every name that is not the first English one.
        """
    def parent(self, /, code: str) -> str | None:
        """
        The code above a code.
        """
    def read(self, /, label: str) -> str:
        """
        The code of a label.
        """
    @staticmethod
    def register(about: SupportsLenAndGetItem[str], rows: SupportsGetItem[int, tuple[str, str, tuple[SupportsIndex | None, SupportsIndex | None], str, str, str, SupportsGetItem[int, tuple[str, str]]]], mappings: SupportsGetItem[int, tuple[str, SupportsGetItem[int, tuple[str, str, SupportsFloat | SupportsIndex | None, str, str]]]], replace: bool) -> Codelist:
        """
        Adds a list: name, dimension, title, version, publisher, source; rows of code, parent, first and last year, label,
        note, source and other names; and for each list that it is mapped to the pairs.
        """
    def table(self, /) -> Table:
        """
        One row a code: code, parent, level, first and last year, label, note, source.
        """

@final
class DoubleEntry:
    """
    Pairs and the factors that were found for them.
    """
    def counts(self, /) -> list[tuple[str, int]]:
        """
        How many pairs there are of each kind.
        """
    def factors(self, /) -> Table:
        """
        The factors.
        """
    def first_rows(self, /) -> list[int]:
        """
        The first row of each group that is fitted by itself.
        """
    def reconciled(self, /) -> Table:
        """
        What is made of each pair.
        """
    def systems(self, /) -> Table:
        """
        How each system was fitted.
        """

@final
class Mapping:
    """
    A mapping between two lists.
    """
    def __eq__(self, other: object, /) -> bool: ...
    @staticmethod
    def between(from_list: str, to_list: str) -> Mapping:
        """
        The mapping between two lists.
        """
    def ends(self, /) -> tuple[str, str]:
        """
        The names of both lists.
        """
    def inverse(self, /) -> Mapping:
        """
        The way back.
        """
    def kind(self, /) -> tuple[bool, bool]:
        """
        Whether every code has one target, and whether all shares are known.
        """
    @staticmethod
    def of(from_list: str, to_list: str, pairs: SupportsGetItem[int, tuple[str, str, SupportsFloat | SupportsIndex | None, str, str]]) -> Mapping:
        """
        A mapping of pairs: from, to or "", weight, quality, source.
        """
    def pairs(self, /) -> Table:
        """
        One row a pair: from, to or null, weight or null, quality, source.
        """
    def quality(self, /, code: str) -> str:
        """
        How well a code is known to belong to its targets.
        """
    def register(self, /, replace: bool) -> None:
        """
        Adds it to those that are found by the names of their lists.
        """
    def shares(self, /, code: str, equal: bool) -> list[tuple[str, float]]:
        """
        The codes that a code becomes with the share of each.
        """
    def targets(self, /, code: str) -> list[str]:
        """
        The codes that a code may belong to.
        """
    def then(self, /, following: Mapping) -> Mapping:
        """
        This one and then another.
        """
    def with_weights(self, /, weights: dict[str, dict[str, SupportsFloat | SupportsIndex]]) -> Mapping:
        """
        The same with shares for some codes.
        """

@final
class Mirror:
    """
    Reports of both ends, paired.
    """
    def by_reporter(self, /, comparable_only: bool) -> Table:
        """
        How far the reports of each office are from those of its partners; of comparable pairs only, if that is wanted.
        """
    def definitions(self, /) -> Table:
        """
        The definitions of the figures that were paired.
        """
    def ledger(self, /) -> str:
        """
        The ledger as JSON.
        """
    def pairs(self, /) -> Table:
        """
        One row a pair.
        """
    def reasons(self, /) -> Table:
        """
        What makes pairs unlike, by reason and definitions.
        """
    def set_aside(self, /) -> Table:
        """
        The figures that stand in no pair, with the reason.
        """

@final
class Observations:
    """
    A checked pair of figures and definitions, and their ledger.
    """
    def __len__(self, /) -> int:
        """
        Number of rows.
        """
    def check(self, /) -> None:
        """
        Verify the ledger, and the figures against it.
        """
    def definitions(self, /) -> Table:
        """
        The definitions that the figures' keys point to.
        """
    def figures(self, /) -> Table:
        """
        The figures, one row each.
        """
    def ledger(self, /) -> str:
        """
        The ledger as JSON.
        """
    def printed_totals(self, /) -> Table:
        """
        Every printed total beside the sum of its parts.
        """
    def select(self, /, conditions: str) -> Observations:
        """
        The figures that satisfy all conditions, given as JSON: name -> values allowed.
        """

@final
class QualityScan:
    """
    Observations under examination; what several rules need of them is made once.
    """
    def counts(self, /, names: SupportsGetItem[int, str]) -> Table:
        """
        Cells and what stands in them, by the columns named.
        """
    def describe(self, /, rows: SupportsGetItem[int, SupportsIndex], sentences: SupportsGetItem[int, str]) -> Table:
        """
        Sentences about rows, with what the rows are of and where they were printed.
        """
    def latest(self, /) -> Table:
        """
        First and last periods by definition and reporter.
        """
    def parts(self, /) -> Table:
        """
        How much of the value is in categories of their own, in residuals, groups and totals.
        """
    def prepare(self, /) -> int:
        """
        Put the figures in the order of their series, which rules share; the number of series.
        """
    def run(self, /, request: str) -> tuple[Table, Table]:
        """
        What the rules of a request in JSON find: findings as they are listed, and a row a rule.
        """
    def series(self, /) -> Table:
        """
        How long series are comparable.
        """
    def wanted(self, /, name: str, codes: SupportsGetItem[int, str | None]) -> list[tuple[str | None, bool]]:
        """
        Codes of a column of cells that are wanted, as `counts` writes them; whether each is a group of areas.
        """

@final
class Records:
    """
    Sums over records that go on: batches and other sums come in, and cells go out.
    """
    def __new__(cls, /, request: str, threads: SupportsIndex) -> Records:
        """
        The request is JSON.
        """
    def dense(self, /) -> tuple[list[Table], Table]:
        """
        What the classes of every axis are called, and all values in row-major order.
        """
    def finish(self, /) -> Aggregate:
        """
        The sums as they stand.
        """
    @staticmethod
    def from_state(table: ArrowTable, threads: SupportsIndex) -> Records:
        """
        Sums from such a table.
        """
    def merge(self, /, other: Records) -> None:
        """
        Add other sums over records.
        """
    def request(self, /) -> str:
        """
        What was asked for, as JSON.
        """
    def state(self, /) -> Table:
        """
        Everything that is known so far, as a table.
        """
    def update(self, /, table: ArrowTable, progress: Progress | None = None, rows: SupportsIndex | None = None) -> None:
        """
        Add the records of a table, batch by batch; `rows` is how many it has, if that is known.
        """

@final
class Revisions:
    """
    Two editions, figure by figure.
    """
    def __len__(self, /) -> int:
        """
        Number of figures, those of both editions once.
        """
    def by(self, /, by: SupportsGetItem[int, str]) -> Table:
        """
        One row a group: figures by state, and how far their numbers moved.
        """
    def definitions(self, /) -> Table:
        """
        The definitions that were compared.
        """
    def figures(self, /) -> tuple[int, int]:
        """
        Number of figures of each edition.
        """
    def largest(self, /, count: SupportsIndex, relative: bool, leaves: bool) -> Table:
        """
        The figures whose numbers moved most; only leaves, on request.
        """
    def names(self, /) -> list[str]:
        """
        What figures can be grouped by, beside fields of definitions.
        """
    def series(self, /, by: SupportsGetItem[int, str]) -> Table:
        """
        One row a series: whether it was revised.
        """
    def table(self, /, changed: bool) -> Table:
        """
        One row a figure; only those that changed, on request.
        """
    def varying(self, /) -> list[str]:
        """
        The columns in which figures differ, beside numbers, periods and states.
        """

@final
class Table:
    """
    A table that any Arrow library can take: `pyarrow.table(t)`, `polars.DataFrame(t)`, `pandas.DataFrame.from_arrow(t)`.
    """
    def __arrow_c_stream__(self, /, requested_schema: "object | None" = None) -> "object":
        """
        The table as a capsule that holds an Arrow C stream.
        """
    def __len__(self, /) -> int:
        """
        Number of rows.
        """

def aggregate(observations: Observations, request: str, threads: SupportsIndex, progress: Progress | None = None) -> Aggregate:
    """
    Add up the leaves by group; the request is JSON.
    """

def align_flows(figures: ArrowTable, to: str, method: str, shares: SupportsGetItem[int, SupportsFloat | SupportsIndex] | None = None, first_month: SupportsIndex | None = None, partial: bool = False) -> Table:
    """
    Flows (start, end, value, series) in the periods of another calendar.
    """

def align_observations(observations: Observations, to: str, method: str, shares: SupportsGetItem[int, SupportsFloat | SupportsIndex] | None = None, first_month: SupportsIndex | None = None, partial: bool = False) -> Observations:
    """
    Flows of observations in the periods of another calendar.
    """

def allocate_residuals(observations: Observations, request: str) -> Observations:
    """
    Residual figures divided among areas; the request is JSON.
    """

def area_languages() -> list[str]:
    """
    Languages that areas have names in.
    """

def area_overlaps(observations: Observations) -> Table:
    """
    Where a former state and its successors are both counted.
    """

def area_places() -> Table:
    """
    Capitals and centroids of the present countries and areas, in degrees.
    """

def area_successors(code: str) -> list[str]:
    """
    The successors of a former state.
    """

def area_table() -> Table:
    """
    All areas: code, alpha-2, numeric, name, kind, first and last year, parent.
    """

def benchmark_parts(table: ArrowTable, rows: SupportsIndex) -> Table:
    """
    What lies in what in a benchmark, the first rows of a table, and how much of the records, which the others are.
    """

def check_ledger(ledger: str) -> None:
    """
    Verify a ledger given as JSON.
    """

def codelist_mappings() -> list[tuple[str, str]]:
    """
    The mappings that are written down, as the names of both lists.
    """

def codelists() -> Table:
    """
    Names of the lists there are, with their dimension, title, version, publisher, source and number of codes.
    """

def compare_observations(earlier: Observations, later: Observations, tolerance: SupportsFloat | SupportsIndex, ignore: SupportsGetItem[int, str]) -> Revisions:
    """
    Compare two editions that are observations.
    """

def compare_tables(earlier: ArrowTable, later: ArrowTable, roles: str, tolerance: SupportsFloat | SupportsIndex, ignore: SupportsGetItem[int, str]) -> Revisions:
    """
    Compare two editions that are tables of codes; what their columns are is JSON.
    """

def concatenate(parts: SupportsGetItem[int, Observations]) -> Observations:
    """
    Several tables of observations in one.
    """

def constant_boundaries(observations: Observations, as_of: SupportsIndex | None, sides: str, overlap: str) -> Observations:
    """
    All figures by the boundaries of one year, or of their own where none is given.
    """

def convert_durations(observations: Observations, request: str) -> Observations:
    """
    Flows with the minimum stay that is wanted; the request is JSON.
    """

def convert_money(observations: Observations, to: str, rates: ArrowTable) -> Observations:
    """
    Amounts in one currency, at rates (currency, start, end, rate).
    """

def define_group(code: str, name: str, members: SupportsGetItem[int, tuple[str, SupportsIndex | None, SupportsIndex | None]]) -> str:
    """
    Adds a group of the user's; gives its code.
    """

def deflate_money(observations: Observations, index: ArrowTable, base: tuple[SupportsIndex, SupportsIndex, str], name: str) -> Observations:
    """
    Amounts in the prices of `base` (start, end, name), by an index (currency, start, end, index).
    """

def describe_codes(column: ArrowColumn, scheme: str, to: str | None = None, mapping: Mapping | None = None, year: SupportsIndex | None = None) -> Table:
    """
    For every distinct label: rows, first row, list and code, codes wanted with their shares, those that it may be, quality,
    and why it cannot be read.
    """

def double_entry(pairs: ArrowTable, request: str) -> DoubleEntry:
    """
    Fits a table of pairs; the request is JSON.
    """

def duration_criteria(reporter: str | None = None) -> Table:
    """
    The criteria that are known, all or those of one reporter.
    """

def duration_criterion(reporter: str, direction: str, when: str, publisher: str) -> Table:
    """
    The criterion of one reporter in one direction and period, as a table of one row.
    """

def duration_models() -> list[tuple[str, list[tuple[float, float]], float, str, str]]:
    """
    The published models.
    """

def duration_multipliers(months: ArrowColumn, to: str, model: str, off_grid: str) -> tuple[Table, bool]:
    """
    Multipliers from the minimum stays of a column to another; and whether one of them is permanent settlement.
    """

def duration_warning() -> str:
    """
    What to say of every result that "permanent" is in.
    """

def exact_ages(source: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], target: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None]) -> list[bool]:
    """
    For each target group whether it is a sum of source groups.
    """

def fit_durations(differences: ArrowTable, year: SupportsIndex) -> tuple[list[float], float, float]:
    """
    Multipliers of minimum stays fitted to what reporters count more than their partners by each of them; what they leave of
    the squared differences, and what there was.
    """

def group_areas(areas: ArrowColumn, system: str, year: SupportsIndex | None = None) -> Table:
    """
    The group of a system that each area lies in, in a year, or null.
    """

def group_members(group: str, year: SupportsIndex | None = None) -> tuple[str, str, bool, list[str]]:
    """
    Code, name, whether its list bears dates, and members of a group in a year.
    """

def group_names() -> list[tuple[str, str]]:
    """
    Codes and names of all groups that have a list of members.
    """

def harmonise(table: ArrowTable, request: str, progress: Progress | None = None) -> Observations:
    """
    A raw table and a request as JSON -> observations.
    """

def interpolate_observations(observations: Observations, at: ArrowColumn, method: str, day: str | None = None, horizon: SupportsFloat | SupportsIndex | None = None) -> Observations:
    """
    Stocks of observations on other days.
    """

def interpolate_stocks(counts: ArrowTable, at: ArrowColumn, method: str, horizon: SupportsFloat | SupportsIndex | None = None) -> Table:
    """
    Stocks (date, value, series) on other days.
    """

def label_of(dimension: str, code: str, scheme: str | None = None) -> str:
    """
    The English label of a code of a dimension; the code itself where there is none.
    """

def largest_remainders(values: ArrowColumn, total: SupportsFloat | SupportsIndex | None = None) -> Table:
    """
    Whole numbers in proportion to those of a column, that add up to a total or to their own rounded sum.
    """

def listed_calendars() -> list[tuple[str, str, str, str]]:
    """
    The calendars that labels may be declared to be of: name, rule, example, source.
    """

def listed_units() -> list[tuple[str, str, str, str]]:
    """
    The units that definitions may state: code, kind, label, source.
    """

def match_areas(column: ArrowColumn, options: AreaOptions, years: ArrowColumn | None = None) -> Table:
    """
    For every row: code, state, rule, confidence, candidates, and the name it was read as.
    """

def merge_areas(observations: Observations, request: str) -> Observations:
    """
    Parts added up to a whole; the request is JSON.
    """

def name_areas(areas: ArrowColumn, to: str, year: SupportsIndex | None = None) -> Table:
    """
    What areas of these codes are called: a name in a language, or the code in another list.
    """

def near_areas(label: str, n: SupportsIndex) -> list[tuple[str, str]]:
    """
    Names that read most like a label, nearest first, and their codes.
    """

def observations(figures: ArrowTable, definitions: ArrowTable, ledger: str) -> Observations:
    """
    Observations from their tables and their ledger as JSON, after checking them.
    """

def pair_mirror(observations: Observations, prefer: str, durations: str | None = None, add_up: SupportsGetItem[int, str] = ...) -> Mirror:
    """
    Pair the reports of both ends; how flows are brought to one minimum stay first is JSON.
    """

def pairs_within(pairs: ArrowTable, apart: SupportsGetItem[int, str], inflow: str, outflow: str) -> list[bool]:
    """
    Which rows of a table of pairs lie inside others of the same table; in the columns named no code contains another.
    """

def parse_instants(column: ArrowColumn, name: str | None = None, day: str | None = None) -> Table:
    """
    The day of each date, or of each year on `day`.
    """

def parse_periods(column: ArrowColumn, name: str | None = None, calendar: str | None = None, day: str | None = None) -> Table:
    """
    The first and the next day of each label's period (the same day for an instant), and the flag that it ended in.
    """

def parse_unit(label: str, area: str | None = None) -> tuple[str | None, int, str | None]:
    """
    The unit, the power of ten and the prices that a printed unit says.
    """

def plan_durations(observations: Observations, request: str) -> Table:
    """
    What would become of the figures, in order of definition, reporter and time; the request is JSON.
    """

def quality_rules() -> list[tuple[str, str, str, str, str, list[tuple[str, float, str]]]]:
    """
    The rules of the core.
    """

def quality_scan(observations: Observations) -> QualityScan:
    """
    Looks at observations.
    """

def read_ages(labels: SupportsGetItem[int, str]) -> list[tuple[str, int | None, int | None]]:
    """
    Code and bounds of each label.
    """

def read_file(name: str, options: str, path: str | PathLike[str] | None = None, data: bytes | None = None, progress: Progress | None = None) -> tuple[Observations | None, list[tuple[str, str, Table]]]:
    """
    Reads a file, or the bytes of one: its figures, or the tables that it holds instead with their kind and title.
    """

def recode(column: ArrowColumn, scheme: str, to: str | None = None, mapping: Mapping | None = None, year: SupportsIndex | None = None) -> tuple[Table, list[tuple[str, int, str]]]:
    """
    The code of every label, in another list if one is wanted; and the labels that have none: row and why.
    """

def regroup_ages(values: Incomplete, made: Incomplete, source: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], target: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None]) -> Incomplete:
    """
    Fills a matrix with a column for each target group from one with a column for each source group; tells for each row
    whether it was split by the monotone method instead.
    """

def regroup_observations(observations: Observations, name: str | None, groups: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None], unfit: str) -> Observations:
    """
    Observations in other age groups: those of a name, or these.
    """

def report_areas(column: ArrowColumn, options: AreaOptions, years: ArrowColumn | None = None) -> tuple[Table, tuple[str, int, int] | None]:
    """
    For every distinct label: how many rows have it, the first of them, and what it stands for; and the scheme that the
    column's codes were read in, with the number of labels and of those that fit.
    """

def residual_shares(observations: Observations, dimension: str) -> Table:
    """
    How much residuals hold, by definition and period.
    """

def resolve_areas(column: ArrowColumn, options: AreaOptions, years: ArrowColumn | None = None, to: str = "code") -> tuple[Table, list[tuple[str, int, list[str]]]]:
    """
    What every label of a column stands for, as one column `code`; and the labels that stand for no area, with their rows.
    """

def resolve_list(labels: SupportsGetItem[int, str | None], options: AreaOptions, years: SupportsGetItem[int, SupportsIndex | None] | None = None, to: str = "code") -> tuple[list[str | None], list[tuple[str, int, list[str]]]]:
    """
    What every label of a list stands for, and the labels that stand for no area, with their rows: all without Arrow.
    """

def rogers_castro(parameters: SupportsLenAndGetItem[SupportsFloat | SupportsIndex], ages: SupportsGetItem[int, SupportsFloat | SupportsIndex]) -> list[float]:
    """
    The rates of a model migration schedule at ages.
    """

def scheduled_changes() -> list[tuple[str, str, str, str, str, str]]:
    """
    Changes of membership that are scheduled: group, area, change, date, note, source.
    """

def shift_ages(values: Incomplete, made: Incomplete, source: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], to: str, split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None]) -> Incomplete:
    """
    Fills a matrix with figures by the other age definition; tells for each row whether it was split by the monotone
    method instead.
    """

def shift_observations(observations: Observations, to: str, given: str | None, split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None], unfit: str) -> Observations:
    """
    Observations by another age definition.
    """

def shifted_ages(source: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], to: str, split: tuple[str, SupportsIndex | None, SupportsLenAndGetItem[SupportsFloat | SupportsIndex] | None, SupportsFloat | SupportsIndex | None]) -> tuple[list[tuple[int, int | None]], bool]:
    """
    The groups that a shift to another age definition gives, and whether others had to be split for it.
    """

def sniff_file(name: str, options: str, path: str | PathLike[str] | None = None, data: bytes | None = None) -> list[tuple[str, list[str]]]:
    """
    For each sheet with a table a layout that may fit it, as TOML, and what was understood.
    """

def split_area(observations: Observations, request: str) -> Observations:
    """
    Figures of a former state as figures of its successors; the request is JSON.
    """

def split_shares(observations: Observations, request: str) -> Table:
    """
    The shares that it would be split by; the request is JSON.
    """

def undercount_classes(logs: ArrowColumn, cuts: str, merged: bool) -> Table:
    """
    The class of each logarithm of a ratio.
    """

def undercount_ratios(pairs: ArrowTable, request: str) -> Table:
    """
    Ratios of reporters, the table holding both reports of flows as printed and with one minimum stay.
    """

def vocabulary() -> dict[str, list[str]]:
    """
    The columns of figures, the fields of definitions, the dimensions and the measures.
    """

def wanted_ages(to: str, source: SupportsGetItem[int, tuple[SupportsIndex, SupportsIndex | None]], open_to: SupportsIndex | None = None) -> list[tuple[int, int | None]]:
    """
    The groups of a name, for those that there are.
    """

def why_no_area(label: str) -> tuple[str, str] | None:
    """
    Why a label stands for no area of ours: what it is, and the country that it belongs to or "".
    """
