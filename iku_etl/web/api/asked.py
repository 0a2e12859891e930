"""What a request of the API may say beside its path: as of when, and which page of a list."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Query

from iku_etl.errors import NotFound
from iku_etl.manifest import listing
from iku_etl.web.desk import Visit
from iku_etl.window import moment_of

PREFIX = "/api/v1"
MOST, USUAL = 500, 100  # items of a page
CODE, PERIOD = r"^[A-Z0-9-]{1,20}$", r"^[0-9]{4}(-(0[1-9]|1[0-2]|TW[1-4]|S[12]))?$"
LARGEST = 2**53 - 1  # a number that JSON's readers still know exactly

Code = Annotated[str, Path(pattern=CODE, description="Kode indikator, misalnya IKU-05.")]
Period = Annotated[str, Path(pattern=PERIOD, description="2026-03, 2026-TW1, 2026-S1, atau 2026.")]
Revision = Annotated[int | None, Query(ge=0, le=LARGEST, description="Nomor revisi; tanpa ini yang terbaru.")]


@dataclass(frozen=True)
class AsOf:
    """As `--as-of` and `--as-of-time` of the commands: what was known at a load, at a moment."""

    load: int | None
    text: str | None

    def read(self, visit: Visit) -> tuple[int | None, datetime | None]:
        """The pair as the pipeline takes it; NotFound for a load or a moment that is yet to come, 422 for no moment."""
        if self.load:
            with visit.desk.connect("auditor") as connection:
                newest = listing.newest_load_no(connection)
            if self.load > newest:
                raise NotFound(f"muatan {self.load} belum ada; muatan terbaru {newest}.")
        return self.load, None if self.text is None else _moment(visit, "as_of_time", self.text)


def _moment(visit: Visit, name: str, text: str) -> datetime:
    now = datetime.now(UTC)
    try:
        moment = moment_of(text, visit.desk.settings.zone, now)
        is_to_come = moment.astimezone(UTC) > now
    except (ValueError, OverflowError):
        raise HTTPException(
            422, f"{name} bukan waktu. Tulis seperti 2026-03-14 atau 2026-03-14T06:00:00+07:00."
        ) from None
    if is_to_come:
        raise NotFound(f"waktu {name} belum tiba; yang dapat dibaca hanya yang sudah diketahui.")
    return moment


def _as_of(
    as_of: Annotated[int | None, Query(ge=0, le=LARGEST, description="Keadaan sampai nomor muatan itu.")] = None,
    as_of_time: Annotated[
        str | None,
        Query(
            description="Keadaan yang diketahui pada waktu itu; tanggal saja berarti akhir hari itu.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None,
) -> AsOf:
    return AsOf(as_of, as_of_time)


Known = Annotated[AsOf, Depends(_as_of)]
Reported = Annotated[
    str | None,
    Query(
        description="Yang resmi dilaporkan pada hari itu: yang disahkan, kalau tidak ada yang terverifikasi, kalau"
        " tidak ada yang terbaru; menurut yang terbit dan diputuskan sampai akhir hari itu.",
        json_schema_extra={"format": "date-time"},
    ),
]


def reported_at(visit: Visit, as_of: AsOf, text: str | None, *, history: bool) -> datetime | None:
    """The moment of `as_reported`; 409 beside an as-of or all revisions, else as `AsOf.read`."""
    if text is None:
        return None
    if history or as_of.load is not None or as_of.text is not None:
        raise HTTPException(409, "as_reported berdiri sendiri: tanpa as_of, as_of_time, dan history.")
    return _moment(visit, "as_reported", text)


@dataclass(frozen=True)
class Page:
    """A page of a list: at most `limit` items after those that the cursor's pages held."""

    limit: int
    cursor: str | None

    def offset(self, state: str) -> int:
        """How many items came before; 409 for a cursor that is none, or of a state that has passed."""
        if self.cursor is None:
            return 0
        try:
            made_in, _, offset = urlsafe_b64decode(self.cursor.encode()).decode().rpartition(":")
            found = int(offset)
        except ValueError:
            made_in, found = "", 0
        if made_in != state or not 0 <= found <= LARGEST:
            raise HTTPException(
                409, "cursor itu bukan dari daftar ini, atau ada muatan, keputusan, atau penerbitan baru. Mulai lagi."
            )
        return found

    def next(self, state: str, offset: int, total: int) -> str | None:
        """The cursor of the page after this one; None where there is none."""
        behind = offset + self.limit
        return urlsafe_b64encode(f"{state}:{behind}".encode()).decode() if behind < total else None


def _page(
    limit: Annotated[int, Query(ge=1, le=MOST, description="Paling banyak sekian isi.")] = USUAL,
    cursor: Annotated[str | None, Query(max_length=200, description="next_cursor dari halaman sebelumnya.")] = None,
) -> Page:
    return Page(limit, cursor)


Paged = Annotated[Page, Depends(_page)]
