"""Floor 8. The whole installation: one night of the sample (`run`), in the background (`up`, `down`), `status`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from iku_etl import figures as published
from iku_etl import present
from iku_etl.cli import _shared, figures
from iku_etl.cli._click import command
from iku_etl.cli._shared import SAMPLE, collect_windows, complain, importable, installation, say_next
from iku_etl.errors import SettingError

if TYPE_CHECKING:
    from iku_etl.model import Source
    from iku_etl.pipeline import Pipeline
    from iku_etl.settings import Settings
    from iku_etl.window import Window

PIECE = 16  # windows collected at once: Great Expectations starts once a call, and the bar still moves


@command()
@click.option("--seed", type=int, help="Benih dunia contoh; tanpa ini yang sudah ada, atau 1.")
def run(seed: int | None) -> int:
    """Satu malam lengkap dengan data contoh. Kumpulkan, periksa, muat, hitung, terbitkan; aman diulang."""
    _refuse_real_connections(installation.settings)
    held = _shared.sample_of(installation.settings.state)
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
        present.say(f"Belum selesai, {len(failed)} DAG gagal: {', '.join(failed)}. Ulangi: iku run", style="bold red")
        return 1
    _show_result("Selesai.")
    return 0


def _refuse_real_connections(settings: "Settings") -> None:
    if (settings.state / "connections.toml").exists() and not (settings.state / SAMPLE).exists():
        raise SettingError(
            f"{settings.state / 'connections.toml'} menyebut sistem yang sebenarnya; iku run hanya untuk data contoh."
            " Jalankan: iku collect --all, lalu iku publish."
        )


def _is_done() -> bool:
    """Whether every due window has an ended attempt and something was published: read, never remembered."""
    if not (installation.settings.state / SAMPLE).exists():
        return False
    with installation.warehouse.connect("auditor") as connection:
        there = connection.execute("select to_regclass('iku.publication') is not null as there").fetchone()
        if there is None or not there["there"]:
            return False
        if connection.execute("select from iku.publication limit 1").fetchone() is None:
            return False
        untried = connection.execute(
            """
            select source, lower(win) as starts_at from iku.window_state
            where batch_id is null and not exists (
                select from iku.batch
                where
                    batch.source = window_state.source
                    and batch.win = window_state.win
                    and batch.ending is not null
            )
            """
        ).fetchall()
    return not any(_can_be_told(row["source"], row["starts_at"]) for row in untried)


def _can_be_told(name: str, starts_at: datetime) -> bool:
    """Whether a source still shows a window: a live list of a month long ago is gone, and no night brings it."""
    from iku_etl import catalogue, extract
    from iku_etl.window import window_at

    source = catalogue.source(name)
    window = window_at(source.grid, starts_at, installation.zone)
    where = installation.settings.connection(name)
    return extract.serves(source, window, where, datetime.now(installation.zone))


def _run_sample(seed: int) -> list[str]:
    """One night of the sample; the DAGs that failed."""
    present.say("Menyiapkan gudang data")
    started = ThreadPoolExecutor(1).submit(lambda: installation.warehouse)  # initdb is a process: import meanwhile
    from iku_etl import airflow_home, pipeline, sample, suite
    from iku_etl.sample.__main__ import begin

    suite.warm()
    today = datetime.now(installation.zone).date()
    settings = installation.settings
    settings.state.mkdir(parents=True, exist_ok=True)
    seed, first, last = begin(settings.state, seed, None, today)
    settings = replace(settings, since=settings.since or first)
    made = pipeline.Pipeline(settings, started.result())
    with airflow_home.night(settings) as night, sample.serve(settings.state, seed, first, last) as running:
        complain(_shared.migrate(settings)[1])
        running.bad_night = sample.bad_night_of(running.world)
        present.say(f"Kabupaten contoh: {present.day(first)} s.d. {present.day(last)}")
        _backfill(made)
        present.say("Malam terakhir lewat DAG Airflow (setengah sampai satu menit)")
        states = night({})
        return _say_night(states, settings)


def _say_night(states: dict[str, str], settings: "Settings") -> list[str]:
    from iku_etl import airflow_home

    failed = sorted(name for name, state in states.items() if state != "success")
    present.say(f"{len(states) - len(failed)} dari {len(states)} DAG berhasil")
    if failed:
        log = airflow_home.home(settings) / "night.log"
        present.say(f"Perlu dilihat: {', '.join(failed)}. Alasannya: iku batches, iku gaps, dan {log}", style="yellow")
    return failed


def _backfill(made: "Pipeline") -> None:
    """The history up to the night before last, twice: what failed once is asked again. The newest is the night's."""
    _collect(made, _history(made))
    _collect(made, _history(made))


def _history(made: "Pipeline") -> "list[tuple[Source, list[Window]]]":
    """What is still missing of each source, but for the newest day."""
    plan: list[tuple[Source, list[Window]]] = []
    for source in importable()[0]:
        nights_own = made.due(source)[-1:] if source.grid == "day" else []
        plan.append((source, [window for window in made.missing(source) if window not in nights_own]))
    return [(source, windows) for source, windows in plan if windows]


