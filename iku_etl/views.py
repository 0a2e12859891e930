"""Floor 5. sql/ as views: `staging` and `indicator` as they read today, and one schema per definition, kept for good.

A definition is everything that a figure's arithmetic rests on: the indicator, the staging views it reads, the
arithmetic, header and zone. Its schema `def_<hash>` holds copies of all of them, so that an older figure can be
computed again after a staging view was edited.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from iku_etl import catalogue, depends, sqltext
from iku_etl.catalogue import SQL
from iku_etl.database import Connection, one
from iku_etl.errors import DeclarationError, IkuError
from iku_etl.model import MEMBER_COLUMNS, Indicator

ARITHMETIC_VERSION = 1  # of what publish.py does with a figure row; a change makes every definition new
ARITHMETIC = ("figure_number.sql", "figure.sql")  # each reads those before it
_OWN_NAMES = {"definition", "member", "figure_number", "figure"}  # in a definition's schema, besides staging views
_READERS = sql.SQL("iku_publisher, iku_auditor")


@dataclass(frozen=True)
class File:
    """One SQL file below sql/: its header lines, its text, and the staging views that it names."""

    path: Path
    text: str
    header: Mapping[str, str]

    @property
    def name(self) -> str:
        """The relation's name: the file's stem."""
        return self.path.stem

    @property
    def staging(self) -> frozenset[str]:
        """The staging views its code names."""
        return sqltext.relations(self.text, "staging")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that it reads from staging.parameter, as its header says."""
        return tuple(part.strip() for part in self.header.get("parameters", "").split(",") if part.strip())

    @property
    def has_codes(self) -> bool:
        """True for an indicator file that holds several codes (`-- codes: ..`), each a member of its own name."""
        return "codes" in self.header

    @property
    def belongs_to_members(self) -> bool:
        """False for rules and targets, which are the same for every member (`-- member: none`)."""
        return self.header.get("member") != "none"


def current(connection: Connection) -> dict[str, str]:
    """Indicator code -> the definition that is computed today."""
    rows = connection.execute("select indicator, definition from indicator.current")
    return {row["indicator"]: row["definition"] for row in rows}


def build(connection: Connection, folder: Path = SQL) -> dict[str, str]:
    """Make all views anew from the files, in one transaction, and a schema for each new definition.

    Returns indicator code -> definition. Raises DeclarationError naming the file and what is wrong with it;
    nothing is changed then.
    """
    staging = _staging_files(folder)
    arithmetic = [_read(folder / name) for name in ARITHMETIC]
    indicators = {
        found: _read(folder / "indicators" / f"{found.name}.sql")
        for found in catalogue.indicators(folder / "indicators")
    }
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtextextended('iku.views', 0))")
        _drop_current(connection)
        for file in _in_order(staging, staging):
            _create(connection, sql.Identifier("staging", file.name), sql.SQL(file.text), file.path)
        each = {file.name: (found, file) for found, file in indicators.items()}  # a file may hold several codes
        for _, file in each.values():
            _create(connection, sql.Identifier("indicator", file.name), sql.SQL(file.text), file.path)
        reads = depends.reads(connection)
        for found, _ in each.values():
            _check_members(connection, found)
            _check_evidence(connection, found, staging, reads)
        made = {found.code: _define(connection, found, file, arithmetic, staging) for found, file in indicators.items()}
        _say_current(connection, made)
    return made


# ---------------------------------------------------------------- files


def _read(path: Path) -> File:
    if not path.exists():
        raise DeclarationError(f"{path.name} is missing in {path.parent.name}/.")
    file = File(path, path.read_text(encoding="utf-8"), catalogue.header(path))
    unread = [name for name in file.parameters if name not in sqltext.strings(file.text)]
    if unread:
        raise DeclarationError(
            f"{path.name}: header names parameters that the text does not read: {', '.join(unread)}."
        )
    if "parameter" in file.staging and not file.parameters:
        raise DeclarationError(f"{path.name}: it reads staging.parameter; name them: `-- parameters: ..`.")
    return file


def _staging_files(folder: Path) -> dict[str, File]:
    files: dict[str, File] = {}
    for path in sorted((folder / "staging").rglob("*.sql")):
        if twin := files.get(path.stem):
            both = " and ".join(f"{found.parent.name}/{found.name}" for found in (twin.path, path))
            raise DeclarationError(f"{both} are one name, staging.{path.stem}; rename one.")
        files[path.stem] = _read(path)
    for file in files.values():
        if "grain" not in file.header:
            raise DeclarationError(f"{file.path.name}: the first line is not `-- grain: one row per ..`.")
        if file.name in _OWN_NAMES:
            raise DeclarationError(f"{file.path.name}: the name {file.name} is taken in every definition.")
        for name in file.staging - files.keys():
            raise DeclarationError(f"{file.path.name}: it reads staging.{name}, but staging/ holds no {name}.sql.")
    return files


