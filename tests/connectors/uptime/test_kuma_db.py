"""A copy of kuma.db: Kuma 2 deletes beats at 03.14, and a day that it has begun to delete is a gap, not a handful."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest
from kuma_kit import DINKES, DOWN, STEP, UP, Kuma, counts, day, read, written
from loopback import DAY, ZONE, kept

from iku_etl import catalogue
from iku_etl.connectors.uptime import kuma_db, uptime_kuma
from iku_etl.errors import ContractError, NotTold
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.window import Window, window_at

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "uptimekuma" / "kuma_sample.db"
needs_sample = pytest.mark.skipif(
    not SAMPLE.exists(), reason="../shared/data/uptimekuma is not here: its licence keeps the file out of the project"
)
CAPTURE_DAY = window_at("day", date(2026, 11, 22), ZONE)
SITES = {"diskominfo.example": 1, "bappeda.example": "Website Bappeda", "dinkes.example": 3}


# ---------------------------------------------------------------- what Kuma deletes


@pytest.fixture
def cleared(tmp_path: Path) -> Path:
    """Monitored since January 2nd, two outages in the night to the 4th; cleaned, and copied at midnight to the 7th."""
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    first = day(2).start
    outages = {first + timedelta(hours=hours, minutes=minutes): DOWN for hours in (58, 63) for minutes in (0, 5)}
    kuma.beat(first, day(6).end + STEP, outages)
    kuma.clean(date(2026, 1, 6))
    return kuma.path


def test_a_day_of_which_only_changes_are_left_is_no_day_of_two_downs(cleared: Path) -> None:
    with closing(sqlite3.connect(cleared)) as database:
        left = "select status, count(*) from heartbeat where time >= ? and time < ? group by status order by status"
        (down, up) = database.execute(left, [written(day(4).start), written(day(4).end)]).fetchall()
    assert (down, up) == ((DOWN, 2), (UP, 2))  # of 284 up and 4 down
    for number in (3, 4, 5):  # the fifth has all beats since 03.15
        with pytest.raises(NotTold, match=f"2026-01-0{number}") as refused:
            read(cleared, day(number))
        assert refused.value.code == "forgotten"
    assert counts(read(cleared, day(6))) == {"dinkes.example": (288, 0)}


def test_the_newest_day_without_its_beginning_is_not_observed_and_says_since_when_beats_are_there(
    tmp_path: Path,
) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES, (2, "Lambat", "https://lambat.example/", "http"))
    kuma.beat(day(2).start, day(5).end + timedelta(hours=4))
    kuma.beat(day(2).start, day(5).end + timedelta(hours=4), monitor=2, step=timedelta(minutes=20))
    kuma.clean(date(2026, 1, 6))  # copied at 04.00, too late for the fifth
    piece = read(kuma.path, day(5))
    assert counts(piece) == {"lambat.example": (72, 0)}  # its last hundred beats reach back
    (unobserved,) = piece.unobserved
    assert unobserved.known == {"site": "dinkes.example"}
    assert "utuh sejak 2026-01-04 20:15:00.000 UTC" in unobserved.sentence and "03.14" in unobserved.sentence


def test_a_monitor_that_was_made_in_the_day_is_whole_since_then(tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(DAY.start + timedelta(hours=1), DAY.end + STEP)
    assert counts(read(kuma.path, DAY)) == {"dinkes.example": (276, 0)}
    kuma.clean(date(2026, 1, 6))  # its first beat is kept as a change, those after it are gone
    piece = read(kuma.path, DAY)
    assert counts(piece) == {} and len(piece.unobserved) == 1


@pytest.mark.parametrize("digits", [".000", ""], ids=["milliseconds", "seconds"])
@pytest.mark.parametrize(("cut", "is_whole"), [(0, True), (1, False)])
def test_the_day_is_whole_from_a_beat_at_its_very_start(tmp_path: Path, digits: str, cut: int, is_whole: bool) -> None:
    """It holds the beat of its start and not that of its end, however they are written."""
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(day(3).start, DAY.end + STEP)
    with closing(sqlite3.connect(kuma.path)) as database, database:
        oldest = written(DAY.start + cut * STEP)
        database.execute("delete from heartbeat where important = 0 and time < ?", [oldest])
        database.execute("update heartbeat set time = replace(time, '.000', ?)", [digits])
    piece = read(kuma.path, DAY)
    assert counts(piece) == ({"dinkes.example": (288, 0)} if is_whole else {})
    assert len(piece.unobserved) == (not is_whole)
    assert piece.declared_out == {}


def test_a_day_whose_elder_beats_went_by_the_kept_period_is_not_whole(tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(day(2).start, DAY.end + STEP)
    with closing(sqlite3.connect(kuma.path)) as database, database:  # keepDataPeriodDays = 1: changes too
        database.execute("delete from heartbeat where time < ?", [written(DAY.start + timedelta(hours=3))])
    assert [one.known for one in read(kuma.path, DAY).unobserved] == [{"site": "dinkes.example"}]


def test_a_site_that_changes_at_each_beat_cant_be_told(tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    moments = [day(4).start + number * STEP for number in range(600)]
    kuma.beat(day(4).start, DAY.end + STEP, {moment: number % 2 for number, moment in enumerate(moments)})
    assert "tidak utuh" in read(kuma.path, DAY).unobserved[0].sentence


def test_no_older_beat_of_another_monitor_costs_the_day_that_is_asked_about(cleared: Path) -> None:
    with closing(sqlite3.connect(cleared)) as database, database:
        database.execute("insert into monitor values (2, 'Mati', 'https://mati.example', 'http')")
    piece = read(cleared, day(6), sites={"dinkes.example": 1, "mati.example": 2})
    assert counts(piece) == {"dinkes.example": (288, 0)}
    (unobserved,) = piece.unobserved
    assert unobserved.known == {"site": "mati.example"}
    assert "tidak mencatat satu pemeriksaan pun" in unobserved.sentence


def connect(pipeline: Pipeline, path: Path, sites: Mapping[str, int | str]) -> None:
    pipeline.settings.state.mkdir(parents=True, exist_ok=True)
    (pipeline.settings.state / "connections.toml").write_text(
        f'[website_uptime]\nsystem = "uptime_kuma"\nurl = "{path}"\n[website_uptime.sites]\n'
        + "\n".join(f'"{site}" = {orjson.dumps(called).decode()}' for site, called in sites.items())
    )


def collect(pipeline: Pipeline, *windows: Window) -> list[Batch]:
    """These windows, the clock standing ten minutes after the last one."""
    then = replace(pipeline, now=lambda: windows[-1].end + timedelta(minutes=10))
    return then.collect(catalogue.source("website_uptime"), windows).batches


def test_nights_of_copies_load_each_day_once_and_pile_up_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(day(2).start, day(2).end)
    connect(pipeline, kuma.path, {"dinkes.example": 1})
    endings = []
    for number in range(3, 8):
        outage = {day(number).start + timedelta(hours=10): DOWN, day(number).start + timedelta(hours=20): DOWN}
        kuma.beat(day(number).start, day(number).end + STEP, outage)
        ended = collect(pipeline, *(day(one) for one in range(max(3, number - 2), number + 1)))  # the lookback is 2
        endings.append([(batch.window.first_day.day, batch.ending) for batch in ended])
        kuma.beat(day(number).end + STEP, day(number).end + timedelta(hours=3, minutes=14))
        kuma.clean(day(number).end.astimezone(ZONE).date())
        with closing(sqlite3.connect(kuma.path)) as database, database:  # these come again tomorrow
            database.execute("delete from heartbeat where time >= ?", [written(day(number).end)])
    assert endings == [[(number, "in_force")] for number in range(3, 8)]
    with pipeline.warehouse.connect("auditor") as found:
        days = found.execute("select window_on, up_count, down_count from fact.website_uptime_day order by 1")
        assert [tuple(row.values()) for row in days] == [(date(2026, 1, number), 286, 2) for number in range(3, 8)]


def test_a_day_that_was_never_collected_in_its_time_is_a_gap_that_is_said_once(
    pipeline: Pipeline, cleared: Path
) -> None:
    connect(pipeline, cleared, {"dinkes.example": 1})
    (gap, whole) = collect(pipeline, day(4), day(6))
    assert (gap.ending, whole.ending, whole.loaded) == ("rejected", "in_force", 288)
    assert "sudah melupakan awal jendela 2026-01-04" in str(gap.reason)
    (look,) = collect(pipeline, day(4), day(6))  # the gap is tried again, and is no news
    assert look.ending == "unchanged"


# ---------------------------------------------------------------- whose beats


@pytest.fixture(params=[timedelta(), timedelta(seconds=7)], ids=["same instants", "shifted"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Kuma:
    """Two monitors of one host, one up and one down; whether their instants coincide must not matter."""
    kuma = Kuma.made(
        tmp_path / "kuma.db",
        (1, "Portal", "https://portal.example/", "http"),
        (2, "PPID di portal", "https://portal.example/ppid/", "keyword"),
    )
    kuma.beat(DAY.start, DAY.end + STEP)
    kuma.beat(DAY.start + request.param, DAY.end + STEP, monitor=2, status=DOWN)
    return kuma


def test_two_addresses_of_a_host_are_never_one_site(two: Kuma) -> None:
    piece = read(two.path, DAY)
    assert piece.table.num_rows == 0
    (unobserved,) = piece.unobserved
    assert unobserved.known == {"site": "portal.example"}
    assert "pemantau 1 'Portal'; pemantau 2 'PPID di portal'" in unobserved.sentence
    mapped = read(two.path, DAY, sites={"portal.example": 1, "ppid.portal.example": 2})
    assert counts(mapped) == {"portal.example": (288, 0), "ppid.portal.example": (0, 288)}


def test_two_addresses_of_a_host_alone_are_rejected_by_name(pipeline: Pipeline, two: Kuma) -> None:
    connect(pipeline, two.path, {})
    (batch,) = collect(pipeline, DAY)
    assert batch.ending == "rejected" and "situs portal.example diperiksa 2 pemantau" in str(batch.reason)


@pytest.mark.parametrize("url", ["https://", "", "dinkes.example"])
def test_a_ping_that_is_called_as_the_site_is_no_check_of_it(tmp_path: Path, url: str) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES, (2, "dinkes.example", url, "ping"))
    kuma.beat(DAY.start, DAY.end + STEP, status=DOWN)
    kuma.beat(DAY.start + timedelta(seconds=7), DAY.end + STEP, monitor=2)
    piece = read(kuma.path, DAY)
    assert counts(piece) == {"dinkes.example": (0, 288)}
    assert piece.declared_out == {f"{uptime_kuma.UNMAPPED} berjenis ping": 288}
    assert "berjenis ping" in read(kuma.path, DAY, sites={"dinkes.example": 2}).unobserved[0].sentence


# ---------------------------------------------------------------- a copy, and what is none


def lived_on(path: Path) -> Path:
    """Kuma, which writes a log ahead (WAL), went on beating into the next day, before this copy was made."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma journal_mode = wal")
        database.execute(
            "insert into heartbeat (monitor_id, status, time) values (1, 1, ?)", ["2026-11-22 17:00:01.000"]
        )
    return path


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    made = tmp_path / "kuma.db"
    made.write_bytes(SAMPLE.read_bytes())
    return made


