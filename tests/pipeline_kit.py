"""Register files in and batches out, for tests of the pipeline."""

from datetime import date

from kit import ZONE, count

from iku_etl import catalogue
from iku_etl.manifest import decisions
from iku_etl.model import Batch
from iku_etl.pipeline import Pipeline
from iku_etl.window import Window, window_at

FEBRUARY = window_at("month", date(2026, 2, 1), ZONE)
JANUARY = window_at("month", date(2026, 1, 1), ZONE)
HEADER = "indicator,period,year,value,value_high,unit,legal_basis,in_force_from"
ROWS = ("IKU-05,2026,2026,95,,persen,PK 2026,2026-01-02", "IKU-08,2026,2026,85,,persen,PK 2026,2026-01-02")
SITES = "site,host,name,opd,kind,is_media_information,managed_from"
GOOD_SITE = "satu,satu.example,Situs Satu,Dinas Satu,informasi,tidak,2024-01-01"
ODD_SITE = "dua,bukan host,Situs Dua,Dinas Dua,informasi,tidak,2024-01-01"


def drop(
    pipeline: Pipeline, source: str, *lines: str, name: str = "berkas.csv", mark: str = "posisi_per,2026-01-31"
) -> None:
    """Put a register file into a source's drop folder, in place of one of that name."""
    folder = pipeline.settings.drop_dir / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join((mark, *lines)) + "\n", encoding="utf-8")


def collect(pipeline: Pipeline, source: str, window: Window = JANUARY) -> Batch:
    (batch,) = pipeline.collect(catalogue.source(source), [window]).batches
    return batch


def facts(pipeline: Pipeline, source: str) -> int:
    with pipeline.warehouse.connect("auditor") as connection:
        return count(connection, source)


def owner_decides(pipeline: Pipeline, kind: str, **about: object) -> int:
    with pipeline.warehouse.connect("owner") as connection:
        return decisions.decide(connection, kind, reason="diperiksa ulang", decided_by="Kasi", **about)
