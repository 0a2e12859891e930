"""Malam ini: what a night did, against 06.00, and what a stale publication is."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.pipeline.deadline import ended
from iku_etl.settings import Settings
from iku_etl.warehouse.database import load_at
from iku_etl.web import deadline
from iku_etl.web.pages import tonight

WIB = ZoneInfo("Asia/Jakarta")


@pytest.fixture
def place(pipeline: Pipeline, tmp_path: Path) -> Settings:
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_night_tells_what_came_in_moved_and_is_missing(place: Settings) -> None:
    page = plain(visitor(place).get("/malam").text)
    assert "Malam ini" in page
    assert re.search(r"(masuk|masuk sesudah 06.00): 3", page), page[:600]
    assert "Batch 3" in page
    assert "angka terbit untuk pertama kali" in page
    assert "Seksi Operasional Pengamanan Persandian" in page  # owes February on


def test_a_figure_that_moved_stands_with_its_reason(place: Settings, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace("biasa,tidak,-", "biasa,ya,jks"))
    assert kit.collect(pipeline, "persandian_message").ending == "in_force"
    assert kit.publish_on(pipeline.warehouse, 21).figures
    page = plain(visitor(place).get("/malam").text)
    assert re.search(r"IKU-08 Januari 2026 : \S+ menjadi ", page)


def test_a_night_before_anything_is_empty_and_one_to_come_is_none(place: Settings) -> None:
    browser = visitor(place)
    page = plain(browser.get("/malam?day=2026-01-05").text)
    assert "Tidak ada angka yang bergerak" in page
    assert "tidak ada yang dikerjakan sebelum 06.00" in page
    assert browser.get("/malam?day=2199-01-01").status_code == 404
    assert browser.get("/malam?day=kemarin").status_code == 422


def counted(**said: int) -> dict[str, Any]:
    return {"in_force": 0, "unchanged": 0, "waiting": 0, "failed": 0} | said


@pytest.mark.parametrize(
    ("said", "is_late", "state"),
    [
        (counted(in_force=1), False, "masuk"),
        (counted(unchanged=2), False, "sama"),
        (counted(in_force=1), True, "terlambat"),
        (counted(in_force=1, failed=1), False, "gagal"),
        (counted(unchanged=1, waiting=1), False, "menunggu"),
        (counted(), False, "terbuka"),
    ],
)
def test_a_source_has_one_state_a_night(said: dict[str, Any], is_late: bool, state: str) -> None:
    assert tonight._state(said, is_late=is_late) == state


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=WIB)


@pytest.mark.parametrize(
    ("published", "now", "moved", "looked", "said"),
    [
        (at(1, 7), at(9), False, True, "tepat"),
        (at(6, 0), at(9), False, True, "tepat"),
        (at(6, 1), at(9), False, True, "terlambat"),
        (None, at(5, 59), True, True, "nanti"),
        (None, at(6, 1), True, True, "belum"),
        (None, at(6, 1), False, False, "belum"),
        (None, at(6, 1), False, True, "tetap"),
    ],
)
def test_publishing_stands_against_six(
    published: datetime | None, now: datetime, moved: bool, looked: bool, said: str
) -> None:
    made = [{"published_at": published}] if published else []
    assert tonight._publishing(made, now, at(6), moved, looked) == said


def test_the_last_night_due_is_yesterdays_until_six() -> None:
    assert deadline.last_due(at(5, 59), WIB) == date(2026, 3, 1)
    assert deadline.last_due(at(6), WIB) == date(2026, 3, 2)


def test_health_tells_a_stale_publication_and_stays_alive(
    place: Settings, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = visitor(place)
    fresh = browser.get("/healthz").json()
    assert fresh["status"] == "ok"
    assert not fresh["publication"]["is_stale"]
    assert 0 <= fresh["publication"]["age_seconds"] < 600
    assert fresh["publication"]["load_no"] >= 3
    later = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setattr(deadline, "last_due", lambda now, zone: later.astimezone(zone).date())
    answer = browser.get("/healthz")
    assert answer.status_code == 200  # liveness: nothing is gained by a restart
    assert answer.json()["publication"]["is_stale"]


def test_a_night_that_changes_no_figure_is_healthy_and_a_missed_one_is_not(
    place: Settings, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:

    def health() -> tuple[bool, bool]:
        """Whether the publication is stale, by both who tell it, and whether something waits to be computed."""
        browser = visitor(place)  # anew: one keeps its gauges for a while
        gauges = browser.get("/metrics").text
        is_stale = bool(browser.get("/healthz").json()["publication"]["is_stale"])
        assert f"\niku_publication_stale {float(is_stale)}\n" in gauges
        return is_stale, "\niku_publication_behind 1.0\n" in gauges

    pipeline.verify_figure("IKU-08", "2026-01", 1, reason="diperiksa bersama bidang", by="Kepala Seksi")
    night = datetime.now(UTC) + timedelta(days=2)
    monkeypatch.setattr(deadline, "last_due", lambda now, zone: night.astimezone(zone).date())
    assert health() == (True, True)
    with pipeline.warehouse.connect("auditor") as connection:
        newest = load_at(connection, datetime.now(UTC) + timedelta(hours=1))
    ended(place.state, night + timedelta(days=-1), newest)  # as the night before: it is not this night's
    assert health() == (True, False)
    ended(place.state, night, newest)
    assert health() == (False, False)
    ended(place.state, night, newest + 7)  # of a warehouse that was put back: it says nothing of what this one holds
    assert health() == (False, True)


def test_health_before_the_first_publication_is_stale_and_alive(pipeline: Pipeline, tmp_path: Path) -> None:
    site = settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))
    client: TestClient = visitor(site)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["publication"] == {
        "published_at": None, "age_seconds": None, "load_no": None, "is_stale": True,
    }  # fmt: skip
