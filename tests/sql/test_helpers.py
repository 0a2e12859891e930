"""What staging views and indicators share: the newest register, a period's register, rows that may be valid, nobody."""

import random
import re
from datetime import date, timedelta
from typing import Any

from given import batch, midnight_after
from given_ppid import opd_row

from iku_etl import catalogue
from iku_etl.settings import PROJECT
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection, one

Row = dict[str, Any]


def read(owner: Connection, query: str, day: date, as_of: int | None = None, *about: Any) -> list[tuple[Any, ...]]:
    """The rows of a query as read at the end of a day."""
    with database.reading(owner, as_of=as_of, as_of_time=midnight_after(day)):
        return [tuple(row.values()) for row in owner.execute(query, about)]


# ---------------------------------------------------------------- which register


def test_the_newest_register_is_that_of_the_newest_window_whenever_it_came(owner: Connection) -> None:
    made = {month: batch(owner, "opd", f"2026-{month:02}-01", [opd_row(f"o{month}")]) for month in (2, 3, 1)}
    rows = owner.execute("select batch_id, load_no from iku.batch where source = 'opd'").fetchall()
    load_no = {row["batch_id"]: row["load_no"] for row in rows}
    numbers = {month: load_no[batch_id] for month, batch_id in made.items()}
    newest = "select batch_id, window_on from iku.newest('opd')"
    listed = "select batch_id, window_on from iku.newest_batch where source = 'opd'"
    day = date(2026, 5, 1)
    for as_of, month in ((None, 3), (numbers[2], 2), (numbers[3], 3), (numbers[1], 3)):
        wanted = [(made[month], date(2026, month, 1))]
        assert read(owner, newest, day, as_of) == read(owner, listed, day, as_of) == wanted
    assert read(owner, newest, day, numbers[2] - 1) == []
    assert read(owner, "select * from iku.newest('desa')", day) == []


def test_what_the_newest_register_set_aside_is_its_own_alone(owner: Connection) -> None:
    batch(owner, "opd", "2026-01-01", [opd_row("a")], quarantined=[opd_row("alt")])
    query = "select public_values ->> 'opd', window_on from iku.newest_quarantine where source = 'opd'"
    assert read(owner, query, date(2026, 5, 1)) == [("alt", date(2026, 1, 1))]
    batch(owner, "opd", "2026-02-01", [opd_row("a")], quarantined=[opd_row("b"), opd_row("c")])
    assert read(owner, query + " order by 1", date(2026, 5, 1)) == [(name, date(2026, 2, 1)) for name in "bc"]
    batch(owner, "opd", "2026-02-01", [opd_row("a")])
    assert read(owner, query, date(2026, 5, 1)) == []


def test_a_reason_about_a_months_register_stands_at_the_figures_that_read_it_alone(owner: Connection) -> None:
    """Over a generated history of hand-ins: links are read as they were in a period, offices as the newest list says.

    Of a register of another month the sentence says of which.
    """
    day, chance = date(2026, 6, 15), random.Random(5)
    said: dict[str, dict[int, int]] = {"network_link": {}, "opd": {}}
    months = {f"2026-{month:02}": (month, month) for month in range(1, 7)} | {"2026-TW1": (1, 3), "2026-TW2": (4, 6)}
    query = """
        select period, sentence from staging.register_set_aside
        where source = %s and period = any(%s) and sentence is not null
    """
    for _ in range(12):
        source, month, count = chance.choice(sorted(said)), chance.randint(1, 6), chance.randint(0, 2)
        batch(owner, source, f"2026-{month:02}-01", [], quarantined=[opd_row(f"o{n}") for n in range(count)])
        said[source][month] = count
        for source, counts in said.items():
            wanted = set()
            for period, (first, last) in months.items():
                of = [month for month in counts if source == "opd" or (month <= last and last - month <= 2)]
                if of and counts[max(of)]:
                    named = "" if first <= max(of) <= last else f" 2026-{max(of):02}"
                    title = catalogue.source(source).title
                    wanted.add((period, f"{counts[max(of)]} rekaman {title}{named} dikarantina"))
            assert set(read(owner, query, day, None, source, list(months))) == wanted, said


