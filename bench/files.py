"""Files of people and servers, stripped and parsed, beside a floor that reads each line once and beside pandas.

A log: a day of 200,000 lines of one site, through the extraction, the capped child that strips it, landing and parse.
Its floor takes each line apart by one pattern and reads its moment. A register: 50,000 rows of CSV with two columns of
dates, read twice (the order of day and month is known at a file's end only). Its floor is the csv module with its days
read; its peer is pandas with the same columns as dates. Floor, peer and ours take turns.
"""

import argparse
import csv
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

import pandas as pd
from world import told, warehouse

from iku_etl import catalogue
from iku_etl.manifest import batches
from iku_etl.model import Source
from iku_etl.pipeline import Pipeline
from iku_etl.stages import parse
from iku_etl.window import Window, window_at

DAY, MONTH = date(2026, 9, 15), date(2026, 9, 1)
NOW = datetime(2026, 10, 2, tzinfo=UTC)
HEADER = "site,host,name,opd,kind,is_media_information,managed_from,managed_to,closure_letter\n"
COMBINED = re.compile(rb'(\S+) \S+ \S+ \[([^\]]+)\] "([^"]*)" (\d{3}) \S+ "[^"]*" "([^"]*)"')
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-A{n}5F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Mobile Safari",
    "Mozilla/5.0 (compatible; Googlebot/2.{n}; +http://www.google.com/bot.html)",
)


def write_log(path: Path, lines: int) -> None:
    """A day's log in Apache's combined layout: 5,000 visitors with some 60 browsers, a line every 0.4 seconds."""
    with path.open("w", encoding="utf-8") as stream:
        for n in range(lines):
            second = n * 86_000 // lines
            moment = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            agent = AGENTS[n % 3].format(n=n // 3 % 20)
            address = f"36.{n % 50}.{n // 50 % 100}.7"
            stream.write(
                f'{address} - - [15/Sep/2026:{moment} +0700] "GET /berita/{n % 997} HTTP/1.1" 200 5120 "-" "{agent}"\n'
            )


def write_register(path: Path, rows: int) -> None:
    """A register of websites of that many rows."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write("posisi_per,2026-09-30\n" + HEADER)
        stream.writelines(
            f"situs-{n},situs-{n}.bengkuluselatan.example,Situs nomor {n},Kantor nomor {n % 97},layanan,tidak,"
            f"{n % 28 + 1:02}/{n % 12 + 1:02}/2021,,\n"
            for n in range(rows)
        )


def log_floor(path: Path) -> int:
    """Each line taken apart once, and its moment read."""
    read = 0
    with path.open("rb") as stream:
        for line in stream:
            found = COMBINED.match(line)
            assert found is not None
            read += datetime.strptime(found[2].decode(), "%d/%b/%Y:%H:%M:%S %z").day == DAY.day
    return read


def register_floor(path: Path) -> int:
    """Each row read once, and its day."""
    read = 0
    with path.open(encoding="utf-8", newline="") as stream:
        next(stream)
        for row in csv.DictReader(stream):
            day, month, year = map(int, row["managed_from"].split("/"))
            read += date(year, month, day).year == 2021
    return read


def register_peer(path: Path) -> int:
    """The same by pandas."""
    return len(pd.read_csv(path, skiprows=1, parse_dates=["managed_from", "managed_to"], date_format="%d/%m/%Y"))


def ours(pipeline: Pipeline, source: Source, window: Window) -> int:
    """Extract, strip, land, parse; the records of the batch."""
    (batch_id,) = pipeline.extract(source, [window]).batch_ids
    with pipeline.warehouse.connect("loader") as connection:
        payloads = batches.payloads(connection, batch_id, pipeline.store.path)
    return sum(len(piece.table) for piece in parse.records(source, payloads, window))


def turns(deeds: dict[str, Callable[[], int]], number: int) -> dict[str, list[float]]:
    """Seconds of each deed, one after the other, so that the machine's noise meets all of them."""
    found: dict[str, list[float]] = {name: [] for name in deeds}
    for _ in range(number):
        for name, deed in deeds.items():
            started = time.perf_counter()
            assert deed() > 0, name
            found[name].append(time.perf_counter() - started)
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--lines", type=int, default=200_000)
    made.add_argument("--rows", type=int, default=50_000)
    made.add_argument("--turns", type=int, default=5)
    return made


def main(arguments: argparse.Namespace) -> dict[str, str]:
    with warehouse(durable=False) as (found, site):
        log, register = site.state / "a.log", site.drop_dir / "website" / "register.csv"
        register.parent.mkdir(parents=True)
        write_log(log, arguments.lines)
        write_register(register, arguments.rows)
        connection = f'[web_visits]\nsystem = "visits"\nurl = ""\n[web_visits.logs]\n"media.example" = "{log}"\n'
        (site.state / "connections.toml").write_text(connection)
        pipeline = Pipeline(site, found, lambda: NOW)
        visits, website = catalogue.source("web_visits"), catalogue.source("website")
        day, month = window_at("day", DAY, site.zone), window_at("month", MONTH, site.zone)
        logs = turns({"ours": lambda: ours(pipeline, visits, day), "floor": lambda: log_floor(log)}, arguments.turns)
        registers = turns(
            {
                "ours": lambda: ours(pipeline, website, month),
                "floor": lambda: register_floor(register),
                "peer": lambda: register_peer(register),
            },
            arguments.turns,
        )
    return {
        f"log of {arguments.lines:,} lines": told(logs["ours"], "s"),
        "log / floor": _ratio(logs, "floor"),
        f"register of {arguments.rows:,} rows": told(registers["ours"], "s"),
        "register / floor": _ratio(registers, "floor"),
        "register / pandas": _ratio(registers, "peer"),
    }


def _ratio(times: dict[str, list[float]], beside: str) -> str:
    each = [mine / other for mine, other in zip(times["ours"], times[beside], strict=True)]
    return f"{median(each):.1f} x ({min(each):.1f} to {max(each):.1f}, n={len(each)})"


if __name__ == "__main__":
    for label, sentence in main(parser().parse_args()).items():
        print(f"{label}: {sentence}")
