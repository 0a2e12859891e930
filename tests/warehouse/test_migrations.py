"""A migration that was released is never edited: who ran it would have another core under the same number."""

import hashlib
import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from conftest import Cluster

from iku_etl.errors import WarehouseError
from iku_etl.warehouse import database
from iku_etl.warehouse.database import Warehouse

PINS = Path(__file__).parents[1] / "data" / "migrations.sha256"  # as `sha256sum` writes it, in the folder of migrations


def pins() -> dict[str, str]:
    return {name: digest for digest, name in (line.split() for line in PINS.read_text().splitlines())}


def test_released_migrations_are_what_they_were() -> None:
    found = {
        name: hashlib.sha256((database.MIGRATIONS / name).read_bytes()).hexdigest()
        for name in pins()
        if (database.MIGRATIONS / name).exists()
    }
    assert found == pins(), "a released migration is frozen: write what is to change into a new one"


def test_no_unpinned_migration_stands_before_a_released_one() -> None:
    newest = max(Path(name).name[:4] for name in pins())
    there = [path for folder in ("sql", "versions") for path in (database.MIGRATIONS / folder).glob("[0-9]*")]
    early = {f"{path.parent.name}/{path.name}" for path in there if path.name[:4] <= newest}
    assert early == pins().keys()


def test_migrations_follow_each_other_in_one_line() -> None:
    scripts = ScriptDirectory(str(database.MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    names = [script.revision for script in scripts.walk_revisions()][::-1]
    assert names == sorted(names)
    assert all(re.fullmatch(r"\d{4}", name) for name in names)


EARLIER = (  # what the warehouses of before lacked, or had too early
    "drop table iku.source_patience cascade",
    "drop function iku.make_partition(text, date);"
    " create function iku.make_partition(text, date) returns void language sql as ''",
    "drop function iku.unobserved_sentences(jsonb) cascade",
)


@pytest.mark.parametrize("edit", EARLIER)
def test_a_core_that_no_migration_begins_from_is_told_the_way_out(
    cluster: Cluster, warehouse: Warehouse, edit: str
) -> None:
    with warehouse.connect("owner") as owner:
        owner.execute(edit)
    with pytest.raises(WarehouseError, match=r"migrasi 0001-nya lain.* Tidak ada yang diubah\. .*IKU_STATE=FOLDER"):
        database.upgrade_core(warehouse)
