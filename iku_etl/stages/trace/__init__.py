"""Figure -> members -> records -> payload -> bytes, and back: every number to a place in a file.

A figure is read under its own definition, load number and time, so it says today what it said when it was published.
"""

from iku_etl.stages.trace.amounts import between as difference
from iku_etl.stages.trace.evidence import EvidenceUse
from iku_etl.stages.trace.foreseen import Foreseen, foreseen
from iku_etl.stages.trace.from_figure import RECORDS_SHOWN, MemberTrace, Trace, figure, published
from iku_etl.stages.trace.from_payload import PayloadTrace, payload, payload_row
from iku_etl.stages.trace.member_rows import Kept
from iku_etl.stages.trace.moved import Change, MemberMove, change_of_row, changes, changes_after, changes_of_figure
from iku_etl.stages.trace.one_member import days, periods
from iku_etl.stages.trace.one_record import RecordTrace, Verdict, record
from iku_etl.stages.trace.parted import told_definitions, told_parts
from iku_etl.stages.trace.payloads import BatchUse, Originals, PayloadUse
from iku_etl.stages.trace.records import Record
from iku_etl.stages.trace.told import line_of, told_change, told_members
from iku_etl.stages.trace.why import End, Part, Step, Why, why, why_rows

__all__ = [
    "RECORDS_SHOWN", "BatchUse", "Change", "End", "EvidenceUse", "Foreseen", "Kept", "MemberMove", "MemberTrace",
    "Originals", "Part", "PayloadTrace", "PayloadUse", "Record", "RecordTrace", "Step", "Trace", "Verdict", "Why",
    "change_of_row", "changes", "changes_after", "changes_of_figure", "days", "difference", "figure", "foreseen",
    "line_of", "payload", "payload_row", "periods", "published", "record", "told_change", "told_definitions",
    "told_members", "told_parts", "why", "why_rows",
]  # fmt: skip
