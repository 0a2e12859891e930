"""`iku new indicator --source --member`: an indicator over a source, staging views made of its declaration, examples.

It runs and passes the tests at once; then it is made true.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Text

from iku_etl.catalogue import examples, sentences
from iku_etl.errors import DeclarationError
from iku_etl.model import Source

SHOWN = ("public", "internal")  # what a view may hand on of a record

SNAPSHOT = Template("""\
-- grain: one row per month and record of the register that holds at the end of the month, or today while it runs
select
    snapshot.period,
$columns
    facts.batch_id,
    facts.record_no
from fact.$source as facts
inner join iku.period_snapshot as snapshot
    on facts.batch_id = snapshot.batch_id and facts.window_on = snapshot.window_on
where
    snapshot.source = '$source'
    and snapshot.grain = 'month'
""")
EVENTS = Template("""\
-- grain: one row per record, in the month of its window
select
    period.period,
$columns
    facts.batch_id,
    facts.record_no
from fact.$source as facts
inner join iku.batch_in_force as batch
    on facts.batch_id = batch.batch_id and facts.window_on = batch.window_on
inner join iku.period
    on facts.window_on between period.first_day and period.last_day
where
    batch.source = '$source'
    and period.grain = 'month'
""")
QUARANTINE_SNAPSHOT = Template("""\
-- grain: one row per month and record of that month's register that was set aside
-- Where no $member can be read, or a check of it failed, the place stands for it: one of unknown name, not a new one.
select
    snapshot.period,
    case
        when not exists (
            select from unnest(set_aside.rules) as broken (rule) where split_part(broken.rule, ':', 2) = '$member'
        ) then coalesce(set_aside.$values ->> '$member', iku.name_by_place(set_aside.payload_no, set_aside.place))
        else iku.name_by_place(set_aside.payload_no, set_aside.place)
    end as $member,
    set_aside.batch_id,
    set_aside.record_no
from iku.quarantine as set_aside
inner join iku.period_snapshot as snapshot on set_aside.batch_id = snapshot.batch_id
where
    snapshot.source = '$source'
    and snapshot.grain = 'month'
""")
QUARANTINE_EVENTS = Template("""\
-- grain: one row per record that was set aside, in the month of its window
-- Where no $member can be read, or a check of it failed, the place stands for it: one of unknown name, not a new one.
select
    period.period,
    case
        when not exists (
            select from unnest(set_aside.rules) as broken (rule) where split_part(broken.rule, ':', 2) = '$member'
        ) then coalesce(set_aside.$values ->> '$member', iku.name_by_place(set_aside.payload_no, set_aside.place))
        else iku.name_by_place(set_aside.payload_no, set_aside.place)
    end as $member,
    set_aside.batch_id,
    set_aside.record_no
from iku.quarantine as set_aside
inner join iku.batch_in_force as batch on set_aside.batch_id = batch.batch_id
inner join iku.period
    on batch.window_on between period.first_day and period.last_day
where
    batch.source = '$source'
    and period.grain = 'month'
""")
INDICATOR = Template("""\
-- code: $code
-- title: $title
-- unit: persen
-- form: persen
-- roll_up: $roll_up
-- base_period: month
-- official_periods: triwulan, semester, year
-- polarity: naik
-- owner: Seksi ...
-- legal_basis: Keputusan ...
-- in_force_from: 2026-01-01
-- evidence: staging.$source($member), staging.${source}_quarantine($member)
-- reading: contoh, ganti dengan aturan yang sebenarnya: setiap $member yang tercatat dalam bulan itu
--   adalah satu anggota penyebut; ia terhitung pada pembilang bila $rule_words
with
records as (
    select
        period,
        $member,
        bool_and($rule) as is_counted
    from staging.$source
    group by period, $member
),

set_aside as (
    select distinct
        period,
        $member
    from staging.${source}_quarantine
),

