"""Which windows are asked for: none before it has ended, no state that is gone, gaps as far back as is worth a try."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from kit import DAY, METER, ZONE, declare, in_force, on

from iku_etl.connectors.http import trouble
from iku_etl.errors import ContractError
from iku_etl.model import Payload, Source
from iku_etl.settings import Endpoint
from iku_etl.stages import extract
from iku_etl.warehouse.database import Connection, Warehouse
from iku_etl.window import Window, window_at

API = Endpoint("api", "http://x.example")
REGISTER = Endpoint("register", "/nowhere")
LIVE = replace(METER, kind="snapshot", late_by=timedelta(hours=6), max_age=timedelta(days=7))


def answers(window: Window, endpoint: Endpoint) -> Iterator[Payload]:
    yield Payload("uji", "text/csv", {}, window.end, window.end, 200, [b"x"])


def is_asked(source: Source, after: timedelta, endpoint: Endpoint = API) -> bool:
    """Whether DAY is asked for so long after its end."""
    try:
        return bool(list(extract.collect(replace(source, extract=answers), DAY, endpoint, DAY.end + after)))
    except ContractError:
        return False


def test_a_window_is_asked_for_from_its_end_on() -> None:
    assert is_asked(METER, timedelta(0))
    for early in (timedelta(seconds=-1), timedelta(hours=-23), timedelta(days=-9)):
        assert not is_asked(METER, early)
        assert is_asked(replace(METER, poller=True), early)
    with pytest.raises(ContractError, match="belum dapat diambil") as refused:
        list(extract.collect(METER, DAY, API, DAY.start))
    assert refused.value.code == "window_open"


def test_a_state_is_asked_for_while_it_may_still_be_that_of_the_window() -> None:
    """Up to and with `late_by`; events, files, and systems that keep their history are asked for ever."""
    assert is_asked(LIVE, timedelta(hours=6))
    assert not is_asked(LIVE, timedelta(hours=6, seconds=1))
    assert not is_asked(replace(LIVE, late_by=None), timedelta(0))
    late = timedelta(days=400)
    for source, endpoint in ((METER, API), (LIVE, REGISTER), (replace(LIVE, serves_history=True), API)):
        assert is_asked(source, late, endpoint)
    with pytest.raises(ContractError, match="hanya menunjukkan keadaan kini") as refused:
        list(extract.collect(LIVE, DAY, API, DAY.end + late))
    assert refused.value.code == "too_late"


@pytest.fixture
def loader(warehouse: Warehouse) -> Iterator[Connection]:
    declare(warehouse, replace(METER, since=date(2025, 11, 1)))
    with warehouse.connect("loader") as connection:
        yield connection


def due(loader: Connection, source: Source = METER, day: int = 9, *, all_gaps: bool = False) -> list[str]:
    found = extract.due(loader, source, API, ZONE, on(day).end + timedelta(minutes=10), all_gaps=all_gaps)
    return [window.label for window in found]


def test_gaps_are_tried_again_as_far_back_as_is_worth_a_try_and_all_of_them_on_demand(loader: Connection) -> None:
    days = [window_at("day", date(2025, 11, 1) + timedelta(days=number), ZONE) for number in range(70)]
    assert [window.label for window in days[-31:]] == due(loader)  # a month of days; older ones are given up at night
    assert [window.label for window in days] == due(loader, all_gaps=True)
    for window in days[-5:]:
        in_force(loader, window=window)
    assert due(loader)[-4:] == ["2026-01-04", "2026-01-07", "2026-01-08", "2026-01-09"]  # a gap, and the lookback of 2
    assert due(loader, all_gaps=True)[-1] == "2026-01-04"  # what is there is not asked for again


def test_what_can_not_be_told_any_more_is_not_due(loader: Connection) -> None:
    declare_live = replace(METER, kind="snapshot", late_by=timedelta(hours=6))
    assert due(loader, declare_live) == ["2026-01-09"]
    assert due(loader, replace(declare_live, late_by=timedelta(hours=25))) == ["2026-01-08", "2026-01-09"]


def test_without_a_file_no_window_is_due_again() -> None:
    """A file that was tidied away leaves what was collected, and a system has none."""
    months = [window_at("month", date(2026, month, 1), ZONE) for month in (1, 2)]
    for source, endpoint in ((METER, REGISTER), (LIVE, API)):
        assert extract.corrected(source, months, endpoint, {}) == set()
    assert extract.corrected(LIVE, months, REGISTER, {}) == set()


def test_files_are_told_apart_by_name_size_and_time() -> None:
    one = {"file": "a.csv", "size_bytes": 3, "modified_at": "2026-01-01"}
    named = extract._named([one])
    for other in ({"file": "b.csv"}, {"size_bytes": 4}, {"modified_at": "2026-01-02"}):
        assert extract._named([one | other]) != named
    assert extract._named([one | {"status": 200}]) == named
    assert extract._named([one, one | {"file": "b.csv"}]) != named


def test_a_refusal_names_the_secret_of_its_own_connection() -> None:
    def refuse(window: Window, endpoint: Endpoint) -> Iterator[Payload]:
        raise trouble.refusal("sistem.example", 401, is_secret_told=True)
        yield

    source = replace(METER, extract=refuse)
    with pytest.raises(ContractError, match="Periksa IKU_SECRET_METER dan pilihan auth") as told:
        list(extract.collect(source, DAY, Endpoint("meter", "", {}, None), DAY.end))
    assert told.value.code == "http_401"
