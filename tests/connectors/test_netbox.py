"""NetBox: pages of its own shape over a real server, captured answers through every stage, and what it does to you."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from loopback import JANUARY, ZONE, kept, kept_bytes, send, server, table
from netbox_kit import Json, circuit, site

from iku_etl import catalogue
from iku_etl.connectors import netbox, netbox_parties
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.model import Rows
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.window import window_at

CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "netbox"
SECRET = "0123456789abcdef0123456789abcdef01234567"


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
    assert netbox_parties._day(moment, JANUARY) == day


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


# ---------------------------------------------------------------- pages that drift, turn or never end


def drifting(after: int, change: Callable[[list[Json]], None], *, cursor: bool = False) -> Callable[..., None]:
    """A NetBox in which somebody changes the circuits after so many of their pages."""
    circuits = [circuit(number, 1) for number in range(1, 121)]
    given = 0

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal given
        asked = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if "circuits" not in asked.path:
            page: Json = {"count": len(SITES), "next": None, "results": SITES}
        elif cursor and "start" in query:
            rows = [one for one in circuits if one["id"] >= int(query["start"])]
            more = f"http://x{asked.path}?limit=40&start={rows[40]['id']}" if len(rows) > 40 else None
            page = {"count": None, "next": more, "results": rows[:40]}
        else:
            start = int(query.get("offset", 0))
            more = f"http://x{asked.path}?limit=40&ordering=id&offset={start + 40}"
            page = {"count": len(circuits), "next": more if start + 40 < len(circuits) else None,
                    "results": circuits[start : start + 40]}  # fmt: skip
        send(handler, orjson.dumps(page))
        given += "circuits" in asked.path and (cursor or "ordering" in query)
        if given == after and "circuits" in asked.path:
            change(circuits)
            given += 1_000_000

    return answer


def two_gone(circuits: list[Json]) -> None:
    del circuits[3:5]


def one_gone_and_one_new(circuits: list[Json]) -> None:
    del circuits[3]
    circuits.append(circuit(999, 1))


def one_gone_on_the_edge_and_one_new(circuits: list[Json]) -> None:
    del circuits[39]
    circuits.append(circuit(999, 1))


def one_new(circuits: list[Json]) -> None:
    circuits.append(circuit(999, 1))


CHANGES = (two_gone, one_new, one_gone_and_one_new, one_gone_on_the_edge_and_one_new)


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("change", CHANGES)
def test_rows_that_move_while_they_are_counted_are_read_later(change: Callable[[list[Json]], None], after: int) -> None:
    with server(drifting(after, change)) as url, pytest.raises(TransientError) as refused:
        list(netbox.inventory(Endpoint("netbox", url), JANUARY))
    assert refused.value.code == "changed"


@pytest.mark.parametrize("change", CHANGES)
def test_by_a_cursor_no_row_slips_away(tmp_path: Path, change: Callable[[list[Json]], None]) -> None:
    with server(drifting(2, change, cursor=True)) as url:
        (payload,) = netbox.inventory(Endpoint("netbox", url), JANUARY)
    (rows,) = netbox.read(kept(tmp_path, payload), JANUARY)
    there = [circuit(number, 1) for number in range(1, 121)]
    change(there)
    assert {one["cid"] for one in there} <= set(rows.table["link"].to_pylist())


def test_kept_pages_whose_counts_differ_are_refused(tmp_path: Path) -> None:
    """120, 118 and 118 may well give 118 rows: three that were there are not among them, two that are gone are."""
    pages = [
        {"count": count, "next": None, "results": [circuit(number, 1) for number in numbers]}
        for count, numbers in ((120, range(40)), (118, range(40, 80)), (118, range(80, 118)))
    ]
    with pytest.raises(ContractError, match="120, lalu 118") as refused:
        table(netbox.read(kept_bytes(tmp_path, orjson.dumps(pages), netbox.MEDIA_TYPE), JANUARY))
    assert refused.value.code == "partial"


def turning(results: list[Json], *following: str) -> Callable[..., None]:
    """Pages that name these as next, in turn for ever."""
    turns = itertools.cycle(following)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        page = {"count": 400, "next": f"http://x/api/circuits/circuits/{next(turns)}", "results": results}
        send(handler, orjson.dumps(page))

    return answer


@pytest.mark.parametrize("rows", [0, 1, 3])
@pytest.mark.parametrize(
    "following",
    [
        ("?limit=200&ordering=id",), ("?limit=200&ordering=id&offset=1",), ("?limit=2&offset=2", "?limit=2&offset=4"),
        ("?start=0&limit=200",), tuple(f"?limit=3&offset={number}" for number in range(3, 9000, 3)),
    ],
)  # fmt: skip
def test_pages_that_turn_in_a_circle_are_refused(
    following: tuple[str, ...], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netbox, "PAGES", 20)
    asked: list[str] = []
    answer = turning([circuit(number, 1) for number in range(rows)], *following)

    def counting(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        answer(handler)

    with server(counting) as url, pytest.raises(ContractError, match="berputar") as refused:
        list(netbox.inventory(Endpoint("netbox", url), JANUARY))
    most = 6 if len(following) < 9 else 22
    assert (refused.value.code, len(asked) <= most) == ("page_loop", True)


def test_locations_are_asked_for_where_a_circuit_ends_at_one(tmp_path: Path) -> None:
    ends = [circuit(1, 0, termination_z={"termination_type": "dcim.location", "termination_id": 7})]
    lists: dict[str, list[Json] | int] = {"circuits": ends, "sites": SITES, "locations": 403}
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        name = urlsplit(handler.path).path.split("/")[3]
        asked.append(name)
        found = lists[name]
        if isinstance(found, int):
            send(handler, b'{"detail":"no"}', found)
        else:
            send(handler, orjson.dumps({"count": None, "next": None, "results": found}))

    def look() -> Rows:
        with server(answer) as url:
            (payload,) = netbox.inventory(Endpoint("netbox", url), JANUARY)
        (rows,) = netbox.read(kept(tmp_path, payload), JANUARY)
        return rows

    for refusal in (403, 404, 400):
        lists["locations"] = refusal
        if refusal == 400:
            with pytest.raises(ContractError):
                look()
        else:
            assert [one.known for one in look().unobserved] == [{"link": "C-1"}]
    lists["locations"] = [
        {"id": 7, "url": "http://x/api/dcim/locations/7/", "site": {"id": 2}, "tenant": None, "slug": "r"}
    ]
    assert look().table["serves"].to_pylist() == ["17.01.01.2001"]
    ends[0]["termination_z"] = {"termination_type": "dcim.site", "termination_id": 1}
    asked.clear()
    look()
    assert asked == ["circuits", "sites"]


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


def test_a_circuit_that_ends_nowhere_known_is_set_aside_and_the_rest_is_in_force(pipeline: Pipeline) -> None:
    lost = circuit(1, 0, cid="FO-1", termination_z={"termination_type": "dcim.location", "termination_id": 7})
    later = replace(pipeline, now=lambda: datetime(2026, 2, 1, 1, tzinfo=UTC))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        lists = {"circuits": [lost, circuit(2, 2)], "sites": SITES}
        found = lists.get(urlsplit(handler.path).path.split("/")[3])
        if found is None:
            send(handler, b'{"detail":"Not found."}', 404)
        else:
            send(handler, orjson.dumps({"count": len(found), "next": None, "results": found}))

    with server(answer) as url:
        state = pipeline.settings.state
        state.mkdir(parents=True, exist_ok=True)
        (state / "connections.toml").write_text(f'[network_link]\nsystem = "netbox"\nurl = "{url}"\nauth = "token"\n')
        (batch,) = later.collect(catalogue.source("network_link"), [JANUARY]).batches
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1), batch.reason
    with pipeline.warehouse.connect("auditor") as connection:
        (row,) = connection.execute("select message, public_values from iku.quarantine").fetchall()
    assert (row["public_values"]["link"], row["public_values"]["serves"]) == ("FO-1", None)
    assert (batch.reason or "").startswith(row["message"])
