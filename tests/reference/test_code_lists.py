"""Names to codes: exactly or not at all."""

import hashlib
import re
from datetime import date
from pathlib import Path

import pytest
from kit import ZONE
from loopback import kept_bytes

from iku_etl import catalogue
from iku_etl.reference import code_lists
from iku_etl.reference.code_lists import CODE, Place, code_of, places
from iku_etl.stages import parse
from iku_etl.window import window_at

LIST = Path(code_lists.__file__).parent / "desa.csv"


def test_the_list_is_that_of_the_decree_of_the_minister() -> None:
    known = places("desa")
    assert [sum(place.kind == kind for place in known) for kind in ("desa", "kelurahan")] == [142, 16]
    assert all(CODE.fullmatch(place.code) for place in known)


@pytest.mark.parametrize("place", places("desa"), ids=lambda place: place.code)
def test_every_entry_is_found_by_its_name_and_kecamatan(place: Place) -> None:
    assert code_of("desa", place.shown.rsplit(",", 1)[0]) == (place.code, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("17.01.01.2001", "17.01.01.2001"), ("1701012001", "17.01.01.2001"), ("17.01.99.2099", "17.01.99.2099"),
        ("Batu Ampar", "17.01.01.2001"),
        ("  DESA\u00a0BATU  AMPAR ", "17.01.01.2001"), ("Ds. Batu Ampar", "17.01.01.2001"),
        ("kantor desa Batu Ampar", "17.01.01.2001"), ("Tumbak Tebing", "17.01.10.2001"),
        ("Tumbuk Tebing", "17.01.10.2001"), ("Air Tenam Dalam", "17.01.09.2010"),
    ],
)  # fmt: skip
def test_as_offices_write_it(text: str, code: str) -> None:
    assert code_of("desa", text) == (code, "")


def test_roman_and_arabic_numbers_are_one_and_marks_are_none() -> None:
    for pair in (("Keban Agung II", "Ds. Keban Agung 2"), ("Tungkal I", "TUNGKAL 1"), ("Mela'o", "Mela’o")):
        first, second = (code_of("desa", text) for text in pair)
        assert first == second and first[0]
    assert len({code_of("desa", f"Keban Agung {number}")[0] for number in ("I", "II", "III")}) == 3


def test_two_places_of_one_name_need_the_kecamatan() -> None:
    code, why = code_of("desa", "Desa Tanjung Besar")
    assert code is None and "bisa berarti" in why and why.count("Tanjung Besar (Kec.") == 2
    (first, second) = (place for place in places("desa") if "tanjung besar" in place.names)
    for place in (first, second):
        assert code_of("desa", f"Tanjung Besar, Kec. {place.kecamatan.title()}") == (place.code, "")
        assert code_of("desa", f"Tanjung Besar kecamatan {place.kecamatan}") == (place.code, "")


@pytest.mark.parametrize(
    "text", ["Batu Ampr", "Tumbuk Tebin", "Sukamjau", "Batu Ampar, Kec. Manna", "Kelurahan Batu Ampar"]
)
def test_what_is_near_is_said_and_not_taken(text: str) -> None:
    code, why = code_of("desa", text)
    assert code is None and "tidak ada dalam daftar desa; yang terdekat" in why
    named = re.findall(r"17\.01\.\d\d\.\d{4}", why)
    assert 1 <= len(named) <= 3
    assert len(set(named)) == len(named)  # each place once, whatever its spellings


def test_a_blank_more_is_another_name() -> None:
    assert code_of("desa", "Suka Rami") != code_of("desa", "Sukarami")
    assert code_of("desa", "Suka Maju")[0] is None


def test_a_changed_list_is_a_changed_parse() -> None:
    """Raise the version of `desa` and of `network_link`, then pin the list anew."""
    versions = [catalogue.source(name).version for name in ("desa", "network_link")]
    pinned = "526776e2530b691ab48449f4adbda256ba147d36e70891e07b65cce061cffe47"
    assert (versions, hashlib.sha256(LIST.read_bytes()).hexdigest()) == ([2, 2], pinned)


def test_a_register_says_which_names_it_does_not_know_and_leaves_other_columns_alone(tmp_path: Path) -> None:
    rows = ["NR-1,desa,Ds. Batu Ampr", "NR-2,desa,Tanjung Besar", "FO-1,opd,Batu Ampar", "NR-3,desa,Batu Ampar"]
    lines = ["link,serves_kind,serves,supplied_by_dinas,monitored,active_from"]
    lines += [f"{row},ya,ya,2024-01-01" for row in rows]
    payload = kept_bytes(tmp_path, "\n".join(lines).encode(), "text/csv", "daftar.csv")
    window = window_at("month", date(2026, 1, 1), ZONE)
    pieces = list(parse.records(catalogue.source("network_link"), [payload], window))
    assert [row["serves"] for piece in pieces for row in piece.table.to_pylist()] == [
        None, None, "Batu Ampar", "17.01.01.2001",
    ]  # fmt: skip
    near, two = (problem for piece in pieces for problem in piece.problems)
    assert near.message.startswith(
        'kolom Dilayani (serves): "Ds. Batu Ampr" tidak ada dalam daftar desa; yang terdekat Batu Ampar ('
    )
    assert two.text == "Tanjung Besar" and "bisa berarti" in two.message
