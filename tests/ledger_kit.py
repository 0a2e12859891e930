"""What tests of the ledger do with it."""

import json
from typing import Any

import psycopg
from conftest import Cluster

from iku_etl.audit import log
from iku_etl.audit.ledger import Differs, Ledger
from iku_etl.warehouse import server
from iku_etl.warehouse.database import Warehouse

NAME, REASON = "Siti Contoh, Kabid", "nomor agenda 4711 ditulis dua kali"


def append(book: Ledger, warehouse: Warehouse, *, whole: bool = False) -> list[dict[str, Any]]:
    with warehouse.connect("auditor") as auditor:
        return [json.loads(line) for line in book.append(auditor, whole=whole)]


def differences(book: Ledger, warehouse: Warehouse) -> list[Differs]:
    with warehouse.connect("auditor") as auditor:
        return list(book.differences(auditor))


def meter_batch(book: Ledger) -> dict[str, Any]:
    return next(leaf for leaf in log.read(book.folder).read if leaf["kind"] == "batch" and leaf["source"] == "meter")


def dba(cluster: Cluster, warehouse: Warehouse) -> psycopg.Connection[Any]:
    """The superuser in this warehouse, whom no trigger stops."""
    with warehouse.connect("auditor") as auditor:
        name = auditor.info.dbname
    connection = psycopg.connect(cluster.server.dsn(server.ADMIN, name), autocommit=True)
    connection.execute("set session_replication_role = replica")
    return connection
