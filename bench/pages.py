"""Every kind of page of the desk over five years and 20 M facts, and its reports: time, CPU and bytes.

The pages are asked in this process, as ASGI, by one person; each on a desk that was used before, and once as the first
after its start. The floor beside them: the desk's emptiest page (an address that is none: menu, sentence, no data).
`--state FOLDER` keeps the warehouse there and finds it again the next time; making it takes minutes.
"""

import argparse
import gzip
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from fastapi.testclient import TestClient
from land_to_load import ZONE, from_disk
from readings import DAYS, FIRST, fill, messages
from world import end_batches, make_batches, told, warehouse

from iku_etl import catalogue
from iku_etl.pipeline import Pipeline
from iku_etl.sample import prometheus
from iku_etl.sample.regency import World
from iku_etl.settings import Settings
from iku_etl.warehouse import server
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.web.app import create_app
from iku_etl.web.login import Person, Role, always
from iku_etl.window import window_at

REAL = date(2026, 11, 1)  # a day of probes that came the whole way, its bytes kept
MADE = ("website", "website_content", "website_uptime", "parameter", "persandian_message", "register_submission")
FLOOR = "/tidak-ada"
DONE = "pages-made"  # the file that says that a kept warehouse is whole

PAGES = {
    "Ringkasan": "/",
    "Ringkasan of a period": "/?period=2026-TW3",
    "Malam ini": "/malam",
    "Sumber": "/sumber",
    "Sumber, one": "/sumber/website_uptime",
    "Indikator": "/indicator/IKU-05",
    "Angka, month": "/figure/IKU-05/2026-09",
    "Angka, year": "/figure/IKU-05/2025",
    "Angka, year of IKU-08": "/figure/IKU-08/2026",
    "Angka, member table as CSV": "/figure/IKU-05/2026-09/members.csv",
    "Anggota, month": "/member/IKU-05?name=situs-77&period=2026-09",
    "Anggota, newest": "/member/IKU-05?name=situs-77",
    "Anggota, year": "/member/IKU-05?name=situs-77&period=2025",
    "Anggota of IKU-08": "/member/IKU-08?name=unit-7&period=2026-09",
    "Rekaman, first of its day": "/record/{batch}/1",
    "Rekaman, last of its day": "/record/{batch}/{last}",
    "Serah": "/serah",
    "Serah, form": "/serah/persandian_message",
    "Serah, month": "/serah/persandian_message/2026-09",
    "Keputusan": "/decisions",
    "Kamus": "/kamus",
    "Laporan": "/reports",
    "Publik": "/publik",
    "Publik, one": "/publik/IKU-05",
    "API, figures": "/api/v1/figures?limit=100",
    "API, members": "/api/v1/figures/IKU-05/2026-09/members",
    "API, trace": "/api/v1/figures/IKU-05/2026-09/trace",
    "API, trace of a member": "/api/v1/figures/IKU-05/2026-09/trace?member=situs-77",
    "healthz": "/healthz",
}
REPORTS = {
    f"{kind} {period} as {end}": f"/reports/file?kind={kind}&period={period}&format={end}"
    for kind, period in (("lkjip", "2026"), ("monthly", "2026-09"))
    for end in ("pdf", "docx", "xlsx")
}


# ---------------------------------------------------------------- the warehouse


def make(found: Warehouse, site: Settings) -> None:
    """The history of readings.py, every other source empty but in force, a day with its bytes; published."""
    with found.connect("owner") as owner:
        fill(owner)
        messages(owner)
        others(owner)
        nights(owner)
    real_day(found, site)
    with found.connect("publisher") as publisher:
        publisher.execute("select iku.refresh_statistics()")
    Pipeline(site, found).publish(as_of_time=datetime.now(UTC))  # at once: not each month at its own cut-off


def others(owner: Connection) -> None:
    """In force and empty: the windows of all sources of which readings.py makes nothing, so that few are missing."""
    for source in catalogue.all_sources():
        if source.name in MADE:
            continue
        if source.grid == "day":
            make_batches(owner, source.name, FIRST, DAYS)
        else:
            owner.execute(
                """
                insert into iku.batch (source, window_on, win, contract_version)
                select %(source)s, month::date, tstzrange(
                    iku.local_midnight(month::date), iku.local_midnight((month + interval '1 month')::date)
                ), 1
                from generate_series(%(first)s::timestamp, timestamp '2026-10-01', interval '1 month') as month
                """,
                {"source": source.name, "first": FIRST.replace(day=1)},
            )
            owner.execute(
                """
                update iku.batch set landed_at = upper(win), asked_at = upper(win)
                where source = %s and ending is null
                """,
                [source.name],
            )
        end_batches(owner, source.name, 0)


def nights(owner: Connection) -> None:
    """What each night published of the periods that ran: 31 indicators, four periods, every night since the first."""
    owner.execute(
        """
        with nights as (
            insert into iku.publication (published_at, as_of, as_of_time)
            select night + interval '1 hour', (row_number() over (order by night)), night
            from generate_series(
                iku.local_midnight(%(first)s::date + 31), iku.local_midnight(%(last)s::date), interval '1 day'
            ) as night
            order by night
            returning publication_id, as_of, as_of_time, iku.local_date(as_of_time) - 1 as day
        )

        insert into iku.figure (publication_id, indicator, period, revision, value, low, high, numerator, denominator,
            coverage, is_official, mutu, reason, definition, as_of, as_of_time)
        select publication_id, indicator, period, 0, 50, 40, 60, 91, 182, extract(day from day), false, 'cukup',
            'target belum ditetapkan', definition, as_of, as_of_time
        from nights
        cross join indicator.current
        cross join lateral unnest(array[
            to_char(day, 'YYYY-MM'), to_char(day, 'YYYY-"TW"Q'), to_char(day, 'YYYY'),
            to_char(day, 'YYYY') || case when extract(month from day) < 7 then '-S1' else '-S2' end
        ]) as span (period)
        order by publication_id
        """,
        {"first": FIRST, "last": FIRST + timedelta(days=DAYS)},
    )


