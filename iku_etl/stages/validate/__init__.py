"""Records -> a verdict per window, by Great Expectations and the guards of the house."""

from iku_etl.stages.validate.contract import check_same, keep_checks
from iku_etl.stages.validate.pool import Item, judge
from iku_etl.stages.validate.suite import warm

__all__ = ["Item", "check_same", "judge", "keep_checks", "warm"]
