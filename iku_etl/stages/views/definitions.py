"""A definition: everything that a figure's arithmetic rests on, kept for good in a schema of its own.

The indicator, the staging views it reads, the arithmetic, header and zone. Its schema `def_<hash>` holds copies of all
of them, so that an older figure can be computed again after a staging view was edited.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from psycopg import sql

from iku_etl import catalogue
from iku_etl.errors import DeclarationError, IkuError
from iku_etl.model import MEMBER_COLUMNS, Indicator
from iku_etl.stages.views import dependencies
from iku_etl.stages.views.files import READERS, File, create, staging_of
from iku_etl.warehouse import sql_text
from iku_etl.warehouse.database import Connection, one

ARITHMETIC_VERSION = 1  # of what publish.py does with a figure row; a change makes every definition new


def define(
    connection: Connection,
    found: Indicator,
    file: File,
    arithmetic: list[File],
    staging: Mapping[str, File],
    columns: Mapping[str, list[str]],
) -> str:
    """The definition of an indicator as the files stand; its schema is made if it is new, else left untouched.

    `columns` are those of the staging views as they are made now.
    """
    copies = staging_of(file, arithmetic, staging)
    parts = {copy.name: copy for copy in copies} | {"member": file} | {part.name: part for part in arithmetic}
    header = _header(found, parts.values()) | {"common": _common_evidence(copies, columns)}
    named = {f"staging/{copy.path.name}": copy for copy in copies}
    named |= {f"indicators/{file.path.name}": file} | {part.path.name: part for part in arithmetic}
    texts = {name: part.text for name, part in named.items()}
    zone = one(connection, "select iku.local_zone() as zone")["zone"]
    content = [ARITHMETIC_VERSION, zone, header, {name: part.normalised for name, part in named.items()}]
    definition = f"def_{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]}"
    known = connection.execute("select from iku.definition where definition = %s", [definition]).fetchone()
    if known is None:
        _make_schema(connection, definition, header, parts)
        connection.execute(
            "insert into iku.definition (definition, indicator, header, texts) values (%s, %s, %s, %s)",
            [definition, found.code, json.dumps(header), json.dumps(texts)],
        )
    return definition


def _header(found: Indicator, parts: Iterable[File]) -> dict[str, Any]:
    header = {key: value for key, value in asdict(found).items() if key not in ("text", "evidence", "name")}
    header["in_force_from"] = found.in_force_from.isoformat()
    header["official_periods"] = list(found.official_periods)
    header["evidence"] = [[evidence.relation, evidence.member_column] for evidence in found.evidence]
    header["parameters"] = sorted({name for part in parts for name in part.parameters})
    return header


def _common_evidence(copies: list[File], columns: Mapping[str, list[str]]) -> list[str]:
    """The views of records that are the same for every member: rules, targets, hand-ins of a whole register."""
    needed = {"period", "batch_id", "record_no"}
    common = [copy.name for copy in copies if not copy.belongs_to_members]
    return sorted(name for name in common if needed <= set(columns[name]))


def _make_schema(connection: Connection, definition: str, header: Mapping[str, Any], parts: Mapping[str, File]) -> None:
    def own(_schema: str, name: str) -> sql.Identifier:
        return sql.Identifier(definition, name)

    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(definition)))
    create(connection, own("", "definition"), _definition_row(definition, header), parts["member"].path)
    for name, part in parts.items():
        text = sql_text.pointed(part.text, own)
        create(connection, own("", name), _of_code(text, header["code"]) if part.has_codes else text, part.path)
    schema = sql.Identifier(definition)
    connection.execute(sql.SQL("grant usage on schema {} to {}").format(schema, READERS))
    connection.execute(sql.SQL("grant select on all tables in schema {} to {}").format(schema, READERS))


def _of_code(members: sql.Composable, code: str) -> sql.Composed:
    """The members of one code, of a file that holds several."""
    columns = sql.SQL(", ").join(map(sql.Identifier, MEMBER_COLUMNS))
    return sql.SQL("select {} from (\n{}\n) as of_all_codes where member = {}").format(
        columns, members, sql.Literal(code)
    )


def _definition_row(definition: str, header: Mapping[str, Any]) -> sql.Composed:
    texts = ("code", "title", "unit", "form", "roll_up", "base_period", "polarity")
    columns = [sql.SQL("{}::text as {}").format(sql.Literal(header[key]), sql.Identifier(key)) for key in texts]
    columns += [
        sql.SQL("{}::text[] as {}").format(sql.Literal(header[key]), sql.Identifier(key))
        for key in ("official_periods", "parameters")
    ]
    columns.append(sql.SQL("{}::text as definition").format(sql.Literal(definition)))
    return sql.SQL("select ") + sql.SQL(", ").join(columns)


def note_sources(connection: Connection) -> None:
    """Write down which sources each new definition reads; fail if one reads a view that could be edited under it."""
    rows = connection.execute(
        """
        select definition from iku.definition
        where not exists (select from iku.definition_source where definition_source.definition = definition.definition)
        """
    ).fetchall()
    if rows:
        reads = dependencies.reads(connection)
        for row in rows:
            _note_sources(connection, row["definition"], reads)


def _note_sources(connection: Connection, definition: str, reads: Mapping[str, set[str]]) -> None:
    seen = dependencies.all_read(f"{definition}.figure", reads)
    if loose := sorted(name for name in seen if name.split(".")[0] not in (definition, "fact", "iku")):
        raise IkuError(
            f"{definition} would read {', '.join(loose)}, which can change; write them unquoted as staging.x."
        )
    sources = {row["source"] for row in connection.execute("select source from iku.source")}
    roll_ups = _roll_up_sources(sources)
    for table in sorted(name.removeprefix("fact.") for name in seen if name.startswith("fact.")):
        source = table if table in sources else roll_ups.get(table)
        if source is None:
            raise DeclarationError(f"fact.{table} belongs to no declared source; run iku migrate first.")
        connection.execute(
            "insert into iku.definition_source (definition, source) values (%s, %s) on conflict do nothing",
            [definition, source],
        )


def _roll_up_sources(names: set[str]) -> dict[str, str]:
    """Roll-up table -> its source, as declared; broken sources are left out."""
    found: dict[str, str] = {}
    for name in sorted(names & set(catalogue.source_names())):
        try:
            found |= {roll_up.name: name for roll_up in catalogue.source(name).roll_ups}
        except DeclarationError:
            continue
    return found
