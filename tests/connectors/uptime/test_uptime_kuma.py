"""Uptime Kuma: captured answers over a real HTTP server and a copy of kuma.db, to facts; a day that is cut is a gap."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import DAY, ZONE, Answering, kept, kept_bytes, send, server, table

from iku_etl import catalogue
from iku_etl.connectors.uptime import uptime_kuma
from iku_etl.connectors.uptime.monitors import packed
from iku_etl.errors import ContractError, NotTold, SettingError
from iku_etl.manifest import batches
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.warehouse import database
from iku_etl.window import window_at

CAPTURED = Path(__file__).parents[2] / "data" / "uptimekuma"
CAPTURE_DAY = window_at("day", date(2026, 11, 22), ZONE)
PAGE = (CAPTURED / "status-page.json").read_bytes()
BEATS = (CAPTURED / "status-page-heartbeat.json").read_bytes()
UNKNOWN = (CAPTURED / "status-page_notfound.json").read_bytes()
SITES = {"diskominfo.example": 1, "bappeda.example": "Website Bappeda", "dinkes.example": 3, "baru.example": 99}


def answering(page: bytes = PAGE, beats: bytes = BEATS, slug: str = "situs-kab") -> Answering:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        found = {f"/api/status-page/{slug}": page, f"/api/status-page/heartbeat/{slug}": beats}.get(handler.path)
        send(handler, found or UNKNOWN, 200 if found else 404)

    return answer


def connection(url: str, **options: Any) -> Endpoint:
    return Endpoint("uptime_kuma", url, {"slug": "situs-kab", "networks": ["127.0.0.0/8"], **options})


def at(start: datetime, every: timedelta, count: int, status: int = 1) -> list[dict[str, Any]]:
    """Beats as a status page writes them."""
    moments = [(start + number * every).astimezone(UTC) for number in range(count)]
    return [{"status": status, "time": f"{moment:%Y-%m-%d %H:%M:%S}.000", "msg": "", "ping": 5} for moment in moments]


def page_of(*beats: Iterable[dict[str, Any]]) -> bytes:
    return orjson.dumps({"heartbeatList": {str(number): list(one) for number, one in enumerate(beats, 1)}})


def collect(pipeline: Pipeline, where: str, **options: Any) -> Batch:
    """The captured day through all stages, the clock standing on the next morning."""
    lines = [f"{name} = {orjson.dumps(value).decode()}" for name, value in options.items()]
    sites = [f'"{site}" = {orjson.dumps(called).decode()}' for site, called in SITES.items()]
    declared = ["[website_uptime]", 'system = "uptime_kuma"', f'url = "{where}"', 'networks = ["127.0.0.0/8"]', *lines]
    pipeline.settings.state.mkdir(parents=True, exist_ok=True)
    content = "\n".join([*declared, "[website_uptime.sites]", *sites])
    (pipeline.settings.state / "connections.toml").write_text(content)
    then = replace(pipeline, now=lambda: CAPTURE_DAY.end + timedelta(minutes=10))
    (batch,) = then.collect(catalogue.source("website_uptime"), [CAPTURE_DAY]).batches
    return batch


def counted(pipeline: Pipeline) -> dict[str, tuple[int, int, int]]:
    """Up, down and not observed by site, as the indicators read them."""
    then = CAPTURE_DAY.end + timedelta(minutes=10)
    with pipeline.warehouse.connect("auditor") as found, database.reading(found, as_of_time=then):
        rows = found.execute("select site, up_count, down_count, unseen_count from staging.website_uptime_day")
        return {row["site"]: (row["up_count"], row["down_count"], row["unseen_count"]) for row in rows}


# ---------------------------------------------------------------- status page


def test_captured_answers_become_facts(pipeline: Pipeline) -> None:
    with server(answering()) as url:
        batch = collect(pipeline, url, slug="situs-kab")
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 33, 1), batch.reason
    assert "situs baru.example: pemantau 99 tidak ada" in str(batch.reason)
    assert counted(pipeline) == {
        "diskominfo.example": (11, 0, 0),
        "bappeda.example": (9, 2, 0),
        "dinkes.example": (0, 11, 0),
    }
    with pipeline.warehouse.connect("auditor") as found:
        (first,) = found.execute(
            "select checked_at, latency_ms from fact.website_uptime order by site desc, checked_at offset 22 limit 1"
        ).fetchall()
        (payload,) = batches.payloads(found, batch.batch_id, pipeline.store.path)
    assert first == {"checked_at": datetime(2026, 11, 22, 9, 36, 50, 90000, UTC), "latency_ms": 124}
    then = CAPTURE_DAY.end + timedelta(minutes=10)
    with pipeline.warehouse.connect("auditor") as found, database.reading(found, as_of_time=then):
        (told,) = found.execute("select period, site, message from staging.website_uptime_quarantine").fetchall()
    assert (told["period"], told["site"]) == ("2026-11", "baru.example")
    assert str(batch.reason).startswith(told["message"])
    assert PAGE in payload.path.read_bytes() and BEATS in payload.path.read_bytes()


def test_a_site_whose_monitor_is_not_there_is_named_and_other_monitors_are_counted(tmp_path: Path) -> None:
    with server(answering()) as url:
        (payload,) = uptime_kuma.beats(connection(url, sites=SITES), CAPTURE_DAY)
        (piece,) = uptime_kuma.read(kept(tmp_path, payload), CAPTURE_DAY)
    assert piece.declared_out == {uptime_kuma.UNMAPPED: 35}
    assert piece.table.num_rows == 33
    (unobserved,) = piece.unobserved
    assert unobserved.known == {"site": "baru.example"}
    assert "situs baru.example: pemantau 99 tidak ada" in unobserved.sentence


def test_without_a_map_a_monitor_is_called_as_its_site_or_by_the_host_it_asks(tmp_path: Path) -> None:
    monitors = [{"id": 1, "name": "Website Dinkes", "url": "https://Dinkes.example/x"}, {"id": 2, "name": "b.example"}]
    page = orjson.dumps({"publicGroupList": [{"monitorList": monitors}]})
    with server(answering(page, page_of(at(DAY.start, timedelta(hours=1), 2), at(DAY.start, timedelta(1), 1)))) as url:
        (payload,) = uptime_kuma.beats(connection(url), DAY)
        found = table(uptime_kuma.read(kept(tmp_path, payload), DAY))
    assert Counter(found["site"].to_pylist()) == {"dinkes.example": 2, "b.example": 1}


@pytest.mark.parametrize(
    ("status", "up"), [(0, "false"), (1, "true"), (2, None), (3, None), (7, "7"), ("1", "1"), (True, "True")]
)
def test_pending_and_maintenance_are_not_observed_and_only_up_has_a_latency(
    tmp_path: Path, status: Any, up: str | None
) -> None:
    beat = {"status": status, "time": "2026-01-05 02:00:00.5", "ping": 12.4}
    body = b"".join(packed({"sites": {"a.example": "1"}, "at_most": 100}, [PAGE, page_of([beat])]))
    (row,) = table(uptime_kuma.read(kept_bytes(tmp_path, body, uptime_kuma.MEDIA_TYPE), DAY)).to_pylist()
    assert (row["up"], row["latency_ms"]) == (up, "12" if up == "true" else None)


@pytest.mark.parametrize(
    ("first", "count", "is_whole"),
    [
        (DAY.start, 100, True),
        (DAY.start + timedelta(minutes=1), 99, True),  # fewer than the page keeps: all there are
        (DAY.start + timedelta(minutes=1), 100, False),
        (DAY.start - timedelta(minutes=1), 100, True),
    ],
)
def test_a_day_that_the_last_hundred_beats_do_not_cover_is_a_gap_by_name(
    tmp_path: Path, first: datetime, count: int, is_whole: bool
) -> None:
    beats = page_of(at(DAY.start - timedelta(hours=1), timedelta(minutes=16), 100), at(first, timedelta(0, 900), count))
    with server(answering(beats=beats)) as url:
        (payload,) = uptime_kuma.beats(connection(url, sites={"a.example": 1, "b.example": 2}), DAY)
    (piece,) = uptime_kuma.read(kept(tmp_path, payload), DAY)
    assert set(piece.table["site"].to_pylist()) == {"a.example"} | ({"b.example"} if is_whole else set())
    said = [(one.known, "100 detak terakhir" in one.sentence) for one in piece.unobserved]
    assert said == ([] if is_whole else [({"site": "b.example"}, True)])


def test_a_day_that_is_long_forgotten_is_no_news_but_the_newest_is_said(pipeline: Pipeline) -> None:
    """The lookback asks for the days before again each night; a page that can't tell them is not a fault a night."""
    newest = at(DAY.end - timedelta(hours=1), timedelta(minutes=1), 100)
    older = at(DAY.end + timedelta(days=1, hours=-23), timedelta(minutes=15), 100)
    with server(answering(beats=page_of(newest))) as url:
        assert len(list(uptime_kuma.beats(connection(url), DAY))) == 1
    with server(answering(beats=page_of(older))) as url:
        with pytest.raises(NotTold, match="sudah melupakan awal jendela 2026-01-05"):
            list(uptime_kuma.beats(connection(url), DAY))
        assert len(list(uptime_kuma.beats(connection(url, sites={"a.example": 2}), DAY))) == 1  # another is asked about
    with server(answering(beats=page_of(at(DAY.start, timedelta(hours=1), 60)))) as url:
        assert len(list(uptime_kuma.beats(connection(url), DAY))) == 1  # old, but still told whole


