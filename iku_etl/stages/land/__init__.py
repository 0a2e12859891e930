"""What was fetched is kept before anything reads it: the bytes in the raw store, their rows in the manifest."""

from iku_etl.stages.land.handed_out import hand_out, name_of, whole
from iku_etl.stages.land.landing import Landing
from iku_etl.stages.land.original import Compared, compare
from iku_etl.stages.land.redact import is_due as is_stripped
from iku_etl.stages.land.store import Store, digest, payload_fingerprint

__all__ = [
    "Compared", "Landing", "Store", "compare", "digest", "hand_out", "is_stripped", "name_of", "payload_fingerprint",
    "whole",
]  # fmt: skip
