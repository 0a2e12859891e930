"""What happened between two load numbers that a figure may rest on, and by what cause it moves one."""

from collections.abc import Collection
from datetime import datetime

from iku_etl import catalogue
from iku_etl.errors import IkuError
from iku_etl.warehouse.database import Connection, Row

RULES = ("parameter", "target")  # sources of rules, each a cause of its own


def between(connection: Connection, definitions: Collection[str], after: int, until: int) -> list[Row]:
    """The loads in (after, until] that change what is in force of the sources of these definitions, by number.

    A batch that came into force (with the decision that made it), a decision that withdrew one, or another declaration
    of how late and how old a source may be.
    """
    return connection.execute(_EVENTS, {"definitions": list(definitions), "after": after, "until": until}).fetchall()


_EVENTS = """
    with
    sources as (
        select source.source, source.title, source.grid, source.kind
        from iku.source
        where
            source.source in (select source from iku.definition_source where definition = any(%(definitions)s))
    ),

    loads as (
        select
            batch.load_no, batch.source, batch.batch_id, batch.window_on, upper(batch.win) as ended_at, batch.revision,
            batch.loaded, batch.quarantined, batch.decision_id, batch.contract_version,
            earlier.contract_version as earlier_version
        from iku.batch
        left join iku.batch as earlier
            on
                batch.source = earlier.source
                and batch.win = earlier.win
                and batch.revision - 1 = earlier.revision
                and earlier.ending = 'in_force'
        where batch.ending = 'in_force' and batch.load_no > %(after)s and batch.load_no <= %(until)s
        union all
        select
            decision.load_no, decision.source, null, null, null, null, null, null, decision.decision_id, null, null
        from iku.decision
        where decision.kind = 'withdraw' and decision.load_no > %(after)s and decision.load_no <= %(until)s
        union all
        select load_no, source, null, null, null, null, null, null, null, null, null
        from iku.source_patience
        where load_no > %(after)s and load_no <= %(until)s
    )

    select
        loads.*, sources.title, sources.grid, sources.kind, decision.kind as decision_kind,
        decision.reason as decision_reason, decision.decided_by, decision.record_key, decision.changes
    from loads
    inner join sources on loads.source = sources.source
    left join iku.decision on loads.decision_id = decision.decision_id
    order by loads.load_no
"""


def cause(event: Row, since: datetime, ends_at: datetime) -> str:
    """The cause by which an event moves the figure of a period that ends at `ends_at`, told after `since`.

    What a person decided comes first, whatever it is about; of a register it is the cause unless members come or go.
    """
    if event["decision_id"] is not None:
        return "quarantine" if event["decision_kind"] == "release" else "decision"
    if event["batch_id"] is None:
        return "restated"
    if event["source"] in RULES:
        return str(event["source"])
    if event["revision"] == 1:
        return "new" if ends_at > since and event["ended_at"] > since else "late"
    is_same_contract = event["contract_version"] == event["earlier_version"]
    return "corrected" if is_same_contract and _is_filled_in(event["source"]) else "restated"


def may_move_members(event: Row, by: str) -> bool:
    """Whether an event may make members come or go, which is a cause of its own: a register that people fill in."""
    return by in ("new", "late", "corrected", "restated") and event["kind"] == "snapshot" and _is_filled_in(
        event["source"]
    )  # fmt: skip


def _is_filled_in(source: str) -> bool:
    try:
        return catalogue.source(source).is_register
    except IkuError:  # no longer declared, or broken: its figures stay readable
        return False
