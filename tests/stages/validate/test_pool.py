"""Many windows in one run: each has its own verdict, its own file, and no half of one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from judge_kit import ZONE, judge, payload, rows, source

from iku_etl.model import KeptPayload, Rows
from iku_etl.records import verdict
from iku_etl.stages import parse, validate
from iku_etl.stages.validate import suite
from iku_etl.window import Window, window_named


def test_windows_share_a_run_and_not_a_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "2026-03-13": rows({}, {"latency_ms": "5000"}), "2026-03-14": rows({"site": "B!"}, {}),
        "2026-03-15": [], "2026-03-16": rows({}),
    }  # fmt: skip

    def read(_: KeptPayload, window: Window) -> Iterator[Rows]:
        found = [row | {"checked_at": f"{window.label}T08:00:00+07:00"} for row in answers[window.label]]
        names = list(found[0]) if found else []
        columns = {name: [row[name] for row in found] for name in names}
        yield Rows(pa.table({"place": pa.array(["x"] * len(found), pa.string()), **columns}))

    made = replace(source(), parse=read)

    def items() -> list[validate.Item]:
        windows = [window_named("day", label, ZONE) for label in answers]
        return [
            validate.Item(one, [payload()], parse.records(made, [payload()], one), tmp_path / f"{one.label}.parquet")
            for one in windows
        ]

    now = datetime(2026, 3, 20, tzinfo=UTC)
    runs: list[int] = []
    run = suite.run

    def counted(checks: Any, frame: Any) -> list[suite.Answer]:
        runs.append(len(frame))
        return run(checks, frame)

    monkeypatch.setattr(suite, "run", counted)
    found = validate.judge(made, items(), now=now)
    assert [one.error_code for one in found] == [None, "stopped", "row_count", None]
    assert [one.loaded for one in found] == [1, 0, 0, 1]
    assert [one.quarantined for one in found] == [1, 0, 0, 0]
    assert max(runs) == 5, "one run for the windows before the broken one and with it"
    alone = [validate.judge(made, [item], now=now)[0] for item in items()]
    assert alone == found, "together or alone, the verdict is the same"


def test_a_failure_of_one_window_leaves_no_half_file(tmp_path: Path) -> None:
    def dies(_: KeptPayload, __: Window) -> Iterator[Rows]:
        raise OSError("disk")
        yield

    with pytest.raises(OSError, match="disk"):
        judge(tmp_path / "1.parquet", replace(source(), parse=dies))
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_read_without_great_expectations(out: Path) -> None:
    judge(out, source(rows({})))
    code = (
        "import sys; from pathlib import Path; from iku_etl.records import verdict;"
        f" print(verdict.read(Path({str(out)!r})).loaded, 'great_expectations' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]
    assert json.loads(verdict.pq.read_metadata(out).metadata[b"iku"])["loaded"] == 1
