"""A day of which a log does not tell enough is not observed and says why; it is never a day with few visits or none."""

import gzip
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from loopback import DAY
from weblog_kit import BROWSER, PROBE, SITE, at, collect, line, of_file, of_lines, whole_day, write

from iku_etl import catalogue
from iku_etl.connectors.visits import hit, weblog
from iku_etl.manifest import listing
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Endpoint
from iku_etl.warehouse import database

OF_A_LOG = {"site": SITE, "method": "log"}


def only(tmp_path: Path, lines: Sequence[bytes], **more: Any) -> str:
    """The one sentence about a day of which nothing is counted."""
    found = of_lines(tmp_path, lines, **more)
    assert (found.visits, found.known) == ({}, [OF_A_LOG])
    return found.unobserved[0]


# ---------------------------------------------------------------- lines


def test_a_day_of_which_most_lines_are_unread_says_how_many(tmp_path: Path) -> None:
    spoilt = [line(at(9, 1), f"203.0.113.{n}", path='/a?q="x"') for n in range(2, 200)]  # a quote that is not escaped
    said = only(tmp_path, whole_day(line(at(9), "203.0.113.1"), *spoilt))
    assert "198 dari 199 barisnya" in said and SITE in said


def test_half_of_the_lines_unread_is_counted_and_a_line_more_is_not(tmp_path: Path) -> None:
    lines = [line(at(9)), line(at(10)), b"x\n", b"x\n"]
    found = of_lines(tmp_path, whole_day(*lines))
    assert (found.visits, found.out[hit.TORN]) == ({SITE: 2}, 2)
    assert "3 dari 5 barisnya" in only(tmp_path, whole_day(*lines, b"x\n"))


@pytest.mark.parametrize("before", [0, 1])
def test_lines_without_a_time_between_two_days_may_be_of_the_day_between(tmp_path: Path, before: int) -> None:
    lines = [line(at(23, 0, day=4), agent=PROBE)][:before] + [b"no time\n"] * 9 + [line(at(0, 1, day=6), agent=PROBE)]
    assert "9 dari 9 barisnya" in only(tmp_path, lines)


def without_agents(lines: Sequence[bytes]) -> list[bytes]:
    return [text.split(b' "-" "')[0] + b"\n" for text in lines]


@pytest.mark.parametrize(
    "lines",
    [
        without_agents(whole_day(line(at(9)), line(at(9, 1), "203.0.113.2"))),  # common
        whole_day(line(at(9), agent="-"), line(at(9, 1), "203.0.113.2", agent="-")),  # Traefik, as it comes
        whole_day(line(at(9)), *without_agents([line(at(9, n)) for n in range(5)])),  # changed in the morning
        [
            b'{"time": "2026-01-05T00:01:00+07:00", "remote_addr": "203.0.113.1", "status": 200, "browser": "M"}\n',
            b'{"time": "2026-01-05T23:59:00+07:00", "remote_addr": "203.0.113.1", "status": 200, "browser": "M"}\n',
        ],
    ],
)
def test_a_log_that_names_no_browser_is_not_a_day_without_visits(tmp_path: Path, lines: Sequence[bytes]) -> None:
    assert "peramban" in only(tmp_path, lines)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (whole_day(), "tidak ada baris dari hari itu"),
        (whole_day()[:1], "tidak ada baris dari hari itu"),
        ([line(at(9)), *whole_day()[1:]], "baru mulai pukul 09.00"),
        ([*whole_day()[:1], line(at(9, 30))], "berakhir pukul 09.30"),
    ],
)
def test_a_day_that_the_log_does_not_hold_is_not_a_day_without_visits(
    tmp_path: Path, lines: Sequence[bytes], says: str
) -> None:
    beside = write(tmp_path / "beside.log", whole_day(line(at(9))))
    found = collect({"a.example": str(beside), SITE: str(write(tmp_path / "access.log", lines))}, tmp_path)
    assert found.visits == {"a.example": 1}
    assert len(found.unobserved) == 1 and says in found.unobserved[0] and SITE in found.unobserved[0]


# ---------------------------------------------------------------- visitors


@pytest.mark.parametrize(
    "address", ["10.9.9.9", "172.16.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1", "::1", "fd00::1"]
)
def test_visitors_who_are_all_one_private_address_are_a_proxys(tmp_path: Path, address: str) -> None:
    lines = [line(at(9, n), address, agent=BROWSER.replace("145", str(n))) for n in range(3)]
    assert "satu alamat jaringan sendiri" in only(tmp_path, whole_day(*lines))


