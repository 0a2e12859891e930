"""What a figure moved by: the causes into which a difference is parted, named, in the order in which they are told."""

from iku_etl import indonesian
from iku_etl.warehouse.database import Row

NAMES = {
    "new": "data baru",
    "late": "data terlambat",
    "corrected": "data dikoreksi",
    "quarantine": "karantina dilepas",
    "decision": "keputusan",
    "restated": "sumber dinyatakan ulang",
    "membership": "keanggotaan",
    "coverage": "cakupan",
    "parameter": "parameter",
    "definition": "definisi",
    "target": "target",
    "unexplained": "tidak terjelaskan",
}
MEANINGS = {
    "new": "masa yang belum selesai pada terbitan sebelumnya, dengan datanya",
    "late": "data yang baru masuk sesudah terbitan sebelumnya, tentang masa yang sudah lewat",
    "corrected": "berkas pengganti dari pemilik datanya",
    "quarantine": "rekaman yang dikarantina dilepas oleh seseorang",
    "decision": "koreksi, penarikan, atau penggantian oleh seseorang",
    "restated": "sistem sumber mengatakan lain tentang masa yang sama, atau dibaca menurut kontrak lain",
    "membership": "register yang menambah atau mengurangi anggota",
    "coverage": "waktu berjalan tanpa data baru: yang jatuh tempo, basi, atau selesai masanya",
    "parameter": "parameter yang berlaku berubah",
    "definition": "cara menghitungnya berubah",
    "target": "target yang berlaku berubah",
    "unexplained": "angka yang terbit tidak dapat dihitung ulang; periksa dengan iku trace",
}
MEASURES = {
    "value": "realisasi", "low": "batas bawah", "high": "batas atas", "numerator": "pembilang",
    "denominator": "penyebut", "coverage": "cakupan", "target": "target", "capaian": "capaian",
}  # fmt: skip
"""The numbers of a figure that are parted, and their names."""

SAYINGS = {
    "is_official": "keresmian", "mutu": "mutu", "stale_since": "basi sejak", "reason": "keterangan",
    "predikat": "predikat",
}  # fmt: skip
"""What else a figure says, which has no difference but another word."""

DECISIONS = {
    "release": "pelepasan", "correction": "koreksi", "withdraw": "penarikan", "instead_of": "penggantian",
}  # fmt: skip


def told_event(event: Row) -> str:
    """`Pemantauan situs web 5 Januari 2026 (batch 4711), keputusan 3 (koreksi, Kepala Seksi: ..)`."""
    parts = []
    if event["batch_id"] is not None:
        window = indonesian.window(event["window_on"], event["grid"])
        parts.append(f"{event['title']} {window} (batch {event['batch_id']})")
    elif event["decision_id"] is None:
        parts.append(f"ketentuan sumber {event['title']} (muatan {event['load_no']})")
    if event["decision_id"] is not None:
        kind = DECISIONS.get(event["decision_kind"], event["decision_kind"])
        parts.append(f"keputusan {event['decision_id']} ({kind}, {event['decided_by']}: {event['decision_reason']})")
    return ", ".join(parts)
