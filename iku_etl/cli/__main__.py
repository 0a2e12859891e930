"""`python -m iku_etl.cli`: the same as `iku`, where the entry point is not installed."""

from iku_etl.cli import main

main()