def real_day(found: Warehouse, site: Settings) -> None:
    """A day of 182 sites by Prometheus, received, judged and loaded by the pipeline itself."""
    window = window_at("day", REAL, ZONE)
    with tempfile.TemporaryDirectory(prefix="iku-bench-") as folder:
        world, start = World(1, REAL, 168), window.start
        while start < window.end:
            left, right = (round(moment.timestamp() * 1000) for moment in (start, start + timedelta(hours=6)))
            query = prometheus.Query((("job", "=", "website"),), left, right - 1)
            Path(folder, f"samples-{left}-{right}").write_bytes(
                prometheus.answer(world, REAL + timedelta(days=1), query)
            )
            start += timedelta(hours=6)
        source = replace(catalogue.source("website_uptime"), extract=from_disk(Path(folder)))
        (batch,) = (
            Pipeline(site, found, lambda: datetime(2026, 11, 2, 12, tzinfo=UTC)).collect(source, [window]).batches
        )
    assert batch.ending == "in_force", batch.reason


# ---------------------------------------------------------------- one page


class Asker:
    """A person in a browser, and what asking cost: here and in the server's processes."""

    def __init__(self, site: Settings) -> None:
        self.site, self.server = site, server_pid(site)
        self.client = self.fresh()

    def fresh(self) -> TestClient:
        """A desk as it is after its start."""
        return TestClient(create_app(self.site, always(Person("Penguji", Role.ADMIN))), base_url="http://testserver")

    def cpu_ms(self) -> float:
        """CPU of this process and of the server with its processes, those that ended too (Linux)."""
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                parent, *rest = path.read_text().rpartition(")")[2].split()[1:]
                if int(path.parent.name) == self.server:
                    ticks += sum(map(int, rest[9:13]))
                elif int(parent) == self.server:
                    ticks += sum(map(int, rest[9:11]))
        return 1000 * (time.process_time() + ticks / os.sysconf("SC_CLK_TCK"))

    def get(self, path: str) -> Any:
        found = self.client.get(path)
        assert found.status_code == (404 if path == FLOOR else 200), (path, found.status_code, found.text[-800:])
        return found

    def measure(self, path: str, turns: int) -> "Cost":
        self.client = self.fresh()
        self.get(FLOOR)
        started = time.perf_counter()
        body = self.get(path).content
        first = 1000 * (time.perf_counter() - started)
        spent, walls = self.cpu_ms(), []
        for _ in range(turns):
            started = time.perf_counter()
            self.get(path)
            walls.append(1000 * (time.perf_counter() - started))
        return Cost(first, walls, (self.cpu_ms() - spent) / turns, len(body), len(gzip.compress(body, 6)))


class Cost:
    """Milliseconds of the first asking and of each after it, CPU of one, bytes as sent and as gzip would make them."""

    def __init__(self, first: float, walls: list[float], cpu: float, size: int, packed: int) -> None:
        self.first, self.walls, self.cpu, self.size, self.packed = first, walls, cpu, size, packed

    def line(self, floor: "Cost") -> str:
        return (
            f"{told(self.walls)}, CPU {self.cpu:.0f} ms, {median(self.walls) / median(floor.walls):.1f} x floor;"
            f" first {self.first:.0f} ms; {self.size / 1000:.0f} kB (gzip {self.packed / 1000:.0f})"
        )


def measure(site: Settings, found: Warehouse, turns: int, only: str) -> dict[str, str]:
    """Every page, then every report: of a report the first asking, which makes it, and one that finds it made."""
    with found.connect("auditor") as connection:
        row = connection.execute(
            "select batch_id, loaded from iku.batch where source = 'website_uptime' and window_on = %s", [REAL]
        ).fetchone()
    assert row is not None
    asker = Asker(site)
    floor = asker.measure(FLOOR, 2 * turns)
    summary = {"floor: the emptiest page": floor.line(floor)}
    print(f"    load average {os.getloadavg()[0]:.1f}; floor {summary['floor: the emptiest page']}", flush=True)
    for name, path in (PAGES | REPORTS).items():
        if only and only not in name:
            continue
        cost = asker.measure(path.format(batch=row["batch_id"], last=row["loaded"]), turns)
        summary[name] = cost.line(floor)
        print(f"    {name}: {summary[name]}", flush=True)
    summary["load average"] = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return summary


def server_pid(site: Settings) -> int:
    running = server.status(site.state)
    assert running is not None
    return int((running.data_dir / "postmaster.pid").read_text().split()[0])


# ---------------------------------------------------------------- from the command line


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--state", type=Path, help="keep the warehouse in this folder")
    made.add_argument("--turns", type=int, default=9)
    made.add_argument("--only", default="", help="pages in whose name this stands")
    return made


def main(arguments: argparse.Namespace) -> dict[str, str]:
    with warehouse(durable=False, folder=arguments.state) as (found, site):
        done = site.state / DONE
        if not done.exists():
            make(found, site)
            done.touch()
        return measure(site, found, arguments.turns, arguments.only)


if __name__ == "__main__":
    for said, sentence in main(parser().parse_args()).items():
        print(f"{said}: {sentence}")
