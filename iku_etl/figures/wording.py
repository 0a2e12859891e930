"""What is said of a published figure, in the same words at every door: bounds, stage, period, reasons.

A reason is stored with periods and days as machines write them; here they become what people say.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from iku_etl import indonesian
from iku_etl.figures import approvals
from iku_etl.indonesian import ABSENT
from iku_etl.warehouse.database import Row

UNKNOWN = "tidak diketahui"  # a bound that the unseen leave open, above or below
PROVISIONAL = "~ periodenya masih berjalan: target, dan capaian sementara, milik periode yang memuatnya"
OF_SEEN = "nilainya dari yang teramati saja, sebab besar yang tidak teramati tidak diketahui"
NO_TARGET = "target belum ditetapkan"  # as sql/figure.sql says it
MUTU = {  # what the data allow; `tahap`, what people decided, stands beside it (U6)
    "cukup": "cukup",
    "basi": "basi",
    "kurang_data": "kurang data",
    "tidak_tersedia": "tidak tersedia",
}
SAID = (  # by a tongue: what translators are given
    UNKNOWN, "%(low)s s.d. %(high)s", "tepat %(value)s", "%(mutu)s sejak %(day)s", ", keadaan %(day)s",
    "revisi ke-%(place)s (nomor %(number)s)", "sebelum batas data", "keadaan pada batas data",
    "pertama sejak batas data", "masih berjalan", "belum ditetapkan", "sementara", "persen",
    "periode masih berjalan", "periode masih berjalan (s.d. %(day)s)", OF_SEEN, "belum ada capaian sementara",
    "capaian sementara %(value)s", "target %(period)s %(target)s, %(known)s",
)  # fmt: skip
_DAY = re.compile(r"(?<![\w./-])(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\w/-])")
_PERIOD = re.compile(r"(?<![\w./-])(\d{4}-(?:0[1-9]|1[0-2]|TW[1-4]|S[12]))(?![\w/-])")


class Tongue(Protocol):
    """The language in which something is said: its words by the Indonesian ones, its numbers, days and periods."""

    def word(self, text: str) -> str: ...
    def measure(self, value: Decimal | int | None, form: str) -> str: ...
    def percent(self, value: Decimal | int | None) -> str: ...
    def day(self, value: date | None) -> str: ...
    def period(self, name: str) -> str: ...


class _Indonesian:
    """The language that all is written in."""

    measure = staticmethod(indonesian.measure)
    percent = staticmethod(indonesian.percent)
    day = staticmethod(indonesian.day)
    period = staticmethod(indonesian.period)

    def word(self, text: str) -> str:
        return text


OWN: Tongue = _Indonesian()


def bound(value: Decimal | None, row: Row, form: str, tongue: Tongue = OWN) -> str:
    """One bound of a figure; a dash where there is nothing to bound."""
    if value is not None:
        return tongue.measure(value, form)
    return tongue.word(UNKNOWN) if _is_open(row, form) else ABSENT


def _is_open(row: Row, form: str) -> bool:
    """Whether a missing bound means unknown; without members, or with nothing to count, there is no bound at all."""
    is_nil = form == "persen" and row["denominator"] == 0 and row["coverage"] == 100
    return row["coverage"] is not None and not is_nil


def bounds(row: Row, form: str, tongue: Tongue = OWN) -> str:
    """`71,43 s.d. 85,71`; `tepat 84,62` where both are the same."""
    low, high = (bound(row[name], row, form, tongue) for name in ("low", "high"))
    if low != high:
        return tongue.word("%(low)s s.d. %(high)s") % {"low": low, "high": high}
    return low if row["low"] is None else tongue.word("tepat %(value)s") % {"value": low}


def mutu(row: Row, tongue: Tongue = OWN) -> str:
    """The quality of a figure; of a stale one since when."""
    told = tongue.word(MUTU[row["mutu"]])
    if row["stale_since"] is None:
        return told
    return tongue.word("%(mutu)s sejak %(day)s") % {"mutu": told, "day": tongue.day(row["stale_since"])}


def revision(row: Mapping[str, Any], tongue: Tongue = OWN) -> str:
    """The state of a figure in words, with its days: `pertama sejak batas data 10 November 2026, keadaan 27 ..`.

    Number 1 is the state at the cut-off, or the first that was published after it where collecting began later
    (decision 4). The number is what commands ask for (`--revision`). `cut_off_on` and `state_on` are those of
    `publications.dated`; without them the days are left out.
    """
    cut_off, state = row.get("cut_off_on"), row.get("state_on")
    on = "" if cut_off is None else f" {tongue.day(cut_off)}"
    known = "" if state is None else tongue.word(", keadaan %(day)s") % {"day": tongue.day(state)}
    if row["revision"] > 1:
        numbers = {"place": row["revision"] - 1, "number": row["revision"]}
        return tongue.word("revisi ke-%(place)s (nomor %(number)s)") % numbers + known
    if row["revision"] == 0:
        return f"{tongue.word('sebelum batas data')}{on}{known}"
    if on and state == cut_off:
        return f"{tongue.word('keadaan pada batas data')}{on}"
    return f"{tongue.word('pertama sejak batas data')}{on}{known}"


def left_out(reasons: Mapping[str, int]) -> str:
    """`tidak dihitung menurut aturan sumbernya: baris jumlah 1, salinan 2`; empty where nothing is left out."""
    named = ", ".join(f"{indonesian.plain(reason)} {indonesian.count(reasons[reason])}" for reason in sorted(reasons))
    return f"tidak dihitung menurut aturan sumbernya: {named}" if named else ""


def running(row: Row, tongue: Tongue = OWN) -> str:
    """A sentence that the period still runs, and until which day it is known; empty once the period is over."""
    if not row["is_running"]:
        return ""
    if row["known_until"] is None:
        return tongue.word("periode masih berjalan")
    return tongue.word("periode masih berjalan (s.d. %(day)s)") % {"day": tongue.day(row["known_until"])}


def partial(row: Row, tongue: Tongue = OWN) -> str:
    """A sentence that a value is of the observed alone: the unseen are unknown in number (U1); empty otherwise."""
    is_of_all = row["value"] is None or (row["low"] is not None and row["high"] is not None)
    return "" if is_of_all else tongue.word(OF_SEEN)


def tahap(row: Row, tongue: Tongue = OWN) -> str:
    """The stage of a figure, or that its period still runs."""
    return tongue.word("masih berjalan" if row["is_running"] else str(row["tahap"]))


def capaian(row: Row) -> Decimal | None:
    """The capaian of a period that is over: None while the period runs, even if one is stored."""
    return None if row["is_running"] else row["capaian"]


def target(row: Row, tongue: Tongue = OWN) -> str:
    """`85,00 persen`; of a running period without one `95,00 persen (Tahun 2026)`."""
    aim = _aim(row)
    if aim["target"] is None:
        return tongue.word("belum ditetapkan")
    return f"{tongue.measure(aim['target'], row['form'])} {tongue.word(row['unit'])}{_of(aim, row, tongue)}"


def attainment(row: Row, tongue: Tongue = OWN) -> str:
    """`96,49 %`; while the period runs `sementara 96,49 %`, with the period whose figure and target it is."""
    aim = _aim(row)
    if not row["is_running"] or aim["capaian"] is None:
        return tongue.percent(capaian(row))
    return f"{tongue.word('sementara')} {tongue.percent(aim['capaian'])}{_of(aim, row, tongue)}"


def target_cell(row: Row, tongue: Tongue = OWN) -> str:
    """The target where there is little room; `~` before one of the period around it (`PROVISIONAL`)."""
    aim = _aim(row)
    mark = "~" if aim["target"] is not None and aim["period"] != row["period"] else ""
    return mark + tongue.measure(aim["target"], row["form"])


def capaian_cell(row: Row, tongue: Tongue = OWN) -> str:
    """The capaian where there is little room; `~` before a provisional one."""
    if not row["is_running"]:
        return tongue.percent(capaian(row))
    provisional = _aim(row)["capaian"]
    return ABSENT if provisional is None else f"~{tongue.percent(provisional)}"


def provisional(row: Row) -> tuple[Decimal | None, Decimal | None, str | None]:
    """Of a period that still runs: the target it is held against, the capaian so far, and whose both are, in words."""
    aim = row.get("running_target")
    return (aim["target"], aim["capaian"], indonesian.period(aim["period"])) if aim else (None, None, None)


def _aim(row: Row) -> Mapping[str, Any]:
    """Period, target and capaian to hold a figure against; of a running one perhaps those of the period around it."""
    own = {"period": row["period"], "target": row["target"], "capaian": capaian(row)}
    return row.get("running_target") or own


def _of(aim: Mapping[str, Any], row: Row, tongue: Tongue) -> str:
    return "" if aim["period"] == row["period"] else f" ({tongue.period(aim['period'])})"


def _aimed(row: Row, tongue: Tongue) -> str:
    """A sentence on target and provisional capaian of a period that still runs; empty where there is no target."""
    aim = row.get("running_target")
    if not aim:
        return ""
    known = tongue.word("belum ada capaian sementara")
    if aim["capaian"] is not None:
        known = tongue.word("capaian sementara %(value)s") % {"value": tongue.percent(aim["capaian"])}
    if aim["period"] == row["period"]:
        return "" if aim["capaian"] is None else known
    target = f"{tongue.measure(aim['target'], row['form'])} {tongue.word(row['unit'])}"
    return tongue.word("target %(period)s %(target)s, %(known)s") % {
        "period": tongue.period(aim["period"]), "target": target, "known": known,
    }  # fmt: skip


def of_now(row: Row, tongue: Tongue = OWN) -> list[str]:
    """What must be said beside a figure as it stands now; first that its period still runs."""
    return [*filter(None, (running(row, tongue), _aimed(row, tongue), partial(row, tongue)))]


def stored(row: Row) -> list[str]:
    """Who approved a figure, then what was published with it, one sentence each, in the language of who wrote it."""
    said = told(row["reason"] or "", row["period"]).split("; ")
    if row.get("running_target"):  # then there is one to be held against: of the period around it
        said = [sentence for sentence in said if sentence != NO_TARGET]
    return [*filter(None, (approvals.sentence(row), *said))]


def reasons(row: Row) -> list[str]:
    """Everything that must be said beside a figure, one sentence each."""
    return [*of_now(row), *stored(row)]


def reason(row: Row) -> str:
    return "; ".join(reasons(row))


def told(text: str, period: str = "") -> str:
    """A text with its days and periods as people say them; `period` is the one it speaks of and is left out."""
    if period:
        text = re.sub(rf" {re.escape(period)}(?=[\s,;:)]|$)", "", text)
    text = _DAY.sub(lambda found: _day(found[1]), text)
    return _PERIOD.sub(lambda found: indonesian.period(found[1]), text)


def _day(text: str) -> str:
    try:
        return indonesian.day(date.fromisoformat(text))
    except ValueError:  # 2026-02-30: no day, so it is somebody's number
        return text
