"""NetBox: pages of its own shape over a real server, captured answers through every stage, and what it does to you."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from loopback import JANUARY, ZONE, kept, kept_bytes, send, server, table

from iku_etl import catalogue
from iku_etl.connectors import netbox
from iku_etl.errors import ContractError, SettingError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.window import window_at

CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "netbox"
SECRET = "0123456789abcdef0123456789abcdef01234567"
Json = dict[str, Any]


def site(number: int, slug: str, **more: Any) -> Json:
    url = f"http://netbox.example/api/dcim/sites/{number}/"
    return {"id": number, "url": url, "slug": slug, "tenant": None, "tags": [], "custom_fields": {}, **more}


def circuit(number: int, at: int, **more: Any) -> Json:
    found = {
        "id": number, "url": f"http://netbox.example/api/circuits/circuits/{number}/", "cid": f"C-{number}",
        "type": {"slug": "ftth"}, "status": {"value": "active"}, "tenant": None, "install_date": "2024-01-15",
        "termination_date": None, "termination_a": None, "tags": [], "custom_fields": {},
        "termination_z": {"termination_type": "dcim.site", "termination_id": at},
    }  # fmt: skip
    return found | more


def answering(sites: list[Json], circuits: list[Json], *, cursor: bool = False, most: int = 2) -> Callable[..., None]:
    """Pages as NetBox cuts them: `next` under its own name of itself, `count` null with a cursor."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") != f"Token {SECRET}":
            send(handler, b'{"detail":"Invalid v1 token"}', 403)
            return
        asked = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        things = sites if "sites" in asked.path else circuits
        start, name = int(query.get("start" if cursor else "offset", 0)), "start" if cursor else "offset"
        following = {**query, "limit": most, name: start + most}
        further = f"http://127.0.0.1:18000{asked.path}?{urlencode(following)}" if start + most < len(things) else None
        page = {"count": None if cursor else len(things), "next": further, "previous": None}
        send(handler, orjson.dumps(page | {"results": things[start : start + most]}))

    return answer


def rows_of(folder: Path, answer: Callable[..., None]) -> tuple[list[Json], dict[str, int]]:
    with server(answer) as url:
        (payload,) = netbox.inventory(Endpoint("netbox", url, {"auth": "token"}, SECRET), JANUARY)
    assert SECRET not in repr(payload)
    (piece,) = netbox.read(kept(folder, payload), JANUARY)
    return piece.table.to_pylist(), dict(piece.declared_out)


SITES = [
    site(1, "kantor", tenant={"slug": "kec-manna"}),
    site(2, "desa-1", custom_fields={"kode_wilayah": "17.01.01.2001"}),
    site(3, "alun_alun", tags=[{"slug": "titik-publik"}]), site(4, "gudang"), site(5, "bersama"),
]  # fmt: skip
CIRCUITS = [
    circuit(1, 1), circuit(2, 2, tags=[{"slug": "isp-sendiri"}], type={"slug": "lain"}), circuit(3, 3),
    circuit(4, 4), circuit(5, 5, tenant={"slug": "dinkes"}), circuit(6, 1, status={"value": "planned"}),
    circuit(7, 1, status={"value": "decommissioned"}),
    circuit(8, 1, status={"value": "decommissioned"}, termination_date="2026-01-10"),
    circuit(9, 1, custom_fields={
        "monitored": True, "medium": "nirkabel", "last_seen_on": "2026-02-01T00:30:00+07:00",
        "last_polled_on": "2026-01-31T18:00:00Z", "working": False, "verified_on": "2026-01-05",
    }),
]  # fmt: skip


@pytest.mark.parametrize("cursor", [False, True])
def test_whom_a_circuit_serves_stands_in_its_site(tmp_path: Path, cursor: bool) -> None:
    rows, out = rows_of(tmp_path, answering(SITES, CIRCUITS, cursor=cursor))
    assert [(row["link"], row["serves_kind"], row["serves"], row["supplied_by_dinas"]) for row in rows] == [
        ("C-1", "opd", "kec_manna", "ya"), ("C-2", "desa", "17.01.01.2001", "tidak"),
        ("C-3", "ruang_publik", "alun_alun", "ya"), ("C-5", "opd", "dinkes", "ya"), ("C-8", "opd", "kec_manna", "ya"),
        ("C-9", "opd", "kec_manna", "ya"),
    ]  # fmt: skip
    assert out == {
        "sirkuit tanpa pihak yang dilayani": 1, "sirkuit berstatus planned": 1, "sirkuit berstatus decommissioned": 1,
    }  # fmt: skip
    assert [row["medium"] for row in rows] == [
        "fiber_optik",
        None,
        "fiber_optik",
        "fiber_optik",
        "fiber_optik",
        "nirkabel",
    ]


