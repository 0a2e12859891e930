"""The options of a connection: those its connector declares; another is named with the nearest that there is."""

from pathlib import Path

import pytest

from iku_etl.connectors import options
from iku_etl.errors import SettingError
from iku_etl.settings import load

HEAD = '[website_uptime]\nsystem = "{}"\nurl = "http://127.0.0.1:9"\n'


def check(tmp_path: Path, system: str, more: str) -> None:
    (tmp_path / "connections.toml").write_text(HEAD.format(system) + more)
    options.check("website_uptime", load({"IKU_STATE": str(tmp_path)}).endpoint("website_uptime"))


def test_a_misspelt_option_is_named_with_the_nearest_and_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"connections\.toml:4: pilihan jobb .* maksudnya job\?"):
        check(tmp_path, "prometheus", 'jobb = "website"\n')
    with pytest.raises(SettingError, match=r"connections\.toml:5: pilihan site .* maksudnya sites\?"):
        check(tmp_path, "zabbix", '\n[website_uptime.site]\n"a.example" = 1\n')


def test_a_wrong_type_is_named_and_its_value_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"connections\.toml:4: pilihan slice_hours .* salah jenis") as refused:
        check(tmp_path, "prometheus", 'slice_hours = "enam-9911"\n')
    assert "9911" not in str(refused.value)


@pytest.mark.parametrize("system", ["ckan", "netbox", "wordpress", "prometheus", "zabbix", "uptime_kuma", "upptime",
                                    "visits", "register"])  # fmt: skip
def test_every_system_declares_what_it_takes(tmp_path: Path, system: str) -> None:
    with pytest.raises(SettingError, match="tidak dikenal"):
        check(tmp_path, system, "bukan_pilihan = 1\n")


def test_what_is_documented_is_taken(tmp_path: Path) -> None:
    check(tmp_path, "prometheus", 'job = "a"\nslice_hours = 3\ntotal_seconds = 90\nnetworks = ["10.1.0.0/16"]\n'
          'ca_file = "ca.pem"\nauth = "basic"\n[website_uptime.labels]\nprober = "a"\n')  # fmt: skip
    check(tmp_path, "zabbix", 'auth = "body"\n[website_uptime.sites]\n"a.example" = "A"\n')
