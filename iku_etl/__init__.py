"""iku-etl: what the Dinas Kominfo measures, collected, checked, kept and computed."""

import os

__version__ = "0.1.0"

# A report's template brings lxml along, and openpyxl would read what offices send by it instead of by defusedxml.
os.environ["OPENPYXL_LXML"] = "False"