def test_so_are_those_of_two_proxies_and_of_one_public_address_with_many_browsers(tmp_path: Path) -> None:
    def of(addresses: list[str], count: int) -> list[bytes]:
        each = [(addresses[n % len(addresses)], BROWSER.replace("145", str(n))) for n in range(count)]
        return whole_day(*(line(at(9, n), who, agent=agent) for n, (who, agent) in enumerate(each)))

    assert "2 alamat jaringan sendiri" in only(tmp_path, of(["10.9.9.8", "10.9.9.9"], 20))
    assert "satu alamat saja" in only(tmp_path, of(["203.0.113.9"], 20))
    assert of_lines(tmp_path, of(["203.0.113.9"], 5)).visits == {SITE: 5}  # an office
    assert of_lines(tmp_path, of(["10.1.1.1", "10.1.1.2", "10.1.1.3"], 3)).visits == {SITE: 3}  # people of our own


def test_lines_of_other_sites_in_one_log_are_left_out_by_name(tmp_path: Path) -> None:
    heads = ["WWW.example:443 {address} - - ", "example {address} - - ", "lain.example {address} - - "]
    lines = [line(at(9, n), f"203.0.113.{n}", head=head) for n, head in enumerate(heads)]
    found = of_lines(tmp_path, whole_day(*lines))
    assert (found.visits, found.out["host situs lain"]) == ({SITE: 2}, 1)
    others = [line(at(9, n), f"203.0.113.{n}", head=f"{name}.test {{address}} - - ") for n, name in enumerate("ab")]
    assert "hosts" in only(tmp_path, whole_day(*others))
    assert of_lines(tmp_path, whole_day(*others), hosts=["a.test"]).visits == {SITE: 1}
    assert "hosts" in only(tmp_path, whole_day(others[1]), hosts=["a.test"])
    assert of_lines(tmp_path, whole_day(others[1])).visits == {SITE: 1}  # the only name: another one of the site


# ---------------------------------------------------------------- files


def test_a_site_without_a_file_or_a_line_is_named_beside_others(tmp_path: Path) -> None:
    beside = write(tmp_path / "beside.log", whole_day(line(at(9))))
    write(tmp_path / "old.log", [line(at(9, day=1))])
    logs = {"a.example": str(beside), SITE: str(tmp_path / "nowhere.log*"), "c.example": str(tmp_path / "old.log")}
    found = collect(logs, tmp_path)
    assert found.visits == {"a.example": 1}
    assert any("nowhere.log" in said and SITE in said for said in found.unobserved)
    assert {one["site"] for one in found.known} == {SITE, "c.example"}


def test_a_day_of_which_no_site_has_a_line_offers_nothing(tmp_path: Path) -> None:
    write(tmp_path / "old.log", [line(at(9, day=1))])
    assert not list(weblog.visits(Endpoint("visits", "", {"logs": {SITE: str(tmp_path / "*.log")}}), DAY))


HAPROXY = (
    b"Jan  5 09:01:00 lb haproxy[1]: 203.0.113.1:40001 [05/Jan/2026:09:01:00.123] web web/a 0/0/1/2/3 200 512 - -\n"
)
ALB = (
    b"h2 2026-01-05T02:01:00.123456Z app/lb/50dc 203.0.113.1:2817 10.0.0.1:80 0.0 0.001 0.0 200 200 34 366"
    b' "GET https://www.example:443/ HTTP/2.0" "Mozilla/5.0 (X11)" - -\n'
)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.log", HAPROXY * 3, "tanpa zona"),
        ("a.log", ALB * 3, "format ini"),
        ("a.log", b"#Fields: date time c-ip\n2026-01-05 02:01:00 203.0.113.1\n", "w3c"),
        (
            "a.log",
            b'{"time_iso8601": "2026-01-05T09:01:00", "remote_addr": "203.0.113.1", "status": 200}\n',
            "tanpa zona",
        ),
        ("a.log", b'{"when": "2026-01-05T09:01:00+07:00", "remote_addr": "203.0.113.1", "status": 200}\n', "JSON"),
        ("a.log", b'[{"time": "2026-01-05T09:01:00+07:00",\n"status": 200}]\n', "JSON"),
        ("a.log", b'203.0.113.1 - - [05/Jan/2026:09:01:00] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0"\n', "tanpa zona"),
        ("a.log", b"2026/01/05 09:01:00 [error] 12#0: open() failed, client: 203.0.113.1\n", "log galat"),
        ("a.log", b"<!DOCTYPE html><title>404</title>\n", "halaman web"),
        ("a.log.txt", b"catatan\nBudi Santoso 203.0.113.1\n", "format"),
        ("a.log.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "gambar"),
        ("a.log.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "Office"),
        ("a.log.7z", b"7z\xbc\xaf\x27\x1c" + bytes(40), "7z"),
        ("a.log.csv.gz", gzip.compress(b"tanggal;kunjungan\n2026-01-05;12\n", mtime=0), "format"),
    ],
)
@pytest.mark.parametrize("is_beside_a_good_one", [False, True])
def test_a_file_that_nobody_can_read_is_named_and_costs_its_site_the_day(
    tmp_path: Path, name: str, body: bytes, says: str, is_beside_a_good_one: bool
) -> None:
    write(tmp_path / name, [])
    (tmp_path / name).write_bytes(body)
    if is_beside_a_good_one:
        write(tmp_path / "a.log.good", whole_day(line(at(9))))
    found = of_file(tmp_path / "a.log*", tmp_path)
    assert (found.visits, found.known) == ({}, [OF_A_LOG])
    assert name in found.unobserved[0] and says in found.unobserved[0]
    for clear in ("203.0.113", "Budi", "Mozilla"):
        assert clear not in found.unobserved[0]


