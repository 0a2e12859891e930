"""The sample regency: same seed, same bytes; the shapes of the real systems; files that tell its truth."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from openpyxl import load_workbook
from patience import PATIENCE

from iku_etl.sample import files
from iku_etl.sample.__main__ import begin
from iku_etl.sample.feeds import feeds
from iku_etl.sample.feeds.persandian_message import MESSAGE
from iku_etl.sample.regency import ZONE, World, moment
from iku_etl.sample.servers import Running, bad_night_of, default_days, serve
from iku_etl.settings import load
from tests.oracle import truth
from tests.oracle.iku_05_08 import figure
from tests.oracle.sample import records_of

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 20)
WORLD = World(7, FIRST)
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
EVERYTHING = '{__name__=~"probe_success|probe_duration_seconds|probe_http_status_code|up",job="website"}'
CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "prometheus" / "query_matrix_raw_5m.json"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The servers of WORLD as on the morning after LAST."""
    with serve(tmp_path_factory.mktemp("sample"), 7, FIRST, LAST) as running:
        yield running


def ask(running: Running, query: str, at: float, status: int = 200) -> Any:
    """An answer of the sample's Prometheus."""
    answer = requests.get(
        f"{running.url('website_uptime')}/api/v1/query", {"query": query, "time": f"{at:.3f}"}, timeout=PATIENCE
    )
    assert answer.status_code == status
    return answer.json()


def of_day(running: Running, day: date) -> dict[tuple[str, str], list[Any]]:
    """(metric, site) with its samples of one day, the day's end left out."""
    answer = ask(running, f"{EVERYTHING}[86399999ms]", moment(day + timedelta(days=1)) - 0.001)
    return {(one["metric"]["__name__"], one["metric"]["situs"]): one["values"] for one in answer["data"]["result"]}


