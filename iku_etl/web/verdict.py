"""The verdict on a hand-in, in sentences: of a batch of the manifest, or of a trial of which nothing was kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from iku_etl import indonesian
from iku_etl.pipeline import AsideRow, Pipeline
from iku_etl.warehouse.database import Row
from iku_etl.web.tongue import noted

SHOWN = 200  # rows of a page; the workbook has all of them
WORDS = {
    "utuh": noted("diterima"),
    "sebagian": noted("diterima sebagian"),
    "sama": noted("sama dengan yang sudah ada"),
    "ditolak": noted("ditolak"),
    "gagal": noted("gagal dibaca"),
    "menunggu": noted("menunggu keputusan"),
    "digantikan": noted("sudah digantikan"),
    "terbuka": noted("masih diproses"),
}
TRIED = {
    "utuh": noted("akan diterima"),
    "sebagian": noted("akan diterima sebagian"),
    "ditolak": noted("akan ditolak"),
}
NEXT_STEPS = {
    "utuh": noted("Tidak ada yang perlu diperbaiki."),
    "sebagian": noted(
        "Unduh baris yang disisihkan, perbaiki menurut alasannya, lalu serahkan lagi. Baris lain sudah dihitung."
    ),
    "sama": noted("Tidak ada yang berubah: isi berkasnya sama dengan yang sudah berlaku."),
    "ditolak": noted(
        "Tidak ada yang dimuat; yang berlaku sebelumnya tetap berlaku. Perbaiki berkasnya, lalu serahkan lagi."
    ),
    "gagal": noted("Tidak ada yang dimuat. Serahkan lagi; bila tetap gagal, beri tahu pengelola."),
    "menunggu": noted("Petugas yang berwenang memutuskan di halaman keputusan; yang berlaku sebelumnya tetap berlaku."),
    "digantikan": noted("Penyerahan sesudahnya sudah mengambil tempatnya."),
    "terbuka": noted("Belum selesai diperiksa."),
    "diperingatkan": noted("Semuanya dimuat. Baca peringatannya; perbaiki dan serahkan lagi bila memang keliru."),
}  # fmt: skip
_KINDS = {"unchanged": "sama", "rejected": "ditolak", "failed": "gagal", "waiting": "menunggu", None: "terbuka"}


@dataclass(frozen=True)
class Verdict:
    """What came of one batch. `rows`: the first that were set aside; `by`: who handed its files in."""

    kind: str
    window: str
    batch_id: int | None = None
    read: int | None = None
    loaded: int | None = None
    quarantined: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    rows: Sequence[Mapping[str, str]] = ()
    warnings: Sequence[str] = ()
    by: Sequence[Mapping[str, str]] = ()
    ended_at: datetime | None = None
    is_trial: bool = False

    @property
    def word(self) -> str:
        return (TRIED if self.is_trial else WORDS)[self.kind]

    @property
    def todo(self) -> str:
        return NEXT_STEPS["diperingatkan" if self.kind == "utuh" and self.warnings else self.kind]

    @property
    def left(self) -> list[tuple[str, int]]:
        """What was left out, by name."""
        return [(indonesian.plain(reason), count) for reason, count in sorted(self.left_out.items())]

    def calling(self, called: Mapping[str, str]) -> "Verdict":
        """The same with files under the names that their sender gave them."""
        rows = [{**row, "file": called.get(row["file"], row["file"])} for row in self.rows]
        return replace(self, rows=rows)


def of_batch(pipeline: Pipeline, row: Row, label: str) -> Verdict:
    """The verdict on a batch, by its row of `handed_in.attempts`."""
    kind = _KINDS.get(row["ending"], "utuh")
    if row["ending"] == "in_force":
        kind = "digantikan" if row["superseded_by"] else "sebagian" if row["quarantined"] else "utuh"
    rows = pipeline.rows_aside(row["batch_id"], SHOWN) if kind in ("sebagian", "ditolak", "menunggu") else []
    return Verdict(
        kind, label, row["batch_id"], row["records_read"], row["loaded"], row["quarantined"] or 0, row["left_out"],
        row["reason"] if kind in ("ditolak", "gagal", "menunggu") else None, _shown(rows),
        (row["reason"],) if kind in ("utuh", "sebagian") and row["reason"] else (),
        _each(row["handed_in"]), row["ended_at"],
    )  # fmt: skip


def of_trial(label: str, tried: Mapping[str, Any]) -> Verdict:
    """What would come of a window."""
    kind = "ditolak" if tried["reason"] else "sebagian" if tried["quarantined"] else "utuh"
    return Verdict(
        kind, label, None, tried["read"], tried["loaded"], tried["quarantined"], tried["left_out"], tried["reason"],
        tried["rows"][:SHOWN], tried["warnings"], is_trial=True,
    )  # fmt: skip


def best(rows: Sequence[Row], mine: Iterable[int]) -> Row | None:
    """Of the attempts at a window, newest first, the one that tells what came of these batches."""
    own = set(mine)
    found = [row for row in rows if row["batch_id"] in own]
    told = [row for row in found if row["ending"] in ("in_force", "unchanged", "waiting")]
    return next(iter(told or found), None)


def _each(notes: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Who handed in, each once with the letter, in the order of time."""
    found = {
        tuple(note.get(name, "") for name in ("by", "letter", "remark", "emptied")): note
        for note in sorted(notes, key=lambda note: note.get("at", ""), reverse=True)
    }
    return list(reversed(found.values()))


def _shown(rows: Iterable[AsideRow]) -> list[dict[str, str]]:
    return [{"file": row.file, "place": row.place, "message": row.message} for row in rows]
