"""Month of IKU-05 over 20 M facts, evidence of a member's month, all figures, as of four years back against now.

Each twice: in a warehouse whose tables were never analysed, and after the publisher's iku.refresh_statistics().
182 sites; 1,530 days of the day roll-up; probes of the newest 382 days (20 M facts); registers in force throughout.
"""

import time
from datetime import date, timedelta
from statistics import median

import psycopg
from psycopg import sql
from world import end_batches, make_batches, times_ms, told, warehouse

from iku_etl.catalogue import kamus
from iku_etl.stages.trace import evidence
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Connection

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
    owner.execute(
        """
        insert into fact.website_uptime_gap
            (batch_id, roll_up_version, window_on, site, gap_seconds, check_count, gap_total_seconds)
        select batch_id, 1, window_on, 'situs-' || site, 300, %s, 86400
        from iku.batch cross join generate_series(1, %s) as site where source = 'website_uptime'
        """,
        [PROBES, SITES],
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
            one_snapshot(owner, source)
        owner.execute(statement)
        end_batches(owner, source, 14 if source == "parameter" else SITES)


def one_snapshot(owner: Connection, source: str) -> None:
    """An open batch of the first month."""
    owner.execute(
        """
        insert into iku.batch (source, window_on, win, contract_version) values (%s, %s,
            tstzrange(iku.local_midnight(%s), iku.local_midnight((%s + interval '1 month')::date)), 1)
        """,
        [source, *[FIRST.replace(day=1)] * 3],
    )
    owner.execute(
        "update iku.batch set landed_at = now(), asked_at = now() where source = %s and landed_at is null", [source]
    )
    owner.execute("select iku.make_partition(%s, %s)", [source, FIRST])


def messages(owner: Connection) -> None:
    """54,000 register entries of 30 units in twelve months; some numbers come twice."""
    for month in range(12):
        first = date(2025 + (month + 10) // 12, (month + 10) % 12 + 1, 1)  # 2025-11 to 2026-10
        owner.execute(
            """
            insert into iku.batch (source, window_on, win, contract_version) values ('persandian_message', %s,
                tstzrange(iku.local_midnight(%s), iku.local_midnight((%s + interval '1 month')::date)), 1)
            """,
            [first] * 3,
        )
        owner.execute(
            "update iku.batch set landed_at = now(), asked_at = now() where ending is null and landed_at is null"
        )
        owner.execute("select iku.make_partition('persandian_message', %s)", [first])
    owner.execute(
        """
        insert into fact.persandian_message (batch_id, record_no, payload_no, window_on, unit, recorded_on, direction,
            sender, number, class, secured, secured_by, void, agenda_no)
        select batch_id, (unit - 1) * 150 + entry, 1, window_on, 'unit-' || unit, window_on + entry % 28, 'masuk',
            'pengirim-' || entry % 20, 'nomor-' || (entry - entry / 100) || '-' || batch_id, 'biasa', true, 'jks',
            false, entry
        from iku.batch cross join generate_series(1, 30) as unit cross join generate_series(1, 150) as entry
        where source = 'persandian_message'
        """
    )
    end_batches(owner, "persandian_message", 4500)
    one_snapshot(owner, "register_submission")
    owner.execute(
        """
        insert into fact.register_submission (batch_id, record_no, payload_no, window_on, unit, unit_name, register,
            period, due_on, received_on, nil, rows_declared, role)
        select batch_id, row_number() over (), 1, window_on, 'unit-' || unit, 'Unit ' || unit, 'persandian_message',
            to_char(month, 'YYYY-MM'), month::date + 40, month::date + 35, false, 150, 'wajib'
        from iku.batch cross join generate_series(1, 30) as unit
        cross join generate_series(timestamp '2025-11-01', '2026-10-01', interval '1 month') as month
        where source = 'register_submission'
        """
    )
    end_batches(owner, "register_submission", 360)


# ---------------------------------------------------------------- what is asked


def main() -> dict[str, str]:
    summary = {}
    with warehouse(durable=False) as (found, _):
        with found.connect("owner") as owner:
            fill(owner)
            messages(owner)
            definitions = kamus.current(owner)
        for label in ("never analysed", "after iku.refresh_statistics()"):
            if label.startswith("after"):
                with found.connect("publisher") as publisher:
                    started = time.perf_counter()
                    publisher.execute("select iku.refresh_statistics()")
                    summary["iku.refresh_statistics()"] = f"{time.perf_counter() - started:.1f} s"
                    print(summary["iku.refresh_statistics()"])
            print(label)
            with found.connect("auditor") as auditor:
                auditor.execute("set statement_timeout to '30s'")
                for name, value in measure(auditor, definitions).items():
                    summary[f"{label}: {name}"] = value
    return summary


def measure(auditor: Connection, definitions: dict[str, str]) -> dict[str, str]:
    """All questions; a question that takes over 30 s says so."""
    five, eight = definitions["IKU-05"], definitions["IKU-08"]
    rows = auditor.execute("select count(*) as facts from fact.website_uptime").fetchone()
    assert rows is not None
    asked = {
        "month of IKU-05": lambda: month(auditor, five, "2026-09"),
        "evidence of a site-month of IKU-05": lambda: traced(auditor, five, "website_uptime_day", "site", "situs-77"),
        "evidence of a unit-month of IKU-08": lambda: traced(auditor, eight, "persandian_message", "unit", "unit-7"),
        "all figures of IKU-05": lambda: every_figure(auditor, five),
        "all figures of IKU-08": lambda: every_figure(auditor, eight),
    }
    summary = {"facts": f"{rows['facts']:,}"}
    for name, question in asked.items():
        try:
            summary[name] = told(times_ms(question, 3 if name.startswith("all") else 7))
        except psycopg.errors.QueryCanceled:
            summary[name] = "more than 30 s"
        print(f"    {name}: {summary[name]}", flush=True)
    summary["as of four years back / now"] = then_and_now(auditor, five)
    return summary


def month(auditor: Connection, definition: str, period: str, as_of: int | None = None) -> None:
    """The members of a period, as the web page and the trace read them."""
    query = sql.SQL("select * from {} where period = %s").format(sql.Identifier(definition, "member"))
    with database.reading(auditor, as_of):
        assert len(auditor.execute(query, [period]).fetchall()) == SITES


def traced(auditor: Connection, definition: str, relation: str, column: str, member: str) -> None:
    """What `iku trace` reads of one evidence relation of a member's month, bytes not looked at."""
    with database.reading(auditor):
        found = evidence.evidence(auditor, definition, relation, column, member, ["2026-09"], None, 10)
        assert found.record_count == (30 * PROBES if column == "site" else 150), found.record_count


def every_figure(auditor: Connection, definition: str) -> None:
    """The figure view for all its periods: what a publication computes."""
    with database.reading(auditor):
        assert auditor.execute(sql.SQL("select * from {}").format(sql.Identifier(definition, "figure"))).fetchall()


def then_and_now(auditor: Connection, definition: str) -> str:
    """The same early month, read as of the load that first knew it whole and as of the newest, in turns."""
    known = auditor.execute(
        "select min(load_no) + 62 as load_no from iku.batch where source = 'website_uptime'"
    ).fetchone()
    assert known is not None
    first = (FIRST.replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
    ratios = []
    for _ in range(9):
        new = median(times_ms(lambda: month(auditor, definition, first), 3))
        old = median(times_ms(lambda: month(auditor, definition, first, known["load_no"]), 3))
        ratios.append(old / new)
    return told(ratios, "x")


if __name__ == "__main__":
    for said, sentence in main().items():
        print(f"{said}: {sentence}")
