"""Decided in the browser: by whom, with a reason, and what then stands in the manifest and in the figures."""

from pathlib import Path
from typing import Any

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.login import Role

FIGURE = {"indicator": "IKU-08", "period": "2026-01", "revision": "1"}
TITLE = "Agenda berita persandian"
WHY = {"reason": "diperiksa bersama bidang", "letter": "045/12/KOMINFO/2026"}


@pytest.fixture
def site(pipeline: Pipeline, tmp_path: Path) -> Settings:
    """January of IKU-08, published."""
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, tmp_path / "state"))


def newest(pipeline: Pipeline) -> dict[str, Any]:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute("select * from iku.decision order by decision_id desc limit 1").fetchone()
    return row or {}


def told(browser: TestClient, path: str, form: dict[str, str]) -> tuple[int, str]:
    answer = browser.post(path, data=form, follow_redirects=True)
    return answer.status_code, answer.text


def test_a_figure_is_verified_by_one_and_approved_by_another(site: Settings, pipeline: Pipeline) -> None:
    op, admin = visitor(site, Role.OP), visitor(site, Role.ADMIN)
    page = op.get("/decisions/figure/IKU-08/2026-01").text
    assert "/decisions/verify" in page
    assert "/decisions/approve" not in page
    status, text = told(op, "/decisions/verify", FIGURE | WHY)
    assert (status, "tercatat" in text) == (200, True)
    made = newest(pipeline)
    assert (made["kind"], made["decided_by"]) == ("verify", "Pegawai op")
    assert made["reason"] == "diperiksa bersama bidang (surat 045/12/KOMINFO/2026)"
    assert told(op, "/decisions/approve", FIGURE | WHY)[0] == 403
    assert "/decisions/approve" in admin.get("/decisions/figure/IKU-08/2026-01").text
    assert told(admin, "/decisions/approve", FIGURE | WHY)[0] == 200
    assert (newest(pipeline)["kind"], newest(pipeline)["decided_by"]) == ("approve", "Pegawai admin")
    assert "disahkan" in op.get("/figure/IKU-08/2026-01").text


def test_who_verified_finds_no_way_to_approve(site: Settings, pipeline: Pipeline) -> None:
    admin = visitor(site, Role.ADMIN)
    assert "/decisions/approve" not in admin.get("/decisions/figure/IKU-08/2026-01").text  # nobody verified it
    assert told(admin, "/decisions/verify", FIGURE | WHY)[0] == 200
    page = admin.get("/decisions/figure/IKU-08/2026-01").text
    assert "/decisions/approve" not in page
    assert "Yang memverifikasi tidak mengesahkan" in page
    status, text = told(admin, "/decisions/approve", FIGURE | WHY)
    assert (status, "Yang memverifikasi tidak mengesahkan" in text) == (400, True)
    status, text = told(admin, "/decisions/approve", FIGURE | {"reason": "tanpa surat"})
    assert (status, "letter" in text) == (422, True)
    assert newest(pipeline)["kind"] == "verify"


def test_a_superseded_figure_is_refused_and_a_period_that_is_not_official_is_said(
    site: Settings, pipeline: Pipeline
) -> None:
    admin = visitor(site, Role.ADMIN)
    assert "Januari 2026 bukan periode resmi IKU-08" in admin.get("/decisions/figure/IKU-08/2026-01").text
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace("aneh", "biasa"))
    kit.collect(pipeline, "persandian_message")
    assert kit.publish_on(pipeline.warehouse, 21).figures
    status, text = told(admin, "/decisions/approve", FIGURE | WHY)  # a page that was opened before
    assert (status, "nomor 1 sudah digantikan nomor 2" in text) == (400, True)
    assert not newest(pipeline)
    assert told(visitor(site, Role.OP), "/decisions/verify", FIGURE | WHY | {"revision": "2"})[0] == 200
    assert told(admin, "/decisions/approve", FIGURE | WHY | {"revision": "2"})[0] == 200


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (FIGURE, "reason"),
        (FIGURE | {"reason": "ya"}, "reason"),
        (FIGURE | WHY | {"period": "2026-01'; drop table"}, "period"),
        (FIGURE | WHY | {"revision": "-1"}, "revision"),
        (FIGURE | WHY | {"revision": "7"}, "revisi"),
        (FIGURE | WHY | {"indicator": "IKU-99"}, "IKU-99"),
        (FIGURE | {"reason": "kalimat\x00panjang"}, "reason"),
    ],
)
def test_a_form_that_cannot_be_read_decides_nothing(
    site: Settings, pipeline: Pipeline, form: dict[str, str], said: str
) -> None:
    status, text = told(visitor(site, Role.OP), "/decisions/verify", form)
    assert status in (400, 404, 422)
    assert said in text
    assert not newest(pipeline)


