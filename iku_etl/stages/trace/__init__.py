"""Figure -> members -> records -> payload -> bytes, and back: every number to a place in a file.

A figure is read under its own definition, load number and time, so it says today what it said when it was published.
"""

from iku_etl.stages.trace.evidence import EvidenceUse
from iku_etl.stages.trace.foreseen import Foreseen, foreseen
from iku_etl.stages.trace.from_figure import RECORDS_SHOWN, MemberTrace, Trace, figure, published
from iku_etl.stages.trace.from_payload import PayloadTrace, payload, payload_row
from iku_etl.stages.trace.moved import Change, changes, changes_after, changes_of_figure
from iku_etl.stages.trace.one_member import days, periods
from iku_etl.stages.trace.one_record import RecordTrace, Verdict, record
from iku_etl.stages.trace.payloads import BatchUse, Originals, PayloadUse
from iku_etl.stages.trace.records import Record
from iku_etl.stages.trace.told import line_of, told_change, told_members

__all__ = [
    "RECORDS_SHOWN", "BatchUse", "Change", "EvidenceUse", "Foreseen", "MemberTrace", "Originals", "PayloadTrace",
    "PayloadUse", "Record", "RecordTrace", "Trace", "Verdict", "changes", "changes_after", "changes_of_figure", "days",
    "figure", "foreseen", "line_of", "payload", "payload_row", "periods", "published", "record", "told_change",
    "told_members",
]  # fmt: skip