def _collect(made: "Pipeline", plan: "list[tuple[Source, list[Window]]]") -> None:
    with _progress(sum(len(windows) for _, windows in plan)) as advance:
        for source, windows in plan:
            for start in range(0, len(windows), PIECE):
                piece = windows[start : start + PIECE]
                try:
                    collect_windows(made, source, piece)
                except SettingError as wrong:  # of this source; the others go on
                    complain([str(wrong)])
                advance(source.name, len(piece))


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar where there is a terminal, a line per source where there is none."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console()
    if not console.is_terminal:
        done: dict[str, int] = {}

        def count(name: str, windows: int) -> None:
            done[name] = done.get(name, 0) + windows

        yield count
        for name, windows in done.items():
            present.say(f"{name}: {windows} jendela")
        return
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("riwayat", total=total)

        def advance(name: str, windows: int) -> None:
            bar.update(task, description=name, advance=windows)

        yield advance


def _publish() -> None:
    from iku_etl import publish

    with installation.warehouse.connect("publisher") as connection:
        made = publish.publish(connection)
    if made.figures:
        present.say(f"{len(made.figures)} angka terbit, sampai muatan {made.as_of}")


def _show_result(sentence: str, style: str = "bold green") -> None:
    """The indicators, and what to type next with a member that has something to tell."""
    present.say()
    with installation.warehouse.connect("reader") as connection:
        rows = published.select(connection)
    shown = figures.overview(rows)
    present.say()
    present.say(sentence, style=style)
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
        present.say(f"  {line}")


EXAMPLES = 2  # of the indicators whose members have most to say


def _example(rows: list[dict[str, Any]]) -> list[str]:
    from iku_etl import trace

    lines: dict[tuple[str, str], int] = {}
    with installation.warehouse.connect("auditor") as connection:
        for row in rows:
            members = trace.figure(connection, row["indicator"], row["period"]).members
            told = max(members, key=lambda member: len(member["reason"] or ""))
            line = f"iku trace {row['indicator']} {row['period']}"
            lines[line, f"{line} --member {told['member']}"] = len(told["reason"] or "")
    return [line for pair in sorted(lines, key=lambda pair: -lines[pair])[:EXAMPLES] for line in pair]


# ---------------------------------------------------------------- up, down, status


@command()
def up() -> None:
    """Jalankan semuanya. PostgreSQL, Airflow, dan halaman angka, di latar belakang."""
    from iku_etl import airflow_home, airflow_keeper

    settings = installation.settings
    present.say("Menyiapkan gudang data dan Airflow (sampai dua menit)")
    complain(_shared.migrate(settings)[1])  # a broken source is its owner's: the others run all the same
    is_running = airflow_keeper.running(airflow_home.home(settings)) is not None
    door = airflow_home.door(settings) if is_running else airflow_home.up(settings)
    present.pairs([("halaman", door.url), ("nama", door.user), ("kata sandi", door.password)])
    if (settings.state / SAMPLE).exists():
        present.say("Sistem sumber kabupaten contoh ikut berjalan.", style="dim")
    present.say("Hentikan: iku down")


@command()
def down() -> None:
    """Hentikan Airflow dan PostgreSQL. Data tetap tersimpan."""
    from iku_etl import airflow_home, server

    stopped = airflow_home.down(installation.settings)
    present.say("Airflow berhenti." if stopped else "Airflow tidak berjalan.")
    if installation.settings.warehouse_url is None:
        stopped = server.stop(installation.settings.state)
        present.say("PostgreSQL berhenti." if stopped else "PostgreSQL tidak berjalan.")


@command()
@click.option("--json", "as_json", is_flag=True, help="Keluaran JSON.")
def status(as_json: bool) -> int:
    """Apa yang berjalan dan keadaan data. Tidak menjalankan apa pun."""
    from iku_etl import airflow_home, airflow_keeper, server

    settings = installation.settings
    is_embedded = settings.warehouse_url is None
    runs = not is_embedded or server.status(settings.state) is not None
    has_airflow = airflow_keeper.running(airflow_home.home(settings)) is not None
    data = _state_of_data() if runs else None
    if as_json:
        click.echo(present.encode({"warehouse": runs, "airflow": has_airflow, "data": data}))
        return 0 if runs else 1
    present.pairs([
        ("folder", str(settings.state)),
        ("PostgreSQL", f"{'berjalan' if runs else 'tidak berjalan'}{'' if is_embedded else ' (server sendiri)'}"),
        ("Airflow", airflow_home.door(settings).url if has_airflow else "tidak berjalan"),
    ])  # fmt: skip
    if data is not None:
        present.pairs(
            [
                ("muatan terbaru", present.count(data["load_no"])),
                ("terbit terakhir", present.moment(data["published_at"], installation.zone)),
                ("celah", present.count(data["gaps"])),
                ("menunggu keputusan", present.count(data["waiting"])),
            ]
        )
    return 0 if runs else 1


def _state_of_data() -> dict[str, Any] | None:
    with installation.warehouse.connect("auditor") as connection:
        there = connection.execute("select to_regclass('iku.publication') is not null as there").fetchone()
        if there is None or not there["there"]:
            return None
        return connection.execute(
            """
            select
                (select load_no from iku.load_counter) as load_no,
                (select max(published_at) from iku.publication) as published_at,
                (select count(*) from iku.window_state where batch_id is null) as gaps,
                (select count(*) from iku.batch_waiting) as waiting
            """
        ).fetchone()
