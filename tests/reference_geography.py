"""Splitting, putting together and allocating, slow and obvious: fractions and one cell after the other."""

from fractions import Fraction


def largest_remainder(total, weights):
    """Return whole numbers by Hamilton's method; ties go to the greater weight, then to the earlier."""
    whole = sum(map(Fraction, weights))
    quotas = [Fraction(total) * Fraction(weight) / whole for weight in weights]
    found = [int(quota) for quota in quotas]
    order = sorted(range(len(weights)), key=lambda at: (-(quotas[at] - found[at]), -weights[at], at))
    for at in order[: int(total) - sum(found)]:
        found[at] += 1
    return found


def shares(weights):
    """Return weights divided by their sum."""
    whole = sum(weights)
    return [weight / whole for weight in weights] if whole else None


def concentration(partners):
    """Return A of a Dirichlet-multinomial by moments; None where it is infinite."""
    sizes = [sum(counts) for counts in partners]
    whole = sum(sizes)
    if len(partners) < 2 or not whole:
        return None
    pooled = [sum(counts[k] for counts in partners) / whole for k in range(len(partners[0]))]
    chance = 1 - sum(share**2 for share in pooled)
    spread = sum(
        size * sum((count / size - share) ** 2 for count, share in zip(counts, pooled, strict=True))
        for counts, size in zip(partners, sizes, strict=True)
    )
    degrees = len(partners) - 1
    effective = whole - sum(Fraction(size) ** 2 for size in sizes) / whole
    if chance <= 0 or effective <= degrees:
        return None
    r = min(max((spread / chance - degrees) / (effective - degrees), 0), 1)
    return (1 - r) / r if r > 0 else None


def split_shares(later, parts, partner, shrink):
    """Return the shares for a partner; `later` is {(partner, part): value}, `shrink` "eb", a number or None.

    None where no share is known.
    """
    names = sorted({name for name, _ in later})
    full = {name: [later.get((name, part)) for part in parts] for name in names}
    full = {name: counts for name, counts in full.items() if None not in counts}
    pooled = [sum(Fraction(counts[k]) for counts in full.values()) for k in range(len(parts))]
    overall = shares(pooled)
    if overall is None:
        return None
    counts = full.get(partner)
    if counts is None or not sum(counts):
        return overall
    partners = [[Fraction(one) for one in counts] for counts in full.values() if sum(counts)]
    weight = concentration(partners) if shrink == "eb" else Fraction(shrink or 0)
    if weight is None:
        return overall
    return shares([Fraction(count) + weight * share for count, share in zip(counts, overall, strict=True)])


def merge(rows, parts):
    """Return {cell: (sum or None, parts that lack a figure)} of rows (cell, part, value)."""
    cells = {}
    for cell, part, value in rows:
        cells.setdefault(cell, {})[part] = value
    found = {}
    for cell, values in cells.items():
        lacking = [part for part in parts if values.get(part) is None]
        found[cell] = (None if lacking else sum(values[part] for part in parts), lacking)
    return found
