"""Effects of decisions worked out before they are made: a file each, written by the thread that works on it.

Any process of the server can tell where one is. It is worth nothing after a day, nor once the data moved on.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from iku_etl import private
from iku_etl.errors import IkuError, NotFound
from iku_etl.figures import wording
from iku_etl.pipeline import Effect, Foreseen, Pipeline, told_members
from iku_etl.web.desk import Desk
from iku_etl.web.tickets import FORM, new_name
from iku_etl.web.tongue import noted

Kind = Literal["release", "correction", "withdraw", "instead-of"]
WAITS, JUDGED, COMPUTED, DONE = (
    noted("menunggu giliran"), noted("diperiksa ulang menurut keputusan itu"),
    noted("angka dihitung dengan dan tanpa keputusan itu"), noted("selesai"),
)  # fmt: skip
FORGOTTEN = 86_400  # seconds
GIVEN_UP = 1_800  # seconds without a sign of life: its server has stopped
BROKE = "Akibatnya tidak dapat dihitung karena galat yang tidak terduga; tidak ada yang diubah. Beri tahu pengelola."
NUMBERS = ("value", "low", "high", "denominator", "coverage", "target", "capaian")
WORDS = ("mutu", "predikat", "reason")
_turn = threading.Lock()  # one at a time: each takes a core, and holds the load number while figures are computed


@dataclass(frozen=True)
class Foresight:
    """One effect asked for. `state`: of the data when it was worked out. `figures`: as `_figure` writes them."""

    number: str
    kind: Kind
    batch: int
    record: int | None = None
    column: str = ""
    value: str = ""
    reason: str = ""
    letter: str = ""
    stage: str = WAITS
    is_done: bool = False
    problem: str | None = None
    state: str = ""
    ending: str | None = None
    why: str | None = None
    compared: int = 0
    figures: tuple[Mapping[str, Any], ...] = field(default=())


class Foresights:
    """Those of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._folder = desk.settings.state / "foreseen"

    def ask(self, wanted: Foresight) -> None:
        """Have it worked out; `wanted.number` is a new one."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._forget()
        self._keep(wanted)
        threading.Thread(target=self._work, args=(wanted,), name="pratinjau", daemon=True).start()

    def get(self, number: str) -> Foresight:
        """Where it is; NotFound for none, and for one whose server has stopped."""
        path = self._folder / f"{number}.json"
        try:
            if not re.fullmatch(FORM, number):
                raise FileNotFoundError
            found = json.loads(path.read_text(encoding="utf-8"))
            is_silent = time.time() - path.stat().st_mtime > GIVEN_UP
        except (OSError, ValueError):
            raise NotFound("Pratinjau itu tidak tersimpan lagi. Minta yang baru dari halaman keputusan.") from None
        if is_silent and not found["is_done"]:
            raise NotFound("Pratinjau itu terhenti bersama servernya. Minta yang baru dari halaman keputusan.")
        known = {one.name for one in fields(Foresight)}
        made = {name: value for name, value in found.items() if name in known}
        return Foresight(**made | {"figures": tuple(_read(one) for one in found["figures"])})

    def _keep(self, one: Foresight) -> Foresight:
        private.replace(self._folder / f"{one.number}.json", json.dumps(asdict(one), ensure_ascii=False))
        return one

    def _forget(self) -> None:
        for path in self._folder.glob("*.json"):
            if time.time() - path.stat().st_mtime > FORGOTTEN:
                path.unlink(missing_ok=True)

    def _work(self, wanted: Foresight) -> None:
        with _turn:
            now = self._keep(replace(wanted, stage=JUDGED))
            try:
                state = self._desk.state()
                with self._desk.pipeline() as pipeline:
                    found = _effect(pipeline, wanted, lambda: self._keep(replace(now, stage=COMPUTED)))
                ended = found.ended
                now = replace(
                    now, state=state, compared=found.compared, figures=tuple(map(_figure, found.figures)),
                    ending=ended.ending if ended else None, why=ended.reason if ended else None,
                )  # fmt: skip
            except IkuError as problem:
                now = replace(now, problem=str(problem))
            except Exception:
                logging.getLogger(__name__).exception("foresight %s", wanted.number)
                now = replace(now, problem=BROKE)
            self._keep(replace(now, stage=DONE, is_done=True))


def wanted(
    kind: Kind, batch: int, record: int | None, *, column: str, value: str, reason: str, letter: str
) -> Foresight:
    """A new one to be asked for; NotFound where a record is due and none was named."""
    if kind in ("release", "correction") and record is None:
        raise NotFound("Rekaman mana yang dimaksud tidak disebut. Pilih dari halaman keputusan.")
    return Foresight(new_name(), kind, batch, record, column, value, reason, letter)


def _effect(pipeline: Pipeline, one: Foresight, told: Any) -> Effect:
    if one.kind == "withdraw" or one.kind == "instead-of":
        return pipeline.foresee_batch("withdraw" if one.kind == "withdraw" else "instead_of", one.batch, told)
    assert one.record is not None
    if one.kind == "release":
        return pipeline.foresee_record("release", one.batch, one.record, None, told)
    return pipeline.foresee_record("correction", one.batch, one.record, {one.column: one.value or None}, told)


# ---------------------------------------------------------------- a figure as it is kept


def _figure(one: Foreseen) -> dict[str, Any]:
    return {
        "indicator": one.indicator,
        "period": one.period,
        **{name: one.header[name] for name in ("title", "form", "unit")},
        "is_official": one.row["is_official"],
        "before": one.before and _row(one.before),
        "after": one.after and _row(one.after),
        "told": "; ".join(filter(None, [told_members(one.members, one.header["form"]), *_sentences(one)])),
    }


def _sentences(one: Foreseen) -> Iterator[str]:
    """What is said of a figure that was not said before, and what is not any more."""
    was, is_now = (
        wording.told((row or {}).get("reason") or "", one.period).split("; ") for row in (one.before, one.after)
    )
    for name, said, other in (("lalu tertulis", is_now, was), ("tidak lagi tertulis", was, is_now)):
        if new := [f'"{sentence}"' for sentence in said if sentence and sentence not in other]:
            yield f"{name} {', '.join(new)}"


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: None if row[name] is None else str(row[name]) for name in (*NUMBERS, *WORDS)}
    return kept | {"stale_since": row["stale_since"] and row["stale_since"].isoformat()}


def _read(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {**kept, **{side: kept[side] and _row_of(kept[side]) for side in ("before", "after")}}


def _row_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: None if kept[name] is None else Decimal(kept[name]) for name in NUMBERS}
    return {**kept, **numbers, "stale_since": kept["stale_since"] and date.fromisoformat(kept["stale_since"])}
