"""What the office is told of a night: what moved and why, what is stale, what waits for whom, and what never came.

One message, as plain text, as HTML and short enough for Telegram, from two templates. Read from committed data alone.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import jinja2

from iku_etl import indonesian
from iku_etl.errors import WarehouseError
from iku_etl.figures import publications
from iku_etl.indonesian import plain
from iku_etl.pipeline import Pipeline, deadline, line_of, pipeline
from iku_etl.scheduler import notices
from iku_etl.settings import Settings
from iku_etl.warehouse.database import Row

DETAILED = 40  # changes with members and reasons: a reading each
SHOWN = 20  # sentences under a heading
TELEGRAM_UNITS = 4096  # UTF-16 units, Telegram's own limit
REASON = 300  # characters of a reason; the desk has all
PUBLISHER = "refresh"  # the DAG whose failure means that the night's figures are not out


@dataclass(frozen=True)
class Part:
    """One heading and its sentences, which tell of `count` things; `nothing` is said where there are none."""

    heading: str
    nothing: str
    lines: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Night:
    """A night as committed data tell it. `published_at` is None while its figures are not out."""

    day: date
    published_at: datetime | None
    newest_at: datetime | None
    publication_id: int | None
    moved: Part
    stale: Part
    missing: Part
    blocked: Part
    failures: Part

    @property
    def key(self) -> str:
        """What it is about: each is told a key once."""
        return self.day.isoformat() if self.published_at else f"{self.day.isoformat()} belum terbit"

    @property
    def told_of(self) -> int | None:
        """The publication up to which it says what moved; None where it says that nothing is out yet."""
        return self.publication_id if self.published_at else None

    @property
    def parts(self) -> tuple[Part, ...]:
        if self.published_at:
            return (self.moved, self.missing, self.stale, self.blocked, self.failures)
        return (self.missing, self.failures, self.blocked)


@dataclass(frozen=True)
class Message:
    """What is sent; `short` is the text within Telegram's limit."""

    key: str
    subject: str
    text: str
    html: str
    short: str


def night(
    settings: Settings, now: datetime, after: int | None = None, opened: Callable[[Settings], Pipeline] = pipeline
) -> Night:
    """The night before `now`, an aware moment; what moved since publication `after`, or by the newest if None.

    A warehouse that can't be reached is told as what the figures wait for.
    """
    day = now.astimezone(settings.zone).date()
    failures = [one for one in notices.open_failures(settings.state) if one.dag != "message"]
    told = [f"{one.dag}, {_moment(one.at, settings.zone)}: {one.reason}" for one in failures]
    empty = Night(
        day, None, None, None,
        Part("Angka baru atau berubah", "Tidak ada angka yang berubah."),
        Part("Angka basi", "Tidak ada angka yang basi."),
        Part("Sumber yang belum masuk", "Semua sumber sudah masuk."),
        Part("Menunggu keputusan", "Tidak ada yang menunggu keputusan."),
        _part(Part("Yang gagal", "Tidak ada yang gagal."), told),
    )  # fmt: skip
    try:
        found = _read(opened(settings), empty, after)
    except WarehouseError as problem:
        return replace(empty, failures=_part(empty.failures, [f"gudang data: {problem}", *told]))
    midnight = datetime.combine(day, datetime.min.time(), settings.zone)
    broken = max((datetime.fromisoformat(one.at) for one in failures if one.dag == PUBLISHER), default=midnight)
    end = deadline.last_end(settings.state)
    newest = max(filter(None, (found.newest_at, end.at if end else None)), default=None)
    return replace(found, newest_at=newest, published_at=newest if newest and newest >= broken else None)


def _read(pipeline: Pipeline, empty: Night, after: int | None) -> Night:
    with pipeline.warehouse.connect("reader") as connection:
        number = publications.newest_id(connection)
        rows = publications.select(connection)
    state = pipeline.state()
    if not (state and number):
        return empty
    changes = pipeline.changes_of(number, DETAILED) if after is None else pipeline.changes_after(after, DETAILED)
    moved = [line_of(change) for change in changes if change.before is not None]
    first = [change.figure for change in changes if change.before is None]
    if first:
        named = f": {_named(first[0])}" if len(first) == 1 else f", antara lain {_named(first[0])}"
        moved.append(f"{indonesian.count(len(first))} angka terbit pertama kali{named}.")
    known = {row["source"]: row for row in pipeline.sources()}
    return replace(
        empty,
        newest_at=state.published_at,
        publication_id=number,
        moved=_part(empty.moved, moved, len(changes)),
        stale=_part(empty.stale, _stale(rows)),
        missing=_part(empty.missing, _missing(pipeline.gaps(), known)),
        blocked=_part(
            empty.blocked, [*_batches(state.batches, known), *_figures(state.figures, rows)] if state else ()
        ),
    )


