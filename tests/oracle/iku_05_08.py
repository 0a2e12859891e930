"""An oracle for IKU-05 and IKU-08 in plain Python, written from the decisions U1 to U28 and from nothing of ours.

Give it `Records` (what offices and probers said, each with its day of arrival) and ask `figure`. A record without
`arrived` was always known; of several with the same key the newest that had arrived by the as-of day holds, so a
later hand-in must repeat what stays. Shares are Fractions: nothing is rounded here.

Not judged here: `tahap`, `basi` (staleness of sources), revisions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.oracle.records import (
    Check,
    Content,
    Message,
    Parameter,
    Quarantined,
    Records,
    Site,
    Submission,
    Target,
    first_day,
    known,
    last_day,
    months_of,
    parameters,
    target_of,
)
from tests.oracle.rules import Member, site_rows, unit_rows

__all__ = [
    "Check",
    "Content",
    "Figure",
    "Member",
    "Message",
    "Parameter",
    "Quarantined",
    "Records",
    "Site",
    "Submission",
    "Target",
    "figure",
    "member_rows",
]
PREDIKAT = ("Sangat Tinggi", "Tinggi", "Sedang", "Rendah")


@dataclass(frozen=True)
class Figure:
    """A figure in percent; None is NULL."""

    indicator: str
    period: str
    value: Fraction | None
    low: Fraction | None
    high: Fraction | None
    numerator: Fraction
    denominator: Fraction | None  # None: of a member that was set aside nothing is known
    coverage: Fraction | None  # share, 0 to 1
    mutu: str
    target: Fraction | None
    capaian: Fraction | None
    predikat: str | None
    reason: str
    members: tuple[Member, ...]


def figure(records: Records, indicator: str, period: str, as_of: date, ended: date | None = None) -> Figure:
    """The figure of `IKU-05` or `IKU-08` as known at the end of `as_of`; `ended`: the last day that was over then."""
    ended = ended or as_of
    now = known(records, as_of)
    members = member_rows(records, indicator, period, as_of, ended)
    number = parameters(now, last_day(period))
    numerator = sum((row.numerator for row in members), Fraction())  # over all members, seen or not (U1)
    denominator = _total(members, "denominator")
    coverage, collected = None, _collected(records, period, ended)
    if members:
        shares = [row.seen / row.due if row.due else Fraction() for row in members]
        coverage = collected * sum(shares, Fraction()) / len(shares)
    mutu, reasons = "cukup", [f"{row.member} {row.period} {row.reason}" for row in members if row.reason]
    if not coverage:  # no member, or nothing seen of any (U2, U22)
        mutu = "tidak_tersedia"
    elif coverage < number["coverage_floor_pct"] / 100 or denominator is None:
        mutu = "kurang_data"
    if not members:
        reasons.append("tidak ada anggota")
    elif denominator == 0:
        reasons.append("penyebut 0")
    value = _percent(numerator, denominator) if mutu == "cukup" else None
    target = target_of(now, indicator, period)
    if target is None:
        reasons.append("target belum ditetapkan")
    capaian = value / target * 100 if value is not None and target else None
    official = len(months_of(period)) > 1  # U21: triwulan, semester and year
    return Figure(
        indicator=indicator,
        period=period,
        value=value,
        low=_percent(_total(members, "numerator_low"), _total(members, "denominator_high")) if collected == 1 else None,
        high=_percent(_total(members, "numerator_high"), _total(members, "denominator_low"))
        if collected == 1
        else None,
        numerator=numerator,
        denominator=denominator,
        coverage=coverage,
        mutu=mutu,
        target=target,
        capaian=capaian,
        predikat=_predikat(capaian, number) if official else None,
        reason="; ".join(reasons),
        members=members,
    )


def member_rows(
    records: Records, indicator: str, period: str, as_of: date, ended: date | None = None
) -> tuple[Member, ...]:
    """The member rows of a period's months, those left out of which no day was over or ours."""
    ended = ended or as_of
    now = known(records, as_of)
    rule: Callable[[Records, str, date], list[Member]] = {"IKU-05": site_rows, "IKU-08": unit_rows}[indicator]
    months = [month for month in months_of(period) if first_day(month) <= ended and last_day(month) >= records.since]
    return tuple(row for month in months for row in rule(now, month, ended))


def _collected(records: Records, period: str, ended: date) -> Fraction:
    """The share of a period's months that did not pass before anything was collected here."""
    begun = [month for month in months_of(period) if first_day(month) <= ended]
    return Fraction(sum(last_day(month) >= records.since for month in begun), len(begun) or 1)


# ---------------------------------------------------------------- sums


def _total(members: Iterable[Member], name: str) -> Fraction | None:
    values = [getattr(row, name) for row in members]
    return None if None in values else sum(values, Fraction())


def _percent(above: Fraction | None, below: Fraction | None) -> Fraction | None:
    return None if above is None or not below else min(above / below * 100, Fraction(100))


def _predikat(capaian: Fraction | None, number: dict[str, Fraction]) -> str | None:
    """U12: by the capaian as it is, before rounding."""
    if capaian is None:
        return None
    for name in PREDIKAT:
        if capaian >= number[f"predikat_{name.lower().replace(' ', '_')}"]:
            return name
    return "Sangat Rendah"
