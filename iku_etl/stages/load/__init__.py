"""Judged records -> facts, in one transaction a batch."""

from iku_etl.stages.load.roll_ups import make_missing
from iku_etl.stages.load.transaction import load

__all__ = ["load", "make_missing"]
