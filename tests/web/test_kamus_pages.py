"""Kamus data: searched by words, made of the declarations alone; one code's entry in full."""

import re
from pathlib import Path

import install_kit as kit
from web_kit import visitor

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.web import lookup


def found(*words: str) -> dict[str, list[str]]:
    return {kind: [one.name for one in entries] for kind, entries in lookup.search(words).items()}


def test_every_word_must_stand_in_an_entry() -> None:
    assert "website_uptime" in found("pemantauan")["sumber"]
    assert "IKU-05" in found("WEBSITE", "aktif")["indikator"]
    assert found("website", "kata-yang-tidak-ada") == {kind: [] for kind in lookup.KINDS}


def test_columns_are_found_by_what_files_call_them_and_by_their_privacy() -> None:
    assert "agenda_no" in found("persandian_message", "agenda")["kolom"]
    assert found("persandian_message", "token")["kolom"]
    assert found()["kolom"] == []


def test_without_a_word_everything_else_is_there() -> None:
    everything = found()
    assert len(everything["sumber"]) == len(catalogue.source_names())
    assert len(everything["kegiatan"]) >= 36
    assert "IKU-09-TITIK" in everything["indikator"]
    assert everything["tampilan"]


def test_the_pages_show_it(pipeline: Pipeline, tmp_path: Path) -> None:
    kit.settle(pipeline)
    browser = visitor(settings.load(kit.environment(pipeline.warehouse, tmp_path / "state")))
    page = browser.get("/kamus?q=persandian").text
    assert re.search(r"\d+ entri memuat", page)
    assert 'href="/kamus/IKU-08"' in page
    assert 'href="/sumber/persandian_message#kolom"' in page
    hostile = browser.get("/kamus?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in hostile
    assert browser.get("/kamus?q=" + "x" * 101).status_code == 422
    entry = browser.get("/kamus/IKU-08").text
    for part in ("seperti tercetak", "Cara kami membaca", "Parameter yang berlaku", 'href="/indicator/IKU-08"'):
        assert part in entry, part
    assert browser.get("/kamus/KEG-01").status_code == 200
    assert browser.get("/kamus/IKU-99").status_code == 404
