"""What each role may not do."""

import psycopg
import pytest

from iku_etl.warehouse.database import Connection, Warehouse

FORBIDDEN = {
    "loader": [
        "update iku.batch set reason = 'x'",
        "delete from fact.meter",
        "update fact.meter set up = true",
        "truncate fact.meter",
        "select iku.take_load_no()",
        "select iku.decide('withdraw', 'meter', null, null, 1, null, null, null, null, 'alasan', 'saya')",
        "insert into iku.figure (indicator) values ('x')",
        "create table fact.mine (a int)",
        "create table public.mine (a int)",
        "update iku.load_counter set load_no = 0",
        "insert into iku.batch (source, contract_version, ending) values ('meter', 1, 'in_force')",
    ],
    "publisher": [
        "insert into fact.meter (batch_id) values (1)",
        "select * from iku.payload",
        "update iku.figure set value = 1",
        "insert into iku.batch (source) values ('meter')",
    ],
    "decider": [
        "select * from iku.batch",
        "select * from iku.decision",
        "insert into iku.decision (kind) values ('verify')",
        "insert into iku.figure (indicator) values ('x')",
        "select * from fact.meter",
        "select iku.end_batch(1, 'rejected')",
    ],
    "reader": ["select * from iku.batch", "select * from fact.meter", "select * from iku.quarantine"],
    "auditor": ["insert into fact.meter (batch_id) values (1)", "insert into iku.figure (indicator) values ('x')"],
}


@pytest.mark.parametrize(("role", "statement"), [(role, text) for role, texts in FORBIDDEN.items() for text in texts])
def test_a_role_may_do_nothing_more(warehouse: Warehouse, loader: Connection, role: str, statement: str) -> None:
    with warehouse.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)  # type: ignore[arg-type]
