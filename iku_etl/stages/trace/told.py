"""What a publication moved, in sentences: from which value to which, which members, and because of what."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from iku_etl import indonesian
from iku_etl.figures import wording
from iku_etl.indonesian import measure
from iku_etl.stages.trace.moved import Change, MemberMove
from iku_etl.warehouse.database import Row

PARTS_SHOWN = 3  # members, batches and decisions in a line
COLUMNS = {
    "low": "batas bawah", "high": "batas atas", "numerator": "pembilang", "denominator": "penyebut",
    "coverage": "cakupan", "is_official": "keresmian", "mutu": "mutu", "stale_since": "basi sejak",
    "reason": "keterangan", "target": "target", "capaian": "capaian", "predikat": "predikat",
}  # fmt: skip
KINDS = {
    "release": "pelepasan", "correction": "koreksi", "withdraw": "penarikan", "instead_of": "penggantian",
}  # fmt: skip


def line_of(change: Change) -> str:
    """`IKU-05 November 2026, revisi ke-1 (nomor 2): 84,62 menjadi 92,31; ...; karena ...`."""
    row = change.figure
    where = f"{row['indicator']} {indonesian.period(row['period'])}, {wording.revision(row)}"
    return f"{where}: {told_change(change)}."


def told_change(change: Change) -> str:
    """What `line` says after the name of the figure: `84,62 menjadi 92,31; anggota ..; karena ..`."""
    return "; ".join(filter(None, [_value(change), _others(change), _members(change), _because(change)]))


def _value(change: Change) -> str:
    form = change.header["form"]
    if change.before is None:
        return f"terbit pertama kali, {_measured(change.figure['value'], form)}"
    if "value" in change.columns:
        was, is_now = change.columns["value"]
        return f"{_measured(was, form)} menjadi {_measured(is_now, form)}"
    return f"tetap {_measured(change.figure['value'], form)}"


def _measured(value: Any, form: str) -> str:
    return "tanpa nilai" if value is None else measure(value, form)


def _others(change: Change) -> str:
    if change.before is not None and not change.columns:
        return "ditetapkan sebagai yang pertama sejak batas data"
    names = [name for key, name in COLUMNS.items() if key in change.columns]
    if "value" in change.columns:  # what makes the value is told by the members
        names = [name for name in names if name in ("target", "mutu", "keresmian", "predikat")]
    changed = [_from_to(change, name) for name in names]
    return f"berubah: {', '.join(changed)}" if changed else ""


def _from_to(change: Change, name: str) -> str:
    key = next(key for key, named in COLUMNS.items() if named == name)
    if key == "reason":
        return name
    was, is_now = (_plain(key, value, change.header["form"]) for value in change.columns[key])
    return f"{name} {was} menjadi {is_now}"


def _plain(key: str, value: Any, form: str) -> str:
    if key == "is_official":
        return "resmi" if value else "tidak resmi"
    if key == "mutu":
        return wording.MUTU[str(value)]
    if key == "stale_since":
        return indonesian.day(value)
    if key in ("low", "high", "target"):
        return measure(value, form)
    if key in ("numerator", "denominator"):
        return indonesian.count(value)
    return measure(value, "persen") if key in ("coverage", "capaian") else indonesian.plain(value)


def _members(change: Change) -> str:
    return told_members(change.members, change.header["form"])


def told_members(members: Sequence[MemberMove], form: str) -> str:
    """The members that moved, those that count alone if any does: `anggota Dinas A 0/1 menjadi 1/1, dan 3 lainnya`."""
    counted = [move for move in members if move.is_counted] or list(members)
    return _few("anggota", (_member(move, form) for move in counted), len(counted))


def _member(move: MemberMove, form: str) -> str:
    if move.is_counted:
        return f"{move.name} {_share(move.before, form)} menjadi {_share(move.after, form)}"
    return f"{move.name} teramati {_seen(move.before)} menjadi {_seen(move.after)}"


def _share(row: Row | None, form: str) -> str:
    if row is None:
        return "tidak ada"
    if form == "jumlah":
        return _number(row["numerator"])
    if row["denominator"] is None:
        return "yang besarnya tidak diketahui"
    return f"{_number(row['numerator'])}/{_number(row['denominator'])}"


def _seen(row: Row | None) -> str:
    return "tidak ada" if row is None else f"{_number(row['seen'])}/{_number(row['due'])}"


def _number(value: Decimal | int | None) -> str:
    return "?" if value is None else indonesian.count(value)


def _because(change: Change) -> str:
    if change.before is None:
        return ""
    parts = [
        _few("karena", map(_batch, change.batches), len(change.batches)),
        _few("tidak lagi karena", map(_batch, change.gone), len(change.gone)) if not change.batches else "",
        _few("keputusan", map(_decision, change.decisions), len(change.decisions)),
        "definisinya baru" if change.is_redefined else "",
    ]
    told = "; ".join(filter(None, parts))
    return told or ("tanpa berkas baru: waktu berjalan" if change.columns else "")


def _batch(row: Row) -> str:
    files = row["files"]
    named = f", {files[0]}{f' dan {len(files) - 1} lainnya' if len(files) > 1 else ''}" if files else ""
    decided = f", keputusan {row['decision_id']}" if row["decision_id"] else ""
    return (
        f"{row['title']} {indonesian.window(row['window_on'], row['grid'])} (batch {row['batch_id']}{named}{decided})"
    )


def _decision(row: Row) -> str:
    return f"{row['decision_id']} ({KINDS.get(row['kind'], row['kind'])}, {row['decided_by']}: {row['reason']})"


def _few(heading: str, parts: Iterable[str], count: int) -> str:
    if not count:
        return ""
    shown = [part for part, _ in zip(parts, range(PARTS_SHOWN), strict=False)]
    more = f", dan {indonesian.count(count - len(shown))} lainnya" if count > len(shown) else ""
    return f"{heading} {', '.join(shown)}{more}"
