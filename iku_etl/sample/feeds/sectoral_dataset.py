"""The regency's CKAN: the sectoral datasets as they stand today, a few a page, and its ways of saying no."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from iku_etl.sample.feeds.data_list import DATASETS, delivered_on
from iku_etl.sample.regency import ZONE, World, last_day_of, month_after
from iku_etl.sample.sheets import Cells, yes
from iku_etl.sample.wordpress import Answered

if TYPE_CHECKING:
    from iku_etl.sample.servers import Running

ROUTE = "/api/3/action/"
CAP = 6  # datasets a page, whatever is asked for


def connection(world: World, url: str) -> str:
    return f'[sectoral_dataset]\nsystem = "ckan"\nurl = "{url}"\n'


def submissions(world: World, month: date, known_on: date) -> list[Cells]:
    """At a semester's end the walidata says that the register lists everything that was delivered."""
    if month.month not in (6, 12):
        return []
    came = month_after(month).replace(day=5)
    received = came if came <= known_on else None
    period = f"{month.year}-S{month.month // 6}"
    due, told = month_after(month).replace(day=10), yes(received is not None)
    return [
        ("diskominfo", "Dinas Komunikasi dan Informatika", "sectoral_dataset", period, due, received, "tidak",
         None, None, None, "wajib", told)
    ]  # fmt: skip


def answer(running: "Running", path: str, parameters: dict[str, str]) -> Answered:
    action = path.removeprefix(ROUTE)
    if not path.startswith(ROUTE) or action != "package_search":
        return 400, {}, orjson.dumps(f"Bad request: Action name not known: {action}")  # a bare string, as CKAN does
    start, asked = (parameters.get(name, given) for name, given in (("start", "0"), ("rows", "10")))
    if not (start.isdecimal() and asked.isdecimal()):
        error = {"__type": "Validation Error", "start": ["Must be a natural number"]}
        return 409, {}, orjson.dumps({"help": path, "error": error, "success": False})
    found = packages(running.world, running.last_day)
    page = found[int(start) : int(start) + min(CAP, int(asked))]
    result = {"count": len(found), "facets": {}, "results": page, "sort": parameters.get("sort", ""),
              "search_facets": {}}  # fmt: skip
    return 200, {}, orjson.dumps({"help": path, "success": True, "result": result})


def packages(world: World, last_day: date) -> list[dict[str, Any]]:
    """What the catalogue holds on the evening of a day."""
    found = []
    for place, one in enumerate(DATASETS):
        came = delivered_on(world, place)
        if one.fate == "absent" or came > last_day:
            continue
        decided = {
            "tanggal_diterima": came + timedelta(days=6) if one.fate in ("accepted", "withdrawn") else None,
            "tanggal_ditarik": last_day_of(world.m1) if one.fate == "withdrawn" else None,
        }
        extras = [{"key": name, "value": day.isoformat()} for name, day in decided.items() if day and day <= last_day]
        if one.is_listed:
            extras.append({"key": "kode_data", "value": one.dataset})
        slug = one.name.lower().replace(" ", "-")
        # early in the morning here is the evening before in UTC, which CKAN doesn't say
        created = datetime.combine(came, time(6, 10, place), ZONE).astimezone(UTC).replace(tzinfo=None)
        found.append(
            {
                "id": f"contoh-{place:02}",
                "name": slug,
                "title": one.name,
                "notes": "" if one.fate == "bare" else f"Metadata contoh: {one.name}",
                "private": one.fate == "private",
                "state": "active",
                "type": "dataset",
                "metadata_created": created.isoformat(timespec="microseconds"),
                "metadata_modified": created.isoformat(timespec="microseconds"),
                "organization": {"name": one.producer, "title": one.producer, "is_organization": True},
                "num_resources": 1,
                "resources": [{"id": f"berkas-{place:02}", "format": "CSV", "url": f"https://data.example/{slug}.csv"}],
                "extras": extras,
            }
        )
    return sorted(found, key=lambda package: str(package["name"]))
