"""`iku new`: one module, one folder of examples; in a copy of the project they run at once, and no list is edited."""

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import given
import install_kit as kit
import pytest
from psycopg import sql

from iku_etl.catalogue import scaffold
from iku_etl.errors import DeclarationError
from iku_etl.settings import PROJECT
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse

NAME, CODE = "zz_percobaan", "IKU-99"  # what no real source or indicator is called
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what makes the program, without tests and docs."""
    made = tmp_path / "project"
    for folder in ("iku_etl", "sql"):
        shutil.copytree(PROJECT / folder, made / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return made


@pytest.fixture
def iku(project: Path, warehouse: Warehouse) -> Run:
    """`iku ..` of the copy, in a process of its own, on this test's warehouse."""
    environment = kit.environment(warehouse, project / ".iku") | {"PYTHONPATH": str(project), "PATH": os.defpath}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "iku_etl.cli", *arguments],
            cwd=project, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def files_of(project: Path) -> dict[str, bytes]:
    """Every file of the copy and what it holds."""
    return {
        str(path.relative_to(project)): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file() and not {"__pycache__", ".iku"} & set(path.parts)
    }


@pytest.mark.parametrize(
    ("kind", "grid"), [("snapshot", "month"), ("snapshot", "day"), ("events", "month"), ("events", "day")]
)
def test_a_new_source_collects_its_example_file(
    project: Path, iku: Run, warehouse: Warehouse, kind: str, grid: str
) -> None:
    before = files_of(project)
    done = iku("new", "source", NAME, "--kind", kind, "--grid", grid)
    assert (done.returncode, done.stderr) == (0, "")
    after = files_of(project)
    assert {name: after[name] for name in before} == before, "a file was edited"
    new = sorted(after.keys() - before.keys())
    folder = f"tests/sources/{NAME}"
    assert [Path(name).parent.as_posix() for name in new] == ["iku_etl/sources", folder, folder]
    example = project / new[1]
    kit_folder = project / ".iku" / "drop" / NAME
    kit_folder.mkdir(parents=True)
    shutil.copy(example, kit_folder)
    migrated = iku("migrate")
    assert (migrated.returncode, f"tabel {NAME} dibuat" in migrated.stdout) == (0, True), migrated.stderr
    collected = iku("collect", NAME, "--window", example.stem)
    assert (collected.returncode, "berlaku" in collected.stdout) == (0, True), collected.stdout + collected.stderr
    with warehouse.connect("auditor") as connection:
        rows = connection.execute(sql.SQL("select id, value from {} order by id").format(sql.Identifier("fact", NAME)))
        assert [(row["id"], row["value"]) for row in rows] == [("A-1", 10), ("A-2", None)]
    assert f"iku collect {NAME}" in done.stdout


def test_a_new_indicator_gives_what_its_example_expects(project: Path, iku: Run, warehouse: Warehouse) -> None:
    before = files_of(project)
    done = iku("new", "indicator", CODE, "Persentase situs media informasi")
    assert (done.returncode, done.stderr) == (0, "")
    after = files_of(project)
    assert {name: after[name] for name in before} == before, "a file was edited"
    name = f"iku_{CODE[-2:]}_persentase_situs_media_informasi"
    folder = project / "tests" / "indicators" / name
    assert sorted(after.keys() - before.keys()) == [
        f"sql/indicators/{name}.sql",
        f"tests/indicators/{name}/expected.csv",
        f"tests/indicators/{name}/given_quarantine_website.csv",
        f"tests/indicators/{name}/given_website.csv",
    ]
    migrated = iku("migrate")
    assert (migrated.returncode, CODE in migrated.stdout) == (0, True), migrated.stderr
    with (folder / "expected.csv").open(newline="") as stream:
        expected = list(csv.DictReader(stream))
    with warehouse.connect("owner") as connection:
        aside = given.from_csv(folder / "given_quarantine_website.csv")
        for window_on, rows in given.from_csv(folder / "given_website.csv").items():
            given.batch(connection, "website", window_on, rows, quarantined=aside[window_on])
    with warehouse.connect("auditor") as connection, database.reading(connection, None, datetime.now(UTC)):
        query = sql.SQL("select * from {} where period = %s order by member").format(sql.Identifier("indicator", name))
        found = connection.execute(query, [expected[0]["period"]]).fetchall()
    assert [{key: str(row[key]) for key in expected[0]} for row in found] == expected


