"""Serah works on: tried without a trace, in place of what lay there, two at once, and after a restart."""

import re
from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from hand_in_kit import SITES, handed_in, lying, sent, tickets, verdict
from patience import wait
from web_kit import visitor

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.counter import Counter
from iku_etl.web.login import Role
from iku_etl.web.tickets import Tickets

GOOD = SITES.encode()
FAULTY = GOOD + b"dua,bukan host,Situs Dua,Dinas Dua,informasi,tidak,2024-01-01\n"


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


@pytest.fixture
def operator(site: Settings) -> TestClient:
    return visitor(site, Role.USER)


def batches(pipeline: Pipeline) -> list[Any]:
    with pipeline.warehouse.connect("auditor") as connection:
        return connection.execute("select * from iku.batch where source = 'website' order by batch_id").fetchall()


def key_of(page: str, name: str) -> str:
    before, _, _ = page.partition(f"> {name}</label>")
    return before.rpartition('name="ganti" value="')[2][:16]


def test_a_trial_says_all_of_it_and_leaves_nothing(operator: TestClient, site: Settings, pipeline: Pipeline) -> None:
    path, page = handed_in(operator, "website", ("daftar.csv", FAULTY), aksi="coba", surat="")
    for part in ("akan diterima sebagian", "tidak ada yang disimpan", "baris 4", "Alamat", "daftar.csv"):
        assert part in page, part
    assert lying(site, "website") == []
    assert batches(pipeline) == []
    assert not any(site.raw_dir.rglob("*")) if site.raw_dir.exists() else True
    left = {file.name for file in site.hand_in_dir.rglob("*") if file.is_file()}
    assert left <= {"ticket.json", ".lock", ".website.lock", "perbaikan.xlsx"}
    assert operator.get(f"{path}/perbaikan.xlsx").content.startswith(b"PK")
    _, page = handed_in(operator, "website", ("daftar.csv", b"nama,alamat\na,b\n"), aksi="coba", posisi="2026-01-31")
    assert "akan ditolak" in page


def test_what_a_trial_warns_of_the_verdict_warns_of_too(operator: TestClient) -> None:
    told = []
    for action in ("coba", "serah"):
        _, page = handed_in(operator, "website", ("daftar.csv", GOOD.replace(b"Situs Satu", b"S1")), aksi=action)
        told.append([one for one in re.findall("<li>(.*?)</li>", page) if "Nama" in one])
        assert "Tidak ada yang perlu diperbaiki" not in page
    assert told[0]
    assert told[0] == told[1]


@pytest.mark.parametrize("action", ["coba", "serah"])
def test_a_file_of_an_older_position_is_not_said_to_be_the_same(operator: TestClient, action: str) -> None:
    handed_in(operator, "website", ("daftar.csv", GOOD))
    older = GOOD.replace(b"2026-01-31", b"2026-01-20").replace(b"Situs Satu", b"Situs Lama")
    _, page = handed_in(operator, "website", ("daftar lama.csv", older), cara="tambah", aksi=action)
    for part in ("Tidak dihitung: posisinya lebih lama", "<li>daftar lama.csv</li>"):
        assert part in page, part
    assert "isi berkasnya sama" not in page
    newer = GOOD.replace(b"Situs Satu", b"Situs Baru")
    _, page = handed_in(operator, "website", ("daftar baru.csv", newer), cara="tambah", aksi=action)
    assert "posisinya lebih lama" not in page


def test_a_whole_file_takes_the_place_of_those_that_are_marked(
    operator: TestClient, site: Settings, pipeline: Pipeline
) -> None:
    _, page = handed_in(operator, "website", ("daftar situs.csv", FAULTY))
    assert "diterima sebagian" in page
    assert "daftar situs.csv" in page
    (old,) = lying(site, "website")
    form = operator.get("/serah/website?bulan=2026-01").text
    assert "Pegawai user" in form
    silent = SITES.partition("\n")[2].encode()  # the form says when it is for
    _, page = handed_in(
        operator, "website", ("daftar situs.csv", silent), cara="ganti", ganti=key_of(form, old), posisi="2026-01-30"
    )
    assert 'serah-utuh">diterima<' in page
    (new,) = lying(site, "website")
    assert new.startswith("posisi_2026-01-30_")
    assert any((site.drop_dir / "website" / ".diganti").iterdir())  # the original, for it names no person
    first, second = batches(pipeline)
    assert first["superseded_by"] == second["load_no"]
    assert (second["loaded"], second["quarantined"], f"{second['position_on']}") == (1, 0, "2026-01-30")
    text = operator.get("/serah/website/2026-01").text
    assert "sudah digantikan" in text
    assert "Diserahkan oleh Pegawai user, surat 800/12/KOMINFO/2026" in text
    assert operator.get("/serah/website/2026-01/perbaikan.xlsx").content.startswith(b"PK")


def test_two_at_once_are_both_in_and_a_form_sent_twice_is_in_once(
    operator: TestClient, site: Settings, pipeline: Pipeline
) -> None:
    other = GOOD.replace(b"satu", b"dua").replace(b"Satu", b"Dua")
    one = sent(operator, "website", ("a.csv", GOOD), nomor="abcdefghijklmnop")
    again = sent(operator, "website", ("a.csv", GOOD), nomor="abcdefghijklmnop")
    two = sent(operator, "website", ("b.csv", other), cara="tambah")
    assert one.headers["location"] == again.headers["location"] == "/serah/hasil/abcdefghijklmnop"
    for answer in (one, two):
        assert "diterima" in verdict(operator, answer.headers["location"])
    assert len(lying(site, "website")) == 2
    assert [row["loaded"] for row in batches(pipeline) if row["ending"] == "in_force"][-1] == 2


def test_what_a_stopped_server_left_is_done_by_the_next(
    operator: TestClient, site: Settings, pipeline: Pipeline, monkeypatch: Any
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(Counter, "submit", lambda *_: None)
        left = sent(operator, "website", ("a.csv", GOOD)).headers["location"]
        assert operator.get(left).headers["refresh"]
        assert len(lying(site, "website")) == 1  # the night finds it there
    assert batches(pipeline) == []
    another = visitor(site, Role.USER)
    assert another.get("/serah").status_code == 200  # whoever looks first; its own page would do it too
    wait(lambda: Tickets(site.hand_in_dir).get(left.rpartition("/")[2]).is_done, "the ticket")
    assert 'serah-utuh">diterima<' in verdict(another, left)
    assert len(lying(site, "website")) == 1
    assert len(batches(pipeline)) == 1
    assert tickets(site) == [left.rpartition("/")[2]]


def test_the_verdict_is_there_though_the_night_was_first(
    operator: TestClient, site: Settings, pipeline: Pipeline, monkeypatch: Any
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(Counter, "submit", lambda *_: None)
        left = sent(operator, "website", ("a.csv", FAULTY)).headers["location"]
        assert kit.collect(pipeline, "website").ending == "in_force"
    page = verdict(visitor(site, Role.USER), left)
    assert "sama dengan yang sudah ada" in page
    assert [row["ending"] for row in batches(pipeline)] == ["in_force", "unchanged"]
    assert catalogue.source("website").is_register
