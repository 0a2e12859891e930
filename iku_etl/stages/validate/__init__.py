"""Records -> a verdict per window, by Great Expectations and the guards of the house."""

from iku_etl.stages.validate.pool import Item, judge

__all__ = ["Item", "judge"]
