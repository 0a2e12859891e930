"""Indonesia's calendar of the `holidays` library as a payload: national holidays and cuti bersama.

Nothing is fetched: the bytes are made here, the same for the same years and version of the library, so that a day off
has raw bytes behind it like everything that is counted. Dates that the library estimates end in `(perkiraan)`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version

import orjson
import pyarrow as pa

from iku_etl.errors import ContractError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.window import Window

MEDIA_TYPE = "application/vnd.iku.holidays+json"
KINDS = (("government", "cuti_bersama"), ("public", "libur_nasional"))  # a day that is both is a national holiday
YEARS = (-1, 0, 1)  # beside the window's: a request waits over the turn of a year, and a joint decree comes before it


def calendar(window: Window) -> Iterator[Payload]:
    """One payload: the days off of the window's year, the one before and the one after."""
    import holidays  # imported here, since it is slow: other sources' DAGs need not wait for it

    asked_at = datetime.now(UTC)
    years = [window.first_day.year + step for step in YEARS]
    found: dict[date, dict[str, str]] = {}
    for category, kind in KINDS:
        days = holidays.country_holidays("ID", years=years, categories=(category,), language="id")
        found |= {day: {"day": day.isoformat(), "kind": kind, "name": name} for day, name in days.items()}
    asked = {"library": "holidays", "version": version("holidays"), "country": "ID", "years": years}
    body = orjson.dumps({**asked, "days": [found[day] for day in sorted(found)]}, option=orjson.OPT_INDENT_2)
    yield Payload(
        name=f"holidays-ID-{years[0]}-{years[-1]}",
        media_type=MEDIA_TYPE,
        request={"method": "library", **asked},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=None,
        chunks=[body],
    )


def read(payload: KeptPayload) -> Iterator[Rows]:
    """The days of such a payload; ContractError where it is none."""
    try:
        days = orjson.loads(payload.path.read_bytes())["days"]
        rows = [(f"/days/{place}", day["day"], day["kind"], day["name"]) for place, day in enumerate(days)]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ContractError("bukan kalender pustaka holidays; simpanan rusak.", code="truncated") from None
    columns = list(zip(*rows, strict=True)) or [()] * 4
    names = ("place", "day", "kind", "name")
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in zip(names, columns, strict=True)})
    yield Rows(table.append_column("decree", pa.nulls(len(rows), pa.string())))  # the library names none