def _in_order(wanted: Mapping[str, File], files: Mapping[str, File]) -> Iterator[File]:
    """The wanted files, each after those it reads. Raises DeclarationError for a circle."""
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> Iterator[File]:
        if name in way:
            raise DeclarationError(f"staging views read each other in a circle: {' -> '.join((*way, name))}.")
        if name not in done:
            for read in sorted(files[name].staging):
                yield from visit(read, (*way, name))
            done.add(name)
            yield files[name]

    for name in sorted(wanted):
        yield from visit(name, ())


def _staging_of(file: File, arithmetic: list[File], staging: Mapping[str, File]) -> list[File]:
    """The staging views that an indicator and the arithmetic need, in the order they are made."""
    named = file.staging.union(*(part.staging for part in arithmetic))
    for name in named - staging.keys():
        raise DeclarationError(f"{file.path.name}: it reads staging.{name}, but staging/ holds no {name}.sql.")
    return list(_in_order({name: staging[name] for name in named}, staging))


# ---------------------------------------------------------------- today's views


def _drop_current(connection: Connection) -> None:
    """Drop all views of the two schemas, never the schemas: the readers' rights stay."""
    rows = connection.execute(
        "select schemaname as schema, viewname as name from pg_views where schemaname in ('staging', 'indicator')"
    ).fetchall()
    if rows:
        names = sql.SQL(", ").join(sql.Identifier(row["schema"], row["name"]) for row in rows)
        connection.execute(sql.SQL("drop view {}").format(names))


def _create(connection: Connection, name: sql.Identifier, text: sql.Composable, path: Path) -> None:
    try:
        with connection.transaction():  # a savepoint: the error below can still name the file
            connection.execute(sql.SQL("create view {} as\n").format(name) + text)
    except psycopg.Error as problem:
        detail = problem.diag.message_primary or str(problem)
        hint = f" ({problem.diag.message_hint})" if problem.diag.message_hint else ""
        raise DeclarationError(f"{path.parent.name}/{path.name}: PostgreSQL refuses it: {detail}{hint}.") from problem


def _say_current(connection: Connection, made: Mapping[str, str]) -> None:
    rows = sql.SQL(", ").join(
        sql.SQL("({}::text, {}::text)").format(sql.Literal(code), sql.Literal(definition))
        for code, definition in made.items()
    )
    empty = sql.SQL("select null::text as indicator, null::text as definition where false")
    listed = sql.SQL("select indicator, definition from (values {}) as listed (indicator, definition)").format(rows)
    connection.execute(sql.SQL("create view indicator.current as ") + (listed if made else empty))
    for schema in ("staging", "indicator"):
        connection.execute(
            sql.SQL("grant select on all tables in schema {} to {}").format(sql.Identifier(schema), _READERS)
        )


# ---------------------------------------------------------------- checks against pg_depend


def _check_members(connection: Connection, found: Indicator) -> None:
    columns = depends.columns(connection, "indicator", found.name)
    if columns != list(MEMBER_COLUMNS):
        raise DeclarationError(
            f"{found.name}.sql: it selects {', '.join(columns)}; an indicator selects {', '.join(MEMBER_COLUMNS)}."
        )


def _holds_records(relation: str) -> bool:
    return relation.startswith("fact.") or relation == "iku.quarantine"


