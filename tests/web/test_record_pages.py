"""From a figure to the bytes of a record, by links alone; what is shown of bytes that are not what they were."""

import re
from urllib.parse import parse_qs, urlsplit

import install_kit as kit
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline

MARKED = re.compile(r"<mark>(.*?)</mark>", re.S)


@pytest.fixture
def site_of(pipeline: Pipeline) -> settings.Settings:
    """January of IKU-08, published, with the raw store that it rests on."""
    kit.settle(pipeline)
    return settings.load(kit.environment(pipeline.warehouse, pipeline.settings.state))


@pytest.fixture
def pages(site_of: settings.Settings) -> TestClient:
    return visitor(site_of)


def links(page: str, begin: str) -> list[str]:
    """The addresses of a page's links that begin so, as a browser reads them."""
    found = re.findall(r'href="([^"]+)"', page)
    return [link.replace("&amp;", "&") for link in found if link.startswith(begin)]


def to_record(pages: TestClient, holding: str) -> str:
    """The record's page in three clicks: overview, figure, member, record."""
    figure = next(link for link in links(pages.get("/").text, "/figure/IKU-08/2026-01"))
    member = next(link for link in links(pages.get(figure).text, "/member/") if "dinkes" in link)
    for link in links(pages.get(member).text, "/record/"):
        page = pages.get(link).text
        if holding in "".join(MARKED.findall(page)):
            return link
    raise AssertionError(f"no record with {holding} is linked")


def test_a_figure_leads_to_the_marked_bytes_of_its_records_and_back(pages: TestClient) -> None:
    link = to_record(pages, "dinkes,Dinas &lt;b&gt;Kesehatan&lt;/b&gt;,persandian_message,2026-01")
    page = pages.get(link).text
    assert "utuh" in page
    assert "<b>Kesehatan" not in page
    assert links(page, "/figure/IKU-08/2026-01")
    assert links(page, "/member/IKU-08?name=dinkes")
    back = pages.get(f"{urlsplit(link).path}?resting=1").text
    assert links(back, "/figure/IKU-08/2026-01")


def test_of_a_redacted_file_the_kept_line_is_marked_and_nothing_personal_is_there(pages: TestClient) -> None:
    page = pages.get(to_record(pages, "2026-01-06")).text
    assert "berkas tersimpan; di berkas asli" in page
    assert "Undangan" not in page
    assert "002/A" not in page
    assert "Disisihkan, tidak dimuat:" in pages.get(to_record(pages, "2026-01-07")).text


@pytest.mark.parametrize(("what", "word"), [("flip", "berubah"), ("remove", "hilang")])
def test_bytes_that_are_not_what_they_were_are_told_and_not_shown(
    pages: TestClient, pipeline: Pipeline, what: str, word: str
) -> None:
    link = to_record(pages, "dinkes,Dinas")
    payload = int(re.findall(r"/payload/(\d+)/file", pages.get(link).text)[0])
    whole = pages.get(f"/payload/{payload}/file")
    assert whole.content.decode() == kit.SUBMISSIONS
    assert whole.headers["content-type"] == "application/octet-stream"
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert whole.headers["x-content-type-options"] == "nosniff"
    _, path = pipeline.kept_payload(payload)
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.unlink()
    if what == "flip":
        path.write_bytes(content)
    page = pages.get(link)
    assert page.status_code == 200
    assert re.search(rf'<span class="badge verdict-\w+">{word}</span>', page.text)
    assert not MARKED.findall(page.text)
    assert f"/payload/{payload}/file" not in page.text
    assert pages.get(f"/payload/{payload}/file").status_code == 400


def test_what_is_not_there_or_no_number_is_told(pages: TestClient) -> None:
    for path in ("/record/1/999999", "/record/999999/1", "/payload/999999/file"):
        assert pages.get(path).status_code == 404
    for path in ("/record/0/1", "/record/x/1", "/record/99999999999999999999/1", "/payload/-1/file"):
        assert pages.get(path).status_code == 422


def test_a_record_from_nowhere_links_to_nowhere(pages: TestClient) -> None:
    link = to_record(pages, "dinkes,Dinas")
    page = pages.get(f"{urlsplit(link).path}?indicator=%22%3E%3Cscript%3E&period=x&member=%3Cb%3E").text
    assert "<script>" not in page
    assert not links(page, "/figure/")
    assert parse_qs(urlsplit(link).query)["indicator"] == ["IKU-08"]


def test_a_batch_leads_whoever_reads_to_its_records_one_after_another(pages: TestClient, pipeline: Pipeline) -> None:
    with pipeline.warehouse.connect("auditor") as connection:
        row = connection.execute(
            "select batch_id from iku.batch_in_force where source = 'persandian_message'"
        ).fetchone()
    assert row
    batch = row["batch_id"]
    assert links(pages.get("/sumber/persandian_message").text, f"/record/{batch}") == [f"/record/{batch}"]
    path, walked = f"/record/{batch}", []
    while path:
        answer = pages.get(path)
        assert answer.status_code == 200
        walked.append(int(answer.url.path.rsplit("/", 1)[1]))
        path = next(iter(re.findall(r'href="([^"]+)">Rekaman berikutnya', answer.text)), "")
    assert len(walked) == 4  # one of them was set aside
    assert walked == sorted(set(walked))
    assert pages.get("/record/999").status_code == 404
    kit.collect(pipeline, "persandian_message")  # the same once more: a look, which keeps no record
    answer = pages.get(f"/record/{batch + 1}")
    assert (answer.status_code, "tidak menyimpan rekaman" in answer.text) == (404, True)
