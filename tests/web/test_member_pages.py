"""Members: sorted, filtered and downloaded on a figure's page; their periods, days and records on their own."""

import io
import re
from datetime import date, timedelta
from typing import Any

import install_kit as kit
import openpyxl
import pytest
from fastapi.testclient import TestClient
from web_kit import visitor

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.web import calendar
from iku_etl.web.members import Choice

FIGURE = "/figure/IKU-08/2026-01"


@pytest.fixture
def pages(pipeline: Pipeline) -> TestClient:
    """January of IKU-08, published."""
    kit.settle(pipeline)
    return visitor(settings.load(kit.environment(pipeline.warehouse, pipeline.settings.state)))


def members(page: str) -> list[str]:
    return re.findall(r'href="/member/IKU-08\?name=(\w+)', page)


def messages(page: str) -> list[str]:
    """The numbers of the records of IKU-08's messages that a member's page lists."""
    return re.findall(r'href="/record/\d+/(\d+)', page.split('id="persandian_message"')[1].partition("</table>")[0])


def test_members_are_filtered_sorted_and_downloaded_by_the_address(pages: TestClient) -> None:
    assert members(pages.get(FIGURE).text) == ["dinkes", "bappeda"]  # what may need somebody first
    assert members(pages.get(f"{FIGURE}?sort=name").text) == ["bappeda", "dinkes"]
    assert members(pages.get(f"{FIGURE}?state=unseen").text) == ["dinkes"]
    assert members(pages.get(f"{FIGURE}?q=BAPP").text) == ["bappeda"]
    assert "Tidak ada anggota yang cocok" in pages.get(f"{FIGURE}?q=%3Cscript%3E").text
    assert members(pages.get(f"{FIGURE}?sort=x&state=y&page=-1").text) == ["dinkes", "bappeda"]
    table = pages.get(f"{FIGURE}/members.csv?q=bapp")
    assert table.headers["content-disposition"] == 'attachment; filename="anggota_IKU-08_2026-01_1.csv"'
    assert (
        table.content.decode("utf-8-sig").split("\r\n")[1].startswith("IKU-08;Januari 2026;bappeda;Bappeda;memenuhi;")
    )
    book = openpyxl.load_workbook(io.BytesIO(pages.get(f"{FIGURE}/members.xlsx").content))
    assert [row[2] for row in book.active.iter_rows(min_row=2, values_only=True)] == ["dinkes", "bappeda"]
    assert pages.get(f"{FIGURE}/members.exe").status_code == 404


def test_a_figure_tells_what_each_publication_changed_and_who_approved_it(
    pages: TestClient, pipeline: Pipeline
) -> None:
    assert "terbit pertama kali" in pages.get(FIGURE).text
    assert "belum diverifikasi dan belum disahkan" in pages.get(FIGURE).text
    mended = kit.MESSAGES.replace("aneh", "biasa")
    kit.drop(pipeline.settings, "persandian_message", mended)
    kit.collect(pipeline, "persandian_message")
    made = kit.publish_on(pipeline.warehouse, 21)
    pipeline.verify_figure("IKU-08", "2026-01", 2, reason="sudah <i>diperiksa</i>", by="Kepala Dinas")
    page = pages.get(FIGURE).text
    assert "50,00 menjadi 75,00" in page
    assert "Dinas &lt;b&gt;Kesehatan&lt;/b&gt; " not in page  # members are told when they are asked for
    assert "sudah &lt;i&gt;diperiksa&lt;/i&gt;" in page
    opened = pages.get(f"{FIGURE}?change={made.publication_ids[0]}").text
    assert "Kesehatan&lt;/b&gt; 1/3 menjadi 2/3" in opened
    assert "<li>data dikoreksi: realisasi +25,00, " in opened
    assert "<li>data dikoreksi" not in page


def test_a_member_has_its_periods_side_by_side_and_its_records_by_page(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = pages.get("/member/IKU-08?name=dinkes").text
    assert "Dinas &lt;b&gt;Kesehatan&lt;/b&gt;" in page
    assert "sebagian tidak teramati" in page
    assert f'href="{FIGURE}"' in page
    monkeypatch.setattr("iku_etl.web.pages.member.RECORDS", 2)
    path = "/member/IKU-08?name=dinkes&relation=persandian_message&page="
    listed = [messages(pages.get(f"{path}{at}").text) for at in (1, 2)]
    assert listed == [["1", "2"], ["3"]]
    assert pages.get("/member/IKU-08?name=lain").status_code == 404
    assert pages.get("/member/IKU-08").status_code == 404
    assert pages.get("/member/IKU-08?name=%00").status_code == 404
    assert pages.get("/member/IKU-08?name=dinkes&period=2031-01").status_code == 404


def day(number: int, **changes: Any) -> dict[str, Any]:
    row = {"period": "2026-10", "window_on": date(2026, 10, number), "batch_id": 100 + number, "is_ended": True}
    return row | {"up_count": 288, "down_count": 0, "unseen_count": 0, "is_managed": True} | changes


def test_a_calendar_tells_up_down_and_not_observed_apart() -> None:
    none = {"up_count": None, "down_count": None, "unseen_count": None, "batch_id": None}
    rows = [
        day(1), day(2, up_count=287, down_count=1), day(3, up_count=0, down_count=288), day(4, **none),
        day(5, up_count=0, unseen_count=288), day(6, is_managed=False), day(7, **none, is_ended=False),
    ]  # fmt: skip
    (month,) = calendar.months(rows)
    days = [one for week in month.weeks for one in week if one is not None]
    assert [one.kind for one in days] == ["up", "part", "down", "unseen", "unseen", "apart", "ahead"]
    assert [one.skip for one in days] == [0, 288, 576, None, 864, 1152, None]
    assert month.weeks[0][:3] == (None, None, None)  # 1 October 2026 was a Thursday
    assert all(len(week) == 7 for week in month.weeks)
    assert month.tally == (("naik", 1), ("turun sebagian", 1), ("turun", 1), ("tidak teramati", 2),
                           ("tidak dikelola", 1), ("belum selesai", 1))  # fmt: skip


def test_a_calendar_has_every_day_of_each_month() -> None:
    rows = [day(1, window_on=date(2026, 10, 1) + timedelta(days=number)) for number in range(31)]
    (month,) = calendar.months(rows)
    assert sum(one is not None for week in month.weeks for one in week) == 31


def test_a_choice_is_said_again_by_its_address() -> None:
    choice = Choice.of("a&b=c", "not", "seen", "3", 2)
    assert choice.query(page=4) == "q=a%26b%3Dc&state=not&sort=seen&page=4&revision=2"
    assert Choice.of("", "", "", "", None).query(state="") == ""
