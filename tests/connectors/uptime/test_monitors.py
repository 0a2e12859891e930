"""One monitor a site, or the map says which: whatever else leaves the site unobserved, by name."""

import pytest

from iku_etl.connectors.uptime import monitors
from iku_etl.connectors.uptime.monitors import Monitor, watched
from iku_etl.errors import ContractError, SettingError
from iku_etl.settings import Endpoint

PORTAL = Monitor(frozenset({"1", "Portal", "https://portal.example/"}), "portal.example", "pemantau 1 'Portal'")
PPID = Monitor(frozenset({"2", "PPID", "https://portal.example/ppid/"}), "portal.example", "pemantau 2 'PPID'")
PING = Monitor(frozenset({"3", "portal.example"}), "portal.example", "pemantau 3 'portal.example'", "ping")
OLD = Monitor(frozenset({"4", "Portal"}), "portal.example", "pemantau 4 'Portal'", is_paused=True)
DINKES = Monitor(frozenset({"5", "1"}), "dinkes.example", "pemantau 5 '1'")


def found(
    sites: dict[str, int | str], **called: Monitor
) -> tuple[dict[str, list[str]], list[tuple[dict[str, str], str]]]:
    asked = watched(sites, {key[1:]: one for key, one in called.items()}, "Kuma", "/1")
    return asked.sites, [(dict(one.known), one.sentence) for one in asked.unobserved]


def test_two_monitors_of_a_host_are_no_site_and_both_are_named() -> None:
    sites, ((known, said),) = found({}, _1=PORTAL, _2=PPID, _5=DINKES)
    assert sites == {"5": ["dinkes.example"]}
    assert known == {"site": "portal.example"}
    assert "pemantau 1 'Portal'; pemantau 2 'PPID'" in said and "sites" in said


def test_the_map_says_which_of_them() -> None:
    assert found({"portal.example": 1}, _1=PORTAL, _2=PPID) == ({"1": ["portal.example"]}, [])
    assert found({"portal.example": "PPID"}, _1=PORTAL, _2=PPID) == ({"2": ["portal.example"]}, [])


def test_a_ping_and_a_paused_monitor_are_none_of_the_site() -> None:
    assert found({}, _1=PORTAL, _3=PING) == ({"1": ["portal.example"]}, [])
    assert found({}, _1=PORTAL, _4=OLD) == ({"1": ["portal.example"]}, [])
    assert found({}, _4=OLD) == ({"4": ["portal.example"]}, [])
    sites, ((known, said),) = found({"portal.example": 3}, _1=PORTAL, _3=PING)
    assert (sites, known) == ({}, {"site": "portal.example"})
    assert "berjenis ping" in said


def test_a_monitor_of_the_map_that_is_not_there_leaves_its_site_named_and_costs_no_other() -> None:
    sites, ((known, said),) = found({"dinkes.example": 5, "bappeda.example": "Bapeda"}, _5=DINKES)
    assert sites == {"5": ["dinkes.example"]}
    assert known == {"site": "bappeda.example"}
    assert "bappeda.example: pemantau Bapeda tidak ada" in said


def test_a_number_is_an_id_and_a_name_of_several_is_none() -> None:
    assert found({"a.example": 1}, _1=PORTAL, _5=DINKES)[0] == {"1": ["a.example"]}
    sites, ((known, said),) = found({"a.example": "1"}, _1=PORTAL, _5=DINKES)  # the name of 5, and the id of 1
    assert (sites, known) == ({}, {"site": "a.example"})
    assert "adalah nama 2 pemantau" in said


def test_one_monitor_may_watch_several_sites_of_the_map() -> None:
    assert found({"a.example": 1, "b.example": 1}, _1=PORTAL)[0] == {"1": ["a.example", "b.example"]}


@pytest.mark.parametrize("own", ["", "x" * 254])
def test_a_monitor_without_a_usable_site_is_named_and_known_for_nobody(own: str) -> None:
    sites, ((known, said),) = found({}, _1=Monitor(frozenset({"1"}), own, "pemantau 1 'x'"))
    assert (sites, known) == ({}, {})
    assert "pemantau 1 'x' tidak dapat dikenali" in said


def test_long_names_are_cut_and_many_are_counted() -> None:
    many = {f"_{number}": Monitor(frozenset(), "a.example", monitors.short("p" * 10**6)) for number in range(1000)}
    _, ((_, said),) = found({}, **many)
    assert len(said) < 1000 and "dan 995 lagi" in said and "(1000000 huruf)" in said


def test_a_map_where_there_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="tidak berlaku untuk Upptime"):
        monitors.refuse_map(Endpoint("upptime", "x", {"sites": {"a.example": "a"}}), "Upptime", "Ubah slug.")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[" * 5000, "not_json"),
        (b"[%s]" % b",".join([b"{}"] * 400_000), "too_large"),
        (b"[[%s]]" % b",".join([b"0"] * 200_000), "too_large"),
    ],
)
def test_an_answer_that_only_fills_memory_is_refused_before_it_does(body: bytes, code: str) -> None:
    with pytest.raises(ContractError) as refused:
        monitors.unpacked(body, "Kuma")
    assert refused.value.code == code
