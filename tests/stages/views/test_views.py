"""Views from files: definitions stay executable, evidence is what PostgreSQL says, example files come out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import given
import pytest
from examples_kit import READ_ON, expected_members, load_examples, members, unexplained

from iku_etl import catalogue
from iku_etl.catalogue import kamus
from iku_etl.errors import DeclarationError
from iku_etl.model import MEMBER_COLUMNS
from iku_etl.stages import views
from iku_etl.warehouse import database, sql_text, tables
from iku_etl.warehouse.database import Connection, Warehouse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of sql/ that a test may edit."""
    return Path(shutil.copytree(catalogue.SQL, tmp_path / "sql"))


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with warehouse.connect("owner") as connection:
        yield connection


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("name", [path.stem for path in catalogue.indicator_files()])
def test_given_rows_give_the_expected_members(owner: Connection, name: str) -> None:
    load_examples(owner, name)
    expected = expected_members(name)
    period = expected[0]["period"]
    definitions = [kamus.current(owner)[found.code] for found in catalogue.all_indicators() if found.name == name]
    found = [row for definition in definitions for row in members(owner, definition, period, READ_ON[period])]
    assert found == expected
    form = catalogue.header(catalogue.SQL / "indicators" / f"{name}.sql")["form"]
    assert [row for row in found if unexplained(row, form)] == []


def test_an_old_definition_gives_what_it_gave_after_its_staging_view_was_edited(
    owner: Connection, folder: Path
) -> None:
    load_examples(owner, "iku_05_website_aktif")
    old = views.build(owner, folder)["IKU-05"]
    before = members(owner, old)
    edit(
        folder / "staging/websites/website_reachability.sql",
        "coalesce(sum(website_uptime_day.up_count), 0)",
        "0",
    )
    new = views.build(owner, folder)["IKU-05"]
    assert new != old
    assert members(owner, old) == before
    assert members(owner, new) != before


def test_building_again_changes_nothing_and_a_comment_makes_no_definition(owner: Connection, folder: Path) -> None:
    first = views.build(owner, folder)
    edit(folder / "staging/websites/website.sql", "with\n", "-- a remark\nwith   \n\n")
    assert views.build(owner, folder) == first == kamus.current(owner)


def test_going_back_to_an_old_text_takes_up_its_definition(owner: Connection, folder: Path) -> None:
    first = views.build(owner, folder)
    path = folder / "indicators" / "iku_05_website_aktif.sql"
    edit(path, "pengukur diam", "alat diam")
    assert views.build(owner, folder)["IKU-05"] != first["IKU-05"]
    edit(path, "alat diam", "pengukur diam")
    assert views.build(owner, folder) == first == kamus.current(owner)


def test_an_edit_touches_only_the_definitions_that_read_it(owner: Connection, folder: Path) -> None:
    first = views.build(owner, folder)
    edit(folder / "staging/websites/website.sql", "managed_from desc", "managed_from desc, record_no asc")
    second = views.build(owner, folder)
    assert second["IKU-08"] == first["IKU-08"]
    assert second["IKU-05"] != first["IKU-05"]


def test_sources_are_those_that_postgres_says_are_read(owner: Connection) -> None:
    rows = owner.execute(
        "select indicator, array_agg(source order by source) as sources from iku.definition_source"
        " join indicator.current using (definition) group by indicator"
    )
    found = {row["indicator"]: row["sources"] for row in rows}
    assert found["IKU-05"] == ["parameter", "target", "website", "website_content", "website_uptime"]
    assert found["IKU-08"] == ["parameter", "persandian_message", "register_submission", "target"]


@pytest.mark.parametrize("role", ["publisher", "auditor"])
def test_readers_keep_their_rights_after_a_rebuild(warehouse: Warehouse, owner: Connection, role: str) -> None:
    definition = views.build(owner)["IKU-05"]
    with warehouse.connect(role) as connection:
        for relation in ("staging.website", "indicator.iku_05_website_aktif", f"{definition}.figure"):
            connection.execute(f"select * from {relation} limit 1")


WEBSITES, IKU_05, SITES = "staging/websites", "indicators/iku_05_website_aktif.sql", "staging.website(site)"
BROKEN = {
    "evidence does not name staging.website_content": (IKU_05, ", staging.website_content(site)", ""),
    "evidence names staging.persandian_message, which it does not rest on": (
        IKU_05, SITES, f"{SITES}, staging.persandian_message(unit)",
    ),
    "evidence does not name staging.website_quarantine": (IKU_05, ", staging.website_quarantine(site)", ""),
    "evidence has no column situs": (IKU_05, SITES, "staging.website(situs)"),
    "an indicator selects period, member,": (IKU_05, "due_seconds as due", "due_seconds as duly"),
    "past the staging views": (
        IKU_05, "from verdicts", "from verdicts where (select count(*) from fact.website) >= 0",
    ),
    "reads iku.quarantine past the staging views": (
        IKU_05, "from verdicts", "from verdicts where (select count(*) from iku.newest_quarantine) >= 0",
    ),
    "staging/ holds no websites.sql": (
        f"{WEBSITES}/website_reachability.sql", "from staging.website\n", "from staging.websites as website\n",
    ),
    "in a circle": (
        f"{WEBSITES}/website.sql",
        "from site_rows\n", "from site_rows left join staging.website_unregistered on false\n",
    ),
    "PostgreSQL refuses it": (f"{WEBSITES}/website.sql", "facts.host,", "facts.hosts,"),
    "the first line is not `-- grain": (f"{WEBSITES}/website.sql", "-- grain", "-- Grain"),
    "name them: `-- parameters": (f"{WEBSITES}/website_freshness.sql", "-- parameters: content_max_age_days\n", ""),
    "does not read: content_age": (f"{WEBSITES}/website_freshness.sql", "s: content_max_age_days", "s: content_age"),
}  # fmt: skip


