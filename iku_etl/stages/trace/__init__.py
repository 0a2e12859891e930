"""Figure -> members -> records -> payload -> bytes, and back: every number to a place in a file.

A figure is read under its own definition, load number and time, so it says today what it said when it was published.
"""

from iku_etl.stages.trace.evidence import EvidenceUse
from iku_etl.stages.trace.from_figure import RECORDS_SHOWN, MemberTrace, Trace, figure, published
from iku_etl.stages.trace.from_payload import PayloadTrace, payload, payload_row
from iku_etl.stages.trace.moved import Change, changes, changes_after
from iku_etl.stages.trace.payloads import BatchUse, Originals, PayloadUse
from iku_etl.stages.trace.records import Record
from iku_etl.stages.trace.told import line_of, told_change

__all__ = [
    "RECORDS_SHOWN", "BatchUse", "Change", "EvidenceUse", "MemberTrace", "Originals", "PayloadTrace", "PayloadUse",
    "Record", "Trace", "changes", "changes_after", "figure", "line_of", "payload", "payload_row", "published",
    "told_change",
]  # fmt: skip