@needs_sample
def test_a_copy_of_the_database_becomes_facts_and_is_not_touched(pipeline: Pipeline, sample: Path) -> None:
    before = lived_on(sample).read_bytes()
    connect(pipeline, sample, SITES)
    (batch,) = collect(pipeline, CAPTURE_DAY)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 193, 0), batch.reason
    with pipeline.warehouse.connect("auditor") as found:
        days = found.execute("select site, up_count, down_count, unseen_count from fact.website_uptime_day").fetchall()
        causes = found.execute("select cause, count(*) as rows from fact.website_uptime group by cause").fetchall()
    assert {tuple(row.values()) for row in days} == {
        ("diskominfo.example", 65, 0, 0),
        ("bappeda.example", 56, 8, 0),
        ("dinkes.example", 0, 64, 0),
    }
    assert {row["cause"]: row["rows"] for row in causes} == {"http_503": 8, "http_500": 64, None: 121}
    assert sample.read_bytes() == before
    assert sorted(path.name for path in sample.parent.glob("kuma.db*")) == ["kuma.db"]
    (look,) = collect(pipeline, CAPTURE_DAY)
    assert look.ending == "unchanged"


def test_a_copy_made_before_the_day_ended_is_a_gap_that_is_said_once(pipeline: Pipeline, tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(DAY.start, DAY.end)
    connect(pipeline, kuma.path, {"dinkes.example": 1})
    (batch,) = collect(pipeline, DAY)
    assert batch.ending == "rejected" and "salinan kuma.db dibuat sebelum" in str(batch.reason)
    assert collect(pipeline, DAY) == []
    kuma.beat(DAY.end, DAY.end + STEP)
    assert [(one.ending, one.loaded) for one in collect(pipeline, DAY)] == [("in_force", 288)]


@needs_sample
def test_the_database_of_a_running_kuma_is_refused(sample: Path) -> None:
    shutil.copyfile(sample, f"{sample}-wal")
    with pytest.raises(ContractError, match=r"\.backup") as refused:
        read(sample, CAPTURE_DAY)
    assert refused.value.code == "live_database"


@pytest.mark.parametrize("content", [b"", b"posisi_per;2026", b"SQLite format 3\0" + b"x" * 500])
def test_what_is_no_database_of_kuma_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kuma.db"
    path.write_bytes(content)
    with pytest.raises(ContractError, match="kuma"):
        read(path, DAY)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("create table other (id integer)", "no such table"),
        ("create table monitor (id, name); create table heartbeat (id)", "no such column"),
        (
            "create table monitor (id, name); insert into monitor values (1, 'a'); create table heartbeat (id,"
            " monitor_id, status, time, msg, ping, important); insert into heartbeat values (1, 1, 1,"
            " '2026-01-05 01:00:00.000', x'00', 1, 0), (2, 1, 1, '2026-01-06 01:00:00.000', '', 1, 0)",
            "isi biner",
        ),
        (
            "create table monitor (id, name); create view heartbeat as with recursive endless(id) as (select 1 union"
            " all select id + 1 from endless) select id, 1 as monitor_id, 1 as status, '2026' as time, '' as msg, 1 as"
            " ping, 0 as important from endless",
            "interrupted",
        ),
    ],
)
def test_a_database_of_another_shape_is_refused(
    tmp_path: Path, made: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kuma_db, "SECONDS", 1)
    path = tmp_path / "kuma.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(made)
    with pytest.raises(ContractError, match=words):
        read(path, DAY)


def test_more_beats_than_a_window_can_have_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kuma_db, "BEATS", 287)
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(DAY.start, DAY.end + STEP)
    with pytest.raises(ContractError, match="lebih dari 287 detak"):
        read(kuma.path, DAY)


def test_a_payload_that_does_not_say_what_was_deleted_is_not_judged_again(tmp_path: Path) -> None:
    kuma = Kuma.made(tmp_path / "kuma.db", DINKES)
    kuma.beat(DAY.start, DAY.end + STEP)
    (payload,) = uptime_kuma.beats(Endpoint("uptime_kuma", str(kuma.path)), DAY)
    old = replace(payload, chunks=[b"".join(payload.chunks).replace(b'"cut":{}', b'"old":{}', 1)])
    with pytest.raises(ContractError, match="muatan lama"):
        list(uptime_kuma.read(kept(tmp_path, old), DAY))
