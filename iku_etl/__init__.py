"""iku-etl: what the Dinas Kominfo measures, collected, checked, kept and computed."""

__version__ = "0.1.0"
