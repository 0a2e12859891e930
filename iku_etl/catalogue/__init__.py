"""What is declared, sources and indicators by file name, and all that is made of it. No list is edited anywhere."""

from iku_etl.catalogue.indicators import SQL, all_indicators, header, indicator_files, indicators_of
from iku_etl.catalogue.sources import all_sources, importable, source, source_names

__all__ = [
    "SQL", "all_indicators", "all_sources", "header", "importable", "indicator_files", "indicators_of", "source",
    "source_names",
]  # fmt: skip
