"""Figures that were handed in elsewhere (LKjIP, LPPD, e-SAKIP), each held against what was published of it.

A printed number is equal to a published one when rounding the published one to as many digits gives it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from iku_etl import indonesian
from iku_etl.figures import publications, wording
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

SAME_UNIT = {"%": "persen", "persentase": "persen"}
_PRINTED = """
select document, document_number, document_on, indicator, period, value, decimals, unit, batch_id, record_no
from staging.reported_figure
where (%(indicator)s::text is null or indicator = %(indicator)s) and (%(period)s::text is null or period = %(period)s)
order by indicator, period, document_on, document, document_number
"""


def reported(
    connection: Connection, indicator: str | None = None, period: str | None = None, as_of: int | None = None
) -> list[Row]:
    """The printed figures, each with `verdict` (a word), `revision` (the number that it equals) and `said`, a sentence.

    Needs `iku_auditor`.
    """
    with database.reading(connection, as_of):
        printed = connection.execute(_PRINTED, {"indicator": indicator, "period": period}).fetchall()
    if not printed:
        return []
    published: dict[tuple[str, str], list[Row]] = {}
    for row in publications.select(connection, indicator, period, as_of, history=True):
        published.setdefault((row["indicator"], row["period"]), []).append(row)
    return [row | _held(row, published.get((row["indicator"], row["period"]), ())) for row in printed]


def set_aside(connection: Connection, as_of: int | None = None) -> int:
    """How many rows of the newest list were set aside, so that nothing is held against them."""
    with database.reading(connection, as_of):
        row = database.one(
            connection, "select count(*) as number from iku.newest_quarantine where source = 'reported_figure'"
        )
    return int(row["number"])


def _held(printed: Row, rows: Sequence[Row]) -> dict[str, Any]:
    if not rows:
        return _verdict("tidak ada angka", None, "tidak ada angka yang terbit untuk indikator dan periode itu")
    newest = rows[-1]
    if _unit(printed["unit"]) != _unit(newest["unit"]):
        return _verdict("satuan lain", None, f"satuan tercetak {printed['unit']}, yang terbit {newest['unit']}")
    equal = [row for row in rows if is_equal(printed, row)]
    approved = [row for row in equal if row["tahap"] == "disahkan"]
    if newest in equal:
        return _verdict("sama", newest, f"sama dengan yang terbit sekarang, {_named(newest)}")
    if equal:
        row = (approved or equal)[-1]
        return _verdict("revisi lain", row, f"sama dengan {_named(row)}; sekarang {_worth(newest)}, {_named(newest)}")
    return _verdict("tidak pernah terbit", None, f"tidak pernah terbit; yang terbit {_worth(newest)}, {_named(newest)}")


def _verdict(word: str, row: Row | None, said: str) -> dict[str, Any]:
    return {"verdict": word, "revision": row and row["revision"], "said": said}


def is_equal(printed: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the published value, rounded to the printed digits, is the printed one; half a digit goes either way."""
    if row["value"] is None:
        return False
    half = Decimal(5).scaleb(-printed["decimals"] - 1)
    return bool(abs(row["value"] - printed["value"]) <= half)


def _unit(text: str) -> str:
    told = " ".join(text.casefold().split())
    return SAME_UNIT.get(told, told)


def _worth(row: Row) -> str:
    return "tanpa nilai" if row["value"] is None else indonesian.measure(row["value"], row["form"])


def _named(row: Row) -> str:
    return f"nomor {row['revision']} ({wording.tahap(row)}, terbit {indonesian.day(row['published_on'])})"


def as_printed(row: Mapping[str, Any]) -> str:
    """The number with the digits that the document has, and its unit: `84,60 persen`."""
    return f"{indonesian.number(row['value'], row['decimals'])} {indonesian.plain(row['unit'])}"
