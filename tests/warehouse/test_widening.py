"""A wider type changes no value, no view and nobody's rights; a narrower one is refused."""

from dataclasses import replace
from typing import Any

import kit
import pytest
from examples_kit import load_examples
from psycopg import sql
from sqlalchemy import BigInteger, Column, Integer, Numeric, SmallInteger, String, Text

from iku_etl import catalogue
from iku_etl.catalogue import kamus
from iku_etl.errors import DeclarationError
from iku_etl.model import Source
from iku_etl.warehouse import tables, widening
from iku_etl.warehouse.database import Connection, Warehouse


@pytest.mark.parametrize(
    ("kept", "wanted", "is_wider"),
    [
        ("integer", "bigint", True), ("bigint", "integer", False), ("integer", "integer", False),
        ("smallint", "numeric", True), ("integer", "numeric(12, 2)", True), ("integer", "numeric(11, 2)", False),
        ("numeric(10,2)", "numeric(12, 4)", True), ("numeric(10,2)", "numeric(11, 4)", False),
        ("numeric(10,2)", "numeric", True), ("numeric", "numeric(10, 2)", False), ("numeric(5,0)", "numeric(4)", False),
        ("character varying(10)", "character varying(20)", True), ("character varying(20)", "text", True),
        ("character varying(20)", "character varying(10)", False), ("text", "character varying(20)", False),
        ("integer", "text", False), ("integer", "double precision", False), ("date", "text", False),
    ],
)  # fmt: skip
def test_wider_is_what_holds_every_value_as_it_is(kept: str, wanted: str, is_wider: bool) -> None:
    assert widening.is_wider(wanted, kept) is is_wider


def meter(*columns: Column[Any]) -> Source:
    """A small source whose last columns are these."""
    return replace(kit.METER, name="meter_wide", columns=(*kit.METER.columns, *columns))


def declared(connection: Connection, source: Source) -> list[str]:
    return tables.declare(connection, [source], None, "Asia/Jakarta")


def types(connection: Connection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0",
        [f"fact.{table}"],
    )
    return {row["attname"]: row["type"] for row in rows}


def test_columns_widen_and_nothing_narrows(warehouse: Warehouse) -> None:
    def of(number: Any, text: Any) -> Source:
        return meter(Column("count", number, comment="count"), Column("note", text, comment="note"))

    with warehouse.connect("owner") as connection:
        declared(connection, of(SmallInteger(), String(5)))
        done = declared(connection, of(Integer(), String(9)))
        assert done == [
            "kolom meter_wide.count menjadi integer",
            "kolom meter_wide.note menjadi character varying(9)",
        ]
        declared(connection, of(BigInteger(), Text()))
        declared(connection, of(Numeric(), Text()))
        assert declared(connection, of(Numeric(), Text())) == []
        with pytest.raises(DeclarationError, match="count is numeric and can't become bigint"):
            declared(connection, of(BigInteger(), Text()))
        found = types(connection, "meter_wide")
        assert (found["count"], found["note"]) == ("numeric", "text")


def test_a_widened_column_leaves_facts_figures_and_rights_as_they_were(warehouse: Warehouse) -> None:
    """Through the views of today and of a definition, which are kept for good."""
    name, column = "iku_07_kunjungan_media", "visits"
    source = catalogue.source("web_visits")
    kept = source.column(column)
    assert isinstance(kept.type, Integer), "an integer that definitions read"
    wider = Column(column, Numeric(), nullable=kept.nullable, comment=kept.comment, info=kept.info)
    changed = replace(source, columns=tuple(wider if one is kept else one for one in source.columns))
    read = "select * from {} order by period, member"
    rights = (
        "select nspname, relname, relacl::text, reloptions::text from pg_class inner join pg_namespace on"
        " pg_class.relnamespace = pg_namespace.oid where relkind = 'v' and nspname <> 'pg_catalog' order by 1, 2"
    )
    with warehouse.connect("owner") as connection:
        load_examples(connection, name)
        definition = kamus.current(connection)["IKU-07"]
        views = [sql.Identifier(definition, "member"), sql.Identifier("indicator", name)]
        connection.execute("select set_config('iku.as_of_time', '2026-02-10T17:00:00Z', false)")

        def state() -> list[Any]:
            figures = [connection.execute(sql.SQL(read).format(view)).fetchall() for view in views]
            facts = connection.execute("select * from fact.web_visits order by batch_id, record_no").fetchall()
            return [*figures, facts, connection.execute(rights).fetchall()]

        before = state()
        assert before[0] and before[2]
        done = declared(connection, changed)
        assert f"kolom web_visits.{column} menjadi numeric" in done
        assert state() == before
        assert types(connection, "web_visits")[column] == "numeric"
        path = connection.execute("show search_path").fetchone()
        assert path is not None and "pg_catalog" not in str(path["search_path"])
    with warehouse.connect("auditor") as connection:
        connection.execute(sql.SQL("select count(*) from {}").format(views[0]))


def test_a_view_that_can_not_read_the_wider_type_stops_the_change_and_loses_nothing(warehouse: Warehouse) -> None:
    before, after = (meter(Column("count", kind, comment="count")) for kind in (Integer(), Numeric()))
    with warehouse.connect("owner") as connection:
        declared(connection, before)
        connection.execute("create view staging.halved as select count & 1 as odd from fact.meter_wide")
        with pytest.raises(DeclarationError, match="count can't be widened, PostgreSQL refuses it: operator"):
            declared(connection, after)
        assert types(connection, "meter_wide")["count"] == "integer"
        assert connection.execute("select odd from staging.halved").fetchall() == []


def test_a_view_made_again_keeps_owner_options_comments_and_every_right(warehouse: Warehouse) -> None:
    before, after = (meter(Column("count", kind, comment="count")) for kind in (Integer(), BigInteger()))
    said = """
        select pg_class.relname, pg_get_userbyid(relowner), relacl::text, reloptions::text,
            obj_description(pg_class.oid),
            array_agg(col_description(attrelid, attnum) order by attnum), array_agg(attacl::text order by attnum)
        from pg_class inner join pg_attribute on attrelid = pg_class.oid
        where relname in ('counted', 'counted_again') group by pg_class.oid order by 1
    """
    with warehouse.connect("owner") as connection:
        declared(connection, before)
        connection.execute(
            """
            create view staging.counted with (security_invoker = true, security_barrier = true) as
            select batch_id, count from fact.meter_wide;
            create view staging.counted_again with (check_option = local) as
            select batch_id, count from staging.counted;
            comment on view staging.counted is 'who''s counted';
            comment on column staging.counted.count is 'how many';
            grant select, insert on staging.counted to iku_auditor with grant option;
            grant select on staging.counted to public;
            grant select (count) on staging.counted_again to iku_reader;
            grant update (count) on staging.counted_again to public
            """
        )
        was = connection.execute(said).fetchall()
        assert "kolom meter_wide.count menjadi bigint" in declared(connection, after)
        assert connection.execute(said).fetchall() == was
        assert len(was) == 2 and was[0]["obj_description"] == "who's counted"
