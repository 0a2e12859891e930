"""What is said of an approved figure and of the one that came after it: frozen, and never changed in silence.

A row of `publications.select` has `approved`, the approved row that stands at it (its own, an earlier one that it
restates, or None), and as `newer`, only where it was asked for as reported, what else was published by then.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from iku_etl import indonesian
from iku_etl.indonesian import measure
from iku_etl.warehouse.database import Connection, Row

_ROWS = """
select
    published_figure.*,
    iku.local_date(published_figure.approved_at) as approved_on
from iku.published_figure
inner join unnest(%s::text [], %s::text [], %s::integer []) as wanted (indicator, period, revision)
    on
        published_figure.indicator = wanted.indicator
        and published_figure.period = wanted.period
        and published_figure.revision = wanted.revision
"""
NUMBERS = (
    "value", "low", "high", "numerator", "denominator", "coverage", "target", "capaian", "predikat", "mutu",
)  # fmt: skip
KEPT = (
    "figure_id", "revision", *NUMBERS, "as_of", "as_of_time", "definition", "approved_at", "approved_on", "approved_by",
    "approved_official", "approved_letter", "approved_cut_off_on",
)  # fmt: skip


def beside(connection: Connection, rows: Sequence[Row]) -> None:
    """Give each row `approved`; `connection` reads as of the rows."""
    wanted = {(row["indicator"], row["period"], row["approved_revision"]) for row in rows if row["approved_revision"]}
    found: dict[tuple[str, str, int], Row] = {}
    if wanted:
        columns = [list(column) for column in zip(*sorted(wanted), strict=True)]
        for row in connection.execute(_ROWS, columns):
            found[row["indicator"], row["period"], row["revision"]] = {name: row[name] for name in KEPT}
    for row in rows:
        row["approved"] = found.get((row["indicator"], row["period"], row["approved_revision"]))


def is_restated(row: Mapping[str, Any]) -> bool:
    """Whether another revision of the figure was approved, and this one came after it."""
    return bool(row.get("approved")) and row["approved"]["revision"] != row["revision"]


def worth(row: Mapping[str, Any], of: Mapping[str, Any]) -> str:
    """`84,62 persen`, or that there is none, or none for the public; form and unit are those of the figure `of`."""
    if row.get("is_closed"):
        return "(angkanya ditutup)"
    return "tanpa nilai" if row["value"] is None else f"{measure(row['value'], of['form'])} {of['unit']}"


def act(approved: Mapping[str, Any]) -> str:
    """`disahkan oleh Kepala Dinas, surat 800/1, 12 Maret 2026 (batas data 10 Februari 2026)`."""
    letter, cut_off = approved["approved_letter"], approved["approved_cut_off_on"]
    said = f"disahkan oleh {indonesian.plain(approved['approved_official'])}"
    said += f", surat {indonesian.plain(letter)}" if letter else ", tanpa nomor surat"
    said += f", {indonesian.day(approved['approved_on'])}"
    return said + (f" (batas data {indonesian.day(cut_off)})" if cut_off else "")


def brief(row: Mapping[str, Any]) -> str:
    """`disahkan 84,62 (nomor 1)` beside a restated figure where there is little room; empty for any other."""
    if not is_restated(row):
        return ""
    approved = row["approved"]
    told = "tanpa nilai" if approved["value"] is None else measure(approved["value"], row["form"])
    told = "ditutup" if approved.get("is_closed") else told
    return f"disahkan {told} (nomor {approved['revision']})"


def publicly(row: Mapping[str, Any]) -> str:
    """The sentence of `sentence` for whoever reads no members: no recorder, no file and no person but the official."""
    if not is_restated(row):
        return ""
    why = row["restated_because_publicly"] or "belum dicatat"
    return f"{_frozen(row)}; dinyatakan ulang {worth(row, row)} sejak {_since(row)}, sebab: {why}"


def sentence(row: Mapping[str, Any]) -> str:
    """Who approved the figure and by which letter; of a restated one also what, since when, why, and by whom.

    Empty while nothing of the figure was approved.
    """
    if not row.get("approved"):
        return ""
    if not is_restated(row):
        return act(row["approved"]) + _newer(row)
    why = row["restated_because"] or "belum dicatat (iku publish mencatatnya)"
    who = f"; dibawa oleh {row['restated_by']}" if row["restated_by"] else ""
    return f"{_frozen(row)}; dinyatakan ulang {worth(row, row)} sejak {_since(row)}, sebab: {why}{who}"


def _frozen(row: Mapping[str, Any]) -> str:
    approved = row["approved"]
    return f"disahkan {worth(approved, row)} (nomor {approved['revision']}), {act(approved).removeprefix('disahkan ')}"


def _since(row: Mapping[str, Any]) -> str:
    return indonesian.day(row["published_on"])


def _newer(row: Mapping[str, Any]) -> str:
    newer = row.get("newer")
    if not newer:
        return ""
    return (
        f"; sampai hari itu sudah terbit pula nomor {newer['revision']}, {worth(newer, row)},"
        f" sejak {indonesian.day(newer['published_on'])}"
    )
