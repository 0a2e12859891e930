"""Month of IKU-05 over 20 M facts, trace of a site-month, and as of four years back against now.

182 sites; 1,530 days of the day roll-up; probes of the newest 382 days (20 M facts); registers in force throughout.
"""

from datetime import date, timedelta
from statistics import median

from psycopg import sql
from world import end_batches, make_batches, times_ms, told, warehouse

from iku_etl import database, views
from iku_etl.database import Connection

SITES, DAYS, PROBE_DAYS, PROBES = 182, 1530, 382, 288
LAST = date(2026, 10, 31)
FIRST = LAST - timedelta(days=DAYS - 1)


def fill(owner: Connection) -> None:
    """The whole history, by SQL."""
    owner.execute("update iku.source set since = %s", [FIRST])
    snapshots(owner)
    make_batches(owner, "website_uptime", FIRST, DAYS)
    owner.execute(
        """
        insert into fact.website_uptime_day
            (batch_id, roll_up_version, window_on, site, up_count, down_count, unseen_count)
        select batch_id, 1, window_on, 'situs-' || site, 280 + site %% 8, 8 - site %% 8, 0
        from iku.batch cross join generate_series(1, %s) as site where source = 'website_uptime'
        """,
        [SITES],
    )
    for day in range(DAYS - PROBE_DAYS, DAYS):
        window_on = FIRST + timedelta(days=day)
        owner.execute("select iku.make_partition('website_uptime', %s)", [window_on])
        owner.execute(
            """
            insert into fact.website_uptime
                (batch_id, record_no, payload_no, window_on, site, checked_at, up, latency_ms)
            select batch_id, (site - 1) * %(probes)s + probe, 1, window_on, 'situs-' || site,
                lower(win) + probe * interval '5 minutes', probe > 8, 40
            from iku.batch cross join generate_series(1, %(sites)s) as site
            cross join generate_series(1, %(probes)s) as probe
            where source = 'website_uptime' and window_on = %(window_on)s
            """,
            {"sites": SITES, "probes": PROBES, "window_on": window_on},
        )
    end_batches(owner, "website_uptime", SITES * PROBES)
    owner.execute("vacuum analyze")


def snapshots(owner: Connection) -> None:
    """Register, content dates and parameters, each in force from the first day on."""
    statements = {
        "website": """
            insert into fact.website (batch_id, record_no, payload_no, window_on, site, host, name, opd, kind,
                is_media_information, managed_from)
            select batch_id, site, 1, window_on, 'situs-' || site, 'situs-' || site, 'Situs ' || site, 'OPD',
                'informasi', false, date '2020-01-01'
            from iku.batch cross join generate_series(1, 182) as site where source = 'website'
        """,
        "website_content": """
            insert into fact.website_content
                (batch_id, record_no, payload_no, window_on, site, newest_content_on, found_by)
            select batch_id, site, 1, window_on, 'situs-' || site, window_on - 3, 'wp-json'
            from iku.batch cross join generate_series(1, 182) as site where source = 'website_content'
        """,
        "parameter": """
            insert into fact.parameter (batch_id, record_no, payload_no, window_on, name, value, unit, legal_basis,
                in_force_from)
            select batch_id, row_number() over (), 1, window_on, name, value, 'x', 'uji', date '2020-01-01'
            from iku.batch cross join (values
                ('coverage_floor_pct', 80), ('uptime_floor_pct', 95), ('site_seen_floor_pct', 80),
                ('content_max_age_days', 90), ('probe_interval_seconds', 300), ('message_repeat_days', 90),
                ('cut_off_days_month', 10), ('cut_off_days_triwulan', 15), ('cut_off_days_semester', 15),
                ('cut_off_days_year', 31), ('predikat_sangat_tinggi', 91), ('predikat_tinggi', 76),
                ('predikat_sedang', 66), ('predikat_rendah', 51)
            ) as given (name, value) where source = 'parameter'
        """,
    }
    for source, statement in statements.items():
        if source == "website_content":
            make_batches(owner, source, FIRST, DAYS)
            for month in range(DAYS // 28 + 2):
                owner.execute("select iku.make_partition(%s, %s)", [source, FIRST + timedelta(days=28 * month)])
        else:
            owner.execute(
                """
                insert into iku.batch (source, window_on, win, contract_version) values (%s, %s,
                    tstzrange(iku.local_midnight(%s), iku.local_midnight((%s + interval '1 month')::date)), 1)
                """,
                [source, *[FIRST.replace(day=1)] * 3],
            )
            owner.execute(
                "update iku.batch set landed_at = now(), asked_at = now() where source = %s and landed_at is null",
                [source],
            )
            owner.execute("select iku.make_partition(%s, %s)", [source, FIRST])
        owner.execute(statement)
        end_batches(owner, source, 14 if source == "parameter" else SITES)


def main() -> None:
    with warehouse(durable=False) as (found, _):
        with found.connect("owner") as owner:
            fill(owner)
            definition = views.current(owner)["IKU-05"]
        with found.connect("auditor") as auditor:
            measure(auditor, definition)


def measure(auditor: Connection, definition: str) -> None:
    """Print the three figures."""
    member = sql.SQL("select * from {} where period = %s").format(sql.Identifier(definition, "member"))
    facts = auditor.execute("select count(*) as facts from fact.website_uptime").fetchone()
    print(f"facts: {facts['facts'] if facts else 0:,}")

    def month(period: str, as_of: int | None = None) -> list[object]:
        with database.reading(auditor, as_of):
            rows = auditor.execute(member, [period]).fetchall()
            assert len(rows) == SITES
            return rows  # type: ignore[return-value]

    print("month of IKU-05:", told(now := times_ms(lambda: month("2026-09"))))
    old_load = auditor.execute(
        "select min(load_no) + 40 as load_no from iku.batch where source = 'website_uptime'"
    ).fetchone()
    assert old_load is not None
    first = (FIRST.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")

    def figure(as_of: int | None, period: str) -> None:
        month(period, as_of)

    ratios = []
    for _ in range(9):
        new = median(times_ms(lambda: figure(None, first), 3))
        old = median(times_ms(lambda: figure(old_load["load_no"], first), 3))
        ratios.append(old / new)
    print("as of four years back / now, the same month:", told(ratios, "x"))
    assert now

    def trace() -> None:
        with database.reading(auditor):
            rows = auditor.execute(
                """
                select facts.*
                from iku.batch_in_force as batch
                inner join fact.website_uptime as facts
                    on facts.batch_id = batch.batch_id and facts.window_on = batch.window_on
                where
                    batch.source = 'website_uptime'
                    and batch.window_on between date '2026-09-01' and date '2026-09-30'
                    and facts.site = 'situs-77'
                """
            ).fetchall()
            assert len(rows) == 30 * PROBES

    print("records of a site-month:", told(times_ms(trace)))


if __name__ == "__main__":
    main()
