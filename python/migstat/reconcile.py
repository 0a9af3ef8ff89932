"""Reports of one movement by its two ends, brought together: mirror statistics, correction factors, geography in time.

A move from one country to another is counted twice, by the office that it leaves and by the office that it enters, and
the two seldom agree. Here they are paired, compared and reconciled, with what makes them differ kept in sight.
"""

from __future__ import annotations

from ._reconcile_undercount import undercount, undercount_classes
from ._reconcile_undercount_fit import DurationFit, fit_durations
from ._reconcile_undercount_scores import combine_scores, lfs_undercount

__all__ = ["DurationFit", "combine_scores", "fit_durations", "lfs_undercount", "undercount", "undercount_classes"]
