"""Reports of one move by its two ends, brought together: mirror statistics, correction factors, geography over time.

A move from one country to another is counted twice, by the office that it leaves and by the office that it enters, and
the two seldom agree. Here they are paired, compared and reconciled, with what makes them differ kept in sight.
"""

from __future__ import annotations

from ._reconcile_double_entry import DoubleEntry, double_entry

__all__ = ["DoubleEntry", "double_entry"]