@pytest.mark.long
@pytest.mark.parametrize(("kind", "grid"), [("snapshot", "month"), ("events", "day")])
def test_the_documented_way_passes_the_tests_of_the_house(project: Path, iku: Run, kind: str, grid: str) -> None:
    """A source and an indicator over it, as they are made: no file edited by hand, `iku test` green for both."""
    for folder in ("tests", "docs"):
        shutil.copytree(PROJECT / folder, project / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", project)
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)  # test_docs asks git what is kept
    before = files_of(project)
    assert iku("new", "source", NAME, "--kind", kind, "--grid", grid).returncode == 0
    done = iku("new", "indicator", CODE, "Persentase percobaan", "--source", NAME)
    assert (done.returncode, done.stderr) == (0, "")
    after = files_of(project)
    written = {name for name in before if after[name] != before[name]}
    assert written == {"docs/data-dictionary.md"}, "made from declarations, never edited by hand"
    code = [name for name in after.keys() - before.keys() if not name.startswith("tests/")]
    assert len(code) == 4, code  # the module, two staging views made of it, the indicator
    indicator = next(after[name].decode() for name in code if name.startswith("sql/indicators/"))
    assert f"-- roll_up: {'sum' if kind == 'events' else 'last'}\n" in indicator
    for name in (NAME, CODE):
        tested = iku("test", name)
        assert (tested.returncode, " failed" in tested.stdout) == (0, False), tested.stdout[-3000:] + tested.stderr
        assert " passed" in tested.stdout


def test_a_text_that_its_own_check_refused_is_no_member(project: Path, iku: Run, warehouse: Warehouse) -> None:
    """It may be any member, misspelt; what was set aside for another column keeps its name."""
    assert iku("new", "source", NAME).returncode == 0
    assert iku("new", "indicator", CODE, "Persentase percobaan", "--source", NAME).returncode == 0
    assert iku("migrate").returncode == 0
    aside = [
        {"id": "?? salah ??", "rule": "ExpectColumnValueLengthsToBeBetween:id"},
        {"id": "A-2", "rule": "ExpectColumnValuesToBeBetween:value"},
    ]
    with warehouse.connect("owner") as connection:
        given.batch(connection, NAME, "2026-01-01", [{"id": "A-1", "name": "Satu", "value": 1}], quarantined=aside)
    with warehouse.connect("auditor") as connection, database.reading(connection, None, datetime.now(UTC)):
        view = sql.Identifier("indicator", f"iku_{CODE[-2:]}_persentase_percobaan")
        query = sql.SQL("select member, seen from {} where period = '2026-01' order by member").format(view)
        found = [(row["member"], int(row["seen"])) for row in connection.execute(query)]
    assert found[:2] == [("A-1", 1), ("A-2", 0)]
    assert [(name.startswith("berkas 1 "), seen) for name, seen in found[2:]] == [(True, 0)]


