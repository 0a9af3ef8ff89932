"""Quality of published figures as numbers: coverage, comparability, timeliness, accuracy and revisions.

Nothing here changes a figure. Rules look at observations and say what they saw, where, how much it matters and why.
"""

from __future__ import annotations

from ._quality_report import Report, report
from ._quality_revisions import Revisions, revisions
from ._quality_rules import Rule, forget, rule, rules

__all__ = ["Report", "Revisions", "Rule", "forget", "report", "revisions", "rule", "rules"]
