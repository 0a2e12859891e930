"""A file beside what was received: equal or not, by the keyed hash of the manifest or by the name of the kept bytes."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from iku_etl.errors import NotFound, SettingError
from iku_etl.records import unobserved
from iku_etl.stages.land import compare
from iku_etl.stages.land.redact import received_hash

KEY = ("k1", bytes(range(32)))
CONTENT = b"periode;2026-01\n1;dinkes\n"


def payload(*, is_keyed: bool, **changed: Any) -> dict[str, Any]:
    keyed = received_hash(KEY[1])
    keyed.update(CONTENT)
    row = {
        "payload_id": 7,
        "media_type": "text/csv",
        "sha256": hashlib.sha256(b"stripped" if is_keyed else CONTENT).hexdigest(),
        "size_bytes": 8 if is_keyed else len(CONTENT),
        "received_hmac": keyed.hexdigest() if is_keyed else None,
        "received_bytes": len(CONTENT) if is_keyed else None,
        "token_key_id": "k1" if is_keyed else None,
    }
    return row | changed


@pytest.mark.parametrize("is_keyed", [True, False])
def test_the_original_and_no_other_file_is_what_was_received(tmp_path: Path, *, is_keyed: bool) -> None:
    original, saved_again = tmp_path / "a.csv", tmp_path / "b.csv"
    original.write_bytes(CONTENT)
    saved_again.write_bytes(CONTENT.replace(b"\n", b"\r\n"))
    row = payload(is_keyed=is_keyed)
    same, other = compare(row, original, KEY), compare(row, saved_again, KEY)
    assert (same.is_same, same.received_bytes, same.given_bytes) == (True, len(CONTENT), len(CONTENT))
    assert (other.is_same, other.given_bytes) == (False, len(CONTENT) + 2)
    assert same.key_id == ("k1" if is_keyed else None)


def test_a_hash_under_another_key_is_compared_with_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CONTENT)
    with pytest.raises(SettingError, match=r"dicatat dengan kunci k1, sedangkan kunci di sini k2.*cadangan"):
        compare(payload(is_keyed=True), path, ("k2", bytes(32)))


def test_a_note_of_ours_has_no_original_and_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="tidak ada berkas asli"):
        compare(payload(is_keyed=False, media_type=unobserved.MEDIA_TYPE), tmp_path, KEY)
    with pytest.raises(NotFound, match="tidak dapat dibaca"):
        compare(payload(is_keyed=False), tmp_path / "none.csv", KEY)
