"""What is an orphan, and what never is."""

import json
from pathlib import Path

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