verdicts as (
    select
        records.period,
        records.$member,
        records.is_counted,
        set_aside.$member is null as is_observed
    from records
    left join set_aside on records.period = set_aside.period and records.$member = set_aside.$member
)

select
    period,
    $member as member,
    $member as member_name,
    (is_counted and is_observed)::integer::numeric as numerator,
    1::numeric as denominator,
    (is_counted and is_observed)::integer::numeric as numerator_low,
    (is_counted or not is_observed)::integer::numeric as numerator_high,
    1::numeric as denominator_low,
    1::numeric as denominator_high,
    is_observed::integer::numeric as seen,
    1::numeric as due,
    case
        when not is_observed then 'tidak teramati: rekamannya ada yang disisihkan'
        when is_counted then ''
        else '$why_not'
    end as reason
from verdicts
union all
-- what is set aside and nowhere else may be a member: it opens the bounds and never counts in silence
select unobserved.*
from set_aside
left join records on set_aside.period = records.period and set_aside.$member = records.$member
cross join
    lateral iku.unobserved_member(
        set_aside.period, set_aside.$member, set_aside.$member, 'tidak teramati: rekamannya disisihkan'
    ) as unobserved
where records.$member is null
""")
HEAD = (
    "period,member,member_name,numerator,denominator,numerator_low,numerator_high,denominator_low,denominator_high,"
    "seen,due,reason"
)
ASIDE = "ZZ-disisihkan"  # the last of the example's members


def files(
    project: Path, source: Source, member: str | None, name: str, code: str, title: str, month: date
) -> dict[Path, str]:
    """The files of an indicator over `source`: path in the project -> text; staging views only where there are none.

    `member`: the column that names whom a row is about, without it the first of the key. DeclarationError for one that
    can't.
    """
    whose = _member(source, member or source.key[0])
    made = _staging(project, source, whose)
    optional = _optional(source, made)
    made[Path("sql", "indicators", f"{name}.sql")] = INDICATOR.substitute(
        code=code,
        title=title,
        **_rule(source, optional),
        source=source.name,
        member=whose.name,
        roll_up="sum" if source.kind == "events" else "last",
    )
    folder = Path("tests", "indicators", name)
    return made | {folder / file: text for file, text in _examples(source, whose, optional, month).items()}


def _member(source: Source, name: str) -> Column[Any]:
    """The column called so, which is never empty: a record without it would be of no member."""
    required = [column for column in source.columns if not column.nullable]
    found = next((column for column in required if column.name == name), None)
    if found is None:
        known = any(column.name == name for column in source.columns)
        why = "boleh kosong, jadi ada baris yang bukan milik siapa pun" if known else "tidak ada"
        names = ", ".join(column.name for column in required)
        raise DeclarationError(f"kolom {name} pada sumber {source.name} {why}. Pilih kolom yang wajib diisi: {names}.")
    return found


def _rule(source: Source, column: Column[Any] | None) -> dict[str, str]:
    """An example of a rule: a column that may be empty is filled in; without one, being there is enough."""
    if column is not None:
        said = sentences.heading(column).replace("'", "''")
        return {
            "rule": f"{column.name} is not null",
            "rule_words": f"{said} terisi pada semua rekamannya",
            "why_not": f"{said} kosong",
        }
    return {
        "rule": "true",
        "rule_words": "tercatat, tanpa syarat lain, sampai aturan yang sebenarnya ditulis",
        "why_not": "-",
    }


def _optional(source: Source, made: dict[Path, str]) -> Column[Any] | None:
    """A column that may be empty, of a view that is made here; what views of others show is not known."""
    if source.name not in {path.stem for path in made}:
        return None
    found = (column for column in source.columns if column.nullable and source.privacy_of(column) in SHOWN)
    return next((column for column in found if not isinstance(column.type, Date | DateTime)), None)


def _staging(project: Path, source: Source, member: Column[Any]) -> dict[Path, str]:
    """The two views that the indicator reads, those of them that no file of the project holds.

    DeclarationError where one that is there never says the member's column.
    """
    there = {path.stem: path for path in (project / "sql" / "staging").rglob("*.sql")}
    shown = [column for column in source.columns if column is member or source.privacy_of(column) in SHOWN]
    columns = "\n".join(f"    facts.{_as_text(column) if column is member else column.name}," for column in shown)
    values = "public_values" if source.privacy_of(member) in SHOWN else "tokens"
    facts, set_aside = (EVENTS, QUARANTINE_EVENTS) if source.kind == "events" else (SNAPSHOT, QUARANTINE_SNAPSHOT)
    folder = Path("sql", "staging", source.name)
    wanted = {
        source.name: facts.substitute(source=source.name, columns=columns),
        f"{source.name}_quarantine": set_aside.substitute(source=source.name, member=member.name, values=values),
    }
    for path in (there[name] for name in wanted if name in there):
        if not re.search(rf"^(?!\s*--).*\b{member.name}\b", path.read_text(encoding="utf-8"), re.MULTILINE):
            raise DeclarationError(
                f"{path.relative_to(project)} tidak memberi kolom {member.name}, padahal indikator membacanya dari"
                " sana. Tambahkan dulu, atau pilih anggota lain dengan --member."
            )
    return {folder / f"{name}.sql": text for name, text in wanted.items() if name not in there}


def _as_text(member: Column[Any]) -> str:
    return str(member.name) if isinstance(member.type, Text) else f"{member.name}::text as {member.name}"


# ---------------------------------------------------------------- examples


def _examples(source: Source, whose: Column[Any], optional: Column[Any] | None, month: date) -> dict[str, str]:
    """given_<source>.csv with a member that counts and one that does not, one set aside, and what must come out."""
    rows = [dict(_given(source, optional, number, month)) for number in range(2)]
    member = whose.name
    if rows[0][member] == rows[1][member]:  # of a column with one example only: one member
        del rows[1]
    for number, row in enumerate(rows):
        if optional is not None:
            row[optional.name] = row[optional.name] if number == 0 else ""
    period, why_not = month.strftime("%Y-%m"), _rule(source, optional)["why_not"]
    expected = []
    for number, row in enumerate(rows):
        counted = int(optional is None or number == 0)
        reason = "" if counted else why_not
        expected.append([period, row[member], row[member], counted, 1, counted, counted, 1, 1, 1, 1, reason])
    expected.append([period, ASIDE, ASIDE, 0, 1, 0, 1, 1, 1, 0, 1, "tidak teramati: rekamannya disisihkan"])
    named = list(rows[0])
    return {
        f"given_{source.name}.csv": _csv(["window_on", *named], [[month, *row.values()] for row in rows]),
        f"given_quarantine_{source.name}.csv": _csv(["window_on", member], [[month, ASIDE]]),
        "expected.csv": _csv(HEAD.split(","), sorted(expected, key=lambda line: str(line[1]))),
    }


def _given(source: Source, optional: Column[Any] | None, number: int, month: date) -> Iterator[tuple[str, Any]]:
    """A typed row, as the loader would bring it in; an optional column is filled only if a rule asks about it."""
    for column in source.columns:
        if column.nullable and column is not optional:
            continue
        yield column.name, _value(source, column, number, month)


def _value(source: Source, column: Column[Any], number: int, month: date) -> Any:
    if source.privacy_of(column) not in SHOWN:
        return f"{number:032x}"
    if isinstance(column.type, Boolean):
        return "true"
    if isinstance(column.type, DateTime):
        return f"{month + timedelta(days=number)}T08:00:00+07:00"
    if isinstance(column.type, Date):
        return month + timedelta(days=number)
    return next(
        found for found in (examples.example(source, column, number), f"Contoh {number + 1}") if found is not None
    )


def _csv(head: list[str], rows: list[list[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return stream.getvalue()
