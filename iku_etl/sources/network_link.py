"""Network links as they stood: one row per link and whom it serves. Seksi Aplikasi dan Pengembangan Telematika.

By register file with `posisi_per`, or from NetBox. Caveats: read from the last register at or before a period's end.
`serves` is an OPD id, a desa (code, or a name of the packaged list) or a public area, as `serves_kind` says. Plan is
not reachability: `last_seen_on` is a sign of life, `last_polled_on` the last day the monitoring reported on the link,
answering or not; `working` is what somebody found on `verified_on`. Absence is 0 only under a complete hand-in (U9).
A circuit of NetBox that ends at no site that was read is set aside: nobody knows whom it serves.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import Boolean, Column, Date, Text

from iku_etl.connectors import netbox
from iku_etl.connectors.registers import folder
from iku_etl.model import KeptPayload, Payload, Rows, Source, quarantine, stop, warn, warn_unregistered
from iku_etl.settings import Endpoint
from iku_etl.window import Window

KINDS, MEDIA = ["opd", "desa", "ruang_publik"], ["fiber_optik", "tetap", "nirkabel", "vsat", "seluler"]

SOURCE = Source(
    title="Daftar jaringan TIK",
    owner="Seksi Aplikasi dan Pengembangan Telematika",
    kind="snapshot",
    since=date(2026, 1, 1),
    grid="month",
    schedule="30 5 * * *",
    late_by=timedelta(days=14),
    max_age=timedelta(days=62),
    version=2,
    privacy="public",
    free_of_personal_data="rencana jaringan, ditulis Seksi sendiri; pemeriksa membuka berkas aslinya",
    columns=(
        Column("link", Text, nullable=False, comment="stable id of the link", info={"headings": ("id jaringan",)}),
        Column("serves_kind", Text, nullable=False, comment="opd, desa or ruang_publik",
               info={"headings": ("jenis layanan", "untuk")}),
        Column("serves", Text, nullable=False, comment="whom: OPD id, desa code, area id",
               info={"headings": ("dilayani",),
                     "example": ("17.01.01.2001", "17.01.01.2002"),
                     "code_list": "desa", "code_list_where": ("serves_kind", "desa")}),
        Column("medium", Text, comment="fiber_optik, tetap, nirkabel, vsat, seluler", info={"headings": ("media",)}),
        Column("supplied_by_dinas", Boolean, nullable=False, comment="supplied or managed by the Dinas",
               info={"headings": ("dari dinas",)}),
        Column("monitored", Boolean, nullable=False, comment="in the monitoring", info={"headings": ("dipantau",)}),
        Column("active_from", Date, nullable=False, comment="first day", info={"headings": ("aktif sejak",)}),
        Column("active_to", Date, comment="last active day", info={"headings": ("aktif sampai",)}),
        Column("last_seen_on", Date, comment="last sign of life", info={"headings": ("terakhir terlihat",)}),
        Column("last_polled_on", Date, comment="last report", info={"headings": ("pemantauan terakhir",)}),
        Column("working", Boolean, comment="as found on verified_on", info={"headings": ("berfungsi",)}),
        Column("verified_on", Date, comment="last check by a person", info={"headings": ("diverifikasi",)}),
    ),
    key=("link", "serves_kind", "serves"),
    expectations=(
        stop("ExpectTableRowCountToBeBetween", min_value=1),
        quarantine("ExpectColumnValuesToBeInSet", column="serves_kind", value_set=KINDS),
        quarantine("ExpectColumnValuesToBeInSet", column="medium", value_set=MEDIA),  # decides IKU-03
        quarantine("ExpectColumnValuesToMatchRegex", column="serves", regex=r"^\d\d\.\d\d\.\d\d\.[12]\d{3}$",
                   row_condition='serves_kind == "desa"'),
        quarantine("ExpectColumnPairValuesAToBeGreaterThanB", column_A="active_to", column_B="active_from",
                   or_equal=True, ignore_row_if="either_value_is_missing"),
        quarantine("ExpectColumnValuesToBeBetween", column="last_seen_on", min_value=date(2015, 1, 1)),  # 1970: a clock
        quarantine("ExpectColumnValuesToNotBeNull", column="verified_on",
                   row_condition="working.notnull()"),  # found, but when?
        warn("ExpectColumnValuesToNotBeNull", column="last_polled_on",
             row_condition="monitored == True"),  # silent pollers prove nothing
        warn("ExpectColumnValuesToBeBetween", column="active_from", min_value=date(2005, 1, 1)),
        warn_unregistered(column="serves", register="opd", register_column="opd", where=("serves_kind", "opd")),
        warn_unregistered(column="serves", register="desa", register_column="desa", where=("serves_kind", "desa")),
    ),
)  # fmt: skip


def extract(window: Window, endpoint: Endpoint) -> Iterable[Payload]:
    """The register files of the window, or the whole inventory of NetBox as it is."""
    if endpoint.system == "register":
        return folder.extract(window, endpoint, late_by=SOURCE.late_by, since=SOURCE.since)
    if endpoint.system == "netbox":
        return netbox.inventory(endpoint, window)
    raise endpoint.refusal("network_link", "register", "netbox")


def parse(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Read a payload by what it is, so that old bytes of either system can be replayed."""
    if payload.media_type == netbox.MEDIA_TYPE:
        return netbox.read(payload, window)
    return folder.read(payload, window, columns=SOURCE.columns)