def test_members_are_named_by_the_column_that_was_asked_for(project: Path, iku: Run, warehouse: Warehouse) -> None:
    assert iku("new", "source", NAME).returncode == 0
    done = iku("new", "indicator", CODE, "Persentase percobaan", "--source", NAME, "--member", "name")
    assert (done.returncode, done.stderr) == (0, "")
    assert iku("migrate").returncode == 0
    aside = [
        {"id": "A-3", "name": "Tiga", "rule": "ExpectColumnValuesToBeBetween:value"},
        {"id": "A-4", "name": "??", "rule": "ExpectColumnValueLengthsToBeBetween:name"},
    ]
    rows = [{"id": "A-1", "name": "Satu", "value": 1}, {"id": "A-2", "name": "Satu", "value": None}]
    with warehouse.connect("owner") as connection:
        given.batch(connection, NAME, "2026-01-01", rows, quarantined=aside)
    with warehouse.connect("auditor") as connection, database.reading(connection, None, datetime.now(UTC)):
        name = f"iku_{CODE[-2:]}_persentase_percobaan"
        query = sql.SQL("select member, numerator, seen from {} where period = '2026-01' order by seen desc, member")
        found = connection.execute(query.format(sql.Identifier("indicator", name))).fetchall()
    (one, *others) = [tuple(row.values()) for row in found]
    assert one == ("Satu", 0, 1)  # one of its two records is not counted
    assert [(member[:9], *numbers) for member, *numbers in others] == [("Tiga", 0, 0), ("berkas 1 ", 0, 0)]


@pytest.mark.parametrize(
    ("member", "hint"),
    [
        ("nama", r"kolom nama pada sumber \w+ tidak ada\. Pilih kolom yang wajib diisi: id, name\."),
        ("value", r"kolom value pada sumber \w+ boleh kosong.* id, name\."),
        ("name", r"sql/staging/zz_percobaan/zz_percobaan_quarantine.sql tidak memberi kolom name"),
    ],
)
def test_a_column_that_can_name_no_member_is_refused_with_those_that_can(
    project: Path, iku: Run, member: str, hint: str
) -> None:
    assert iku("new", "source", NAME).returncode == 0
    assert iku("new", "indicator", CODE, "Pertama", "--source", NAME).returncode == 0
    before = files_of(project)
    done = iku("new", "indicator", "IKU-98", "Kedua", "--source", NAME, "--member", member)
    assert done.returncode == 1
    assert re.search(hint, " ".join(done.stderr.split()))
    assert files_of(project) == before


def test_an_indicator_over_an_unknown_source_makes_nothing(project: Path, iku: Run) -> None:
    before = files_of(project)
    done = iku("new", "indicator", CODE, "Persentase percobaan", "--source", "tidak_ada")
    assert (done.returncode, "tidak_ada" in done.stderr) == (1, True)
    assert files_of(project) == before


@pytest.mark.parametrize(
    ("deed", "hint"),
    [
        (lambda at: scaffold.new_source(at, "Public-Area", "events", "day"), "huruf kecil"),
        (lambda at: scaffold.new_source(at, "class", "events", "day"), "bukan nama sumber"),
        (lambda at: scaffold.new_source(at, "../../x", "events", "day"), "bukan nama sumber"),
        (lambda at: scaffold.new_source(at, "website", "events", "day"), "sudah ada"),
        (lambda at: scaffold.new_indicator(at, "IKU-5", "Situs"), "seperti IKU-10"),
        (lambda at: scaffold.new_indicator(at, "IKU-05", "Situs"), "IKU-05 sudah ada"),
        (lambda at: scaffold.new_indicator(at, CODE, "--\n; drop"), "judul"),
    ],
)
def test_a_wrong_name_makes_nothing(project: Path, deed: Callable[[Path], Any], hint: str) -> None:
    before = files_of(project)
    with pytest.raises(DeclarationError, match=hint):
        deed(project)
    assert files_of(project) == before


def test_the_example_is_of_the_month_that_the_tests_read(tmp_path: Path) -> None:
    made = scaffold.new_source(tmp_path, "call_center", "snapshot", "month")
    assert [path.name for path in made.files[1:]] == ["2026-01.csv", "2026-01.csv.v1.txt"]
    assert (tmp_path / made.files[1]).read_text().startswith("posisi_per,2026-01-31\n")