def _part(part: Part, lines: Iterable[str], count: int | None = None) -> Part:
    """What sources and people wrote loses what could steer a screen or break a line."""
    told = tuple(map(plain, lines))
    return replace(part, lines=told, count=len(told) if count is None else count)


def _stale(rows: Sequence[Row]) -> list[str]:
    """The newest base period of each indicator, if a register beneath it is stale."""
    newest: dict[str, Row] = {}
    for row in rows:
        if indonesian.grain(row["period"]) == row["base_period"]:
            newest[row["indicator"]] = max(newest.get(row["indicator"], row), row, key=lambda one: str(one["period"]))
    return [
        f"{_named(row)}, {row['title']}: basi sejak {indonesian.day(row['stale_since'])}. Pemilik: {row['owner']}."
        for row in newest.values()
        if row["stale_since"]
    ]


def _missing(gaps: Iterable[Row], known: dict[str, Row]) -> list[str]:
    """A sentence for each source that may still bring something."""
    owed: dict[str, list[Row]] = defaultdict(list)
    for row in gaps:
        if row["untold"] is None:
            owed[row["source"]].append(row)
    return [_owed(known[name], rows) for name, rows in owed.items()]


def _owed(source: Row, rows: list[Row]) -> str:
    newest = rows[-1]
    when = indonesian.window(newest["window_on"], newest["grid"])
    if len(rows) > 1:
        when = f"{indonesian.count(len(rows))} jendela sampai {when}"
    reason = f" {_short(newest['last_reason'])}" if newest["last_reason"] else ""
    return f"{source['title']} ({source['source']}), {when}. Pemilik: {source['owner']}.{reason}"


def _batches(rows: Iterable[Row], known: dict[str, Row]) -> list[str]:
    return [
        f"{known[row['source']]['title']} {indonesian.window(row['window_on'], row['grid'])}, batch {row['batch_id']}."
        f" Pemilik: {known[row['source']]['owner']}. {_short(row['reason'])}"
        for row in rows
    ]


def _figures(rows: Iterable[Row], published: Iterable[Row]) -> list[str]:
    """Official figures that nobody has verified or approved: a sentence for each owner and what is asked of them."""
    owners = {row["indicator"]: row["owner"] for row in published}
    asked: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        step = "pengesahan" if row["is_verified"] else "verifikasi"
        asked[owners.get(row["indicator"], "tidak diketahui"), step].append(_named(row))
    return [f"{step}: {', '.join(names)}. Pemilik: {owner}." for (owner, step), names in asked.items()]


def _named(row: Row) -> str:
    return f"{row['indicator']} {indonesian.period(row['period'])}"


def _short(reason: object) -> str:
    told = str(reason or "")
    return told if len(told) <= REASON else f"{told[:REASON]}…"


def _moment(at: str, zone: ZoneInfo) -> str:
    return indonesian.moment(datetime.fromisoformat(at), zone)


# ---------------------------------------------------------------- as a message


def message(found: Night, settings: Settings) -> Message:
    """The night in words: Indonesian, with the way to the desk."""
    text = _rendered("message.txt", found, settings, SHOWN)
    fitting = (_rendered("message.txt", found, settings, shown) for shown in (SHOWN, 10, 5, 3, 2, 1, 0))
    short = next((one for one in fitting if _units(one) <= TELEGRAM_UNITS), text[: TELEGRAM_UNITS // 2])
    return Message(found.key, _subject(found), text, _rendered("message.html", found, settings, SHOWN), short)


def _subject(found: Night) -> str:
    """Our own words and numbers alone: nothing that a source or a person wrote."""
    told = f"IKU {indonesian.day(found.day)}:"
    if not found.published_at:
        return f"{told} angka belum terbit pukul {deadline.PUBLISHED_BY:%H.%M}"
    counted = (
        (found.moved, "angka baru atau berubah"), (found.missing, "sumber belum masuk"), (found.stale, "angka basi"),
        (found.blocked, "menunggu keputusan"), (found.failures, "gagal"),
    )  # fmt: skip
    parts = [f"{indonesian.count(part.count)} {word}" for part, word in counted if part.count]
    return f"{told} {', '.join(parts) or 'tidak ada yang berubah'}"


def _rendered(template: str, found: Night, settings: Settings, shown: int) -> str:
    made = _templates(settings.zone).get_template(template)
    return made.render(night=found, shown=shown, desk=settings.desk_url, deadline=f"{deadline.PUBLISHED_BY:%H.%M}")


@cache
def _templates(zone: ZoneInfo) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "day": indonesian.day,
        "count": indonesian.count,
        "moment": lambda value: indonesian.moment(value, zone),
    }
    return made


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
