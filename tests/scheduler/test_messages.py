"""What the office is told of a night: from committed data, in two ways to write, whatever the sources wrote."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import install_kit as kit
import pytest
from conftest import TEMPLATE, Cluster
from install_kit import seven

from iku_etl import settings
from iku_etl.errors import MessageError, WarehouseError
from iku_etl.pipeline import Pipeline, deadline
from iku_etl.scheduler import messages, notices, outbox, telling
from iku_etl.scheduler.messages import Night, Part
from iku_etl.settings import Settings

HOSTILE = '<script>alert("x")</script>\r\nBcc: orang@luar.example\n.\n\u202eterbalik & \x1b[2J'
SECURED = kit.MESSAGES.replace("terbatas,ya,email_sandi", "terbatas,tidak,-")


def night(pipeline: Pipeline, now: datetime, after: int | None = None) -> Night:
    return messages.night(pipeline.settings, now, after, lambda _: pipeline)


@dataclass
class Told:
    """January of IKU-08: as it was first published, and after two more publications of its messages."""

    pipeline: Pipeline
    first: Night
    second: Night


@pytest.fixture(scope="module")
def told(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    site = settings.load({"IKU_STATE": str(tmp_path_factory.mktemp("told")), "IKU_FREE_SPACE_FLOOR_MB": "0"})
    made = Pipeline(site, cluster.create("told", TEMPLATE), lambda: datetime(2026, 1, 31, 23, tzinfo=UTC))
    kit.settle(made)
    first = night(made, seven(made))
    for day, text in ((21, kit.MESSAGES.replace("003/A,aneh", "003/A,rahasia")), (22, SECURED)):
        kit.drop(site, "persandian_message", text)
        assert kit.collect(made, "persandian_message").ending == "in_force"
        kit.publish_on(made.warehouse, day)
    yield Told(made, first, night(made, seven(made), first.told_of))
    cluster.drop("told")


def test_what_several_publications_moved_is_told_once_with_its_reason(told: Told) -> None:
    assert told.first.moved.lines == ("133 angka terbit pertama kali, antara lain IKU-00 Tahun 2026.",)
    (line,) = [line for line in told.second.moved.lines if line.startswith("IKU-08 Januari 2026")]
    assert line.startswith(
        "IKU-08 Januari 2026, revisi ke-2 (nomor 3): 50,00 menjadi 25,00; anggota Bappeda 1/1 menjadi 0/1;"
        " karena data dikoreksi: Agenda berita persandian Januari 2026 (batch 5, "
    )
    assert night(told.pipeline, seven(told.pipeline), told.second.told_of).moved.lines == ()


def test_who_owes_what_and_whose_turn_it_is(told: Told) -> None:
    (owed,) = [line for line in told.first.missing.lines if "(website_uptime)" in line]
    assert "jendela sampai 31 Januari 2026. Pemilik: Seksi Pelayanan e-Government" in owed
    assert not [line for line in told.first.missing.lines if "(parameter)" in line]
    message = messages.message(told.first, replace(told.pipeline.settings, desk_url="https://iku.example/iku/"))
    assert "Halaman IKU: https://iku.example/iku/" in message.text
    assert '<a href="https://iku.example/iku/">' in message.html
    assert f"{told.first.missing.count} sumber belum masuk" in message.subject


def test_figures_that_are_not_out_say_what_they_wait_for(told: Told) -> None:
    late = seven(told.pipeline, days=1)
    found = night(told.pipeline, late)
    assert found.published_at is None and found.told_of is None
    assert found.key.endswith("belum terbit")
    message = messages.message(found, told.pipeline.settings)
    assert message.subject.endswith(": angka belum terbit pukul 06.00")
    assert "Yang terakhir terbit: " in message.text and "(website_uptime), " in message.text
    assert "Angka baru" not in message.text


def test_a_publishing_that_failed_is_no_publishing(pipeline: Pipeline) -> None:
    """One that changed no figure is one."""
    now = datetime(2026, 3, 2, 7, tzinfo=pipeline.settings.zone)
    assert night(pipeline, now).published_at is None
    deadline.ended(pipeline.settings.state, now - timedelta(hours=6))
    assert night(pipeline, now).published_at == now - timedelta(hours=6)
    at = (now - timedelta(hours=5)).isoformat()
    notices._write(pipeline.settings.state, notices.Notice(at, "refresh", "1", True, "kueri dibatalkan"))
    found = night(pipeline, now)
    assert found.published_at is None
    assert "kueri dibatalkan" in messages.message(found, pipeline.settings).text


class Letters:
    """Keeps what it is given; cannot reach those who are `away`."""

    recipients = ("surel a@b.example", "Telegram 1")

    def __init__(self) -> None:
        self.away = {"surel a@b.example"}
        self.told: dict[str, str] = {}

    def send(self, message: outbox.Sendable, to: str) -> None:
        if to in self.away:
            raise MessageError(f"{to}: jauh.")
        self.told[to] = message.subject


def test_whoever_missed_a_night_hears_of_it_with_the_next(told: Told) -> None:
    site, letters = told.pipeline.settings, Letters()
    with pytest.raises(MessageError):
        telling.tell(site, [letters], seven(told.pipeline), lambda _: told.pipeline)
    letters.away.clear()
    tomorrow = seven(told.pipeline, days=1)
    deadline.ended(site.state, tomorrow)
    telling.tell(site, [letters], tomorrow, lambda _: told.pipeline)
    assert "angka baru" in letters.told["surel a@b.example"] and "angka baru" not in letters.told["Telegram 1"]


def test_a_warehouse_that_is_away_is_told_too(site: Settings) -> None:
    def away(_: Settings) -> Pipeline:
        raise WarehouseError("tidak dapat dihubungi.")

    found = messages.night(site, datetime(2026, 3, 2, 7, tzinfo=UTC), opened=away)
    assert (found.key, found.failures.lines) == ("2026-03-02 belum terbit", ("gudang data: tidak dapat dihubungi.",))
    assert "gudang data: tidak dapat dihubungi." in messages.message(found, site).text


def test_what_is_stale_is_told_of_the_newest_base_period_alone() -> None:
    row = {
        "indicator": "IKU-01", "title": "Jaringan", "owner": "Seksi A", "base_period": "month", "period": "2026-02",
        "stale_since": date(2026, 2, 11),
    }  # fmt: skip
    older = row | {"period": "2026-01", "stale_since": date(2026, 1, 11)}
    mended = [row | {"indicator": "IKU-02"}, row | {"indicator": "IKU-02", "period": "2026-03", "stale_since": None}]
    longer = row | {"period": "2026-TW1", "stale_since": date(2026, 3, 1)}
    (told,) = messages._stale([older, row, longer, *mended])
    assert told == "IKU-01 Februari 2026, Jaringan: basi sejak 11 Februari 2026. Pemilik: Seksi A."


def test_what_waits_is_told_with_who_owns_it() -> None:
    batch = {"source": "opd", "batch_id": 7, "window_on": date(2026, 2, 1), "grid": "month", "reason": "x" * 500}
    (told,) = messages._batches([batch], {"opd": {"title": "Register OPD", "owner": "Seksi A"}})
    assert told.startswith("Register OPD Februari 2026, batch 7. Pemilik: Seksi A. xxx") and len(told) < 400
    rows = [{"indicator": code, "period": "2026-TW1", "tahap": tahap, "is_verified": is_verified} for
            code, tahap, is_verified in (
        ("IKU-01", "sementara", False), ("IKU-02", "direvisi", False), ("IKU-03", "direvisi", True),
    )]  # fmt: skip
    owners = [{"indicator": code, "owner": "Seksi A"} for code in ("IKU-01", "IKU-02", "IKU-03")]
    assert messages._figures(rows, owners) == [
        "verifikasi: IKU-01 Triwulan I 2026, IKU-02 Triwulan I 2026. Pemilik: Seksi A.",
        "pengesahan: IKU-03 Triwulan I 2026. Pemilik: Seksi A.",
    ]


class Tags(HTMLParser):
    """The elements of a page, and what it says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.said += data


