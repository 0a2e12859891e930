"""An approved figure stands at every door, and whatever came after it stands beside it with since when and why."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from conftest import TEMPLATE, Cluster
from fastapi.testclient import TestClient
from install_kit import Iku
from psycopg import sql
from web_kit import visitor

from iku_etl import settings
from iku_etl.figures import export, open_data, publications
from iku_etl.figures.public import public
from iku_etl.pipeline import Pipeline, told_change
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Row
from iku_etl.web.login import Role

FIGURE = ("IKU-08", "2026-01")
LETTER = "800/1/KOMINFO/2026"


def now() -> datetime:
    return datetime.now(UTC)


def mended(pipeline: Pipeline, day: int, text: str) -> None:
    """Other messages, collected and published as of a day of February by the pipeline, as the night does."""
    kit.drop(pipeline.settings, "persandian_message", text)
    kit.collect(pipeline, "persandian_message")
    with pipeline.warehouse.connect("auditor") as connection:
        newest = database.load_at(connection, now())
    pipeline.publish(as_of=newest, as_of_time=datetime(2026, 2, day, 5, tzinfo=UTC))


class Restated:
    """50 published, verified, approved; 75 published, verified; `at`: when each had been done."""

    def __init__(self, pipeline: Pipeline, state: Path) -> None:
        self.pipeline = pipeline
        self.at: dict[str, datetime] = {}
        kit.settle(pipeline)
        self.at["published"] = now()
        pipeline.verify_figure(*FIGURE, 1, reason="sudah diperiksa", by="Kepala Bidang")
        self.at["verified"] = now()
        pipeline.approve_figure(
            *FIGURE, 1, reason="rapat bulanan", by="Sekretaris", letter=LETTER, official="Kepala Dinas"
        )
        self.at["approved"] = now()
        mended(pipeline, 21, kit.MESSAGES.replace("aneh", "biasa"))
        self.at["restated"] = now()
        pipeline.verify_figure(*FIGURE, 2, reason="sudah diperiksa", by="Kepala Bidang")
        self.at["verified again"] = now()
        self.site = settings.load(kit.environment(pipeline.warehouse, state))


@pytest.fixture(scope="module")
def restated(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restated]:
    """One for all tests that only read."""
    state = tmp_path_factory.mktemp("restated") / "state"
    site = settings.load({"IKU_STATE": str(state), "IKU_FREE_SPACE_FLOOR_MB": "0"})
    warehouse = cluster.create("restated_figures", TEMPLATE)
    yield Restated(Pipeline(site, warehouse, lambda: datetime(2026, 1, 31, 23, tzinfo=UTC)), state)
    cluster.drop("restated_figures")


@pytest.fixture
def own(restated: Restated, cluster: Cluster) -> Iterator[Pipeline]:
    """A copy for a test that goes on."""
    of_pages = sql.SQL("select pg_terminate_backend(pid) from pg_stat_activity where datname = {}")
    cluster.admin(of_pages.format(sql.Literal("restated_figures")))  # pages keep their connections
    yield replace(restated.pipeline, warehouse=cluster.create("restated_copy", "restated_figures"))
    cluster.drop("restated_copy")


@pytest.fixture
def iku(monkeypatch: pytest.MonkeyPatch, capsys: Any, restated: Restated) -> Iterator[Iku]:
    """`iku ..` over it."""
    with kit.at_hand(monkeypatch, capsys, restated.pipeline.warehouse, restated.site.state) as call:
        yield call


def newest(pipeline: Pipeline, **how: Any) -> Row:
    with pipeline.warehouse.connect("reader") as reader:
        (row,) = publications.select(reader, *FIGURE, **how)
    return row


STANDS = "disahkan 50,00 persen (nomor 1), oleh Kepala Dinas, surat 800/1/KOMINFO/2026"


def test_why_it_is_another_today_is_written_down_with_who_brought_it(own: Pipeline) -> None:
    row, pipeline = newest(own), own
    assert (row["tahap"], row["value"], row["approved"]["value"]) == ("direvisi", 75, 50)
    assert row["approved"]["as_of"] < row["as_of"]
    assert "50,00 menjadi 75,00" in row["restated_because"]
    assert "Agenda berita persandian Januari 2026" in row["restated_because"]
    assert row["restated_because_publicly"] == "data Agenda berita persandian Januari 2026"
    assert "Kesehatan" not in row["restated_because_publicly"]
    assert row["restated_by"]
    with pipeline.warehouse.connect("auditor") as auditor:
        (kept,) = auditor.execute("select * from iku.restatement").fetchall()
    mended(pipeline, 22, kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,ya,jks,"))
    with pipeline.warehouse.connect("auditor") as auditor:
        first, second = auditor.execute("select * from iku.restatement order by figure_id").fetchall()
    assert first == kept  # told once
    assert "75,00 menjadi" in second["because"] or "50,00 menjadi" in second["because"]
    assert newest(pipeline)["approved"] == row["approved"]  # frozen
    first, *_, last = pipeline.changes_of_figure(*FIGURE)
    assert "menyatakan ulang" not in told_change(first)
    assert "menyatakan ulang nomor 1 yang disahkan" in told_change(last)
    assert "menyatakan ulang" not in second["because"]


def test_every_command_shows_both(restated: Restated, iku: Iku, tmp_path: Path) -> None:
    for arguments in (("figures", "--indicator", "IKU-08"), ("trace", *FIGURE)):
        out = " ".join(iku(*arguments)[1].split())
        assert STANDS in out, arguments
        assert "dinyatakan ulang 75,00 persen sejak" in out, arguments
    assert iku("export", "--csv", "machine", "--out", str(tmp_path / "iku.csv"))[0] == 0
    table = list(csv.DictReader(io.StringIO((tmp_path / "iku.csv").read_text(encoding="utf-8"))))
    line = next(row for row in table if (row["kode"], row["periode"]) == ("IKU-08", "Januari 2026"))
    assert (line["realisasi"], line["realisasi_disahkan"], line["tahap"]) == ("75", "50", "direvisi")
    assert LETTER in line["pengesahan"]
    assert "dinyatakan ulang 75,00" in line["keterangan"]
    assert tuple(line) == export.COLUMNS
    assert "berubah sesudah nomor 1 disahkan" in " ".join(iku("status")[1].split())


def test_every_page_and_file_shows_both(restated: Restated) -> None:
    site = restated.site
    reads, anybody = visitor(site, Role.OP), visitor(site, Role.PUBLIC)
    for path in ("/figure/IKU-08/2026-01", "/decisions/figure/IKU-08/2026-01"):
        text = reads.get(path).text
        assert STANDS in text, path
        assert "dinyatakan ulang 75,00 persen" in text, path
    for path in ("/?period=2026-01", "/indicator/IKU-08", "/decisions", "/member/IKU-08?name=dinkes"):
        assert "disahkan 50,00 (nomor 1)" in reads.get(path).text, path
    with restated.pipeline.warehouse.connect("auditor") as connection:
        found = public(connection)
    assert found.least > 1
    assert "angkanya ditutup" in anybody.get("/publik/IKU-08").text  # of few messages


def test_the_api_has_what_was_approved_beside_what_is(restated: Restated) -> None:
    site = restated.site
    one = asked(visitor(site, Role.VIEWER))
    assert (one["value"], one["approved"]["value"], one["approved"]["revision"]) == ("75", "50", 1)
    assert one["approved"]["approved_official"] == "Kepala Dinas"
    assert "50,00 menjadi 75,00" in one["restated_because"]
    theirs = asked(visitor(site, Role.PUBLIC))
    assert theirs["is_closed"]
    assert (theirs["approved"]["value"], theirs["approved"]["numerator"]) == (None, None)
    assert theirs["restated_because"] == "data Agenda berita persandian Januari 2026"


def asked(browser: TestClient, **how: str) -> dict[str, Any]:
    answer = browser.get("/api/v1/figures", params={"indicator": FIGURE[0], "period": FIGURE[1], **how})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["items"]
    return dict(found)


def test_open_data_have_what_was_approved_where_it_is_not_closed(
    restated: Restated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iku_etl.figures.public.LEAST", 0)
    with restated.pipeline.warehouse.connect("auditor") as connection:
        found = public(connection)
    made = open_data.files(found, None)
    lines = list(csv.DictReader(io.StringIO(made["iku.csv"].decode())))
    line = next(row for row in lines if (row["kode"], row["periode"]) == FIGURE)
    assert (line["realisasi"], line["disahkan_realisasi"], line["disahkan_revisi"]) == ("75", "50", "1")
    assert line["sebab_pernyataan_ulang"] == "data Agenda berita persandian Januari 2026"
    observed = csv.DictReader(io.StringIO(made["iku_sdmx.csv"].decode()))
    sdmx = next(row for row in observed if (row["INDICATOR"], row["TIME_PERIOD"]) == FIGURE)
    assert (sdmx["OBS_VALUE"], sdmx["APPROVED_VALUE"], sdmx["APPROVED_REVISION"]) == ("75", "50", "1")


@pytest.mark.parametrize("document", ["lkjip", "monthly"])
def test_a_report_says_both(restated: Restated, document: str) -> None:
    read = restated.pipeline
    made = read.monthly("2026-01") if document == "monthly" else read.lkjip(2026)
    said = [str(getattr(block, "text", "")) for block in made.blocks]
    assert any(STANDS in text and "dinyatakan ulang 75,00" in text for text in said), said


# ---------------------------------------------------------------- as reported


AT = {  # what stood as the office's word: number, value, stage, and whether another was there
    "published": (1, 50, "sementara", None),
    "verified": (1, 50, "terverifikasi", None),
    "approved": (1, 50, "disahkan", None),
    "restated": (1, 50, "disahkan", 2),
    "verified again": (1, 50, "disahkan", 2),
}


def test_as_reported_sees_what_was_published_and_decided_by_then(restated: Restated, own: Pipeline) -> None:
    for name, (revision, value, stage, other) in AT.items():
        row = newest(own, reported=restated.at[name])
        assert (row["revision"], row["value"], row["tahap"]) == (revision, value, stage), name
        assert (row["newer"] and row["newer"]["revision"]) == other, name
    assert newest(own)["revision"] == 2
    own.approve_figure(*FIGURE, 2, reason="rapat berikutnya", by="Kepala Dinas", letter="800/2")
    assert newest(own, reported=now())["revision"] == 2
    assert newest(own, reported=restated.at["verified again"])["revision"] == 1
    with own.warehouse.connect("reader") as reader:
        assert publications.select(reader, *FIGURE, reported=datetime(2026, 2, 21, tzinfo=UTC)) == []


def test_the_doors_take_the_moment_and_nothing_beside_it(restated: Restated, iku: Iku, tmp_path: Path) -> None:
    figures = partial(iku, "figures", "--indicator", "IKU-08")
    moment = restated.at["verified again"].isoformat()
    out = " ".join(figures("--as-reported", moment)[1].split())
    assert "disahkan oleh Kepala Dinas" in out
    assert "sampai hari itu sudah terbit pula nomor 2, 75,00 persen" in out
    assert figures("--as-reported", moment, "--history")[0] == 2
    assert figures("--as-reported", moment, "--as-of", "3")[0] == 2
    site = restated.site
    browser = visitor(site, Role.VIEWER)
    one = asked(browser, as_reported=moment)
    assert (one["value"], one["tahap"]) == ("50", "disahkan")
    for other in ({"as_of": "3"}, {"as_of_time": moment}, {"history": "true"}):
        answer = browser.get("/api/v1/figures", params={"as_reported": moment, **other})
        assert answer.status_code == 409
    assert browser.get("/api/v1/figures", params={"as_reported": "besok"}).status_code == 422
    today = now().astimezone(site.zone).date().isoformat()
    page = browser.get(f"/?period=2026-01&reported={today}").text
    assert "Yang resmi dilaporkan pada" in page
    assert ">50,00 %<" in page
    assert browser.get("/?reported=2999-01-01").status_code == 404
