"""What people do to the sample's files stays done."""

from datetime import date
from pathlib import Path

from iku_etl.sample import files
from iku_etl.sample.regency import World

WORLD = World(7, date(2026, 1, 1))


def test_a_file_that_somebody_took_away_or_changed_is_theirs(tmp_path: Path) -> None:
    files.write(tmp_path, WORLD, date(2026, 3, 25))
    taken, changed = sorted((tmp_path / "drop" / "website").iterdir())[:2]
    taken.unlink()
    changed.write_text("punya kantor")
    assert files.write(tmp_path, WORLD, date(2026, 3, 25)) == []
    assert not taken.exists()
    assert changed.read_text() == "punya kantor"
