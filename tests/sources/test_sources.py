"""What every source module must keep to, one test over all of them."""

import importlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from kit import judge
from loopback import ZONE, kept

from iku_etl import catalogue
from iku_etl.connectors.registers import folder, rows
from iku_etl.connectors.registers.folder import headings
from iku_etl.model import Expectation, KeptPayload, Payload, Source
from iku_etl.records import identity, unobserved
from iku_etl.settings import PROJECT, Endpoint
from iku_etl.sources import register_submission
from iku_etl.stages import parse
from iku_etl.stages.land import redact
from iku_etl.stages.validate import suite
from iku_etl.window import Window, window_at, window_named

NOW = datetime(2026, 2, 3, tzinfo=UTC)
NAMES = catalogue.source_names()
FOLDER = Path(catalogue.__file__).parents[1] / "sources"
ORDER = [
    *("title", "owner", "kind", "since", "grid", "schedule", "lookback", "late_by", "max_age", "serves_history"),
    *(
        "poller",
        "version",
        "privacy",
        "free_of_personal_data",
        "columns",
        "key",
        "clash",
        "clash_by",
        "expectations",
        "roll_ups",
    ),
]


@pytest.mark.parametrize("name", NAMES)
def test_fields_stand_in_the_prescribed_order(name: str) -> None:
    fields = re.findall(r"^    (\w+)=", (FOLDER / f"{name}.py").read_text(), re.M)
    assert fields == sorted(fields, key=ORDER.index)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Great Expectations' own imports
@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_exists_and_takes_its_arguments(name: str) -> None:
    from great_expectations import expectations

    source = catalogue.source(name)
    declared = [found for found in source.expectations if isinstance(found, Expectation)]
    assert len(source.expectations) >= 6
    for found in declared:
        getattr(expectations, found.name)(**found.arguments)  # raises for an unknown name or argument


@pytest.mark.parametrize("name", NAMES)
def test_no_heading_means_two_columns(name: str) -> None:
    source = catalogue.source(name)
    known = [text for heading in headings(source.columns) for text in heading.names]
    assert len(known) == len(set(known))
    assert not set(known) & set(rows.TOTALS)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_with_personal_data_can_be_redacted(name: str) -> None:
    source = catalogue.source(name)
    if source.is_redacted:
        redact._spec(source, b"")


def test_a_redacted_source_says_no_file_name(tmp_path: Path) -> None:
    (tmp_path / "Budi.xls").write_bytes(b"")
    extract = catalogue.source("persandian_message").extract
    assert extract is not None
    window = window_at("month", datetime.now(ZONE).date().replace(day=1) - timedelta(days=1), ZONE)
    (note,) = extract(window, Endpoint("register", str(tmp_path)))
    (item,) = unobserved.items(b"".join(note.chunks))
    assert item.sentence.startswith("berkas #")
    assert "Budi" not in f"{note} {item}"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_hand_in_names_a_register_that_is_known() -> None:
    assert set(register_submission.REGISTERS) <= set(NAMES)
    (check,) = (
        check
        for check in suite.checks_of(catalogue.source("register_submission"))
        if "register" in check.columns and check.name == "ExpectColumnValuesToBeInSet"
    )
    assert check.severity == "stop"
    frame = suite.frame_of(pa.table({"register": ["persandian_message", "persandian_mesage"]}), ["register"])
    assert suite.run([check], frame)[0].failing.tolist() == [1]


# ---------------------------------------------------------------- example files

EXAMPLES = sorted(path for path in Path(__file__).parent.glob("[a-z]*/*") if path.suffix != ".txt")
KEY = ("k1", bytes(range(32)))  # tokens depend on it


def media_type(path: Path) -> str:
    """Of `2026-01.csv` a register's, of `2026-01-05.prometheus.json` that of the connector of this name."""
    _, system, *more = path.name.split(".")
    if not more:
        return folder.MEDIA_TYPES[f".{system}"]
    (found,) = (PROJECT / "iku_etl" / "connectors").rglob(f"{system}.py")
    connector = importlib.import_module(".".join(found.relative_to(PROJECT).with_suffix("").parts))
    return str(connector.REDACTED if more == ["ndjson"] else connector.MEDIA_TYPE)


def example(path: Path, state: Path) -> tuple[Source, Window, KeptPayload]:
    """An example file as it lies in the raw store."""
    source = catalogue.source(path.parent.name)
    label = path.name.split(".", 1)[0]
    payload = Payload(
        "wordpress/a.example", media_type(path), {}, NOW, NOW, 200, [path.read_bytes()]
    )  # the name of a WordPress payload is its site; elsewhere it means nothing
    if source.is_redacted:
        stripped = redact.redact(source, payload, KEY).payload
        assert stripped is not None
        payload = stripped
    return source, window_named(source.grid, label, ZONE), kept(state, payload)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_file_gives_the_records_it_always_gave(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A changed hash means a changed parse: raise the source's `version`, then pin anew what is printed here."""
    source, window, payload = example(path, tmp_path)
    pieces = list(parse.records(source, [payload], window))
    found = [identity.record_hash(source, row) for piece in pieces for row in piece.table.to_pylist()]
    assert not [problem for piece in pieces for problem in piece.problems]
    pinned = path.with_name(f"{path.name}.v{source.version}.txt")
    if not pinned.exists() and request.config.getoption("--write-pins"):  # by `iku test`
        pinned.write_text("".join(f"{one}\n" for one in found), encoding="utf-8")
    assert found == pinned.read_text().split(), "\n".join(found)


BESIDE = ("holiday",)  # its register comes beside the calendar of the library, and is no window by itself
WHOLE = [path for path in EXAMPLES if path.name == "2026-01.csv" and path.parent.name not in BESIDE]


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.parent.name)
def test_an_example_file_satisfies_its_own_suite(path: Path, tmp_path: Path) -> None:
    """A hand-in that is rejected is no example of one. Of systems' answers the files are pieces, not a window."""
    source, window, payload = example(path, tmp_path)
    found = judge(source, window, [payload], tmp_path / "judged.parquet", now=NOW)
    assert (found.rejected_because, [one.message for one in found.quarantine]) == (None, [])
