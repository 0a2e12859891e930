"""A register with personal data, as it is received, and the lines that are kept of it."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from iku_etl.model import Payload
from iku_etl.sources import persandian_message
from iku_etl.stages.land import redact

SHIFTED = (
    "Budi Santoso;Budi Santoso;Budi Santoso;Operasi Senyap;;;0812-3456-7890;1701010101800001;Budi Santoso;"
    "Polres Bengkulu;;;;"
)


SOURCE = replace(persandian_message.SOURCE, name="persandian_message")


KEY = ("k1", bytes(range(32)))


NOW = datetime(2026, 2, 3, tzinfo=UTC)


PERSONAL = ("Budi Santoso", "Operasi Senyap", "1701010101800001", "0812-3456-7890", "Polres Bengkulu", "045/12/SETDA")


HEADER = "No agenda;Unit;Tanggal;Arah;Dari;Nomor berita;Klasifikasi;Disandikan;Sarana;Batal;Perihal;Petugas;NIK;Telepon"


ROW = (
    "1;setda;05/01/2026;Masuk;Polres Bengkulu;045/12/SETDA;Sangat Rahasia;ya;JKS;tidak;"
    "Operasi Senyap;Budi Santoso;1701010101800001;0812-3456-7890"
)


CSV = f"Agenda berita Setda, petugas Budi Santoso\nperiode;2026-01\n{HEADER}\n{ROW}\nJumlah;1{';' * 12}\n"


def received(body: bytes | Iterable[bytes], media_type: str = "text/csv") -> Payload:
    request = {"method": "read", "file": "agenda Budi Santoso.csv", "size_bytes": 1}
    chunks = [body] if isinstance(body, bytes) else body
    return Payload("agenda Budi Santoso.csv", media_type, request, NOW, NOW, None, chunks)


def lines(body: bytes) -> list[dict[str, object]]:
    found = redact.redact(SOURCE, received(body), KEY)
    assert found.payload is not None, found.error
    return [json.loads(line) for line in b"".join(found.payload.chunks).splitlines()]
