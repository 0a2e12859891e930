"""What was known at a vintage besides the figures: the vintage itself, what the office has entered, the scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from iku_etl.errors import NotFound
from iku_etl.indonesian import number
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, Row

GRADES = ("sangat_tinggi", "tinggi", "sedang", "rendah")


@dataclass(frozen=True)
class Vintage:
    """The pair at which all is read, and the newest publication by then: the same vintage gives the same bytes."""

    as_of: int
    as_of_time: datetime
    publication_id: int
    published_at: datetime
    published_as_of: int


@dataclass(frozen=True)
class Scale:
    """The rules by which figures are graded and shown. `cap`: no capaian is shown above it, None where none is set."""

    grades: Mapping[str, Decimal]
    floor: Decimal | None
    cap: Decimal | None
    legal_basis: str

    def shown(self, capaian: Decimal | None) -> Decimal | None:
        return capaian if capaian is None or self.cap is None else min(capaian, self.cap)

    def is_capped(self, capaian: Decimal | None) -> bool:
        return capaian is not None and self.cap is not None and capaian > self.cap

    @property
    def told(self) -> str:
        """`Sangat Tinggi mulai 91, Tinggi mulai 76, ..`; says if it is not set."""
        if set(self.grades) != set(GRADES):
            return "skala predikat belum ditetapkan lengkap dalam register parameter, jadi tidak ada predikat"
        named = ", ".join(f"{_named(name)} mulai {number(self.grades[name], 0)}" for name in GRADES)
        return f"{named}, selain itu Sangat Rendah ({self.legal_basis})"


@dataclass(frozen=True)
class Entered:
    """What the office has entered: `texts` by indicator, period and kind; of an RPJMD and agreements by indicator.

    `aside` is how many rows of a register were set aside: what they say is not there, though it was written.
    """

    texts: Mapping[tuple[str, str, str], Row]
    horizons: Mapping[str, tuple[Row, ...]]
    agreements: Mapping[str, Row]
    aside: Mapping[str, int]

    def text(self, code: str, period: str, kind: str) -> Row | None:
        return self.texts.get((code, period, kind))


def vintage(connection: Connection, as_of: int | None = None, as_of_time: datetime | None = None) -> Vintage:
    """The newest, or that of a load or a time; NotFound before the first publication. Needs `iku_auditor`.

    Without a time it is that of the newest load, decision or publication, so the pair stands still while nothing comes.
    """
    if as_of is None and as_of_time is not None:
        as_of = database.load_at(connection, as_of_time)
    row = connection.execute(
        """
        with wanted as (
            select coalesce(%(as_of)s::bigint, max(load_no)) as as_of from iku.load_counter
        ),

        moments as (
            select max(publication.as_of_time) as moment from iku.publication, wanted
            where publication.as_of <= wanted.as_of
            union all
            select max(batch.ended_at) from iku.batch, wanted where batch.load_no <= wanted.as_of
            union all
            select max(decision.decided_at) from iku.decision, wanted where decision.load_no <= wanted.as_of
        ),

        known as (
            select wanted.as_of, coalesce(%(as_of_time)s::timestamptz, max(moments.moment)) as as_of_time
            from wanted, moments
            group by wanted.as_of
        )

        select
            known.as_of,
            known.as_of_time,
            publication.publication_id,
            publication.published_at,
            publication.as_of as published_as_of
        from known
        inner join iku.publication
            on publication.as_of <= known.as_of and publication.as_of_time <= known.as_of_time
        order by publication.publication_id desc
        limit 1
        """,
        {"as_of": as_of, "as_of_time": as_of_time},
    ).fetchone()
    if row is None:
        raise NotFound("Belum ada angka yang terbit pada keadaan itu, jadi tidak ada yang dilaporkan: iku publish.")
    return Vintage(**row)


def scale(connection: Connection, period: str) -> Scale:
    """The rules in force at a period's end; `connection` reads as of the vintage."""
    rows = connection.execute(
        "select name, value, legal_basis from staging.parameter where period = %s and value is not null", [period]
    ).fetchall()
    values = {row["name"]: row["value"] for row in rows}
    grades = {name: values[f"predikat_{name}"] for name in GRADES if f"predikat_{name}" in values}
    bases = dict.fromkeys(row["legal_basis"] for row in rows if row["name"].startswith("predikat_"))
    return Scale(grades, values.get("coverage_floor_pct"), values.get("capaian_cap_pct"), "; ".join(bases))


def entered(connection: Connection, year: int) -> Entered:
    """Narratives, the RPJMD's last year as it stood in a year, and what its targets rest on."""
    texts = connection.execute("select * from staging.narrative").fetchall()
    horizons = connection.execute(
        """
        select distinct on (indicator, unit) indicator, unit, year, value, value_high, legal_basis
        from staging.rpjmd_target
        where year >= %(year)s and in_force_from <= %(last_day)s
        order by indicator asc, unit asc, in_force_from desc, year desc
        """,
        {"year": year, "last_day": date(year, 12, 31)},
    ).fetchall()
    agreements = connection.execute(
        "select indicator, legal_basis, in_force_from from staging.target where period = %s order by indicator, unit",
        [str(year)],
    ).fetchall()
    aside = connection.execute(
        """
        select source, count(*) as number
        from iku.newest_quarantine
        where source in ('narrative', 'target')
        group by source
        """
    ).fetchall()
    of: dict[str, list[Row]] = {}
    for row in horizons:
        of.setdefault(row["indicator"], []).append(row)
    return Entered(
        {(row["indicator"], row["period"], row["kind"]): row for row in texts},
        {code: tuple(rows) for code, rows in of.items()},
        {row["indicator"]: row for row in agreements},
        {row["source"]: row["number"] for row in aside},
    )


def capaian(value: Decimal | None, low: Decimal, high: Decimal | None, polarity: str) -> Decimal | None:
    """A value held against a target or range, as sql/figure.sql does it (U5); None where nothing can be held."""
    if value is None:
        return None
    end = low if high is None else high
    if high is None and polarity == "naik":
        return 100 * value / low if low else None
    if low <= value <= end:
        return Decimal(100)
    if high is not None and value < low:
        return 100 * value / low
    return 100 * (2 * end - value) / end if end else None


def _named(grade: str) -> str:
    return grade.replace("_", " ").title()
