"""The options of a connection: those its connector declares; another is named with the nearest that there is."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from iku_etl import catalogue
from iku_etl.connectors import options
from iku_etl.errors import SettingError
from iku_etl.settings import load
from iku_etl.window import window_named

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


# ---------------------------------------------------------------- values that a connector judges, before it asks


def asked(tmp_path: Path, source: str, text: str) -> str:
    """What the first payload of that connection fails with; nothing listens at its address."""
    (tmp_path / "connections.toml").write_text(text)
    endpoint = load({"IKU_STATE": str(tmp_path)}).endpoint(source)
    with pytest.raises(SettingError) as refused:
        options.check(source, endpoint)
        extract = catalogue.source(source).extract
        assert extract is not None
        next(iter(extract(window_named("day", "2026-03-05", ZoneInfo("Asia/Jakarta")), endpoint)))
    return str(refused.value)


@pytest.mark.parametrize(
    ("system", "written", "line", "told"),
    [
        ("prometheus", "total_seconds = -1", 4, "total_seconds = 90"),
        ("prometheus", 'total_seconds = "90"', 4, "total_seconds = 90"),
        ("prometheus", "slice_hours = 0", 4, "slice_hours = 6"),
        ("prometheus", 'networks = "10.1.0.0/16"', 4, 'networks = ["10.1.0.0/16"]'),
        ("prometheus", '\nnetworks = ["10.1.0.7/16"]', 5, "bukan alamat satu mesin"),
        ("prometheus", "networks = [10]", 4, 'networks = ["10.1.0.0/16"]'),
        ("prometheus", 'job = ""', 4, "huruf, angka"),
        ("prometheus", 'labels = "prober=a"', 4, '{prober = "a"}'),
        ("prometheus", '[website_uptime.labels]\nprober = "a"\nmodule = true', 6, "di antara tanda kutip"),
        ("prometheus", '[website_uptime.sites]\n"a.example" = 1', 4, "hapus baris itu"),
        ("zabbix", "slice_hours = -6", 4, "slice_hours = 6"),
        ("zabbix", 'sites = ["a.example"]', 4, '"dinkes.example" = 3'),
        ("zabbix", '[website_uptime.sites]\n"a.example" = "A"\n"b.example" = -3', 6, '"dinkes.example" = 3'),
        ("uptime_kuma", 'slug = "s"\n[website_uptime.sites]\n"b.example" = ""', 6, "Website Dinkes"),
        ("uptime_kuma", 'slug = ""', 4, 'slug = ".."'),
        ("upptime", 'sites = { "a.example" = 1 }', 4, "hapus baris itu"),
        ("prometeus", "", 2, '"prometheus" atau "uptime_kuma" atau "zabbix" atau "upptime"'),
    ],
)
def test_a_bad_value_of_uptime_is_named_by_its_line(
    tmp_path: Path, system: str, written: str, line: int, told: str
) -> None:
    said = asked(tmp_path, "website_uptime", HEAD.format(system) + written + "\n")
    assert f"connections.toml:{line}: " in said and told in said


@pytest.mark.parametrize(
    ("source", "written", "line", "told"),
    [
        ("sectoral_dataset", 'system = "ckan"\nurl = "http://127.0.0.1:9"\nrows = 0', 4, "rows = 1000"),
        ("sectoral_dataset", 'system = "ckan"\nurl = "127.0.0.1:9"', 3, "http(s)://host"),
        ("sectoral_dataset", 'system = "ckan"\nurl = ""', 1, "tanpa url"),
        ("sectoral_dataset", 'system = "ckna"\nurl = "http://127.0.0.1:9"', 2, '"ckan" atau "register"'),
        ("network_link", 'system = "netbox"\nurl = "http://127.0.0.1:9"\nca_file = "/none.pem"', 4, "tidak ada"),
        (
            "network_link",
            'system = "netbox"\nurl = "http://127.0.0.1:9"\nca_file = "/etc/hosts"',
            4,
            "BEGIN CERTIFICATE",
        ),
        ("network_link", 'system = "netbox"\nurl = "http://127.0.0.1:9"\nca_file = "/etc"', 4, "tidak ada"),
        ("target", 'system = "ckan"\nurl = "http://127.0.0.1:9"', 2, '"register"'),
        ("website_content", 'system = "wordpress"', 1, "tanpa url"),
        ("website_content", 'system = "wordpress"\nsites = {}', 3, "tidak menyebut situs"),
        ("website_content", 'system = "wordpress"\nsites = ["a.example"]', 1, "tanpa url"),
        ("website_content", 'system = "wordpress"\nurl = "https://a"\nsites = ["b"]', 4, '"https://{site}"'),
        ("website_content", 'system = "wordpress"\nurl = "https://{site}"\nsites = [1]', 4, "di antara tanda kutip"),
        (
            "website_content",
            'system = "wordpress"\n[website_content.sites]\na = "https://a"\nb = 3',
            5,
            "https://dinkes",
        ),
        (
            "website_content",
            'system = "wordpress"\n[website_content.sites]\na = "https://a"\nb = "b"',
            5,
            "situs b: url",
        ),
        ("website_content", 'system = "wordpres"\nurl = "https://{site}"', 2, '"wordpress"'),
        ("web_visits", 'system = "visits"', 1, "tanpa url"),
        ("web_visits", 'system = "visits"\nurl = "https://m.example"', 1, "[web_visits.logs]"),
        ("web_visits", 'system = "visits"\nlogs = "www*"', 3, '"www.example" = "logs'),
        ("web_visits", 'system = "visits"\n[web_visits.logs]\n"a" = "l"\n"b" = { file = "x" }', 5, "memuat file,"),
        ("web_visits", 'system = "visits"\n[web_visits.logs.b]\nfiles = "l"\nhosts = "b"', 3, "bukan daftar teks"),
        ("web_visits", 'system = "visits"\n[web_visits.logs]\n"a" = 3', 4, "adalah 3"),
        ("web_visits", 'system = "visits"\nurl = "https://m"\nmatomo = [3]', 4, '"mediacenter.example" = 3'),
        ("web_visits", 'system = "visits"\nurl = "https://m"\n[web_visits.matomo]\na = 3\nb = -4', 6, "idSite b"),
        ("web_visits", 'system = "visits"\nurl = "https://m"\n[web_visits.matomo]\na = 3\nb = true', 6, "idSite b"),
        ("web_visits", 'system = "visits"\nurl = "https://m"\n[web_visits.matomo]\na = 3\nb = "3"', 6, "ganda"),
    ],
)
def test_a_bad_value_is_named_by_its_line(tmp_path: Path, source: str, written: str, line: int, told: str) -> None:
    said = asked(tmp_path, source, f"[{source}]\n{written}\n")
    assert f"connections.toml:{line}: " in said and told in said


def test_a_log_is_judged_before_matomo_is_asked(tmp_path: Path) -> None:
    text = '[web_visits]\nsystem = "visits"\nurl = "http://127.0.0.1:9"\nlogs = 3\n[web_visits.matomo]\na = 1\n'
    assert "connections.toml:4: logs adalah 3" in asked(tmp_path, "web_visits", text)


@pytest.mark.parametrize("source", ["website_uptime", "website_content", "web_visits"])
def test_a_source_without_a_connection_says_that_it_has_none(tmp_path: Path, source: str) -> None:
    said = asked(tmp_path, source, "")
    assert said.startswith(f"{source} belum punya sambungan. Tulis [{source}] di connections.toml")


def test_a_way_to_send_a_secret_that_there_is_not_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IKU_SECRET_WEBSITE_UPTIME", "rahasia-9911")
    said = asked(tmp_path, "website_uptime", HEAD.format("prometheus") + 'auth = "basik"\n')
    assert "connections.toml:4: pilihan auth" in said and '"basic"' in said and "9911" not in said