def written(lines: int = 1, text: str = HOSTILE) -> Night:
    """A night whose every part says what a stranger wrote."""
    parts = {
        name: messages._part(Part(name, "-"), [text] * lines)
        for name in ("moved", "stale", "missing", "blocked", "failures")
    }
    now = datetime(2026, 3, 2, tzinfo=UTC)
    return Night(date(2026, 3, 2), now, now, 1, **parts)


@pytest.mark.parametrize("is_out", [True, False])
def test_what_strangers_wrote_stays_a_text(is_out: bool) -> None:
    found = written() if is_out else replace(written(), published_at=None)
    message = messages.message(found, settings.load({}))
    page = Tags(message.html)
    assert not {"script", "img", "b"} & set(page.found)
    assert 'alert("x")' in page.said
    assert "\n" not in message.subject and "script" not in message.subject
    lines = message.text.splitlines()
    assert "." not in lines and not [line for line in lines if line.startswith("Bcc:")]
    for sign in ("\x1b", "\u202e", "\r"):
        assert sign not in message.text and sign not in message.html


@pytest.mark.parametrize(("lines", "text"), [(1, "kata "), (40, "kata " * 60), (5, "😀" * 900), (3, "😀" * 9000)])
def test_telegram_takes_it_whatever_happened(lines: int, text: str) -> None:
    message = messages.message(written(lines, text), settings.load({}))
    assert len(message.short.encode("utf-16-le")) // 2 <= messages.TELEGRAM_UNITS
    assert "Kabar malam IKU, 2 Maret 2026" in message.short and f"failures ({lines})" in message.short
    assert "lagi ada di halaman IKU" in message.short or lines == 1
