"""Whether a file is what was received: the way in which an office proves its original, and we prove theirs.

Of what was stripped before it landed the manifest keeps an HMAC-SHA256 of what was received, under the token key; of
anything else the SHA-256 under which its bytes are kept.
"""

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from iku_etl.errors import NotFound, SettingError
from iku_etl.records import unobserved
from iku_etl.stages.land.redact import received_hash
from iku_etl.warehouse.database import Row

CHUNK = 1024**2


@dataclass(frozen=True)
class Compared:
    """What was received beside a file that somebody holds: sizes in bytes; `key_id` None where no key is needed."""

    is_same: bool
    received_bytes: int
    given_bytes: int
    key_id: str | None


def compare(payload: Row, path: Path, key: tuple[str, bytes]) -> Compared:
    """A payload's row of the manifest against a file; `key` is the installation's token key, (id, key).

    Raises NotFound where the file can't be read or nothing was received (a note of ours), SettingError where the
    payload was hashed under another key.
    """
    key_id, secret = key
    is_keyed = payload["received_hmac"] is not None
    number = payload["payload_id"]
    if not is_keyed and payload["media_type"] == unobserved.MEDIA_TYPE:
        raise NotFound(
            f"payload {number} adalah catatan sistem ini tentang yang tidak terbaca; tidak ada berkas asli di baliknya."
        )
    if is_keyed and payload["token_key_id"] != key_id:
        raise SettingError(
            f"payload {number} dicatat dengan kunci {payload['token_key_id']}, sedangkan kunci di sini {key_id}."
            " Pulihkan secrets.toml di folder data dari cadangan, lalu ulangi."
        )
    digest, size = received_hash(secret) if is_keyed else hashlib.sha256(), 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as problem:
        raise NotFound(f"{path} tidak dapat dibaca: {problem.strerror}. Periksa nama dan izinnya.") from None
    kept = payload["received_hmac"] if is_keyed else payload["sha256"]
    received = payload["received_bytes"] if is_keyed else payload["size_bytes"]
    is_same = hmac.compare_digest(digest.hexdigest(), kept)
    return Compared(is_same, received, size, key_id if is_keyed else None)
