"""`iku open-data --push`: what would be sent is said first, and the portal is that of connections.toml."""

import loopback
import pytest
from install_kit import Iku

from iku_etl.settings import Settings

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
