"""What a task reads and writes, as datasets of OpenLineage: a source's system, its kept bytes, tables, views, figures.

Names follow OpenLineage's naming: `postgres://host:port` and `database.schema.table`, `file` and a path, the address of
a system and the path under it. Columns are named with their comments; no value, no count, no secret of an address.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Column

from iku_etl import catalogue
from iku_etl.catalogue.indicators import indicator_files, indicators_of
from iku_etl.errors import SettingError
from iku_etl.model import Source
from iku_etl.pipeline import Pipeline, pipeline
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Connection

PUBLISHER, COLLECTS = "refresh", "collect_"
OURS = "iku"  # the namespace of what only this installation knows: the kept bytes of a source


@dataclass(frozen=True)
class Field:
    """A column: its name, its type and what it means."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Origin:
    """What a dataset is computed from: by a column whose values it holds, or one that decides which rows count."""

    dataset: "Dataset"
    column: str
    is_filter: bool


@dataclass(frozen=True)
class Dataset:
    """One dataset, and those that it is computed from."""

    namespace: str
    name: str
    title: str = ""
    owner: str = ""
    fields: tuple[Field, ...] = ()
    made_of: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Step:
    """What a task reads and what it writes."""

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()


def step(settings: Settings, dag_id: str, task_id: str, opened: Callable[[Settings], Pipeline] = pipeline) -> Step:
    """The datasets of a task of our DAGs; none of any other."""
    if (dag_id, task_id) == (PUBLISHER, "publish"):
        with opened(settings).warehouse.connect("auditor") as connection:
            return _published(connection)
    name = dag_id.removeprefix(COLLECTS)
    if name == dag_id or name not in catalogue.source_names():
        return Step()
    source = catalogue.source(name)
    kept, judged = _kept(source, "raw"), _kept(source, "judged")
    if task_id == "extract":
        return Step((_system(source, settings),), (kept,))
    if task_id == "validate":
        return Step((kept,), (judged,))
    if task_id == "load":
        with opened(settings).warehouse.connect("reader") as connection:
            return Step((judged,), tuple(_facts(connection, source)))
    return Step()


def _kept(source: Source, what: str) -> Dataset:
    """The bytes of a source as they came, or its records as they were judged."""
    return Dataset(OURS, f"{what}/{source.name}", source.title, source.owner)


def _system(source: Source, settings: Settings) -> Dataset:
    """Where it is fetched from: without the name, password and query that an address may have."""
    try:
        url = settings.endpoint(source.name).url
    except SettingError:  # said by whoever collects
        return Dataset(OURS, f"system/{source.name}", source.title, source.owner)
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname:
        port = f":{parts.port}" if parts.port else ""
        return Dataset(
            f"{parts.scheme}://{parts.hostname}{port}",
            f"{parts.path.rstrip('/')}/{source.name}",
            source.title,
            source.owner,
        )
    return Dataset("file", str(Path(url).absolute()) if url else source.name, source.title, source.owner)


def _facts(connection: Connection, source: Source) -> Iterable[Dataset]:
    yield _table(connection, "fact", source.name, source, source.columns)
    for roll_up in source.roll_ups:
        yield _table(
            connection, "fact", roll_up.name, source, (*(by for by in source.columns if by.name in roll_up.by),)
        )


def _table(
    connection: Connection, schema: str, name: str, source: Source | None = None, columns: Iterable[Column[object]] = ()
) -> Dataset:
    at = connection.info
    fields = tuple(Field(column.name, str(column.type), column.comment or "") for column in columns)
    title, owner = (source.title, source.owner) if source else ("", "")
    return Dataset(f"postgres://{at.host}:{at.port}", f"{at.dbname}.{schema}.{name}", title, owner, fields)


def _published(connection: Connection) -> Step:
    """Facts, the view of each indicator over them, and the table of figures over those."""
    read: dict[str, set[str]] = {}
    for row in connection.execute(
        """
        select current.indicator, definition_source.source
        from indicator.current
        inner join iku.definition_source on current.definition = definition_source.definition
        """
    ):
        read.setdefault(row["indicator"], set()).add(row["source"])
    known = {
        name: catalogue.source(name) for name in sorted(set().union(*read.values())) if name in catalogue.source_names()
    }
    facts = {name: _table(connection, "fact", name, source, source.columns) for name, source in known.items()}
    views = []
    for path in indicator_files():
        found = indicators_of(path)
        sources = sorted(set().union(*(read.get(one.code, set()) for one in found)) & facts.keys())
        # which rows count is decided by their batch: the views read the batches in force alone
        made_of = tuple(Origin(facts[name], "batch_id", is_filter=True) for name in sources)
        at = _table(connection, "indicator", path.stem)
        views.append(Dataset(at.namespace, at.name, found[0].title, found[0].owner, (), made_of))
    figure = _table(connection, "iku", "figure")
    made = Dataset(
        figure.namespace,
        figure.name,
        "Angka IKU yang diterbitkan",
        "",
        (),
        tuple(Origin(view, "numerator", is_filter=False) for view in views),
    )
    return Step(tuple(facts.values()), (*views, made))
