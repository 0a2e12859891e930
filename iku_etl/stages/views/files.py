"""The SQL files below sql/: what each is called, says in its head and reads, and the order in which they are made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
from psycopg import sql

from iku_etl import catalogue
from iku_etl.errors import DeclarationError
from iku_etl.warehouse import sql_text
from iku_etl.warehouse.database import Connection

ARITHMETIC = ("figure_number.sql", "figure.sql")  # each reads those before it
OWN_NAMES = {"definition", "member", "figure_number", "figure"}  # in a definition's schema, besides staging views
READERS = sql.SQL("iku_publisher, iku_auditor")


@dataclass(frozen=True)
class File:
    """One SQL file below sql/: its header lines, its text, and the staging views that it names."""

    path: Path
    text: str
    header: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def staging(self) -> frozenset[str]:
        return sql_text.relations(self.text, "staging")

    @cached_property
    def normalised(self) -> str:
        return sql_text.normalised(self.text)

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


def read(path: Path) -> File:
    """A SQL file with its head; DeclarationError where its head and its text disagree."""
    if not path.exists():
        raise DeclarationError(f"{path.name} is missing in {path.parent.name}/.")
    file = File(path, path.read_text(encoding="utf-8"), catalogue.header(path))
    unread = [name for name in file.parameters if name not in sql_text.strings(file.text)]
    if unread:
        raise DeclarationError(
            f"{path.name}: header names parameters that the text does not read: {', '.join(unread)}."
        )
    if "parameter" in file.staging and not file.parameters:
        raise DeclarationError(f"{path.name}: it reads staging.parameter; name them: `-- parameters: ..`.")
    return file


def staging_files(folder: Path) -> dict[str, File]:
    """All staging views by name. Raises DeclarationError for one without grain, of a taken name, or twice."""
    files: dict[str, File] = {}
    for path in sorted((folder / "staging").rglob("*.sql")):
        if twin := files.get(path.stem):
            both = " and ".join(f"{found.parent.name}/{found.name}" for found in (twin.path, path))
            raise DeclarationError(f"{both} are one name, staging.{path.stem}; rename one.")
        files[path.stem] = read(path)
    for file in files.values():
        if "grain" not in file.header:
            raise DeclarationError(f"{file.path.name}: the first line is not `-- grain: one row per ..`.")
        if file.name in OWN_NAMES:
            raise DeclarationError(f"{file.path.name}: the name {file.name} is taken in every definition.")
        for name in file.staging - files.keys():
            raise DeclarationError(f"{file.path.name}: it reads staging.{name}, but staging/ holds no {name}.sql.")
    return files


def in_order(wanted: Mapping[str, File], files: Mapping[str, File]) -> Iterator[File]:
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


def staging_of(file: File, arithmetic: list[File], staging: Mapping[str, File]) -> list[File]:
    """The staging views that an indicator and the arithmetic need, in the order they are made."""
    named = file.staging.union(*(part.staging for part in arithmetic))
    for name in named - staging.keys():
        raise DeclarationError(f"{file.path.name}: it reads staging.{name}, but staging/ holds no {name}.sql.")
    return list(in_order({name: staging[name] for name in named}, staging))


def create(connection: Connection, name: sql.Identifier, text: sql.Composable, path: Path) -> None:
    """Make a view; DeclarationError names the file that PostgreSQL refuses."""
    try:
        connection.execute(sql.SQL("create view {} as\n").format(name) + text)
    except psycopg.Error as problem:
        detail = problem.diag.message_primary or str(problem)
        hint = f" ({problem.diag.message_hint})" if problem.diag.message_hint else ""
        raise DeclarationError(f"{path.parent.name}/{path.name}: PostgreSQL refuses it: {detail}{hint}.") from problem
