"""What is wrong in connections.toml is named with file and line, and what is secret in it is shown nowhere."""

from pathlib import Path

import pytest
from permissions import nobody

from iku_etl.errors import SettingError
from iku_etl.settings import load

VALUE = "rahasia-sekali-9911"
URL = 'url = "http://127.0.0.1:9090"\n'


def told(tmp_path: Path, text: str, source: str = "website_uptime") -> str:
    (tmp_path / "connections.toml").write_text(text)
    with pytest.raises(SettingError) as refused:
        load({"IKU_STATE": str(tmp_path)}).endpoint(source)
    return str(refused.value)


@pytest.mark.parametrize("key", ["secret", "token", "password", "token_auth"])
def test_a_secret_in_the_file_is_named_by_its_line_and_not_shown(tmp_path: Path, key: str) -> None:
    said = told(tmp_path, f'[ppid]\n\n[website_uptime]\nsystem = "zabbix"\n{URL}{key} = "{VALUE}"\n')
    assert "connections.toml:6: " in said and key in said and "IKU_SECRET_WEBSITE_UPTIME" in said
    assert VALUE not in said


def test_a_file_that_may_not_be_read_is_not_one_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "connections.toml").write_text(f'[website_uptime]\nsystem = "zabbix"\n{URL}')
    with (
        nobody(tmp_path / "connections.toml"),
        pytest.raises(SettingError, match=r"connections\.toml: tidak boleh dibaca"),
    ):
        load({"IKU_STATE": str(tmp_path)}).endpoint("website_uptime")


def test_a_line_that_is_no_toml_is_named_and_not_shown(tmp_path: Path) -> None:
    said = told(tmp_path, f'[website_uptime]\nsystem = "zabbix"\nsecret = {VALUE}\n')
    assert "connections.toml:3: " in said and VALUE not in said


@pytest.mark.parametrize("missing", ["system", "url"])
def test_what_every_entry_has_is_asked_for(tmp_path: Path, missing: str) -> None:
    rest = URL if missing == "system" else 'system = "zabbix"\n'
    said = told(tmp_path, f"\n[website_uptime]\n{rest}")
    assert "connections.toml:2: " in said and f"tanpa {missing}." in said


def test_a_wrong_type_is_named_by_its_line(tmp_path: Path) -> None:
    assert "connections.toml:3: url" in told(tmp_path, '[website_uptime]\nsystem = "zabbix"\nurl = 9090\n')
    assert "connections.toml:1: website_uptime" in told(tmp_path, 'website_uptime = "zabbix"\n')


def test_logs_alone_have_no_address(tmp_path: Path) -> None:
    logs = '[web_visits]\nsystem = "visits"\n[web_visits.logs]\n"www.example" = "logs/www*"\n'
    (tmp_path / "connections.toml").write_text(logs)
    assert load({"IKU_STATE": str(tmp_path)}).endpoint("web_visits").url == ""
    assert "tanpa url" in told(tmp_path, logs + '[web_visits.matomo]\n"www.example" = 3\n', "web_visits")
