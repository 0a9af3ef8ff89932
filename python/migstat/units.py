"""Units and money: what printed units say, other currencies, prices of one year.

Figures of different units are never added, and ratios such as percentages never at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _core
from ._areas_column import as_arrow, labels_of
from ._frame import columns_of, table as table_of
from .errors import CodeError, SchemaError
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd

    from ._typing import Frame

__all__ = ["parse", "units", "convert", "deflate", "Unit"]


@dataclass(frozen=True)
class Unit:
    """What a printed unit says.

    ``unit`` is its code (``persons``, ``percent``, ``USD``), None where only a power of ten is said; ``multiplier``
    what figures are to be multiplied by; ``price_base`` is ``current`` or ``constant 2015`` where prices are said.
    """

    unit: str | None
    multiplier: int = 1
    price_base: str | None = None


def parse(label: str, *, area: str | None = None) -> Unit:
    """Read a unit as tables print it.

    Parameters
    ----------
    label : str
        Such as "US$ million", "Rs. crore", "in thousands", "\u2030", "per cent" or "constant 2015 US$".
    area : str, optional
        Code of the area whose money it is, such as ``NPL``: "Rs." are rupees of Nepal there and of India elsewhere.

    Returns
    -------
    Unit
        Code of the unit, multiplier, prices.

    Raises
    ------
    CodeError
        For what is no unit, and for names that several currencies have, with their codes.

    Notes
    -----
    Currencies are those of ISO 4217. Lakhs are hundreds of thousands, crores tens of millions.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.units.parse("US$ million")
    Unit(unit='USD', multiplier=1000000, price_base=None)
    >>> ms.units.parse("Rs. crore", area="IND").unit, ms.units.parse("per 1,000 population").unit
    ('INR', 'per_1000')
    >>> ms.units.parse("Rs. million")
    Traceback (most recent call last):
    migstat.errors.CodeError: unit "Rs. million" may be INR, LKR, MUR, NPR, PKR, SCR: write the code of the currency ...
    """
    for name, value, example in (("label", label, "US$ million"), ("area", area, "NPL")):
        if not isinstance(value, str) and (value is not None or name == "label"):
            message = f"{name}={value!r}: expected text such as {example!r}"
            raise SchemaError(message)
    unit, shift, base = _core.parse_unit(label, area)
    return Unit(unit, 10**shift, base)


def units() -> pd.DataFrame:
    """List the units that figures may have.

    Returns
    -------
    pandas.DataFrame
        ``unit``, its code; ``kind``: ``count``, ``ratio`` (never added) or ``money``; ``label``; ``source``.

    Examples
    --------
    >>> import migstat as ms
    >>> ms.units.units().set_index("unit").loc[["per_1000", "NPR"], ["kind", "label"]]
               kind           label
    unit
    per_1000  ratio       Per 1,000
    NPR       money  Nepalese Rupee
    """
    import pandas as pd

    return pd.DataFrame(_core.listed_units(), columns=["unit", "kind", "label", "source"])


def convert(observations: Observations, to: str, rates: Frame, *, calendar: str | None = None) -> Observations:
    """Give amounts of money in one currency, at the caller's exchange rates.

    Parameters
    ----------
    observations : Observations
        What is no money stays as it is.
    to : str
        Code of the currency wanted, such as ``USD``.
    rates : table
        Columns ``currency``; ``period`` or ``year``; and ``rate``, how many units of the currency one unit of ``to``
        is, as the World Bank and the IMF print rates per US dollar.
    calendar : str, optional
        Whose periods those of ``rates`` are, as for :func:`migstat.periods.parse`.

    Returns
    -------
    Observations
        With the unit ``to`` in the definitions and the basis ``adjusted``. The ledger has an account in each currency:
        what left the old one and what came into the new one.

    Raises
    ------
    CodeError
        For a currency that is not known, and where a rate is missing: nothing is guessed.
    DefinitionError
        For amounts in constant prices (convert first, deflate then), and where one figure stands in two currencies.

    Notes
    -----
    The rate of a period is the one stated for it, or else the plain mean of those of shorter periods that make it up,
    as annual averages are made from months.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.harmonise(
    ...     {"year": [2019, 2020], "n": ["875.0", "961.0"]},
    ...     year="year",
    ...     value="n",
    ...     constants=dict(destination="NPL", measure="remittance", unit="NPR billion"),
    ... )
    >>> rates = {"currency": ["NPR", "NPR"], "year": [2019, 2020], "rate": [112.0, 118.0]}
    >>> ms.units.convert(obs, "USD", rates).to_pandas().value.round(-6).tolist()
    [7812000000.0, 8144000000.0]
    """
    given = _given(observations, to, "to", "USD")
    return Observations._of(_core.convert_money(given._core, to, _rates(rates, "rates", "rate", calendar)), given._kind)


def deflate(
    observations: Observations,
    index: Frame,
    base: str | int,
    *,
    name: str,
    calendar: str | None = None,
) -> Observations:
    """Give amounts of money in the prices of one period.

    Parameters
    ----------
    observations : Observations
        What is no money stays as it is.
    index : table
        Columns ``period`` or ``year``; ``index``, the level of prices; and ``currency`` where figures are in several.
    base : str or int
        The period whose prices are wanted, such as 2015; the index must have it, or months that make it up.
    name : str
        What the index is, such as ``CPI``: prices at home for what remittances buy there, or the deflator of the dollar
        for what they cost abroad. It is recorded in ``price_base``.
    calendar : str, optional
        Whose periods those of ``index`` and ``base`` are, as for :func:`migstat.periods.parse`.

    Returns
    -------
    Observations
        With ``price_base`` such as ``constant 2015 (CPI)``, the basis ``adjusted``, and the change as an adjustment in
        the ledger.

    Raises
    ------
    CodeError
        Where the index is missing for a period of the figures.
    DefinitionError
        For amounts in constant prices already, and for several currencies by one index.

    Notes
    -----
    Real = nominal / (I_t / I_base). The index of a period is found as the rate of :func:`convert` is.

    Examples
    --------
    >>> import migstat as ms
    >>> obs = ms.harmonise(
    ...     {"year": [2015, 2020], "n": [100.0, 130.0]},
    ...     year="year",
    ...     value="n",
    ...     constants=dict(destination="NPL", measure="remittance", unit="US$ million"),
    ... )
    >>> real = ms.units.deflate(obs, {"year": [2015, 2020], "index": [100.0, 125.0]}, base=2015, name="US CPI")
    >>> real.to_pandas().value.tolist(), real.definitions.price_base[0]
    ([100000000.0, 104000000.0], 'constant 2015 (US CPI)')
    """
    given = _given(observations, name, "name", "CPI")
    text = str(base)
    period = as_arrow(_core.parse_periods(labels_of([text]), "base", calendar, None))
    start, end = (period[side].cast("int32")[0].as_py() for side in ("start", "end"))
    if start is None:
        message = f"base={base!r}: expected a period such as 2015"
        raise CodeError(message)
    levels = _rates(index, "index", "index", calendar)
    return Observations._of(_core.deflate_money(given._core, levels, (start, end, text), name), given._kind)


def _given(observations: object, text: object, name: str, example: str) -> Observations:
    if not isinstance(observations, Observations):
        message = f"expected Observations, found {type(observations).__name__}; harmonise the table first"
        raise SchemaError(message)
    if not isinstance(text, str) or not text.strip():
        message = f"{name}={text!r}: expected text such as {example!r}"
        raise SchemaError(message)
    return observations


def _rates(frame: Any, argument: str, value: str, calendar: str | None) -> Any:
    """Give currency, start, end and number of every row."""
    import pyarrow as pa

    names = list(frame) if isinstance(frame, Mapping) else columns_of(frame)
    when = [name for name in ("period", "year") if name in names]
    wanted = [*when[:1], value, *(["currency"] if "currency" in names or value == "rate" else [])]
    missing = [name for name in [*wanted, *([] if when else ["period"])] if name not in names]
    if missing:
        message = f"{argument}= has no column {missing[0]!r}; it has {', '.join(map(repr, names))}"
        raise SchemaError(message)
    given = as_arrow(table_of(frame, wanted))
    numbers = given[value]
    if not (
        pa.types.is_integer(numbers.type) or pa.types.is_floating(numbers.type) or pa.types.is_decimal(numbers.type)
    ):
        message = f"{argument}=: column {value!r} has type {numbers.type}: expected numbers"
        raise SchemaError(message)
    days = as_arrow(_core.parse_periods(given[when[0]], when[0], calendar, None))
    currency = given["currency"].cast(pa.string()) if "currency" in wanted else pa.nulls(len(given), pa.string())
    columns = [currency, days["start"], days["end"], numbers.cast(pa.float64(), safe=False)]
    return pa.table(columns, ["currency", "start", "end", "value"])
