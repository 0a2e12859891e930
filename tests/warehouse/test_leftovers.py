"""What is an orphan, and what never is."""

import json
import os
from pathlib import Path

import pytest

from iku_etl.warehouse import leftovers


def home(root: Path, name: str, state: Path | None) -> Path:
    folder = root / name
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("18\n")
    if state is not None:
        (folder / "state").write_text(f"{state}\n")
    return folder


def test_only_a_home_that_its_state_no_longer_names_is_removed(tmp_path: Path) -> None:
    root, used, torn = tmp_path / "root", tmp_path / "used", tmp_path / "torn"
    kept = home(root, "kept", used)
    unknown = home(root, "unknown", None)
    unclear = home(root, "unclear", torn)
    gone = home(root, "gone", tmp_path / "deleted")
    replaced = home(root, "replaced", used)  # its state has another home now
    for state, text in ((used, json.dumps({"home": str(kept)})), (torn, "{")):
        state.mkdir()
        (state / "server.json").write_text(text)
    assert [one.folder for one in leftovers.found(root) if one.is_orphan] == [gone, replaced]
    assert gone.exists()
    assert [one.folder for one in leftovers.remove(root)] == [gone, replaced]
    assert sorted(root.iterdir()) == sorted([kept, unknown, unclear])
    assert leftovers.found(tmp_path / "nothing") == []


def test_a_file_that_goes_while_it_is_counted_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    folder = home(root, "running", None)
    going = folder / "data" / "pgsql_tmp1"
    going.write_text("a running server's own")
    look = os.lstat

    def remove_first(path: str) -> os.stat_result:
        if path == str(going):
            going.unlink()
        return look(path)

    monkeypatch.setattr(os, "lstat", remove_first)
    (found,) = leftovers.found(root)
    assert found.size_bytes == len("18\n")
