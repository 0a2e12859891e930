"""What a leaf commits to without saying it: rows under salts, so that nothing personal is in the log.

Each part is [how many, root]: a tree over SHA-256(0x00 || salt || hash of the row), see `salts.salted`.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from iku_etl.audit import canonical, salts, tree
from iku_etl.errors import NotFound
from iku_etl.warehouse.database import Row


def row_hash(row: Row) -> bytes:
    """SHA-256 over the canonical JSON of the columns that hold something."""
    return hashlib.sha256(canonical.encode(canonical.said(row))).digest()


def of_rows(seed: bytes, part: str, rows: Iterable[Row], number: str | None = None) -> list[Any]:
    """The part of rows, numbered by a column or from 1 on in the order given."""
    numbered = ((row[number] if number else place, row_hash(row)) for place, row in enumerate(rows, start=1))
    return of_hashes(seed, part, numbered)


def of_hashes(seed: bytes, part: str, contents: Iterable[tuple[int, bytes]]) -> list[Any]:
    count = 0

    def counted() -> Iterator[tuple[int, bytes]]:
        nonlocal count
        for count, content in enumerate(contents, start=1):  # noqa: B007  # the last one is how many there are
            yield content

    root = tree.root_of(salts.salted(seed, part, counted()))
    return [count, root.hex()]


def whole(made: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without the parts that are empty."""
    return {name: part for name, part in made.items() if part[0]}


def shown(seed: bytes, part: str, contents: Iterable[tuple[int, bytes]], number: int) -> dict[str, Any]:
    """What shows one row of a part without the others: its salt, the hash of its content, and the way to the root.

    Raises NotFound for a number that the part has not.
    """
    numbered = list(contents)
    places = [place for place, (one, _) in enumerate(numbered) if one == number]
    if not places:
        raise NotFound(f"bagian {part} tidak memuat nomor {number}.")
    made = tree.Tree(list(salts.salted(seed, part, numbered)))
    return {
        "part": part,
        "number": number,
        "salt": salts.salt(seed, part, number).hex(),
        "content": numbered[places[0]][1].hex(),
        "index": places[0],
        "size": made.size,
        "root": made.root().hex(),
        "proof": [sibling.hex() for sibling in made.inclusion(places[0])],
    }
