"""What is declared, sources and indicators by file name, and all that is made of a declaration."""

from iku_etl.catalogue.sources import (
    SQL,
    header,
    indicator_files,
    indicators,
    indicators_of,
    source,
    source_names,
    sources,
)

__all__ = ["SQL", "header", "indicator_files", "indicators", "indicators_of", "source", "source_names", "sources"]
