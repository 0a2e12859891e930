"""CKAN: captured pages go from a real HTTP server to facts; every shape of its errors is rejected by name."""

from collections.abc import Callable
from datetime import date
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest
from loopback import JANUARY, kept, kept_bytes, send, server, table

from iku_etl import catalogue
from iku_etl.connectors import ckan
from iku_etl.connectors.http.client import Limits
from iku_etl.errors import ContractError, SettingError, TransientError
from iku_etl.manifest import batches
from iku_etl.model import Batch, Rows
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint, load
from iku_etl.sources import sectoral_dataset

CAPTURED = Path(__file__).parents[1] / "data" / "ckan"
PAGES = [(CAPTURED / f"package_search_p{number}.json").read_bytes() for number in (1, 2, 3)]
PACKAGES = [package for page in PAGES for package in orjson.loads(page)["result"]["results"]]
Asked = list[dict[str, str]]


def page(packages: list[dict[str, Any]], count: int) -> bytes:
    return orjson.dumps({"help": "..", "success": True, "result": {"count": count, "results": packages}})


def portal(packages: list[dict[str, Any]], asked: Asked, cap: int = 25) -> Callable[[BaseHTTPRequestHandler], None]:
    """A CKAN that gives at most `cap` datasets a page and says nothing of it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        query = dict(parse_qsl(urlsplit(handler.path).query))
        asked.append(query)
        start = int(query["start"])
        send(handler, page(packages[start : start + min(cap, int(query["rows"]))], len(packages)))

    return answer


def saying(*bodies: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    """A server that gives these answers in turn, the last one for ever."""
    left = list(bodies)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, left.pop(0) if len(left) > 1 else left[0], status)

    return answer


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ckan, "LIMITS", Limits(total_seconds=300, retries=0))


def test_the_cap_is_found_out_and_every_dataset_comes_once(tmp_path: Path) -> None:
    asked: Asked = []
    with server(portal(PACKAGES, asked)) as url:
        payloads = list(ckan.packages(Endpoint("ckan", url, {"fq": "organization:dinkes"})))
    assert [(query["start"], query["rows"]) for query in asked] == [("0", "1000"), ("25", "1000"), ("50", "1000")]
    assert {(query["sort"], query["fq"]) for query in asked} == {("name asc", "organization:dinkes")}
    (payload,) = payloads
    landed = kept(tmp_path, payload)
    assert landed.path.read_bytes().startswith(b'[{"bytes":[')
    names = [row["dataset"] for row in table(ckan.read(landed, JANUARY)).to_pylist()]
    assert sorted(names) == sorted(package["name"] for package in PACKAGES if not package["private"])
    assert len(names) == 59


def test_captured_pages_give_local_days_and_metadata_as_they_are(tmp_path: Path) -> None:
    landed = kept_bytes(tmp_path, PAGES[0], ckan.MEDIA_TYPE)
    rows = table(ckan.read(landed, JANUARY)).to_pylist()
    first = orjson.loads(PAGES[0])["result"]["results"][0]
    assert rows[0] == {
        "place": "/result/results/0", "dataset": first["name"], "delivered_on": "2026-11-22", "accepted_on": None,
        "withdrawn_on": None, "has_metadata": False,  # no description and no resource
    }  # fmt: skip
    assert rows[1]["has_metadata"] is True


def dataset(**changed: Any) -> dict[str, Any]:
    return PACKAGES[1] | changed


def pair(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


READINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "before midnight in UTC": ({"metadata_created": "2026-01-05T16:59:59.999999"}, {"delivered_on": "2026-01-05"}),
    "midnight here": ({"metadata_created": "2026-01-05T17:00:00"}, {"delivered_on": "2026-01-06"}),
    "a zone said": ({"metadata_created": "2026-01-05T23:00:00+07:00"}, {"delivered_on": "2026-01-05"}),
    "no moment": ({"metadata_created": "kemarin"}, {"delivered_on": "kemarin"}),  # the typed stage names it
    "missing": ({"metadata_created": None}, {"delivered_on": None}),
    "blank notes": ({"notes": " \n"}, {"has_metadata": False}),
    "no notes": ({"notes": None}, {"has_metadata": False}),
    "no resource": ({"resources": []}, {"has_metadata": False}),
    "decided": (
        {
            "extras": [
                pair("kode_data", " 1701.1 "),
                pair("tanggal_diterima", "2026-01-20"),
                pair("tanggal_ditarik", ""),
            ]
        },
        {"dataset": "1701.1", "accepted_on": "2026-01-20", "withdrawn_on": None},
    ),
    "empty code": ({"name": "nama", "extras": [pair("kode_data", " ")]}, {"dataset": "nama"}),
}  # fmt: skip


@pytest.mark.parametrize("name", READINGS)
def test_a_dataset_is_read_as_declared(tmp_path: Path, name: str) -> None:
    changed, expected = READINGS[name]
    landed = kept_bytes(tmp_path, page([dataset(**changed)], 1), ckan.MEDIA_TYPE)
    (row,) = table(ckan.read(landed, JANUARY)).to_pylist()
    assert {column: row[column] for column in expected} == expected


def test_private_ones_and_drafts_are_declared_out(tmp_path: Path) -> None:
    packages = [dataset(private=True), dataset(state="draft"), dataset(state="deleted"), dataset()]
    (rows,) = ckan.read(kept_bytes(tmp_path, page(packages, 4), ckan.MEDIA_TYPE), JANUARY)
    assert rows.declared_out == {"dataset privat": 1, "dataset tidak aktif": 2}
    assert rows.table["place"].to_pylist() == ["/result/results/3"]


# ---------------------------------------------------------------- what is no answer


def captured(name: str) -> bytes:
    return (CAPTURED / f"{name}.json").read_bytes()


REFUSED: dict[str, tuple[bytes, int, str, str]] = {
    "unknown action": (captured("error_unknown_action"), 400, "ckan_error", "Action name not known"),
    "not found": (captured("error_not_found"), 404, "ckan_error", "Not Found Error: Not found"),
    "not let in": (captured("error_not_authorized"), 403, "ckan_error", "Access denied"),
    "validation": (captured("error_validation"), 409, "ckan_error", "Validation Error: name"),
    "failure with 200": (b'{"success": false}', 200, "ckan_error", "tanpa keterangan"),
    "web page with 200": (b" <!DOCTYPE html><html></html>", 200, "html", "halaman web"),
    "empty": (b"", 200, "truncated", "bukan JSON"),
    "torn": (PAGES[0][:4000], 200, "truncated", "bukan JSON"),
    "no results": (b'{"success": true, "result": {"count": 3}}', 200, "shape", "count dan results"),
    "another action's": (b'{"success": true, "result": ["a", "b"]}', 200, "shape", "count dan results"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_answer_is_kept_and_refused_by_name(tmp_path: Path, name: str) -> None:
    body, status, code, words = REFUSED[name]
    with server(saying(body, status=status)) as url:
        (payload,) = ckan.packages(Endpoint("ckan", url))
    landed = kept(tmp_path, payload)
    assert (landed.path.read_bytes(), payload.status) == (body, status)
    with pytest.raises(ContractError, match=words) as refused:
        list(ckan.read(landed, JANUARY))
    assert refused.value.code == code


def test_a_search_index_that_is_down_may_come_back() -> None:
    body = b'{"success": false, "error": {"__type": "Search Error", "message": "Search Connection Error"}}'
    with server(saying(body, status=500)) as url:
        with pytest.raises(TransientError, match="Search Connection Error") as failed:
            list(ckan.packages(Endpoint("ckan", url, {}, "rahasia-9911")))
    assert failed.value.code == "http_500"
    assert "rahasia" not in str(failed.value)


def looked(tmp_path: Path, *bodies: bytes) -> tuple[list[dict[str, Any]], Rows]:
    """The rows of a portal that gives these answers in turn, and what else its reader says."""
    with server(saying(*bodies)) as url:
        (payload,) = ckan.packages(Endpoint("ckan", url))
    (rows,) = ckan.read(kept(tmp_path, payload), JANUARY)
    return rows.table.to_pylist(), rows


PAST_END = (CAPTURED / "package_search_past_end.json").read_bytes()
SHORT: dict[str, tuple[tuple[bytes, ...], int, int]] = {
    "one page for ever": ((PAGES[0],), 25, 35),
    "ends before its count": ((PAGES[0], PAST_END), 25, 35),
    "counts one more than it gives": ((page(PACKAGES[:4], 5),), 4, 1),  # c01
    "counts one more, then nothing": ((page(PACKAGES[:4], 5), page([], 5)), 4, 1),  # c02
    "one moved, and moves no more": ((PAGES[0], *[page(PACKAGES[24:49], 60)] * 2, *PAGES), 60, 0),
    "a page short of one": ((page(PACKAGES[:24], 60), page(PACKAGES[24:], 60)), 60, 0),
    "an orphan on the first page": ((page(PACKAGES[:24], 60), page(PACKAGES[23:], 60)), 60, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", SHORT)
def test_what_the_index_counts_and_does_not_give_is_not_observed(tmp_path: Path, name: str) -> None:
    bodies, given, missing = SHORT[name]
    found, rows = looked(tmp_path, *bodies)
    assert len(found) == sum(not package["private"] for package in PACKAGES[:given])
    assert len(rows.unobserved) == (missing > 0)
    if missing:
        (one,) = rows.unobserved
        assert one.sentence.startswith(f"{missing} dari {given + missing} dataset dihitung indeks CKAN")
        assert (one.known, "start" in one.sentence) == ({}, False)


def test_a_catalogue_that_changes_while_it_is_read_is_read_later() -> None:
    with server(saying(PAGES[0], page(PACKAGES[25:], 61))) as url, pytest.raises(TransientError) as refused:
        list(ckan.packages(Endpoint("ckan", url)))
    assert refused.value.code == "changed"


def test_an_entry_that_the_index_has_twice_is_one_dataset(tmp_path: Path) -> None:
    found, rows = looked(tmp_path, page([dataset(), dataset()], 2))
    assert (len(found), rows.declared_out, rows.unobserved) == (1, {ckan.TWIN: 1}, ())


@pytest.mark.parametrize("count", [5, 1_000_000_000])
def test_a_catalogue_without_end_is_refused(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ckan, "PAGES", 20)
    given = iter(range(10_000))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, page([dataset(id=f"id-{next(given)}")], max(count, 1000)))

    with server(answer) as url, pytest.raises(ContractError) as refused:
        list(ckan.packages(Endpoint("ckan", url)))
    assert (refused.value.code, "batasnya 50.000 dataset" in str(refused.value)) == ("too_large", True)


@pytest.mark.parametrize("rows", [0, "100", True])
def test_an_option_that_means_nothing_is_a_setting_error(rows: Any) -> None:
    with pytest.raises(SettingError, match="rows"):
        list(ckan.packages(Endpoint("ckan", "http://127.0.0.1:9", {"rows": rows})))


def test_a_system_that_is_not_known_is_a_setting_error() -> None:
    with pytest.raises(SettingError, match='"ckan" atau "register"'):
        list(sectoral_dataset.extract(JANUARY, Endpoint("dkan", "http://127.0.0.1:9")))


# ---------------------------------------------------------------- extract to load


def collect(pipeline: Pipeline, answer: Callable[[BaseHTTPRequestHandler], None]) -> Batch:
    """Collect January of sectoral_dataset from a portal that answers so."""
    with server(answer) as url:
        path = pipeline.settings.state / "connections.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'[sectoral_dataset]\nsystem = "ckan"\nurl = "{url}"\n')
        settings = load({"IKU_STATE": str(pipeline.settings.state), "IKU_FREE_SPACE_FLOOR_MB": "0"})
        here = Pipeline(settings, pipeline.warehouse, pipeline.now)
        (batch,) = here.collect(catalogue.source("sectoral_dataset"), [JANUARY]).batches
    return batch


def test_captured_answers_go_from_extract_to_load(pipeline: Pipeline) -> None:
    batch = collect(pipeline, portal(PACKAGES, []))
    assert batch.ending == "in_force", batch.reason
    assert (batch.records_read, batch.loaded, batch.quarantined, batch.declared_out) == (60, 59, 0, 1)
    with pipeline.warehouse.connect("auditor") as connection:
        payloads = batches.payloads(connection, batch.batch_id, pipeline.store.path)
        rows = connection.execute("select dataset, delivered_on, has_metadata from fact.sectoral_dataset").fetchall()
    assert len(payloads) == 1
    assert all(pipeline.store.verify(payload.sha256) == payload.size_bytes for payload in payloads)
    assert {row["delivered_on"] for row in rows} == {date(2026, 11, 22)}
    with_metadata = {package["name"] for package in PACKAGES if package["notes"] and package["num_resources"]}
    private = {package["name"] for package in PACKAGES if package["private"]}
    assert {row["dataset"] for row in rows if row["has_metadata"]} == with_metadata - private


def test_a_removed_dataset_is_gone_from_the_next_look(pipeline: Pipeline) -> None:
    first, second = (collect(pipeline, portal(packages, [])) for packages in (PACKAGES, PACKAGES[1:]))
    assert (first.ending, second.ending, second.revision) == ("in_force", "in_force", 2)
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute(
            "select dataset from fact.sectoral_dataset inner join iku.batch_in_force using (batch_id)"
        ).fetchall()
    assert {row["dataset"] for row in rows} == {package["name"] for package in PACKAGES[1:] if not package["private"]}


def test_a_web_page_rejects_the_batch_with_its_bytes_kept(pipeline: Pipeline) -> None:
    batch = collect(pipeline, saying(b"<html>502</html>"))
    assert (batch.ending, "halaman web" in (batch.reason or "")) == ("rejected", True)
    with pipeline.warehouse.connect("auditor") as connection:
        (payload,) = batches.payloads(connection, batch.batch_id, pipeline.store.path)
    assert payload.path.read_bytes() == b"<html>502</html>"


def test_what_is_not_known_of_a_catalogue_is_set_aside_and_the_rest_is_in_force(pipeline: Pipeline) -> None:
    coded = [dataset(id=f"id-{number}", name=f"data-{number}", kode_data=f"1701.{number}") for number in range(6)]
    coded[1]["kode_data"] = coded[0]["kode_data"]  # c07
    batch = collect(pipeline, saying(page(coded, 7)))  # c01
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 4, 3), batch.reason
    with pipeline.warehouse.connect("auditor") as connection:
        rows = connection.execute("select message, public_values from iku.quarantine order by record_no").fetchall()
        kept_codes = connection.execute("select dataset from fact.sectoral_dataset order by 1").fetchall()
    assert [row["dataset"] for row in kept_codes] == ["1701.2", "1701.3", "1701.4", "1701.5"]
    assert sorted(str(row["public_values"]["dataset"]) for row in rows) == ["1701.0", "1701.0", "None"]
    assert any("1 dari 7 dataset dihitung indeks CKAN" in row["message"] for row in rows)
    assert "1701.0 tercantum pada 2 dataset" in (batch.reason or "")
