"""What the columns of sources are called for people, as their declarations say."""

from collections.abc import Iterable

from iku_etl import catalogue
from iku_etl.errors import DeclarationError


def labels(sources: Iterable[str]) -> dict[tuple[str, str], str]:
    """(source, column) -> its label; nothing of a source that is declared no more."""
    found: dict[tuple[str, str], str] = {}
    for name in dict.fromkeys(sources):
        try:
            source = catalogue.source(name)
        except DeclarationError:
            continue
        found |= {(name, column.name): str(column.info.get("label", column.name)) for column in source.columns}
    return found
