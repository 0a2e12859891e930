"""Whether a source's checks are those that its version was judged by: a hash, kept as the comment of `batch_id`.

The same bytes under the same version are not judged again: checks changed without a version would hold for new batches
alone, and those in force would keep standing by the old ones.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from iku_etl.errors import DeclarationError
from iku_etl.model import Source, Unregistered
from iku_etl.warehouse import hashes
from iku_etl.warehouse.database import Connection

COLUMN = "batch_id"


def fingerprint(source: Source) -> str:
    """Hash of all that decides on a record, and of what is warned of; not of the order, nor of words."""
    said = sorted(
        repr((check.column, check.register, check.register_column, check.where))
        if isinstance(check, Unregistered)
        else repr((check.name, check.severity, _plain(check.arguments)))
        for check in source.expectations
    )
    return hashlib.sha256(repr((said, source.on_clash, source.clash_by)).encode()).hexdigest()


def _plain(arguments: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The arguments in one order; of lists too, for those of a check are sets of texts, of pairs or of columns."""
    return sorted(
        (name, sorted(map(repr, value)) if isinstance(value, (list, tuple, set, frozenset)) else repr(value))
        for name, value in arguments.items()
    )


def check_same(connection: Connection, source: Source) -> None:
    """Raise DeclarationError where batches in force were judged by other checks of the same version."""
    if not _is_other(connection, source):
        return
    standing = connection.execute(
        """
        select count(*) as batches, min(batch_id) as first
        from iku.batch_in_force inner join iku.batch using (batch_id)
        where batch.source = %s and batch.contract_version = %s
        """,
        [source.name, source.version],
    ).fetchone()
    if standing and standing["batches"]:
        raise DeclarationError(
            f"source {source.name}: its checks are others than those of its version {source.version}, by which"
            f" {standing['batches']} batches in force were judged (first: batch {standing['first']}). The same bytes"
            f" are not judged again under the same version, so those would stand unseen. Raise version to"
            f" {source.version + 1}, then iku migrate: what is collected from then on, the lookback too, is judged by"
            " the new checks; an older window by iku replay BATCH. Or take the change back."
        )


def keep_checks(connection: Connection, source: Source) -> None:
    """Say, as owner, that its version is judged by these checks; raises as `check_same` does."""
    check_same(connection, source)
    hashes.keep(connection, source.name, COLUMN, source.version, fingerprint(source))


def _is_other(connection: Connection, source: Source) -> bool:
    """False where nothing is kept of its version."""
    kept = hashes.kept(connection, source.name, COLUMN).get(str(source.version))
    return kept is not None and kept != fingerprint(source)
