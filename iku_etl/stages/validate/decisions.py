"""Decisions about records, applied by business key and record hash: release and correction.

A decision whose record is there with another hash has lapsed: it changes nothing and is reported.
"""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Text

from iku_etl.catalogue import sentences
from iku_etl.model import Decision, Problem, Source
from iku_etl.records.cells import kind_of, read_column
from iku_etl.records.identity import raw_texts, record_hash, record_key
from iku_etl.records.verdict import CheckResult

Problems = MutableMapping[int, list[Problem]]


class Decided:
    """The decisions about one source's records, and what became of them in one window."""

    def __init__(self, source: Source, decisions: Sequence[Decision]) -> None:
        self._source = source
        self._by_key: dict[str, dict[str, Decision]] = {}
        self._shapes: set[tuple[str, ...]] = set()  # which columns name a record; a key may have become longer since
        for decision in sorted(decisions, key=lambda one: one.load_no):  # the last one about a record stands
            if decision.kind in ("release", "correction") and decision.record_key is not None:
                key = {name: decision.record_key[name] for name in source.key if name in decision.record_key}
                self._shapes.add(tuple(key))
                self._by_key.setdefault(_text(key), {})[str(decision.record_hash)] = decision
        self._released: set[int] = set()
        self._identities: dict[int, tuple[dict[str, Any], str]] = {}  # of corrected records, as the source says them
        self._seen: dict[str, set[str]] = {}  # key -> hashes met in this window
        self._not_done: dict[int, str] = {}  # decision_id -> why

    def is_released(self, record_no: int) -> bool:
        """Whether the record loads although it breaks a `quarantine` rule."""
        return record_no in self._released

    def identity(self, record_no: int) -> tuple[dict[str, Any], str] | None:
        """Key and hash of a corrected record as the source says it, by which decisions name it."""
        return self._identities.get(record_no)

    def apply(self, table: pa.Table, problems: Problems) -> pa.Table:
        """The records as decided; problems that a decision settles are taken away."""
        if not self._by_key or not len(table):
            return table
        corrected: dict[int, dict[str, Any]] = {}
        for row in self._candidates(table).to_pylist():
            number, key = row["record_no"], record_key(self._source, row)
            named = [_text({name: key[name] for name in shape}) for shape in self._shapes]
            if not (named := [text for text in named if text in self._by_key]):
                continue
            found = record_hash(self._source, row, raw_texts(problems.get(number, ())))
            for text in named:
                self._seen.setdefault(text, set()).add(found)
            decisions = [self._by_key[text][found] for text in named if found in self._by_key[text]]
            if not decisions:
                continue
            decision = max(decisions, key=lambda one: one.load_no)
            if decision.kind == "release":
                self._release(number, decision, row, problems)
            elif (changed := self._corrected(decision, row)) is not None:
                corrected[number] = changed
                self._identities[number] = (key, found)
                self._settle(number, problems, decision.changes or {})
        return _replaced(table, corrected) if corrected else table

    def _candidates(self, table: pa.Table) -> pa.Table:
        """The few records that a decision may be about, found by their first text column of the key."""
        for name in self._source.key:
            if isinstance(self._source.column(name).type, Text):
                wanted = {json.loads(key).get(name) for key in self._by_key}
                return table.filter(pc.is_in(table[name], value_set=pa.array(sorted(wanted, key=str), pa.string())))
        return table

    def _release(self, number: int, decision: Decision, row: Mapping[str, Any], problems: Problems) -> None:
        needed = [column for column in self._source.columns if not column.nullable]
        empty = [sentences.called(column) for column in needed if row[column.name] is None]
        if empty:
            self._not_done[decision.decision_id] = f"kolom {', '.join(empty)} wajib diisi; buat koreksi"
            return
        self._released.add(number)
        problems.pop(number, None)

    def _settle(self, number: int, problems: Problems, changes: Mapping[str, Any]) -> None:
        left = [problem for problem in problems.get(number, ()) if problem.column not in changes]
        if left:
            problems[number] = left
        else:
            problems.pop(number, None)

    def _corrected(self, decision: Decision, row: Mapping[str, Any]) -> dict[str, Any] | None:
        changed = dict(row)
        for name, value in (decision.changes or {}).items():
            try:
                column = self._source.column(name)
            except KeyError:
                self._not_done[decision.decision_id] = f"kolom {name} tidak dideklarasikan"
                return None
            text = json.dumps(value) if isinstance(value, bool) else value if value is None else str(value)
            values, unread = read_column(kind_of(column), pa.array([text], pa.string()))
            called = sentences.called(column)
            if unread or (values[0].as_py() is None and not column.nullable):
                self._not_done[decision.decision_id] = f"nilai koreksi kolom {called} tidak dapat dibaca atau kosong"
                return None
            changed[name] = values[0].as_py()
        return changed

    def results(self) -> list[CheckResult]:
        """What could not be applied: lapsed decisions, and those that can't do what they say."""
        found = []
        for key, hashes in self._seen.items():
            for wanted, decision in self._by_key[key].items():
                why = self._not_done.get(decision.decision_id)
                if wanted not in hashes and not (hashes & self._by_key[key].keys()):
                    why = "gugur: rekaman dengan kunci ini ada, tetapi isinya berubah. Putuskan lagi bila masih perlu"
                if why:
                    detail = f"keputusan {decision.decision_id} ({decision.kind}, {decision.decided_by}): {why}"
                    found.append(CheckResult("Decision", None, "warn", 1, 1, False, detail))
        return found


def _text(key: Mapping[str, Any]) -> str:
    return json.dumps(key, sort_keys=True, default=str)


def _replaced(table: pa.Table, rows: Mapping[int, Mapping[str, Any]]) -> pa.Table:
    numbers = pa.array(list(rows), pa.int32())
    others = table.filter(pc.invert(pc.is_in(table["record_no"], value_set=numbers)))
    changed = pa.Table.from_pylist([dict(row) for row in rows.values()], schema=table.schema)
    return pa.concat_tables([others, changed]).sort_by("record_no")