@pytest.mark.parametrize("sentence", BROKEN)
def test_what_breaks_the_contract_is_refused_and_changes_nothing(
    owner: Connection, folder: Path, sentence: str
) -> None:
    before = kamus.current(owner)
    name, old, new = BROKEN[sentence]
    edit(folder / name, old, new)
    with pytest.raises(DeclarationError) as refused:
        views.build(owner, folder)
    assert sentence in str(refused.value)
    assert kamus.current(owner) == before
    owner.execute("select * from staging.website")


def test_a_register_is_read_from_its_newest_partition_alone(warehouse: Warehouse, owner: Connection) -> None:
    for month in ("2026-01-01", "2026-02-01", "2026-03-01"):
        given.batch(owner, "parameter", month, given.parameter_rows())
    owner.execute("analyze fact.parameter")  # small tables whose size is known tempt the planner to read them whole
    with warehouse.connect("publisher") as reader:
        lines = [row["QUERY PLAN"] for row in reader.execute("explain (analyze) select * from staging.parameter")]
    read = [line for line in lines if "fact" in line and "never executed" not in line]
    assert [line for line in read if "parameter_2026" in line and "202603" not in line] == [], "\n".join(lines)
    assert any("parameter_202603" in line for line in read)
    assert not any("Function Scan on newest" in line for line in lines), "iku.newest is not inlined"


def test_two_files_of_one_name_are_refused_wherever_they_lie(owner: Connection, folder: Path) -> None:
    shutil.copy(folder / "staging/websites/website.sql", folder / "staging/media/website.sql")
    with pytest.raises(DeclarationError, match=r"media/website\.sql and websites/website\.sql are one name"):
        views.build(owner, folder)


def test_an_indicator_reads_exactly_the_member_columns(owner: Connection) -> None:
    for definition in kamus.current(owner).values():
        with owner.execute(f"select * from {definition}.member limit 0") as cursor:
            assert [column.name for column in cursor.description or ()] == list(MEMBER_COLUMNS)


# ---------------------------------------------------------------- SQL as text

ODD = """select 'staging.a -- no', "staging".b, $x$ staging.c $x$, Staging . D /* staging.e */ -- staging.f
from other.staging.g, staging.h"""


def test_only_code_names_relations() -> None:
    assert sql_text.relations(ODD, "staging") == {"d", "h"}
    assert "".join(piece for _, piece in sql_text.pieces(ODD)) == ODD


def test_pointing_elsewhere_leaves_strings_and_comments_alone() -> None:
    pointed = sql_text.pointed(ODD, lambda schema, name: database.sql.Identifier("def_x", name)).as_string()
    assert pointed == ODD.replace("Staging . D", '"def_x"."d"').replace("staging.h", '"def_x"."h"')


def test_normalised_forgets_comments_and_spaces_but_not_strings() -> None:
    assert sql_text.normalised("select  'a  b'  -- x\n\n /* y */ from t\n") == "select 'a  b' from t"


@pytest.mark.parametrize("path", sorted(catalogue.SQL.rglob("*.sql")), ids=lambda path: path.stem)
def test_no_file_of_sql_turns_instants_into_dates(path: Path) -> None:
    code = "".join(piece for kind, piece in sql_text.pieces(path.read_text(encoding="utf-8")) if kind == "code").lower()
    for word in ("date_trunc", "::date", "extract(", "now()", "at time zone", "current_date", "current_timestamp"):
        assert word not in code, f"{path.name}: {word}; instants and dates meet in iku.period only"


def test_another_zone_header_or_arithmetic_is_another_definition(owner: Connection, folder: Path) -> None:
    """The same SQL cuts its days elsewhere; the same members are another percentage under another polarity or unit."""
    before = views.build(owner, folder)
    edit(folder / "indicators/iku_05_website_aktif.sql", "-- polarity: naik", "-- polarity: turun")
    turned = views.build(owner, folder)
    assert {code for code in before if turned[code] != before[code]} == {"IKU-05"}
    edit(folder / "figure.sql", "100 * numbers.value / targets.target", "99 * numbers.value / targets.target")
    reckoned = views.build(owner, folder)
    assert not set(reckoned.values()) & set(turned.values())  # every figure is made of it
    tables.declare(owner, [], None, "Asia/Makassar")
    moved = views.build(owner, folder)
    assert not set(moved.values()) & {*before.values(), *turned.values(), *reckoned.values()}
