"""Sectoral datasets as delivered and decided: one row per dataset and delivery. Seksi Statistik (walidata).

From the regency's CKAN, or by register file with the walidata's decisions. Caveats: a dataset that was removed is not
in the next snapshot, so the newest one is always compared whole; private datasets and drafts of CKAN are declared out;
CKAN tells acceptance only where its portal keeps `tanggal_diterima` and `tanggal_ditarik`, in extras or as fields, and
its `kode_data` is what joins to the Daftar Data; all datasets that share one are set aside. So is what its index counts
and does not give: then no dataset without a row is known to be missing. A dataset that was refused or sent anew has a
row for each delivery.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Text

from iku_etl.connectors import ckan
from iku_etl.connectors.registers import folder
from iku_etl.model import KeptPayload, Payload, Rows, Source, quarantine, stop, warn, warn_unregistered
from iku_etl.settings import Endpoint
from iku_etl.window import Window

SOURCE = Source(
    title="Data statistik sektoral yang diserahkan",
    owner="Seksi Statistik",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="42 5 * * *",
    late_by=timedelta(days=31),  # CKAN knows only today: the month just ended is looked at until the next one ends
    max_age=timedelta(days=62),
    version=2,
    privacy="public",
    free_of_personal_data="dataset dan hari penyerahan, ditulis walidata sendiri",
    columns=(
        Column("dataset", Text, nullable=False, comment="code in the Daftar Data",
               info={"headings": ("kode data",), "example": ("DATA-001", "DATA-002")}),
        Column("delivered_on", Date, nullable=False, comment="day delivered", info={"headings": ("diserahkan",)}),
        Column("has_metadata", Boolean, nullable=False, comment="with metadata?", info={"headings": ("metadata",)}),
        Column("accepted_on", Date, comment="accepted by the walidata", info={"headings": ("tanggal diterima",)}),
        Column("withdrawn_on", Date, comment="first day withdrawn", info={"headings": ("tanggal ditarik",)}),
    ),
    key=("dataset", "delivered_on"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),  # an emptied catalogue or register, not a quiet month
        quarantine("ExpectColumnValuesToMatchRegex", column="dataset", regex=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"),
        quarantine("ExpectColumnValuesToBeBetween", column="delivered_on", min_value=date(2016, 1, 1)),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="accepted_on", column_B="delivered_on",
                   or_equal=True, ignore_row_if="either_value_is_missing"),  # decided before it came: a typed year
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="withdrawn_on", column_B="delivered_on",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="withdrawn_on", column_B="accepted_on",
                   or_equal=True, ignore_row_if="either_value_is_missing"),  # accepted anew is delivered anew
        warn_unregistered(column="dataset", register="data_list"),
        warn("ExpectColumnDistinctValuesToContainSet", column="has_metadata", value_set=[True]),  # none at all?
    ),
)  # fmt: skip


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """The pages of CKAN's catalogue as it stands now, or the register files of the window."""
    if endpoint.system == "ckan":
        return ckan.packages(endpoint)
    if endpoint.system == "register":
        return folder.extract(window, endpoint, late_by=SOURCE.late_by, since=SOURCE.since)
    raise endpoint.refusal("sectoral_dataset", "ckan", "register")


def parse(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Read a payload by what it is, so that old bytes of either way can be replayed."""
    if payload.media_type == ckan.MEDIA_TYPE:
        return ckan.read(payload, window)
    return folder.read(payload, window, columns=SOURCE.columns)
