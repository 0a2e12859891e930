"""A publication with all figures that it wrote, as they were, and those that a newer definition confirmed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iku_etl.audit import parts
from iku_etl.audit.canonical import said
from iku_etl.audit.leaves import Reading
from iku_etl.warehouse.database import one as only_row

RESTS_ON, SALTED = "rows", True


def there(reading: Reading) -> Mapping[str, datetime]:
    rows = reading.connection.execute("select publication_id, published_at from iku.publication")
    return {str(row["publication_id"]): row["published_at"] for row in rows}


def body(reading: Reading, one: str) -> dict[str, Any]:
    connection, seed = reading.connection, reading.seed("publication", one)
    row = only_row(connection, "select * from iku.publication where publication_id = %s", [one])
    figures = connection.execute("select * from iku.figure where publication_id = %s order by figure_id", [one])
    confirmed = connection.execute(
        """
        select figure.indicator, figure.period, figure.revision, figure_confirmed.figure_id, figure_confirmed.definition
        from iku.figure_confirmed
        inner join iku.figure on figure_confirmed.figure_id = figure.figure_id
        where figure_confirmed.publication_id = %s
        order by figure_confirmed.figure_id
        """,
        [one],
    ).fetchall()
    return {
        **said({name: row[name] for name in ("as_of", "as_of_time")}),
        "figures": [
            said({name: value for name, value in each.items() if name != "publication_id"}) for each in figures
        ],
        **({"confirmed": [said(each) for each in confirmed]} if confirmed else {}),
        "parts": {"row": parts.of_rows(seed, "row", [row])},
    }
