"""Judged records -> facts, in one transaction a batch."""

from iku_etl.stages.load.roll_ups import make_missing
from iku_etl.stages.load.transaction import bring_in, load

__all__ = ["bring_in", "load", "make_missing"]
