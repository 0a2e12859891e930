"""`iku new`: one module, one folder of examples; in a copy of the project they run at once, and no list is edited."""

import csv
import os
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
    done = iku("new", "source", "call_center", "--kind", kind, "--grid", grid)
    assert (done.returncode, done.stderr) == (0, "")
    after = files_of(project)
    assert {name: after[name] for name in before} == before, "a file was edited"
    new = sorted(after.keys() - before.keys())
    folder = "tests/sources/call_center"
    assert [Path(name).parent.as_posix() for name in new] == ["iku_etl/sources", folder, folder]
    example = project / new[1]
    kit_folder = project / ".iku" / "drop" / "call_center"
    kit_folder.mkdir(parents=True)
    shutil.copy(example, kit_folder)
    migrated = iku("migrate")
    assert (migrated.returncode, "tabel call_center dibuat" in migrated.stdout) == (0, True), migrated.stderr
    collected = iku("collect", "call_center", "--window", example.stem)
    assert (collected.returncode, "berlaku" in collected.stdout) == (0, True), collected.stdout + collected.stderr
    with warehouse.connect("auditor") as connection:
        rows = connection.execute(
            sql.SQL("select id, value from {} order by id").format(sql.Identifier("fact", "call_center"))
        )
        assert [(row["id"], row["value"]) for row in rows] == [("A-1", 10), ("A-2", None)]
    assert "iku collect call_center" in done.stdout


def test_a_new_indicator_gives_what_its_example_expects(project: Path, iku: Run, warehouse: Warehouse) -> None:
    before = files_of(project)
    done = iku("new", "indicator", "IKU-10", "Persentase situs media informasi")
    assert (done.returncode, done.stderr) == (0, "")
    after = files_of(project)
    assert {name: after[name] for name in before} == before, "a file was edited"
    name = "iku_10_persentase_situs_media_informasi"
    folder = project / "tests" / "indicators" / name
    assert sorted(after.keys() - before.keys()) == [
        f"sql/indicators/{name}.sql",
        f"tests/indicators/{name}/expected.csv",
        f"tests/indicators/{name}/given_website.csv",
    ]
    migrated = iku("migrate")
    assert (migrated.returncode, "IKU-10" in migrated.stdout) == (0, True), migrated.stderr
    with (folder / "expected.csv").open(newline="") as stream:
        expected = list(csv.DictReader(stream))
    with warehouse.connect("owner") as connection:
        for window_on, rows in given.from_csv(folder / "given_website.csv").items():
            given.batch(connection, "website", window_on, rows)
    with warehouse.connect("auditor") as connection, database.reading(connection, None, datetime.now(UTC)):
        query = sql.SQL("select * from {} where period = %s order by member").format(sql.Identifier("indicator", name))
        found = connection.execute(query, [expected[0]["period"]]).fetchall()
    assert [{key: str(row[key]) for key in expected[0]} for row in found] == expected


@pytest.mark.parametrize(
    ("deed", "hint"),
    [
        (lambda at: scaffold.new_source(at, "Public-Area", "events", "day"), "huruf kecil"),
        (lambda at: scaffold.new_source(at, "class", "events", "day"), "bukan nama sumber"),
        (lambda at: scaffold.new_source(at, "../../x", "events", "day"), "bukan nama sumber"),
        (lambda at: scaffold.new_source(at, "website", "events", "day"), "sudah ada"),
        (lambda at: scaffold.new_indicator(at, "IKU-5", "Situs"), "seperti IKU-10"),
        (lambda at: scaffold.new_indicator(at, "IKU-05", "Situs"), "IKU-05 sudah ada"),
        (lambda at: scaffold.new_indicator(at, "IKU-10", "--\n; drop"), "judul"),
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