def test_the_start_belongs_to_the_window_and_the_end_does_not(tmp_path: Path) -> None:
    edges = [DAY.start - timedelta(milliseconds=1), DAY.start, DAY.end - timedelta(milliseconds=1), DAY.end]
    beats = [{"status": 1, "time": edge.astimezone(UTC).isoformat(" ")[:-6], "ping": 5} for edge in edges]
    body = b"".join(packed({"sites": {"a.example": 1}, "at_most": 100}, [PAGE, page_of(beats)]))
    (piece,) = uptime_kuma.read(kept_bytes(tmp_path, body, uptime_kuma.MEDIA_TYPE), DAY)
    moments = [datetime.fromisoformat(text) for text in piece.table["checked_at"].to_pylist()]
    assert moments == edges[1:3]
    assert piece.declared_out == {uptime_kuma.OUTSIDE: 2}


def test_an_unknown_slug_rejects_the_batch_with_what_kuma_says(pipeline: Pipeline) -> None:
    with server(answering()) as url:
        batch = collect(pipeline, url, slug="lain")
    assert batch.ending == "rejected"
    assert batch.reason is not None and "Status Page Not Found" in batch.reason and "slug" in batch.reason


@pytest.mark.parametrize(
    ("page", "beats", "code"),
    [
        (b"<!DOCTYPE html><title>Kuma</title>", BEATS, "not_json"),
        (PAGE, BEATS[:-40], "not_json"),
        (PAGE, b'{"heartbeatList":[]}', "kuma_error"),
        (PAGE, b"[]", "kuma_error"),
        (PAGE, b'{"heartbeatList":{"1":{}}}', "shape"),
        (PAGE, b'{"heartbeatList":{"1":[{"status":1}]}}', "shape"),
        (b'{"publicGroupList":[{}]}', BEATS, "shape"),
        (b'{"publicGroupList":[{"monitorList":[{"id":"%s","name":"A"}]}]}' % (b"1" * 10**6), BEATS, "shape"),
        (b'{"publicGroupList":[],"config":{"heartbeatBarDays":30}}', BEATS, "summary"),
        (PAGE, b"[" * 2000, "not_json"),
        (PAGE, b'{"heartbeatList":{"1":[%s]}}' % b",".join([b"0"] * 300_000), "too_large"),
        (PAGE, b'{"heartbeatList":{"1":[%s]}}' % b",".join([b"{}"] * 700_000), "too_large"),
    ],
)
def test_what_is_no_answer_of_kuma_is_refused_by_name(tmp_path: Path, page: bytes, beats: bytes, code: str) -> None:
    with server(answering(page, beats)) as url:
        (payload,) = uptime_kuma.beats(connection(url, sites={"a.example": "A"}), DAY)
        landed = kept(tmp_path, payload)
    with pytest.raises(ContractError) as refused:
        list(uptime_kuma.read(landed, DAY))
    assert refused.value.code == code


@pytest.mark.parametrize("options", [{"slug": ""}, {"sites": {"a.example": None}}, {"sites": {"a.example": True}}])
def test_a_wrong_setting_is_told_before_anyone_is_asked(options: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="website_uptime"):
        list(uptime_kuma.beats(connection("http://127.0.0.1:1", **options), DAY))