def _check_evidence(
    connection: Connection, found: Indicator, staging: Mapping[str, File], reads: Mapping[str, set[str]]
) -> None:
    """The header's evidence is exactly the record-bearing staging views that the indicator rests on."""
    own = reads.get(f"indicator.{found.name}", set())
    if past := sorted(filter(_holds_records, own)):
        raise DeclarationError(f"{found.name}.sql: it reads {', '.join(past)} past the staging views.")
    # what is the same for every member ends the way: no member rests on what it was made from
    common = {f"staging.{name}" for name, file in staging.items() if not file.belongs_to_members}
    of_members = {name: seen for name, seen in reads.items() if name not in common}
    rests_on = {
        name
        for name, file in staging.items()
        if f"staging.{name}" in depends.all_read(f"indicator.{found.name}", of_members)
        and file.belongs_to_members
        and any(map(_holds_records, reads.get(f"staging.{name}", set())))
    }
    named = {evidence.relation for evidence in found.evidence}
    if unnamed := sorted(rests_on - named):
        raise DeclarationError(
            f"{found.name}.sql: evidence does not name staging.{', staging.'.join(unnamed)}, which it reads."
        )
    if idle := sorted(named - rests_on):
        raise DeclarationError(
            f"{found.name}.sql: evidence names staging.{', staging.'.join(idle)}, which it does not rest on."
        )
    for evidence in found.evidence:
        needed = {evidence.member_column, "period", "batch_id", "record_no"}
        if missing := sorted(needed - set(depends.columns(connection, "staging", evidence.relation))):
            raise DeclarationError(f"staging/{evidence.relation}.sql: evidence has no column {', '.join(missing)}.")


# ---------------------------------------------------------------- definitions


def _define(
    connection: Connection, found: Indicator, file: File, arithmetic: list[File], staging: Mapping[str, File]
) -> str:
    """The definition of an indicator as the files stand; its schema is made if it is new, else left untouched."""
    copies = _staging_of(file, arithmetic, staging)
    parts = {copy.name: copy for copy in copies} | {"member": file} | {part.name: part for part in arithmetic}
    header = _header(found, parts.values()) | {"common": _common_evidence(connection, copies)}
    texts = {f"staging/{copy.path.name}": copy.text for copy in copies}
    texts |= {f"indicators/{file.path.name}": file.text} | {part.path.name: part.text for part in arithmetic}
    zone = one(connection, "select iku.local_zone() as zone")["zone"]
    content = [ARITHMETIC_VERSION, zone, header, {name: sqltext.normalised(text) for name, text in texts.items()}]
    definition = f"def_{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]}"
    known = connection.execute("select from iku.definition where definition = %s", [definition]).fetchone()
    if known is None:
        _make_schema(connection, definition, header, parts)
        connection.execute(
            "insert into iku.definition (definition, indicator, header, texts) values (%s, %s, %s, %s)",
            [definition, found.code, json.dumps(header), json.dumps(texts)],
        )
        _note_sources(connection, definition)
    return definition


def _header(found: Indicator, parts: Iterable[File]) -> dict[str, Any]:
    header = {key: value for key, value in asdict(found).items() if key not in ("text", "evidence", "name")}
    header["in_force_from"] = found.in_force_from.isoformat()
    header["official_periods"] = list(found.official_periods)
    header["evidence"] = [[evidence.relation, evidence.member_column] for evidence in found.evidence]
    header["parameters"] = sorted({name for part in parts for name in part.parameters})
    return header


def _common_evidence(connection: Connection, copies: list[File]) -> list[str]:
    """The views of records that are the same for every member: rules, targets, hand-ins of a whole register."""
    needed = {"period", "batch_id", "record_no"}
    common = [copy.name for copy in copies if not copy.belongs_to_members]
    return sorted(name for name in common if needed <= set(depends.columns(connection, "staging", name)))


def _make_schema(connection: Connection, definition: str, header: Mapping[str, Any], parts: Mapping[str, File]) -> None:
    def own(_schema: str, name: str) -> sql.Identifier:
        return sql.Identifier(definition, name)

    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(definition)))
    _create(connection, own("", "definition"), _definition_row(definition, header), parts["member"].path)
    for name, part in parts.items():
        text = sqltext.pointed(part.text, own)
        _create(connection, own("", name), _of_code(text, header["code"]) if part.has_codes else text, part.path)
    schema = sql.Identifier(definition)
    connection.execute(sql.SQL("grant usage on schema {} to {}").format(schema, _READERS))
    connection.execute(sql.SQL("grant select on all tables in schema {} to {}").format(schema, _READERS))


def _of_code(members: sql.Composable, code: str) -> sql.Composed:
    """Of a file that holds several codes the members of one: they bear its code."""
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


def _note_sources(connection: Connection, definition: str) -> None:
    """Write down which sources a definition reads; fail if it reads a view that could be edited under it."""
    seen = depends.all_read(f"{definition}.figure", depends.reads(connection))
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
    """Roll-up table -> its source, as declared; a source that is broken has nothing to say here."""
    found: dict[str, str] = {}
    for name in sorted(names & set(catalogue.source_names())):
        try:
            found |= {roll_up.name: name for roll_up in catalogue.source(name).roll_ups}
        except DeclarationError:
            continue
    return found