def sheet(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    """The data rows of one of the sample's CSV files."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    start = next(n for n, line in enumerate(lines) if {"legal_basis", "host", "unit", "ID Unit"} & set(line))
    header = list(MESSAGE) if "ID Unit" in lines[start] else lines[start]
    return [dict(zip(header, line, strict=False)) for line in lines[start + 1 :]]


# ---------------------------------------------------------------- files


def test_same_seed_and_day_give_the_same_bytes() -> None:
    first = dict(files.contents(WORLD, LAST))
    time.sleep(1.1)  # a workbook holds the second it was saved in
    assert dict(files.contents(World(7, FIRST), LAST)) == first
    assert dict(files.contents(World(8, FIRST), LAST)) != first


def test_writing_again_writes_nothing_and_an_earlier_day_takes_away(tmp_path: Path) -> None:
    assert files.write(tmp_path, WORLD, date(2026, 3, 25))
    assert files.write(tmp_path, WORLD, date(2026, 3, 25)) == []
    late = tmp_path / "drop" / "persandian_message" / "2026-01_bkpsdm.csv"
    assert late.exists()
    files.write(tmp_path, WORLD, date(2026, 3, 4))
    assert not late.exists()
    assert list(tmp_path.rglob(".*")) == []


def test_correction_takes_the_place_of_its_file() -> None:
    name = "persandian_message/2026-01_disdikbud.csv"
    before, after = (sheet(dict(files.contents(WORLD, day))[name]) for day in (date(2026, 2, 19), date(2026, 2, 20)))
    changed = [(old["secured"], new["secured"]) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [("ya", "tidak")]


def test_hand_in_statement_of_a_month_knows_only_its_day() -> None:
    def received(month: date) -> str:
        name = f"register_submission/rekap_{month:%Y-%m}.csv"
        rows = sheet(dict(files.contents(WORLD, date(2026, 4, 30)))[name])
        return next(row["received_on"] for row in rows if (row["unit"], row["period"]) == ("bkpsdm", "2026-01"))

    assert (received(JANUARY), received(FEBRUARY)) == ("", "2026-03-05")


@pytest.mark.parametrize("month", [JANUARY, FEBRUARY])
def test_registers_hold_what_the_truth_says(month: date) -> None:
    known = date(2026, 3, 9)
    given = dict(files.contents(WORLD, known))
    statement = sheet(given["register_submission/rekap_2026-02.csv"])
    told = {row["unit"]: row for row in statement if row["period"] == f"{month:%Y-%m}"}
    for unit, true in truth.unit_months(WORLD, month, known).items():
        content = given.get(f"persandian_message/{month:%Y-%m}_{unit}.csv")
        rows = [row for row in sheet(content) if row["agenda_no"] != "Jumlah"] if content else []
        assert len(rows) == true.rows_declared == int(told[unit]["rows_declared"] or 0)
        assert (told[unit]["received_on"] or None) == (true.received_on and true.received_on.isoformat())
        assert sum(row["void"] == "ya" for row in rows) == true.void
        assert Counter(row["unit"] for row in rows) == ({unit: len(rows)} if rows else {})
        numbers = [int(row["agenda_no"]) for row in rows]
        assert numbers == sorted(set(numbers))
        assert not rows or numbers[-1] <= int(told[unit]["last_running_number"])


def test_troubles_of_registers_are_there() -> None:
    january, february = (truth.unit_months(WORLD, month, date(2026, 3, 9)) for month in (JANUARY, FEBRUARY))
    assert (january["setda"].void, january["setda"].repeats) == (1, 1)
    assert january["setda"].messages == january["setda"].rows_declared - 2
    assert january["dpmd"].nil
    assert february["kec_manna"].nil
    assert february["dinkes"].bad_rows == 2
    assert february["bappeda"].repeats == 1
    assert (january["satpolpp"].received_on, february["satpolpp"].received_on) == (None, None)
    for month, before in ((january, 0), (february, january["inspektorat"].last_running_number)):
        only_secured = month["inspektorat"]
        assert only_secured.secured == only_secured.messages > 0
        assert only_secured.last_running_number - before > only_secured.rows_declared
    for unit, month in january.items():
        if unit not in ("inspektorat", "satpolpp"):
            assert month.last_running_number == month.rows_declared


def test_website_register_is_a_workbook_first_then_csv() -> None:
    given = dict(files.contents(WORLD, date(2026, 3, 9)))
    book = load_workbook(io.BytesIO(given["website/daftar_situs_2026-01.xlsx"]))
    top = next(book.worksheets[0].iter_rows(values_only=True))
    assert (top[0], top[1]) == ("Posisi per", datetime(2026, 1, 31))  # noqa: DTZ001  # a workbook has no zone
    rows = sheet(given["website/daftar_situs_2026-02.csv"], ";")
    closed = [row for row in rows if row["closure_letter"]]
    assert [(row["site"], row["managed_to"]) for row in closed] == [("covid19.bengkuluselatan.example", "2026-02-17")]
    assert all(row["host"].endswith(".example") for row in rows)


# ---------------------------------------------------------------- Prometheus


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captured answer lies beside the checkout, not in it")
def test_answer_has_the_shape_of_a_captured_one(running: Running) -> None:
    captured = json.loads(CAPTURED.read_text())
    ours = ask(running, 'probe_success{job="website"}[5m]', moment(date(2026, 1, 2)))

    def shape(answer: Any) -> Any:
        series = answer["data"]["result"][0]
        (at, value) = series["values"][0]
        kinds = (type(at) in (int, float), type(value))
        return (
            list(answer),
            list(answer["data"]),
            answer["data"]["resultType"],
            list(series),
            set(series["metric"]),
            kinds,
        )

    assert shape(ours) == shape(captured)


def test_both_ends_of_a_range_are_included(running: Running) -> None:
    query = 'probe_success{situs="www.bengkuluselatan.example",job="website"}[1d]'
    values = ask(running, query, moment(date(2026, 1, 3)))["data"]["result"][0]["values"]
    assert (len(values), values[0][0], values[-1][0]) == (289, moment(date(2026, 1, 2)), moment(date(2026, 1, 3)))


@pytest.mark.parametrize("day", [date(2026, 1, 2), date(2026, 1, 7), date(2026, 1, 18), date(2026, 2, 22)])
def test_samples_count_what_the_truth_counts(running: Running, day: date) -> None:
    series, expected = of_day(running, day), truth.site_day(WORLD, day)
    for site, (up, down) in expected.items():
        counted = Counter(value for _, value in series.get(("probe_success", site), []))
        assert (counted["1"], counted["0"]) == (up, down)
        times = [at for at, _ in series.get(("probe_success", site), [])]
        scraped = {at for at, value in series.get(("up", site), []) if value == "1"}
        assert set(times) == scraped
    if day == date(2026, 1, 18):
        assert {value for _, value in series["up", "rsud.bengkuluselatan.example"]} == {"0", "1"}
    if day == date(2026, 1, 7):
        assert ("up", "distan.bengkuluselatan.example") not in series


def test_a_new_host_is_a_new_series_of_the_same_site(running: Running) -> None:
    query = 'up{situs="dpmptsp.bengkuluselatan.example"}[2d]'
    result = ask(running, query, moment(date(2026, 1, 17)))["data"]["result"]
    assert [one["metric"]["instance"].split(".")[0] for one in result] == ["https://dpmptsp", "https://perizinan"]


def test_nothing_is_known_of_today(running: Running) -> None:
    values = ask(running, 'up{job="website"}[3d]', moment(LAST + timedelta(days=2)))["data"]["result"][0]["values"]
    assert datetime.fromtimestamp(values[-1][0], ZONE).date() == LAST
    assert ask(running, 'up{job="website"}[1d]', moment(FIRST) - 0.001)["data"]["result"] == []


@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("", 400, "bad_data"),
        ("up{", 400, "bad_data"),
        ('up{job="website"}', 400, "bad_data"),
        ('{job=~"("}[1d]', 400, "bad_data"),
        ('up{job="website"}[1y]', 400, "bad_data"),
        ('up{job="website"}[60d]', 422, "execution"),
    ],
)
def test_bad_queries_get_prometheus_errors(running: Running, query: str, status: int, kind: str) -> None:
    answer = ask(running, query, moment(LAST), status)
    assert (answer["status"], answer["errorType"]) == ("error", kind)


def test_ready_and_unknown_paths(running: Running) -> None:
    ready = requests.get(f"{running.url('website_uptime')}/-/ready", timeout=PATIENCE)
    assert ready.text == "Prometheus Server is Ready.\n"
    assert requests.get(f"{running.url('website_uptime')}/api/v1/nothing", timeout=PATIENCE).status_code == 404
    posted = requests.post(
        f"{running.url('website_uptime')}/api/v1/query", {"query": "up[1h]", "time": moment(LAST)}, timeout=PATIENCE
    )
    assert posted.json()["data"]["result"]


def test_bad_night_is_bad_once(tmp_path: Path) -> None:
    night = bad_night_of(WORLD)
    for kinds in (["text/html", "application/json; charset=UTF-8"], ["application/json; charset=UTF-8"] * 2):
        with serve(tmp_path, 7, FIRST, LAST, bad_night=night) as running:
            query = {"query": f"{EVERYTHING}[6h]", "time": f"{moment(night, 6) - 0.001:.3f}"}
            url = f"{running.url('website_uptime')}/api/v1/query"
            answers = [requests.get(url, query, timeout=PATIENCE) for _ in kinds]
        assert [answer.headers["Content-Type"] for answer in answers] == kinds
        assert {answer.status_code for answer in answers} == {200}


def test_a_month_of_one_site_misses_1428_checks() -> None:
    months = truth.site_months(WORLD, JANUARY, LAST)
    missing = {name: month.unseen for name, month in months.items()}
    others = {count for name, count in missing.items() if not name.startswith("distan.")}
    assert (missing["distan.bengkuluselatan.example"], others) == (1428 + 36, {36})
    assert months["dinkes.bengkuluselatan.example"].down >= 4 * 288
    assert truth.site_months(WORLD, FEBRUARY, LAST)["disdikbud.bengkuluselatan.example"].down >= 78 * 12


# ---------------------------------------------------------------- WordPress, connections, the command


def posts(running: Running, site: str, before: date, **more: str) -> requests.Response:
    """What a site answers as of the beginning of a day."""
    url = f"{running.url('website_content')}/{site}.bengkuluselatan.example/wp-json/wp/v2/posts"
    at = datetime(before.year, before.month, before.day, tzinfo=ZONE).isoformat()
    return requests.get(url, {"per_page": "1", "before": at, **more}, timeout=PATIENCE)


def test_sites_say_their_newest_post(running: Running) -> None:
    for site in ("www", "dpmd", "rsud"):
        (post,) = posts(running, site, MARCH).json()
        newest = truth.site_months(WORLD, FEBRUARY, LAST)[f"{site}.bengkuluselatan.example"].newest_content_on
        assert newest is not None
        assert post["date"][:10] == newest.isoformat()
    assert (date(2026, 2, 28) - date.fromisoformat(posts(running, "dpmd", MARCH).json()[0]["date"][:10])).days > 90


def test_sites_with_nothing_to_say(running: Running) -> None:
    assert posts(running, "lpse", MARCH).status_code == 404
    assert posts(running, "satudata", date(2026, 2, 20)).json() == []
    assert posts(running, "covid19", date(2026, 2, 18)).status_code == 200
    assert posts(running, "covid19", date(2026, 2, 19)).status_code == 404
    assert posts(running, "www", MARCH, per_page="0").json()["code"] == "rest_invalid_param"
    future = posts(running, "bappeda", date(2026, 2, 16), _fields="date").json()[0]["date"]
    assert future > "2026-02-16"


def test_connections_of_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "connections.toml"
    path.write_text(
        '[website]\nsystem = "register"\nurl = "/srv/berkas"\n\n[website_uptime]\nsystem = "old"\nurl = "x"\n'
    )
    with serve(tmp_path, 7, FIRST, FIRST), serve(tmp_path, 7, FIRST, FIRST) as running:
        declared = tomllib.loads(path.read_text())
        assert set(declared) == {"website", *running.servers}
        connection = load({"IKU_STATE": str(tmp_path)}).endpoint("website_content")
    assert connection.system == "wordpress"
    assert set(connection.options["sites"]) == {site.site for site in running.world.sites}
    assert load({"IKU_STATE": str(tmp_path)}).endpoint("website_uptime").options["job"] == "website"


def test_default_days_hold_two_whole_months() -> None:
    assert default_days(date(2026, 11, 22)) == (date(2026, 9, 1), date(2026, 11, 21))
    assert default_days(date(2026, 1, 1)) == (date(2025, 11, 1), date(2025, 12, 31))


def test_a_world_goes_on_when_served_again(tmp_path: Path) -> None:
    assert begin(tmp_path, 1, None, date(2026, 5, 10)) == (1, date(2026, 3, 1), date(2026, 5, 9))
    assert begin(tmp_path, 1, None, date(2026, 6, 2)) == (1, date(2026, 3, 1), date(2026, 6, 1))
    assert begin(tmp_path, 2, None, date(2026, 6, 2)) == (2, date(2026, 4, 1), date(2026, 6, 1))


def test_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "iku_etl.sample", "--state", str(tmp_path), "--last-day", "2026-03-05"]
    with subprocess.Popen(
        [*command, "--first-day", "2026-01-01"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=dict(os.environ),
    ) as served:
        assert served.stdout is not None
        urls = dict(served.stdout.readline().split(": ") for _ in feeds("answer"))
        url = urls["website_uptime"].strip()
        assert requests.get(f"{url}/-/ready", timeout=PATIENCE).ok
        served.send_signal(signal.SIGTERM)
        assert served.wait(PATIENCE) == 0
    assert (tmp_path / "drop" / "website" / "daftar_situs_2026-01.xlsx").exists()


# ---------------------------------------------------------------- the figures it leads to


def test_every_trouble_shows_in_a_figure() -> None:
    known = date(2026, 3, 9)
    records = records_of(WORLD, date(2026, 3, 8), known)
    january, february = (figure(records, "IKU-05", period, known) for period in ("2026-01", "2026-02"))
    assert {row.member.split(".")[0] for row in january.members if not row.numerator} == {"dinkes", "dpmd"}
    assert {row.member.split(".")[0] for row in february.members if not row.numerator} == {"disdikbud", "dpmd"}
    assert (january.mutu, february.mutu, january.denominator, february.denominator) == ("cukup", "cukup", 13, 13)
    (distan,) = [row for row in january.members if row.member.startswith("distan")]
    assert (distan.numerator, distan.numerator_low, distan.numerator_high) == (1, 0, 1)

    before = figure(records_of(WORLD, date(2026, 2, 9)), "IKU-08", "2026-01", date(2026, 2, 10))
    after = figure(records, "IKU-08", "2026-01", known)
    assert (before.mutu, before.value, after.mutu) == ("kurang_data", None, "cukup")
    assert after.denominator > before.denominator  # the late register came
    assert {row.member for row in after.members if row.numerator_low is None} == {"inspektorat", "satpolpp"}
    (dinkes,) = [row for row in figure(records, "IKU-08", "2026-02", known).members if row.member == "dinkes"]
    assert dinkes.numerator_high is not None
    assert dinkes.numerator_high - dinkes.numerator == 2
    assert figure(records, "IKU-08", "2026", known).target == 78  # changed during the year
