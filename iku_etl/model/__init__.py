"""The four nouns and what they are made of: frozen, typed, no I/O.

Source (what is collected), Batch (one attempt at one window of one source), Indicator (what is computed),
Publication (what was said, and when); around them Window, Payload and Records.
"""

from iku_etl.model.batch import Batch, Decision, Ending
from iku_etl.model.indicator import MEMBER_COLUMNS, Evidence, Indicator
from iku_etl.model.payload import Extract, KeptPayload, Parse, Payload, Problem, Records, Rows, Unobserved
from iku_etl.model.source import (
    COLUMN_INFO,
    Clash,
    Expectation,
    Kind,
    Privacy,
    RollUp,
    Severity,
    Source,
    Unregistered,
    quarantine,
    stop,
    warn,
    warn_unregistered,
)

__all__ = [
    "COLUMN_INFO",
    "MEMBER_COLUMNS",
    "Batch",
    "Clash",
    "Decision",
    "Ending",
    "Evidence",
    "Expectation",
    "Extract",
    "Indicator",
    "KeptPayload",
    "Kind",
    "Parse",
    "Payload",
    "Privacy",
    "Problem",
    "Records",
    "RollUp",
    "Rows",
    "Severity",
    "Source",
    "Unobserved",
    "Unregistered",
    "quarantine",
    "stop",
    "warn",
    "warn_unregistered",
]