def test_a_register_is_of_its_period_where_views_read_it_by_the_period() -> None:
    of_periods = {
        name
        for path in (PROJECT / "sql" / "staging").rglob("*.sql")
        if "from iku.period_snapshot" in (text := path.read_text())
        for name in re.findall(r"^where (?:snapshots\.)?source = '(\w+)'", text, re.MULTILINE)
    }
    text = (PROJECT / "sql/staging/rules/register_set_aside.sql").read_text()
    named = re.search(r"in \((.+)\) as is_of_its_period", text)
    assert of_periods and named is not None
    assert of_periods == set(re.findall(r"\w+", named[1]))


def test_a_period_is_read_from_its_last_register_while_that_is_not_too_old(owner: Connection) -> None:
    """Not from one of a later month, and from none when the newest is older than the source's max_age."""
    max_age = catalogue.source("network_link").max_age
    assert max_age is not None and timedelta(days=31) < max_age < timedelta(days=120)
    january = batch(owner, "network_link", "2026-01-01", [])
    march = batch(owner, "network_link", "2026-03-01", [])
    query = """
        select period, batch_id, reaches_the_end, known_until_day from iku.period_snapshot
        where source = 'network_link' and grain = 'month' order by period
    """
    found = read(owner, query, date(2026, 12, 31))
    last = (date(2026, 3, 31) + max_age).month
    assert [row[:3] for row in found[:3]] == [
        ("2026-01", january, True), ("2026-02", january, False), ("2026-03", march, True),
    ]  # fmt: skip
    assert {row[1] for row in found[3:]} == {march}
    assert int(found[-1][0][-2:]) <= last < 12
    running = read(owner, query, date(2026, 3, 10))
    assert running[-1] == ("2026-03", march, True, date(2026, 3, 11))  # the register may know of today


# ---------------------------------------------------------------- rows that were set aside


def test_a_row_set_aside_may_be_valid_unless_its_days_say_it_is_not(owner: Connection) -> None:
    day = "2026-01-31"
    for valid_from, valid_to, may_be in (
        (day, None, True), ("2026-02-01", None, False),  # begun on the very day, and the day after
        ("2020-01-01", day, True), ("2020-01-01", "2026-01-30", False),  # its last day is the day, and the one before
        (None, None, True), ("tidak tahu", None, True), (None, "2026-01-30", False), (None, "31-01-2026", True),
        ("2026-02-30", None, True), ("2026-1-5", None, True), ("20260105", "2026-02-01", True),  # no days: any
        ("2026-05-01", "2026-04-30", True), ("2019-05-01", "2019-04-30", True),  # an end before its beginning
        ("2026-05-01", "2026-05-01", False),
    ):  # fmt: skip
        found = one(
            owner,
            """
            select
                iku.may_be_valid(%(from)s, %(to)s, %(day)s, %(day)s) as by_days,
                iku.may_be_valid_on(jsonb_build_object('mulai', %(from)s::text, 'sampai', %(to)s::text), 'mulai',
                    'sampai', %(day)s) as by_names
            """,
            {"from": valid_from, "to": valid_to, "day": date.fromisoformat(day)},
        )
        assert found == {"by_days": may_be, "by_names": may_be}, (valid_from, valid_to)


def test_what_names_nobody_is_named_by_its_place(owner: Connection) -> None:
    found = one(owner, "select iku.name_by_place(2, 'baris 7, byte 3-9') as one, iku.name_by_place(1, 'A!3') as two")
    assert found == {"one": "berkas 2 baris 7", "two": "berkas 1 A!3"}


def test_of_a_member_that_may_be_there_nothing_is_proven_and_nothing_was_seen(owner: Connection) -> None:
    row = one(owner, "select * from iku.unobserved_member('2026-01', 'x', 'Dinas X', 'tidak teramati: uji')")
    assert row == {
        "period": "2026-01", "member": "x", "member_name": "Dinas X", "numerator": 0, "denominator": 1,
        "numerator_low": 0, "numerator_high": 1, "denominator_low": 1, "denominator_high": 1, "seen": 0, "due": 1,
        "reason": "tidak teramati: uji",
    }  # fmt: skip
