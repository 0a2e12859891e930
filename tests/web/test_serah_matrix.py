"""The matrix: how each register stands in each month, in a word, and whose turn it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import install_kit as kit
import pytest
from hand_in_kit import SITES, handed_in
from web_kit import visitor

from iku_etl import catalogue, settings
from iku_etl.pipeline import Pipeline
from iku_etl.web import matrix
from iku_etl.web.login import Role

NOW = datetime(2026, 3, 20, tzinfo=UTC)
OWING = """\
posisi_per,2026-01-31
unit,unit_name,register,period,due_on,received_on,nil,rows_declared,last_running_number,letter,role,complete
setda,Sekretariat Daerah,persandian_message,2026-01,2026-02-07,2026-02-05,tidak,17,17,,wajib,ya
satpolpp,Satuan Polisi Pamong Praja,persandian_message,2026-01,2026-02-07,,tidak,,,,sukarela,
dpmd,Dinas PMD,persandian_message,2026-01,2026-02-07,,tidak,,,,wajib,
dpmd,Dinas PMD,persandian_message,2026-02,2026-03-07,,tidak,,,,wajib,
kabur,Dinas Kabur,persandian_message,2026-01,2026-02-07,2026-02-05,ya,5,5,,wajib,
dinkes,Dinas Kesehatan,app_usage,2026-TW1,2026-04-07,,tidak,,,,wajib,
"""


@pytest.fixture
def known(pipeline: Pipeline) -> Pipeline:
    """January: websites in whole, messages in part, and nothing else; seen from 20 March."""
    kit.drop(pipeline.settings, "website", SITES)
    kit.drop(pipeline.settings, "persandian_message", kit.MESSAGES)
    for source in ("website", "persandian_message"):
        assert kit.collect(pipeline, source).ending == "in_force"
    return replace(pipeline, now=lambda: NOW)


def states(pipeline: Pipeline, *names: str, later: timedelta = timedelta(0)) -> dict[str, list[str]]:
    columns = matrix.months(NOW, pipeline.settings.zone)[-4:]
    rows = [
        {**row, "first_asked_at": row["first_asked_at"] and row["began_at"] + later}
        for row in pipeline.standing_of_registers(columns[0].first_day)
    ]
    found = matrix.lines([catalogue.source(name) for name in names], columns, rows, NOW)
    return {line.name: [cell.state for cell in line.cells] for line in found}


def test_each_month_of_a_register_has_its_word(known: Pipeline) -> None:
    assert states(known, "website", "persandian_message", "opd") == {
        "website": ["sebelum", "utuh", "belum", "nanti"],
        "persandian_message": ["sebelum", "sebagian", "belum", "nanti"],
        "opd": ["sebelum", "belum", "belum", "nanti"],
    }


def test_what_came_after_its_time_is_late_once_the_installation_had_begun(known: Pipeline) -> None:
    assert states(known, "website", later=timedelta(days=13))["website"][1] == "utuh"
    assert states(known, "website", later=timedelta(days=400))["website"][1] == "terlambat"


def test_a_rejected_hand_in_is_its_owners_turn_though_the_older_one_counts(known: Pipeline) -> None:
    kit.drop(known.settings, "website", "posisi_per,2026-01-31\nnama,alamat\na,b\n")
    assert kit.collect(replace(known, now=lambda: datetime.now(UTC)), "website").ending == "rejected"
    columns = matrix.months(NOW, known.settings.zone)
    rows = known.standing_of_registers(columns[0].first_day)
    (line,) = matrix.lines([catalogue.source("website")], columns, rows, NOW)
    cell = line.cells[-3]
    assert (cell.label, cell.state, cell.is_old) == ("2026-01", "ditolak", True)
    assert [one.label for one in line.owed] == ["2026-01", "2026-02"]


def test_what_waits_is_the_turn_of_whoever_may_decide(known: Pipeline) -> None:
    kit.drop(known.settings, "persandian_message", "\n".join(kit.MESSAGES.splitlines()[:3]) + "\n")
    assert kit.collect(replace(known, now=lambda: datetime.now(UTC)), "persandian_message").ending == "waiting"
    assert states(known, "persandian_message")["persandian_message"][1] == "menunggu"


def test_the_page_has_every_register_with_its_owner_and_a_rejected_file_is_suggested(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    operator = visitor(settings.load(kit.environment(pipeline.warehouse, tmp_path / "state")), Role.USER)
    page = operator.get("/serah").text
    for source in catalogue.all_sources():
        assert (f'/serah/{source.name}"' in page) == source.is_register, source.name
    assert "belum ada" in page
    assert "belum waktunya" in page
    body = b"posisi_per,2026-01-31\nnama,alamat\na,b\n"
    _, page = handed_in(operator, "website", ("a.csv", body))
    assert 'serah-ditolak">ditolak<' in page
    form = operator.get("/serah/website?bulan=2026-01").text
    assert 'value="ganti" checked' in form
    assert form.count(" checked") == 2


@pytest.mark.parametrize(
    ("register", "due", "missing", "unread"),
    [
        ("persandian_message", 3, ["Dinas PMD", "Satuan Polisi Pamong Praja"], 1),  # bound to it first
        ("app_usage", 1, ["Dinas Kesehatan"], 0),  # owed for the triwulan
        ("website", 0, [], 0),  # nobody owes it
    ],
)
def test_who_owes_a_register_for_the_month_is_named(
    pipeline: Pipeline, tmp_path: Path, register: str, due: int, missing: list[str], unread: int
) -> None:
    kit.drop(pipeline.settings, "register_submission", OWING)
    assert kit.collect(pipeline, "register_submission").ending == "in_force"
    seen = replace(pipeline, now=lambda: NOW)
    (january,) = [one for one in matrix.months(NOW, pipeline.settings.zone) if one.label == "2026-01"]
    found = matrix.owing(seen.units(catalogue.source(register), january))
    assert sum(one.due for one in found) == due
    assert [row["unit_name"] for one in found for row in one.missing] == missing
    assert sum(one.unread for one in found) == unread
    user = visitor(settings.load(kit.environment(pipeline.warehouse, tmp_path / "state")), Role.USER)
    page = user.get(f"/serah/{register}/2026-01")
    assert page.status_code == 200
    assert all(name in page.text for name in missing)
    assert ("unit menyerahkan" in page.text) == bool(due)
