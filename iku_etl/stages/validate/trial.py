"""The trial of one window: what is decided, set aside and found, until the verdict."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from iku_etl.catalogue import sentences
from iku_etl.model import Decision, KeptPayload, Problem, Records, Source, Unregistered
from iku_etl.records import unobserved
from iku_etl.records.cells import kind_of
from iku_etl.records.identity import KeyOrder, Twins, public_values, raw_texts, record_hash, record_key, tokens
from iku_etl.records.verdict import CheckResult, Quarantined, Verdict, Writer, undeclared, unloaded
from iku_etl.stages.validate import clashes, guards, suite
from iku_etl.stages.validate.decisions import Decided
from iku_etl.window import Window

QUARANTINE_LIMIT = 100_000  # records set aside in one batch; beyond it the batch is not what was declared
KEPT_OF_REJECTED = 100  # quarantined records shown of a rejected batch: enough to see what is wrong
SHOWN = 3  # first cases named in a sentence
WHOLE_ROWS = 2_000_000  # records that a check of the whole window may hold in memory
STRIPPED = "tidak dideklarasikan, dibuang sebelum berkas disimpan: {}"
TWIN = "salinan"  # the same record twice: declared out
OF_RECORD = ("record_no", "payload_no", "place")

Found = tuple[suite.Check, suite.Answer, "npt.NDArray[np.bool_] | None"]


@dataclass
class _Tally:
    evaluated: int = 0
    unexpected: int = 0
    first: str = ""  # where the first record that broke it stands


@dataclass
class Trial:
    """One window under judgement. `take` what was parsed, `settle` what was found, then `finish` or `abandon`."""

    source: Source
    window: Window
    payloads: Sequence[KeptPayload]
    out: Path
    checks: Sequence[suite.Check]
    decisions: Sequence[Decision]
    registers: Mapping[str, frozenset[str]]
    now: datetime
    rejection: tuple[str, str] | None = None  # sentence, code

    def __post_init__(self) -> None:
        self._columns = [column.name for column in self.source.columns]
        fields = [("record_no", pa.int32()), ("payload_no", pa.int16())]
        fields += [(column.name, kind_of(column).arrow) for column in self.source.columns]
        self._writer = Writer(self.out, pa.schema(fields))
        self._resources = ExitStack()
        self._order = self._resources.enter_context(KeyOrder(self.source, self.out.parent))
        self._decided = Decided(self.source, self.decisions)
        self._tallies: dict[int, _Tally] = defaultdict(_Tally)  # by the position of the check
        self._numbers = {id(check): number for number, check in enumerate(self.checks)}
        self._whole = sorted({name for check in self.checks if check.reach == "whole" for name in check.columns})
        self._whole_pieces: list[pa.Table] = []
        self._read = self._written = 0
        self._declared_out: Counter[str] = Counter()
        self._set_aside: list[Quarantined] = []
        self._unknown: list[str] = []
        self._personal: set[str] = set()
        self._missing: list[str] = []
        self._warnings: list[str] = []
        self._unregistered: dict[Unregistered, Counter[str]] = {
            check: Counter() for check in self.source.expectations if isinstance(check, Unregistered)
        }

    @property
    def here(self) -> str:
        return f"{self.source.name} {self.window.label}"

    def reject(self, sentence: str, code: str) -> None:
        """Reject the window; of several reasons the first is kept."""
        self.rejection = self.rejection or (sentence, code)

    # ------------------------------------------------------------ before the suite

    def take(self, found: Records) -> pa.Table:
        """Set aside what can't be loaded; returns the records that the suite has to judge."""
        self._read += len(found.table)
        self._declared_out.update(found.declared_out)
        self._unknown += found.unknown_columns
        self._personal.update(found.personal_columns)
        self._missing += found.missing_columns
        self._warnings += found.warnings
        if found.stripped:
            self._warnings.append(STRIPPED.format(", ".join(found.stripped)))
        problems: dict[int, list[Problem]] = defaultdict(list)
        for problem in found.problems:
            problems[problem.record_no].append(problem)
        table = self._decided.apply(found.table, problems)
        # after the decisions, so that a correction can't move a record out of its window
        for problem in guards.outside(self.source, self.window, table, self.now):
            problems[problem.record_no].append(problem)
        if problems:
            rules = {number: [(_rule_of(one), one.message) for one in own] for number, own in problems.items()}
            self._aside(table, rules, problems)
            table = table.filter(pc.invert(_is_in(table, problems)))
        return table

    def _aside(
        self,
        table: pa.Table,
        broken: Mapping[int, Sequence[tuple[str, str]]],  # record_no -> (rule, message)
        problems: Mapping[int, Sequence[Problem]] | None = None,
    ) -> None:
        if len(self._set_aside) + len(broken) > QUARANTINE_LIMIT:
            first = self._set_aside[0].message if self._set_aside else next(iter(broken.values()))[0][1]
            self.reject(
                f"{self.here}: lebih dari {QUARANTINE_LIMIT} rekaman harus dikarantina (yang pertama: {first})."
                f" Bentuk datanya berubah; tanyakan kepada {self.source.owner}.",
                "too_many_quarantined",
            )
            return
        for row in table.filter(_is_in(table, broken)).to_pylist():
            number = row["record_no"]
            raw = raw_texts((problems or {}).get(number, ()))
            as_said = record_key(self.source, row), record_hash(self.source, row, raw)
            self._set_aside.append(
                Quarantined(
                    number,
                    row["payload_no"],
                    row["place"],
                    tuple(dict.fromkeys(rule for rule, _ in broken[number])),
                    " ".join(dict.fromkeys(message for _, message in broken[number])),
                    *(self._decided.identity(number) or as_said),
                    public_values(self.source, row),
                    tokens(self.source, row),
                )
            )

    # ------------------------------------------------------------ after the suite

    def settle(self, table: pa.Table, found: Iterable[Found]) -> None:
        """Count what the suite found in these records, set aside, and write the others."""
        broken: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for check, answer, selected in found:
            tally = self._tallies[self._numbers[id(check)]]
            if check.reach == "table":
                tally.evaluated += 1
                tally.unexpected += not answer.holds
                continue
            tally.evaluated += suite.evaluated(check, table, selected)
            tally.unexpected += len(answer.failing)
            if not len(answer.failing):
                continue
            rows = table.select(list(OF_RECORD)).take(pa.array(answer.failing)).to_pylist()
            tally.first = tally.first or f"payload {rows[0]['payload_no']}, {rows[0]['place']}"
            if check.severity == "quarantine":
                for row in rows:
                    if not self._decided.is_released(row["record_no"]):
                        broken[row["record_no"]].append((_rule(check), _said(self.source, check)))
        if broken:
            self._aside(table, broken)
            table = table.filter(pc.invert(_is_in(table, broken)))
        self._keep(table)

    def _keep(self, table: pa.Table) -> None:
        self._written += len(table)
        self._writer.write(table)
        self._order.add(table)
        for check, seen in self._unregistered.items():
            about = table.filter(pc.equal(table[check.where[0]], check.where[1])) if check.where else table
            values = about[check.column].cast(pa.string())
            known = pa.array(sorted(self.registers.get(check.register, ())), pa.string())
            strange = values.filter(pc.invert(pc.is_in(values, value_set=known))).drop_null()
            seen.update({row["values"]: row["counts"] for row in pc.value_counts(strange).to_pylist()})
        if self._whole:
            self._whole_pieces.append(table.select(self._whole))
            if self._written > WHOLE_ROWS:
                names = ", ".join(check.name for check in self.checks if check.reach == "whole")
                self.reject(
                    f"{self.here}: lebih dari {WHOLE_ROWS} rekaman, terlalu banyak untuk pemeriksaan seluruh jendela"
                    f" ({names}). Ganti dengan pemeriksaan per record.",
                    "too_large",
                )

    # ------------------------------------------------------------ the verdict

    def finish(self) -> Verdict:
        """Judge the window as a whole and write the verdict; the trial is over."""
        with self._resources:
            fingerprint, twins = self._order.finish()
        aside, older = self._clash(twins)
        fingerprint = clashes.with_kept(self.source, fingerprint, twins, {*aside, *older})
        left_out = {TWIN: len(twins.same), clashes.OLDER: len(older)}
        self._declared_out.update({reason: count for reason, count in left_out.items() if count})
        loaded = self._written - len(twins.same) - len(aside) - len(older)
        results = self._results(loaded)
        rejected, code = self.rejection or (None, None)
        out, unknown = sum(self._declared_out.values()), undeclared(self.source, self._unknown, self._personal)
        verdict = Verdict(
            source=self.source.name,
            window=self.window.label,
            rejected_because=rejected,
            error_code=code,
            read=self._read + out - len(twins.same) - len(older),
            loaded=loaded if rejected is None else 0,
            quarantined=len(self._set_aside),
            declared_out=out,
            declared_out_reasons=dict(self._declared_out),
            fingerprint=fingerprint,
            checks=tuple(results),
            quarantine=tuple(
                sorted(self._set_aside, key=lambda row: row.record_no)[: None if rejected is None else KEPT_OF_REJECTED]
            ),
            unknown_columns=unknown,
            warnings=(*(unloaded(self.source, name) for name in unknown), *self._warnings),
            suite_version=suite.version(),
            missing_columns=tuple(self._missing),
        )
        if verdict.is_ok and verdict.read != verdict.loaded + verdict.quarantined + verdict.declared_out:
            parts = f"{verdict.loaded} + {verdict.quarantined} + {out}"
            raise AssertionError(f"{self.here}: {verdict.read} read, but {parts}")
        return self._writer.finish(verdict, [*twins.same, *aside, *older])

    def _clash(self, twins: Twins) -> tuple[Collection[int], Collection[int]]:
        """Records of one key that differ: those set aside, and those that a newer one takes the place of; or reject."""
        if not twins.clashing:
            return (), ()
        table = pa.concat_tables(twins.clashing)
        if self.source.on_clash == "reject" or twins.clash_count > QUARANTINE_LIMIT:
            places = clashes.sentence(self.source, table.sort_by("record_no")["place"].slice(0, 2).to_pylist())
            self.reject(f"{self.here}: {places}", "key_twice")
            return (), ()
        aside, older = clashes.settle(self.source, table, self._decided.is_released)
        self._aside(table, {number: [(clashes.RULE, why)] for number, why in aside.items()})
        return aside, older

    def abandon(self) -> None:
        """Remove what was written, since the failure of another window ended the judgement."""
        self._resources.close()
        self._writer.abandon()

    def _results(self, loaded: int) -> list[CheckResult]:
        """One result for every declared check, evaluated or not; a failed `stop` rejects the window."""
        checked = [self._result(number, check, loaded) for number, check in enumerate(self.checks)]
        if not any(check.reach == "count" for check in self.checks) and not self.rejection:
            checked.append(self._floor(loaded))
        checked += [self._unregistered_result(check, seen) for check, seen in self._unregistered.items()]
        undone = self._decided.results()
        self._warnings += [result.detail for result in undone]
        return checked + undone

    def _result(self, number: int, check: suite.Check, loaded: int) -> CheckResult:
        tally = self._tallies[number]
        detail = ""
        if check.reach == "count":
            tally = _Tally(1, int(not guards.count_holds(check.arguments, loaded)))
            detail = f"{loaded} rekaman"
        elif check.reach == "whole":
            tally, detail = self._judge_whole(check)
        elif tally.unexpected:
            detail = f"{tally.unexpected} dari {tally.evaluated} rekaman; yang pertama: {tally.first}"
        is_idle = self._written > 0 and tally.evaluated == 0 and check.is_mute_on_nothing
        if is_idle:
            what = "tidak ada rekaman yang memenuhi syaratnya" if check.condition else "kolom kosong seluruhnya"
            detail = f"{what}; pemeriksaan ini tidak membuktikan apa pun"
        success = tally.unexpected == 0 and (check.may_be_idle or not is_idle)
        if not success and check.severity == "stop":
            self._stopped(check, tally, detail, loaded)
        elif not success and (is_idle or check.severity == "warn"):
            self._warnings.append(f"{_said(self.source, check)} {detail}")
        return CheckResult(
            check.name, check.column_name, check.severity, tally.evaluated, tally.unexpected, success, detail
        )

    def _stopped(self, check: suite.Check, tally: _Tally, detail: str, loaded: int) -> None:
        if check.reach == "count":
            self._too_few(loaded, guards.count_wanted(check.arguments))
            return
        self.reject(
            f"{self.here}: {_said(self.source, check)} {detail}. Perbaiki di sumber ({self.source.owner}),"
            " atau ubah deklarasinya bila memang berubah.",
            "stopped",
        )

    def _floor(self, loaded: int) -> CheckResult:
        """The row count check of a source that declares none: an empty batch is rejected."""
        if not loaded:
            self._too_few(loaded, "paling sedikit 1")
        return CheckResult(
            "ExpectTableRowCountToBeBetween", None, "stop", 1, int(not loaded), loaded > 0, f"{loaded} rekaman"
        )

    def _too_few(self, loaded: int, wanted: str) -> None:
        names = ", ".join(f"{payload.payload_no} ({payload.name})" for payload in self.payloads[:SHOWN]) or "tidak ada"
        aside = "; ".join(f"{row.place}: {row.message}" for row in self._set_aside[:SHOWN])
        self.reject(
            f"{self.here}: {loaded} rekaman dapat dimuat, seharusnya {wanted}; terbaca {self._read}, dikarantina"
            f" {len(self._set_aside)}{f' ({aside})' if aside else ''}; payload {names}. Periksa apakah sumbernya kosong"
            f" atau terpotong, lalu ambil lagi; bila memang nihil, minta pernyataan nihil dari {self.source.owner}.",
            "row_count",
        )

    def _judge_whole(self, check: suite.Check) -> tuple[_Tally, str]:
        """A check whose answer needs the whole window: a unique column, a mean."""
        if not self._whole_pieces or self.rejection:
            return _Tally(), "tidak dijalankan"
        try:
            holds = self._whole_answers[check]
        except suite.NotEvaluated as problem:
            self.reject(f"{self.here}: pemeriksaan {problem}. Perbaiki deklarasinya.", "not_evaluated")
            return _Tally(), "tidak dapat dijalankan"
        return _Tally(self._written, int(not holds)), "" if holds else "tidak terpenuhi atas seluruh jendela"

    @cached_property
    def _whole_answers(self) -> dict[suite.Check, bool]:
        checks = [check for check in self.checks if check.reach == "whole"]
        frame = suite.frame_of(pa.concat_tables(self._whole_pieces), self._whole)
        return {check: answer.holds for check, answer in zip(checks, suite.run(checks, frame), strict=True)}

    def _unregistered_result(self, check: Unregistered, seen: Counter[str]) -> CheckResult:
        detail = ""
        if seen:
            is_public = self.source.privacy_of(self.source.column(check.column)) == "public"
            named = f" ({', '.join(sorted(seen)[:10])})" if is_public else ""
            detail = sentences.unregistered(self.source, check, len(seen))
            self._warnings.append(f"{detail}{named}")
        return CheckResult("Unregistered", check.column, "warn", self._written, seen.total(), not seen, detail)


def _rule_of(problem: Problem) -> str:
    return f"parse:{problem.column}" if problem.column else unobserved.RULE


def _rule(check: suite.Check) -> str:
    return f"{check.name}:{check.column_name}"


def _said(source: Source, check: suite.Check) -> str:
    """The rule as a sentence, without a value of any record; of a system, as its engineers declared it."""
    return f'tidak memenuhi "{sentences.check_sentence(source, check, is_exact=not source.is_register)}".'


def _is_in(table: pa.Table, numbers: Iterable[int]) -> pa.ChunkedArray:
    return pc.is_in(table["record_no"], value_set=pa.array(list(numbers), pa.int32()))
