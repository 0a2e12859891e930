"""What an installation knows and shows nobody: secrets in the environment, keys in a file of its owner's own."""

import os
import stat
from pathlib import Path

import pytest

from iku_etl.settings import Endpoint, load

SECRET = "rahasia-sekali-9911"


def test_the_secret_of_a_source_is_in_no_text_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKU_SECRET_NETWORK_LINK", SECRET)
    (tmp_path / "connections.toml").write_text('[network_link]\nsystem = "netbox"\nurl = "https://netbox.example"\n')
    settings = load({"IKU_STATE": str(tmp_path), "IKU_WAREHOUSE_URL": f"postgresql://u:{SECRET}@h/d",
                     "IKU_LOADER_URL": f"postgresql://l:{SECRET}@h/d"})  # fmt: skip
    endpoint = settings.endpoint("network_link")
    assert endpoint.secret == SECRET
    shown = f"{endpoint!r} {endpoint} {settings!r} {settings} {[endpoint]} {Endpoint('register', 'x', {}, SECRET)}"
    assert SECRET not in shown


def test_the_key_of_tokens_is_for_its_owner_only_whatever_new_files_are_made_for(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        settings = load({"IKU_STATE": str(tmp_path / "state")})
        name, key = settings.token_key
    finally:
        os.umask(before)
    path = settings.state / "secrets.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key.hex() in path.read_text()
    assert key.hex() not in repr(settings) and name not in key.hex()
    assert load({"IKU_STATE": str(tmp_path / "state")}).token_key == (name, key)
