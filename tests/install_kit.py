"""One small installation for tests of the doors: register files that went the whole way, and IKU-08 published."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from given import PARAMETERS
from psycopg import sql
from psycopg.types.json import Jsonb

from iku_etl import catalogue
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.settings import ROLES, Settings
from iku_etl.stages import publish
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import window_at

PERIOD = "2026-01"
SUBMISSIONS = """\
posisi_per,2026-01-31
unit,unit_name,register,period,due_on,received_on,nil,rows_declared,last_running_number,letter,role
dinkes,Dinas <b>Kesehatan</b>,persandian_message,2026-01,2026-02-07,2026-02-03,tidak,3,3,S-1,wajib
bappeda,Bappeda,persandian_message,2026-01,2026-02-07,2026-02-04,tidak,1,1,S-2,wajib
"""
MESSAGES = """\
periode,2026-01
agenda_no,unit,recorded_on,direction,sender,number,class,secured,secured_by,void,perihal
1,dinkes,2026-01-05,masuk,Bupati,001/A,rahasia,ya,jks,tidak,Rapat
2,dinkes,2026-01-06,keluar,Dinkes,002/A,biasa,tidak,-,tidak,Undangan
3,dinkes,2026-01-07,keluar,Dinkes,003/A,aneh,ya,jks,tidak,Salah kelas
1,bappeda,2026-01-08,masuk,Camat,9/B,terbatas,ya,email_sandi,tidak,Data
"""
SIGNED = ("--reason", "kelas lama, masih sah", "--by", "Kepala Seksi")
APPROVED = ("--reason", "rapat bulanan", "--by", "Kepala Dinas", "--letter", "800/1/KOMINFO/2026")


def drop(site: Settings, source: str, text: str, name: str = "a_2026-01.csv") -> None:
    """Put a register file into the drop folder."""
    path = site.drop_dir / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def collect(pipeline: Pipeline, source: str, day: date = date(2026, 1, 1)) -> Batch:
    """Collect January of a source."""
    found = catalogue.source(source)
    (batch,) = pipeline.collect(found, [window_at(found.grid, day, pipeline.settings.zone)]).batches
    return batch


def parameters() -> str:
    """The register of all parameters."""
    units = (("_seconds", "detik"), ("_months", "bulan"), ("_days", "hari"))
    rows = "".join(
        f"{name},{value},{next((unit for part, unit in units if part in name), 'persen')},SK contoh,2026-01-01\n"
        for name, value in PARAMETERS.items()
    )
    return f"posisi_per,2026-01-31\nname,value,unit,legal_basis,in_force_from\n{rows}"


def settle(pipeline: Pipeline) -> None:
    """Drop the registers of January, collect them, and publish as it was known on 20 February."""
    site = pipeline.settings
    drop(site, "parameter", parameters())
    drop(site, "register_submission", SUBMISSIONS)
    drop(site, "persandian_message", MESSAGES)
    for source in ("parameter", "register_submission", "persandian_message"):
        batch = collect(pipeline, source)
        assert batch.ending == "in_force", batch.reason
    publish_on(pipeline.warehouse, 20)


def seven(pipeline: Pipeline, days: int = 0) -> datetime:
    """07.00 of the day of the newest publication, or days later."""
    state = pipeline.state()
    assert state is not None and state.published_at is not None
    zone = pipeline.settings.zone
    return datetime.combine(state.published_at.astimezone(zone).date() + timedelta(days=days), time(7), zone)


def publish_on(warehouse: Warehouse, day: int) -> publish.Published:
    """Publish everything that is loaded, as of a day of February."""
    return publish_as_known(warehouse, datetime(2026, 2, day, 5, tzinfo=UTC))


def publish_as_known(warehouse: Warehouse, moment: datetime) -> publish.Published:
    """Publish everything that is loaded, as of a moment."""
    with warehouse.connect("publisher") as connection:
        newest = database.load_at(connection, datetime.now(UTC))
        return publish.publish(connection, as_of=newest, as_of_time=moment)


def publish_beside(warehouse: Warehouse, code: str, title: str, **header: str) -> None:
    """What is published of IKU-08 once more under another code: a companion, an activity, one of another `owner`."""
    definition = f"def_{hashlib.sha256(code.encode()).hexdigest()[:12]}"
    with warehouse.connect("owner") as connection:
        connection.execute(
            """
            insert into iku.definition (definition, indicator, header, texts)
            select
                %(definition)s, %(code)s,
                header || %(own)s, texts
            from iku.definition where indicator = 'IKU-08'
            """,
            {"definition": definition, "code": code, "own": Jsonb({"code": code, "title": title, **header})},
        )
        _views_of_another(connection, definition)
        columns = "publication_id, period, revision, as_of, as_of_time, " + ", ".join(
            name for name in publish.FIGURE_COLUMNS if name not in ("definition", "is_official")
        )
        connection.execute(
            f"insert into iku.figure (indicator, definition, is_official, {columns})"
            f" select %s, %s, false, {columns} from iku.figure where indicator = 'IKU-08'",
            [code, definition],
        )


def _views_of_another(connection: Connection, definition: str) -> None:
    """The definition's schema, its views as those of IKU-08: every definition stays executable."""
    newest = "select definition from iku.definition where indicator = 'IKU-08' order by created_at desc limit 1"
    schema = database.one(connection, newest)["definition"]
    names = connection.execute(
        "select relname from pg_class where relnamespace = %s::regnamespace and relkind = 'v'", [schema]
    )
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(definition)))
    connection.execute(sql.SQL("grant usage on schema {} to iku_auditor").format(sql.Identifier(definition)))
    for row in names.fetchall():
        made, of = (sql.Identifier(each, row["relname"]) for each in (definition, schema))
        connection.execute(sql.SQL("create view {} as select * from {}").format(made, of))
        connection.execute(sql.SQL("grant select on {} to iku_auditor").format(made))


def environment(warehouse: Warehouse, state: Path) -> dict[str, str]:
    """The variables that make `iku` work on a test's warehouse and state."""
    urls = {f"IKU_{role.upper()}_URL": warehouse.dsn_by_role[role] for role in ROLES}
    return urls | {
        "IKU_WAREHOUSE_URL": warehouse.dsn_by_role["owner"],
        "IKU_STATE": str(state),
        "IKU_FREE_SPACE_FLOOR_MB": "0",
        "COLUMNS": "200",
    }


Iku = Callable[..., tuple[int, str, str]]


@contextmanager
def at_hand(monkeypatch: pytest.MonkeyPatch, capsys: Any, warehouse: Warehouse, state: Path) -> Iterator[Iku]:
    """`iku("figures", ..)` in this process, over a test's installation: (exit code, output, errors)."""
    from iku_etl.cli import main
    from iku_etl.cli._installation import installation

    for name in [name for name in os.environ if name.startswith("IKU_")]:
        monkeypatch.delenv(name)
    for name, value in environment(warehouse, state).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> tuple[int, str, str]:
        installation.__dict__.clear()
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    yield call
    installation.__dict__.clear()


def everything(pipeline: Pipeline) -> str:
    """Every byte of the state's folders but the drop folder, and every row of every table."""
    state = pipeline.settings.state
    files = [path for path in state.rglob("*") if path.is_file() and pipeline.settings.drop_dir not in path.parents]
    found = [path.read_bytes().decode("utf-8", "replace") + str(path) for path in files]
    with pipeline.warehouse.connect("owner") as connection:
        tables = connection.execute(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('iku', 'fact')"
        ).fetchall()
        for table in tables:
            found += [str(row) for row in connection.execute(f"select * from {table['name']}").fetchall()]
    return "\n".join(found)
