"""`iku run`: one night of the sample, from an empty folder to published figures."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING

import click

from iku_etl import indonesian
from iku_etl.cli import figures
from iku_etl.cli._click import command
from iku_etl.cli._installation import installation
from iku_etl.cli._terminal import complain, progress, say, say_next
from iku_etl.errors import SettingError
from iku_etl.figures import publications
from iku_etl.manifest import listing
from iku_etl.sample.state import SAMPLE, sample_of
from iku_etl.warehouse.database import Row

if TYPE_CHECKING:
    from iku_etl.pipeline import Pipeline
    from iku_etl.settings import Settings

AT_ONCE = 2  # workers that collect the history
PIECE = 16  # windows collected at once: Great Expectations starts once a call, and the bar still moves
EXAMPLES = 2  # of the indicators whose members have most to say


@command()
@click.option("--seed", type=int, help="Benih dunia contoh; tanpa ini yang sudah ada, atau 1.")
def run(seed: int | None) -> int:
    """Satu malam lengkap dengan data contoh. Kumpulkan, periksa, muat, hitung, terbitkan; aman diulang."""
    _refuse_real_connections(installation.settings)
    held = sample_of(installation.settings.state)
    if held is not None and seed not in (None, held["seed"]):
        raise SettingError(
            f"folder {installation.settings.state} berisi dunia contoh dengan benih {held['seed']}, bukan {seed}."
            " Untuk dunia lain pakai folder lain: IKU_STATE=FOLDER iku run --seed .."
        )
    if _is_done():
        _publish()
        _show_result("Malam ini sudah selesai; tidak ada yang perlu dikumpulkan.")
        return 0
    failed = _run_sample((held or {"seed": 1})["seed"] if seed is None else seed)
    _publish()
    if failed:
        _show_result("Angka yang sudah dapat dihitung:", style="bold yellow")
        say(f"Belum selesai, {len(failed)} DAG gagal: {', '.join(failed)}. Ulangi: iku run", style="bold red")
        return 1
    _show_result("Selesai.")
    return 0


def _refuse_real_connections(settings: "Settings") -> None:
    if settings.connections_path.exists() and not (settings.state / SAMPLE).exists():
        raise SettingError(
            f"{settings.state / 'connections.toml'} menyebut sistem yang sebenarnya; iku run hanya untuk data contoh."
            " Jalankan: iku collect --all, lalu iku publish."
        )


def _is_done() -> bool:
    """Whether every due window has an ended attempt and something was published, as the warehouse says."""
    if sample_of(installation.settings.state) is None:
        return False
    with installation.warehouse.connect("auditor") as connection:
        known = listing.state(connection)
    return known is not None and known["published_at"] is not None and not installation.pipeline.untried()


def _run_sample(seed: int) -> list[str]:
    say("Menyiapkan gudang data")
    from iku_etl import pipeline
    from iku_etl.sample import servers
    from iku_etl.sample.__main__ import begin
    from iku_etl.scheduler import home

    with ThreadPoolExecutor(1) as thread:
        started = thread.submit(lambda: installation.warehouse)  # initdb is a process of its own: import meanwhile
        pipeline.warm()
        started.result()
    workers = ProcessPoolExecutor(AT_ONCE, get_context("fork"))  # before any thread runs and any connection is open
    workers.submit(len, ()).result()
    folder = installation.settings.state
    folder.mkdir(parents=True, exist_ok=True)
    seed, first, last = begin(folder, seed, None, datetime.now(installation.zone).date())
    installation.reread()
    with home.night(installation.settings) as night, servers.serve(folder, seed, first, last) as running:
        complain(installation.migrate()[1])
        running.bad_night = servers.bad_night_of(running.world)
        say(f"Kabupaten contoh: {indonesian.day(first)} s.d. {indonesian.day(last)}")
        with workers:
            _backfill(installation.pipeline, workers)
        say("Malam terakhir lewat DAG Airflow (setengah sampai satu menit)")
        return _say_night(night({}), installation.settings)


def _say_night(states: dict[str, str], settings: "Settings") -> list[str]:
    from iku_etl.scheduler import home

    failed = sorted(name for name, state in states.items() if state != "success")
    say(f"{len(states) - len(failed)} dari {len(states)} DAG berhasil")
    if failed:
        log = home.home(settings) / "night.log"
        say(f"Perlu dilihat: {', '.join(failed)}. Alasannya: iku batches, iku gaps, dan {log}", style="yellow")
    return failed


def _backfill(made: "Pipeline", workers: ProcessPoolExecutor) -> None:
    """Collect all windows before the newest, twice, so that what failed is tried again."""
    for plan in (_history(made) for _ in range(2)):
        with progress(sum(len(labels) for _, labels in plan)) as advance:
            for name, count, wrong in workers.map(_collect, *zip(*plan, strict=True)) if plan else ():
                complain([wrong] if wrong else [])
                advance(name, count)


def _history(made: "Pipeline") -> list[tuple[str, list[str]]]:
    """The missing windows of each source, without the newest day, by name and label; the longest list first."""
    from iku_etl import catalogue

    plan: list[tuple[str, list[str]]] = []
    for source in catalogue.importable()[0]:
        nights_own = made.due(source)[-1:] if source.grid == "day" else []
        plan.append((source.name, [window.label for window in made.missing(source) if window not in nights_own]))
    return sorted([(name, labels) for name, labels in plan if labels], key=lambda one: -len(one[1]))


@cache
def _own_pipeline() -> "Pipeline":
    """Of a worker, which was forked before the sample began."""
    installation.reread()
    return installation.pipeline


def _collect(name: str, labels: list[str]) -> tuple[str, int, str]:
    """Collect windows of a source, in a worker; its name, how many, and what is wrong with its settings."""
    from iku_etl import catalogue

    pipeline, source = _own_pipeline(), catalogue.source(name)
    try:
        for start in range(0, len(labels), PIECE):
            pipeline.collect(source, pipeline.windows(source, labels[start : start + PIECE]))
    except SettingError as wrong:  # of this source; the others go on
        return name, len(labels), str(wrong)
    return name, len(labels), ""


def _publish() -> None:
    made = installation.pipeline.publish()
    if made.figures:
        say(f"{len(made.figures)} angka terbit, sampai muatan {made.as_of}")


def _show_result(sentence: str, style: str = "bold green") -> None:
    """The indicators, and what to type next with a member that has something to tell."""
    say()
    with installation.warehouse.connect("reader") as connection:
        rows = publications.select(connection)
    installation.dated(rows)
    shown = figures.overview(rows)
    say()
    say(sentence, style=style)
    say_next()
    example = _example(shown)
    for line in (
        *example,
        "iku figures",
        "iku indicator IKU-05",
        "iku batches",
        "iku gaps",
        "iku quarantine",
        "iku up",
    ):
        say(f"  {line}")


EXAMPLES = 2  # of the indicators whose members have most to say


def _example(rows: list[Row]) -> list[str]:
    """What to type to trace the figures whose members have most to say."""
    lines: dict[tuple[str, str], int] = {}
    for row in rows:
        members = installation.pipeline.trace(row["indicator"], row["period"], with_bytes=False).members
        told = max(members, key=lambda member: len(member["reason"] or ""))
        line = f"iku trace {row['indicator']} {row['period']}"
        lines[line, f"{line} --member {told['member']}"] = len(told["reason"] or "")
    return [line for pair in sorted(lines, key=lambda pair: -lines[pair])[:EXAMPLES] for line in pair]
