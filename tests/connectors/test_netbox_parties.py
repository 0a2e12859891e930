"""Whom a circuit of NetBox serves, in every version's shape; one whose party nobody can tell is not observed."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from loopback import JANUARY, kept_bytes
from netbox_kit import Json, circuit, site

from iku_etl.connectors import netbox
from iku_etl.model import Rows

SITES = [
    site(1, "dinkes", tenant={"slug": "dinkes"}),
    site(2, "batu-ampar", custom_fields={"kode_wilayah": "17.01.01.2001"}), site(3, "rsud", tenant={"slug": "rsud"}),
    site(4, "gudang"),
]  # fmt: skip


def location(number: int, at: int, **more: Any) -> Json:
    url = f"http://netbox.example/api/dcim/locations/{number}/"
    return {"id": number, "url": url, "slug": f"ruang-{number}", "site": {"id": at}, "tenant": None, **more}


def read(folder: Path, circuits: list[Json], *, sites: list[Json] = SITES, locations: Any = ()) -> Rows:
    lists = [circuits, *([list(locations)] if locations else []), sites]
    body = orjson.dumps([{"count": len(one), "next": None, "results": one} for one in lists])
    (rows,) = netbox.read(kept_bytes(folder, body, netbox.MEDIA_TYPE, "netbox"), JANUARY)
    return rows


def parties(rows: Rows) -> list[tuple[str, str, str]]:
    return [(row["link"], row["serves_kind"], row["serves"]) for row in rows.table.to_pylist()]


def choice(value: Any) -> Any:
    return {"value": value, "label": str(value).title()}


@pytest.mark.parametrize("written", [lambda value: value, choice, lambda value: [value], lambda value: [choice(value)]])
def test_a_field_of_choices_gives_its_value(tmp_path: Path, written: Any) -> None:  # n01
    fields = {name: written(value) for name, value in
              {"medium": "fiber_optik", "monitored": "ya", "last_seen_on": "2026-01-31"}.items()}  # fmt: skip
    area = site(2, "batu-ampar", custom_fields={"kode_wilayah": written("17.01.01.2001")})
    (row,) = read(
        tmp_path, [circuit(1, 2, type={"slug": "lain"}, custom_fields=fields)], sites=[area]
    ).table.to_pylist()
    assert (row["serves"], row["medium"], row["monitored"]) == ("17.01.01.2001", "fiber_optik", "ya")
    assert row["last_seen_on"] == "2026-01-31"


def test_an_empty_choice_is_nothing(tmp_path: Path) -> None:
    (row,) = read(tmp_path, [circuit(1, 2, custom_fields={"working": choice(None), "medium": []})]).table.to_pylist()
    assert (row["working"], row["medium"]) == (None, "fiber_optik")  # the latter by the circuit's type


ENDS: dict[str, tuple[Json, list[tuple[str, str]]]] = {
    "site": ({"termination_type": "dcim.site", "termination_id": 1}, [("opd", "dinkes")]),
    "before 4.2": ({"site": {"id": 1, "slug": "dinkes"}, "provider_network": None}, [("opd", "dinkes")]),  # n05
    "provider network": ({"termination_type": "circuits.providernetwork", "termination_id": 7}, []),  # n04
    "provider network before 4.2": ({"site": None, "provider_network": {"id": 7}}, []),
    "location": ({"termination_type": "dcim.location", "termination_id": 7}, [("desa", "17.01.01.2001")]),  # n03
    "location with a tenant": ({"termination_type": "dcim.location", "termination_id": 8}, [("opd", "lab")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("side", ["termination_a", "termination_z"])
def test_an_end_leads_to_its_site(tmp_path: Path, name: str, side: str) -> None:
    end, expected = ENDS[name]
    found = circuit(1, 3) | {"termination_a": None, "termination_z": None, side: end}
    known = [location(7, 2), location(8, 4, tenant={"slug": "lab"})]
    rows = read(tmp_path, [found], locations=known)
    assert parties(rows) == [("C-1", *party) for party in expected]
    assert rows.unobserved == ()
    assert rows.declared_out == ({} if expected else {"sirkuit tanpa pihak yang dilayani": 1})


LOST: dict[str, tuple[Json, str]] = {
    "location that was not read": ({"termination_type": "dcim.location", "termination_id": 7}, "lokasi nomor 7"),
    "site that was not read": ({"termination_type": "dcim.site", "termination_id": 99}, "situs nomor 99"),
    "site that was not read, before 4.2": ({"site": {"id": 99}}, "situs nomor 99"),
    "region": ({"termination_type": "dcim.region", "termination_id": 3}, "dcim.region nomor 3"),
    "group of sites": ({"termination_type": "dcim.sitegroup", "termination_id": 3}, "dcim.sitegroup nomor 3"),
    "kind to come": ({"termination_type": "dcim.rack", "termination_id": 3}, "dcim.rack nomor 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_a_circuit_whose_party_nobody_can_tell_is_not_observed(tmp_path: Path, name: str) -> None:
    end, words = LOST[name]
    rows = read(tmp_path, [circuit(1, 0, cid="FO-1", tenant={"slug": "dinkes"}, termination_z=end), circuit(2, 2)])
    assert parties(rows) == [("C-2", "desa", "17.01.01.2001")]
    assert rows.declared_out == {}
    (one,) = rows.unobserved
    assert (one.known, one.place) == ({"link": "FO-1"}, "/0/results/0")
    assert one.sentence.startswith("sirkuit FO-1 berakhir di ") and words in one.sentence


def test_one_end_that_is_known_counts_beside_one_that_is_not(tmp_path: Path) -> None:
    known, lost = ({"termination_type": "dcim.site", "termination_id": number} for number in (2, 99))
    rows = read(tmp_path, [circuit(1, 0, termination_a=known, termination_z=lost)])
    assert (parties(rows), len(rows.unobserved)) == ([("C-1", "desa", "17.01.01.2001")], 1)


def test_circuits_of_two_providers_with_one_id_are_not_observed_where_they_differ(tmp_path: Path) -> None:
    same = [circuit(1, 2, cid="A"), circuit(2, 2, cid="A")]
    other = [circuit(3, 1, cid="B"), circuit(4, 1, cid="B", install_date="2025-01-01"), circuit(5, 3, cid="B")]
    rows = read(tmp_path, [*same, *other])
    assert parties(rows) == [("A", "desa", "17.01.01.2001"), ("B", "opd", "rsud")]
    assert rows.declared_out == {"sirkuit yang tercatat dua kali": 1}
    known = {"link": "B", "serves_kind": "opd", "serves": "dinkes"}
    assert [(one.place, one.known) for one in rows.unobserved] == [("/0/results/2", known), ("/0/results/3", known)]


def test_a_circuit_without_an_id_is_no_circuit_called_none(tmp_path: Path) -> None:
    (row,) = read(tmp_path, [circuit(1, 2, cid=None)]).table.to_pylist()
    assert row["link"] is None


def test_a_circuit_that_is_not_active_yet_is_left_out_wherever_it_ends(tmp_path: Path) -> None:
    rows = read(tmp_path, [circuit(1, 99, status=choice("planned")), circuit(2, 99, status="planned")])
    assert (rows.declared_out, rows.unobserved) == ({"sirkuit berstatus planned": 2}, ())
