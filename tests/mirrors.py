"""Reports of both ends, made in a line, and what is asked of their pairs."""

import migstat as ms

FIELDS = (
    "measure", "reporter", "role", "vintage", "population", "concept", "unit", "publisher", "coverage", "criteria",
    "type_of_data", "duration_months", "release_date", "caveat",
)  # fmt: skip


ENDS = "its origin and its destination"
NOBODY = "for which no office reports"
ANOTHER = "another report of the same side, beside which a better one stands"
NO_VALUE = "a total without a value, for which its parts are added up"
WITHIN = "its total is paired, and the parts of the other end are added up for that"


def harmonise(rows, **constants):
    """Give observations of rows, which are dictionaries: fields of definitions are told from dimensions."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = {name: [row.get(name) for row in rows] for name in names}
    definition = {name: name for name in names if name in FIELDS}
    roles = {name: name for name in names if name not in FIELDS}
    stated = {"origin": "DEU", "destination": "AUT", "year": 2015} | constants
    stated = {
        name: value
        for name, value in stated.items()
        if name not in names and not (name == "year" and "period" in names)
    }
    return ms.harmonise(table, definition=definition, constants=stated, **roles)


def both(inflow=120, outflow=100, receiving=None, sending=None, **constants):
    """Give two reports of one flow, with fields and codes of each side."""
    return ms.concat(
        [
            harmonise([{"value": inflow, "measure": "inflow"} | (receiving or {})], **constants),
            harmonise([{"value": outflow, "measure": "outflow"} | (sending or {})], **constants),
        ]
    )


def table(pairs, *names):
    """Give columns of the pairs as a list of tuples."""
    columns = pairs.to_arrow(full=True).select(list(names)).to_pydict()
    return list(zip(*columns.values(), strict=True))


def numbers(pairs):
    return table(pairs, "inflow", "outflow")


def reasons(pairs):
    """Give aspect and severity of all that is said of pairs."""
    found = pairs.why_not()
    return dict(zip(found.aspect, found.severity, strict=True))


def fates(pairs):
    """Give {reason: rows} of the last step of the ledger, leaves and printed totals."""
    pairs.ledger.check()
    found = pairs.ledger.to_pandas()
    found = found[found.step == found.step.max()]
    out = found.assign(reason=found.side.where(found.side != "set aside", found.reason))
    return out.groupby("reason").rows.sum().to_dict()