def test_a_plan_is_no_sign_of_life_and_custom_fields_are(tmp_path: Path) -> None:
    rows, _ = rows_of(tmp_path, answering(SITES, CIRCUITS))
    plain, told = rows[0], rows[-1]
    assert (plain["monitored"], plain["last_seen_on"], plain["last_polled_on"], plain["working"]) == (
        "tidak",
        *[None] * 3,
    )
    assert (told["monitored"], told["working"], told["verified_on"]) == ("ya", "tidak", "2026-01-05")
    # 1 February 00.30 and 01.00 WIB, read for January: the month's end
    assert (told["last_seen_on"], told["last_polled_on"]) == ("2026-01-31", "2026-01-31")


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-02-02", "2026-01-31"), ("2026-02-03", "2026-02-03"), ("2026-01-30", "2026-01-30"), ("kemarin", "kemarin")],
)
def test_a_sign_of_life_days_after_the_end_is_none_of_the_month(moment: str, day: str) -> None:
    assert netbox._day(moment, JANUARY) == day


def test_captured_answers_go_through_every_stage(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    if not CAPTURED.is_dir():
        pytest.skip("needs the captured answers beside the checkout")
    answers = {
        "/api/dcim/sites/": (CAPTURED / "error_max_page.json").read_bytes(),
        "/api/circuits/circuits/": (CAPTURED / "circuits.json").read_bytes(),
    }
    november = window_at("month", date(2026, 11, 1), ZONE)
    later = replace(pipeline, now=lambda: datetime(2026, 12, 1, 1, tzinfo=UTC))
    with server(lambda handler: send(handler, answers[urlsplit(handler.path).path])) as url:
        state = pipeline.settings.state
        state.mkdir(parents=True, exist_ok=True)
        (state / "connections.toml").write_text(f'[network_link]\nsystem = "netbox"\nurl = "{url}"\nauth = "token"\n')
        (batch,) = later.collect(catalogue.source("network_link"), [november]).batches
    assert (batch.ending, batch.records_read, batch.loaded, batch.declared_out) == ("in_force", 20, 10, 10), (
        batch.reason
    )
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute("select * from fact.network_link order by link").fetchall()
    assert {(row["serves_kind"], row["medium"], row["last_seen_on"]) for row in rows} == {("desa", "fiber_optik", None)}
    assert rows[0]["serves"].startswith("17.01.01.20")


def test_a_bad_token_is_said_without_it() -> None:
    with server(answering(SITES, CIRCUITS)) as url, pytest.raises(ContractError, match="403") as refused:
        list(netbox.inventory(Endpoint("netbox", url, {"auth": "token"}, "salah-sekali"), JANUARY))
    assert "salah-sekali" not in str(refused.value)


@pytest.mark.parametrize("further", ["?limit=200&ordering=id", "?limit=200&ordering=id&offset=1"])
def test_pages_that_turn_in_a_circle_are_refused(further: str) -> None:
    page = {"count": 400, "next": f"http://x/api/dcim/sites/{further}", "results": [site(1, "a" * 2000)]}
    with server(lambda handler: send(handler, orjson.dumps(page))) as url, pytest.raises(ContractError) as refused:
        list(netbox.inventory(Endpoint("netbox", url), JANUARY))
    assert refused.value.code == "page_loop"


WHOLE = orjson.dumps({"count": 1, "next": None, "results": [site(1, "a")]})
BROKEN = {
    "not_json": [b"<!DOCTYPE html><html>502</html>", b"[" + WHOLE + b","],
    "shape": [b'[{"detail":"Invalid v1 token"}]', b'[{"status":["ngawur"]}]', b'[{"count":1,"results":[{"id":1}]}]'],
    "partial": [b"[" + WHOLE.replace(b'"count":1', b'"count":2') + b"]"],
}


@pytest.mark.parametrize(("code", "body"), [(code, body) for code, bodies in BROKEN.items() for body in bodies])
def test_what_is_no_whole_answer_is_named(tmp_path: Path, code: str, body: bytes) -> None:
    with pytest.raises(ContractError) as refused:
        table(netbox.read(kept_bytes(tmp_path, body, netbox.MEDIA_TYPE), JANUARY))
    assert refused.value.code == code


def test_another_system_is_a_setting_error() -> None:
    extract = catalogue.source("network_link").extract
    assert extract is not None
    with pytest.raises(SettingError, match='tulis "register" atau "netbox"'):
        extract(JANUARY, Endpoint("librenms", "http://x"))