def test_a_zip_of_logs_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.log.zip", "w") as packed:
        packed.writestr("a.log", b"".join(whole_day(line(at(9)))))
    assert "a.log.zip" in of_file(tmp_path / "a.log*", tmp_path).unobserved[0]


def test_one_that_was_closed_before_the_day_can_t_hold_it(tmp_path: Path) -> None:
    write(tmp_path / "a.log.9", [b"no log\n"], modified=at(9, day=2))
    write(tmp_path / "a.log", whole_day(line(at(9))))
    assert of_file(tmp_path / "a.log*", tmp_path).visits == {SITE: 1}


def test_a_site_that_cant_be_read_costs_no_other(tmp_path: Path) -> None:
    (tmp_path / "b.log").symlink_to(write(tmp_path / "a.log", whole_day(line(at(9)))))
    found = collect({"b.example": str(tmp_path / "b.log"), SITE: str(tmp_path / "a.log")}, tmp_path)
    assert found.visits == {SITE: 1}
    assert len(found.unobserved) == 1 and "b.log" in found.unobserved[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_log_that_may_not_be_read_costs_its_site_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.log", whole_day(line(at(9))))
    path.chmod(0)
    assert "tidak dapat dibuka" in of_file(path, tmp_path).unobserved[0]


# ---------------------------------------------------------------- nights


def night(pipeline: Pipeline, **logs: Path) -> Batch:
    pipeline.settings.state.mkdir(parents=True, exist_ok=True)
    lines = [f'"{name}.example" = "{path}"\n' for name, path in logs.items()]
    told = '[web_visits]\nsystem = "visits"\nurl = ""\n[web_visits.logs]\n' + "".join(lines)
    (pipeline.settings.state / "connections.toml").write_text(told)
    (batch,) = pipeline.collect(catalogue.source("web_visits"), [DAY]).batches
    return batch


def test_a_log_that_is_gone_or_spoilt_later_does_not_undo_what_was_whole(pipeline: Pipeline, tmp_path: Path) -> None:
    a, b = (write(tmp_path / f"{name}.log", whole_day(line(at(9)))) for name in "ab")
    first = night(pipeline, a=a, b=b)
    assert (first.ending, first.loaded) == ("in_force", 2)
    a.unlink()
    gone = night(pipeline, a=a, b=b)
    a.write_bytes(b"no log\n")
    spoilt = night(pipeline, a=a, b=b)
    assert (gone.ending, spoilt.ending) == ("waiting", "waiting")
    assert f"Batch {first.batch_id} tetap berlaku" in str(spoilt.reason)


def test_a_site_that_cant_be_read_is_set_aside_by_name_beside_the_others(pipeline: Pipeline, tmp_path: Path) -> None:
    a = write(tmp_path / "a.log", whole_day(line(at(9))))
    b = write(tmp_path / "b.log", whole_day(*without_agents([line(at(9))])))
    batch = night(pipeline, a=a, b=b)
    assert (batch.ending, batch.loaded, batch.quarantined) == ("in_force", 1, 1)
    assert "b.example" in str(batch.reason) and "peramban" in str(batch.reason)
    with pipeline.warehouse.connect("auditor") as connection, database.reading(connection, as_of_time=pipeline.now()):
        (row,) = listing.quarantine(connection, "web_visits", None)
    assert row["public_values"] == {"site": "b.example", "method": "log", "visits": None}


def test_where_no_log_can_be_read_the_first_cause_speaks(pipeline: Pipeline, tmp_path: Path) -> None:
    batch = night(pipeline, a=write(tmp_path / "a.log", [HAPROXY]), b=write(tmp_path / "b.log", [ALB]))
    assert batch.ending == "rejected"
    assert "a.log" in str(batch.reason) and "tanpa zona" in str(batch.reason)
    assert "belum ada berkas" not in str(batch.reason)
