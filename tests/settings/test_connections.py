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


def test_what_every_entry_has_is_asked_for(tmp_path: Path) -> None:
    said = told(tmp_path, f"\n[website_uptime]\n{URL}")
    assert "connections.toml:2: " in said and "tanpa system." in said


def test_a_wrong_type_is_named_by_its_line(tmp_path: Path) -> None:
    assert "connections.toml:3: url" in told(tmp_path, '[website_uptime]\nsystem = "zabbix"\nurl = 9090\n')
    assert "connections.toml:1: website_uptime" in told(tmp_path, 'website_uptime = "zabbix"\n')


@pytest.mark.parametrize(
    ("written", "key", "line"),
    [
        ('a = 1\n"b.c" = 2\n', ("b.c",), 3),
        ("[s.logs]\n\n'www.example' = 1\n", ("logs", "www.example"), 4),
        ('[s . "logs"]\nx = 1\n', ("logs",), 2),
        ('logs . "www.example" = 1\n', ("logs", "www.example"), 2),
        ('logs = { "www.example" = 1 }\n', ("logs", "www.example"), 2),  # as near as can be told
        ('n = [\n"x = 1",\n]\n[other]\nz = 1\n[s.logs]\nz = 3\n', ("logs", "z"), 8),
        ("a = 1\n", ("not there",), 1),
    ],
)
def test_a_place_is_that_of_the_key_or_of_the_table_it_is_in(
    tmp_path: Path, written: str, key: tuple[str, ...], line: int
) -> None:
    (tmp_path / "connections.toml").write_text(f"[s]\nsystem = 'x'\n{written}")
    endpoint = load({"IKU_STATE": str(tmp_path)}).endpoint("s")
    assert endpoint.at(*key) == f"{tmp_path}/connections.toml:{line if line == 1 else line + 1}: "
    assert load({"IKU_STATE": str(tmp_path / "none")}).endpoint("s").at("url") == ""