def test_a_withdrawn_register_is_seen_in_the_figures_that_it_touched(site: Settings, pipeline: Pipeline) -> None:
    op = visitor(site, Role.OP)
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select batch_id from iku.batch where source = 'persandian_message' and ending = 'in_force'"
        ).fetchone()
    assert row
    page = op.get(f"/decisions/batch/{row['batch_id']}").text
    assert TITLE in page.split("<h1>")[1].split("</h1>")[0]
    assert "Januari 2026</h1>" in page
    assert "1 Januari 2026" not in page
    assert "IKU-08 Januari 2026" in page
    assert told(op, "/decisions/withdraw", WHY | {"batch": str(row["batch_id"])})[0] == 200
    assert "Hitung dan terbitkan sekarang" in op.get("/decisions").text
    assert "tidak ada yang dapat diputuskan" in op.get(f"/decisions/batch/{row['batch_id']}").text
    assert told(op, "/decisions/withdraw", WHY | {"batch": str(row["batch_id"])})[0] == 400  # not twice
    assert told(op, "/decisions/publish", {})[0] == 200
    assert "tanpa nilai" in op.get("/?period=2026-01").text


def test_a_record_set_aside_is_corrected_and_counts(site: Settings, pipeline: Pipeline) -> None:
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES.replace(",biasa,tidak,-,", ",biasa,entah,-,", 1))
    kit.collect(pipeline, "persandian_message")
    op = visitor(site, Role.OP)
    listed = op.get("/decisions?source=persandian_message").text
    before = listed.count("/decisions/record/")
    place = next(part for part in listed.split('"') if "/decisions/record/" in part)
    assert f"{TITLE}</td>" in listed
    assert "1 Januari 2026" not in listed
    page = op.get(place).text
    assert f"{TITLE}, Januari 2026</h1>" in page
    assert '<option value="secured">Disandikan</option>' in page
    assert "<dt>Arah</dt>" in page
    assert f'<td data-name="Tentang">{TITLE}' not in listed
    assert "entah" in page or "secured" in page
    batch, record = place.rsplit("/", 2)[1:]
    about = {"batch": batch, "record": record}
    status, _ = told(op, "/decisions/correction", WHY | about | {"column": "tidak_ada", "value": "x"})
    assert status == 404
    status, _ = told(op, "/decisions/correction", WHY | about | {"column": "secured", "value": "tidak"})
    assert status == 200
    assert newest(pipeline)["changes"] == {"secured": "tidak"}
    assert f'<td data-name="Tentang">{TITLE}' in op.get("/decisions").text
    assert op.get("/decisions?source=persandian_message").text.count("/decisions/record/") == before - 1


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}", "'; drop table iku.figure; --",
    "javascript:alert(1)", "\u202eaman", "%00", "${7*7}", "<svg/onload=alert(1)>", "&#60;script&#62;",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_text(site: Settings, pipeline: Pipeline, text: str) -> None:
    browser = visitor(site, Role.OP)
    status, page = told(browser, "/decisions/verify", FIGURE | {"reason": f"alasan {text}", "letter": text})
    assert status == 200
    assert text in newest(pipeline)["reason"]
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "<svg/onload" not in page
    assert "\u202e" not in page
    assert "alasan 49" not in page
