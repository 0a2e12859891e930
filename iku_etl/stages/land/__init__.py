"""What was fetched is kept before anything reads it: the bytes in the raw store, their rows in the manifest."""

from iku_etl.stages.land.landing import Landing
from iku_etl.stages.land.store import Store, digest, payload_fingerprint

__all__ = ["Landing", "Store", "digest", "payload_fingerprint"]
