"""What the pipeline hands to a report: figures, members, what was left out, texts; all read at one vintage."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from iku_etl import indonesian
from iku_etl.figures import publications, wording
from iku_etl.figures.report.known import Entered, Scale, Vintage
from iku_etl.indonesian import ABSENT
from iku_etl.warehouse.database import Row

AGENCY = "Dinas Komunikasi dan Informatika Kabupaten Bengkulu Selatan"
STAGES = ("masih berjalan", "sementara", "direvisi", "terverifikasi", "disahkan")  # the weakest first


@dataclass(frozen=True)
class Aside:
    """What of a source does not count: records set aside, and those its rules leave out, by reason."""

    title: str
    quarantined: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Subject:
    """One indicator: `rows` are the newest of each of its periods in any year, `members` those of the year's figure.

    `kamus` are names and texts of its entry; `companions` rows of figures beside it, of the year.
    """

    code: str
    title: str
    unit: str
    form: str
    polarity: str
    rows: tuple[Row, ...]
    members: tuple[Row, ...] = ()
    asides: tuple[Aside, ...] = ()
    kamus: tuple[tuple[str, str], ...] = ()
    companions: tuple[Row, ...] = ()
    differences: tuple[str, ...] = ()  # where computing again gives another number than was published

    def of(self, period: str) -> Row | None:
        return next((row for row in self.rows if row["period"] == period), None)


@dataclass(frozen=True)
class Content:
    """A report's subject matter. `period` is the year or month that it is about."""

    period: str
    vintage: Vintage
    zone: ZoneInfo
    scale: Scale
    entered: Entered
    subjects: tuple[Subject, ...]
    activities: tuple[Row, ...] = ()
    gaps: tuple[Row, ...] = field(default=())

    @property
    def year(self) -> int:
        return int(self.period[:4])

    @property
    def head(self) -> str:
        """The line on every page: agency, stage and load."""
        return f"{AGENCY} · {self.stage} · muatan {indonesian.count(self.vintage.as_of)}"

    @property
    def stage(self) -> str:
        """The stage of the whole, which is that of its weakest figure."""
        rows = self.shown
        if not rows:
            return "tanpa angka"
        weakest = min((wording.tahap(row) for row in rows), key=STAGES.index)
        done = sum(wording.tahap(row) == "disahkan" for row in rows)
        if weakest == "disahkan":
            return "disahkan"
        named = "sementara, periode masih berjalan" if weakest == "masih berjalan" else weakest
        return f"{named} ({done} dari {len(rows)} disahkan)"

    @property
    def shown(self) -> list[Row]:
        """The figures of the report, one of each indicator that has one."""
        return [row for subject in self.subjects if (row := self.row(subject)) is not None]

    def row(self, subject: Subject) -> Row | None:
        """The figure of the period, else of the shortest period around it: an indicator may have none of a month."""
        periods = (self.period, *indonesian.containing(self.period))
        return next((row for period in periods if (row := subject.of(period)) is not None), None)

    @property
    def stands(self) -> str:
        """Which state was read, in one sentence."""
        at = self.vintage
        return (
            f"penerbitan nomor {at.publication_id}, {indonesian.moment(at.published_at, self.zone)}, sampai muatan"
            f" {indonesian.count(at.published_as_of)}; register, keputusan, dan narasi sampai muatan"
            f" {indonesian.count(at.as_of)}, {indonesian.moment(at.as_of_time, self.zone)}"
        )

    def again(self, command: str) -> str:
        """The command that makes the same file again."""
        return f"{command} --as-of {self.vintage.as_of} --as-of-time {self.vintage.as_of_time.isoformat()}"

    def capaian(self, row: Row) -> str:
        """The capaian as every door shows it; one above the cap as the cap, marked."""
        value = row["running_target"]["capaian"] if row.get("running_target") else wording.capaian(row)
        if not self.scale.is_capped(value):
            return wording.capaian_cell(row)
        return f"{'~' if row['is_running'] else ''}{indonesian.percent(self.scale.cap)} †"

    def capped(self, rows: Iterable[Row]) -> list[str]:
        """A sentence on the rows whose capaian is shown as the cap, with what it really is; none if there are none."""
        full = [
            f"{row['indicator']} {wording.capaian_cell(row)}"
            for row in rows
            if self.scale.is_capped(
                row["running_target"]["capaian"] if row.get("running_target") else wording.capaian(row)
            )
        ]
        if not full:
            return []
        return [f"† Capaian ditampilkan paling tinggi {indonesian.percent(self.scale.cap)} (parameter capaian_cap_pct);"
                f" yang tersimpan tetap penuh: {', '.join(full)}."]  # fmt: skip


def subjects_of(rows: Sequence[Row]) -> dict[str, tuple[Row, ...]]:
    """Rows of the main indicators by code; companions and activities are no subjects."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if not publications.is_companion(row["indicator"]) and not publications.is_activity(row["indicator"]):
            found.setdefault(row["indicator"], []).append(row)
    return {code: tuple(own) for code, own in sorted(found.items())}


@dataclass(frozen=True)
class MemberSum:
    """A member over the base periods of a figure: what is summed, and its reasons with the periods they are about."""

    member: str
    name: str
    numerator: Decimal | None
    denominator: Decimal | None
    seen: Decimal
    due: Decimal
    reason: str

    @property
    def observed(self) -> str:
        return indonesian.share(self.seen, self.due)


def member_sums(members: Sequence[Row]) -> list[MemberSum]:
    """One of each member, by name; a reason of all its base periods names none of them."""
    found: dict[str, list[Row]] = {}
    for row in members:
        found.setdefault(row["member"], []).append(row)
    return [
        MemberSum(
            member,
            rows[0]["member_name"] or member,
            _sum(rows, "numerator"),
            _sum(rows, "denominator"),
            _sum(rows, "seen") or Decimal(0),
            _sum(rows, "due") or Decimal(0),
            _reasons(rows),
        )
        for member, rows in sorted(found.items(), key=lambda item: (item[1][0]["member_name"] or item[0], item[0]))
    ]


def _sum(rows: Sequence[Row], name: str) -> Decimal | None:
    """The sum over periods; None where any of them is not known."""
    values = [row[name] for row in rows]
    return None if any(value is None for value in values) else sum(values, Decimal(0))


def _reasons(rows: Sequence[Row]) -> str:
    said: dict[str, list[str]] = {}
    for row in rows:
        if row["reason"]:
            said.setdefault(wording.told(row["reason"], row["period"]), []).append(row["period"])
    if not said:
        return ABSENT
    return "; ".join(
        reason if len(periods) == len(rows) else f"{', '.join(map(indonesian.period, periods))}: {reason}"
        for reason, periods in said.items()
    )
