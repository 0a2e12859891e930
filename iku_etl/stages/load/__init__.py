"""Judged records -> facts, in one transaction a batch."""

from iku_etl.stages.load.transaction import load

__all__ = ["load"]
