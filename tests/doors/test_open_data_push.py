"""`iku open-data --push`: what would be sent is said first, and the portal is that of connections.toml."""

import loopback
import pytest
from ckan_kit import TOKEN, Portal
from install_kit import Iku

from iku_etl.errors import TransientError
from iku_etl.pipeline import Pipeline
from iku_etl.settings import Settings
from iku_etl.web.pages import publik

ENTRY = '[open_data]\nsystem = "ckan_portal"\nurl = "{}"\n'


def test_a_dry_run_says_what_would_be_sent_and_a_push_needs_a_connection(
    settled: Iku, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settled("open-data", "--dry-run")[0] == 2
    code, _, problems = settled("open-data", "--push", "--dry-run")
    assert code == 1
    assert 'Tulis [open_data] di connections.toml, dengan system = "ckan_portal"' in problems
    asked: list[str] = []

    def answer(handler: loopback.BaseHTTPRequestHandler) -> None:
        asked.append(f"{handler.command} {handler.path}")
        body = b'{"success": false, "error": {"__type": "Not Found Error", "message": "Not found"}}'
        loopback.send(handler, body, 404)

    monkeypatch.setenv("IKU_SECRET_OPEN_DATA", "token-uji-1234567890")
    with loopback.server(answer) as url:
        site.connections_path.write_text(ENTRY.format(url) + 'organization = "kominfo"\n')
        code, out, problems = settled("open-data", "--push", "--dry-run")
        assert (code, problems) == (0, "")
        for part in ("akan: dataset dibuat: iku-dinas", "akan: berkas ditambahkan: iku.csv, ", "datapackage.json"):
            assert part in out, part
        assert [one.split("?")[0] for one in asked] == ["GET /api/3/action/package_show"]
        code, out, problems = settled("open-data", "--push")
        assert code == 1
        assert "CKAN package_create: ditolak (404): Not Found Error: Not found" in problems
        assert "token-uji" not in out + problems
    site.connections_path.write_text(ENTRY.format("http://127.0.0.1:9") + 'organisation = "x"\n')
    assert "maksudnya organization?" in settled("open-data", "--push")[2]


def test_the_dag_brings_the_portal_up_to_date_once_and_fails_in_words_while_it_is_down(
    settled: Iku, site: Settings, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its task calls: nothing without a portal; a portal that is down may be asked again; then nothing twice."""
    assert pipeline.share() is None
    portal = Portal()
    monkeypatch.setenv("IKU_SECRET_OPEN_DATA", TOKEN)
    with loopback.server(portal.answer) as url:
        site.connections_path.write_text(ENTRY.format(url) + 'organization = "kominfo"\n')
        portal.instead["package_show"] = 503, b""
        with pytest.raises(TransientError, match="menjawab 503"):
            pipeline.share()
        portal.instead.clear()
        sent = pipeline.share()
        assert sent is not None and sent[0].startswith("dataset dibuat: iku-dinas") and len(sent) == 6
        assert set(portal.uploaded) == set(publik.FILES)
        (dataset,) = portal.datasets.values()
        assert dataset["notes"].endswith("Dinas belum memilih lisensi untuk data ini.")
        assert pipeline.share() == []
    with pytest.raises(TransientError):
        pipeline.share()
