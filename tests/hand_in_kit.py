"""An operator at the desk: hands files in, waits for the verdict, and looks at what lies there afterwards."""

from typing import Any

from fastapi.testclient import TestClient
from patience import wait

from iku_etl.settings import Settings
from iku_etl.web.tickets import Ticket, Tickets

LETTER = {"surat": "800/12/KOMINFO/2026", "keterangan": "agenda Januari"}
SITES = """\
posisi_per,2026-01-31
site,host,name,opd,kind,is_media_information,managed_from
satu,satu.example,Situs Satu,Dinas Satu,informasi,tidak,2024-01-01
"""


def sent(browser: TestClient, source: str, *files: tuple[str, bytes], **fields: Any) -> Any:
    """The answer to the form of a register for January."""
    parts = [("berkas", (name, body)) for name, body in files]
    return browser.post(
        f"/serah/{source}", data={"bulan": "2026-01", **LETTER, **fields}, files=parts, follow_redirects=False
    )


def handed_in(browser: TestClient, source: str, *files: tuple[str, bytes], **fields: Any) -> tuple[str, str]:
    """Hand files in and wait for the verdict: its path and its page."""
    answer = sent(browser, source, *files, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"], verdict(browser, answer.headers["location"])


def verdict(browser: TestClient, path: str) -> str:
    """The page of a ticket once it is done."""
    wait(lambda: "refresh" not in browser.get(path).headers, "the verdict")
    return browser.get(path).text


def lying(site: Settings, source: str) -> list[str]:
    """The files of a drop folder that are read."""
    folder = site.drop_dir / source
    return sorted(path.name for path in folder.glob("[!.]*")) if folder.exists() else []


def tickets(site: Settings) -> list[str]:
    """The tickets that were kept."""
    return sorted(path.parent.name for path in site.hand_in_dir.glob("*/ticket.json"))


def kept(site: Settings, ticket: str) -> None:
    """A ticket of a hand-in that came to nothing."""
    at_desk = Tickets(site.hand_in_dir)
    at_desk.draw(ticket)
    at_desk.keep(
        Ticket(
            ticket, "website", ("2026-01",), "Penguji", "1", "", "2026-02-01T00:00:00+00:00", (),
            is_done=True, problem="Tidak ada berkas.",
        )
    )  # fmt: skip
