"""Quality of published figures as numbers: coverage, comparability, timeliness and accuracy.

Nothing here changes a figure. Rules look at observations and say what they saw, where, how much it matters and why.
"""

from __future__ import annotations

from ._quality_revisions import Revisions, revisions

__all__ = ["Revisions", "revisions"]
