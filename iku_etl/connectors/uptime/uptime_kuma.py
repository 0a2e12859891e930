"""Uptime Kuma 2.x: the beats of its monitors, from a public status page or a copy of kuma.db.

A status page keeps the last 100 beats of a monitor, of a day only when it beats every 15 minutes or slower. So a window
is read only if the beats reach back over all of it; a part of a day would look like a day with few checks. A copy of
kuma.db has all beats of a year. Kuma writes UTC without a zone.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.registers import files
from iku_etl.connectors.uptime.monitors import packed, site_map, unpacked, watched
from iku_etl.errors import ContractError, SettingError
from iku_etl.model import KeptPayload, Payload, Rows
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=uptime_kuma"
SYSTEM = "Uptime Kuma"
PAGE_BEATS = 100  # Kuma's own limit for a status page
LIMITS = Limits(total_seconds=60, body_bytes=16 * 1024**2)
AGAIN_WITHIN = timedelta(
    days=1
)  # an older day is asked for again as lookback; a page has forgotten it, which is no news
UP = {0: "false", 1: "true", 2: None, 3: None}  # pending and under maintenance: not observed
COLUMNS = ("place", "site", "checked_at", "up", "latency_ms", "cause")
OUTSIDE, UNMAPPED = "detak di luar jendela", "detak pemantau di luar peta sites"
_STATUS = re.compile(r"status code ([1-9]\d\d)$")  # Request failed with status code 503

Beats = dict[str, list[dict[str, Any]]]


# ---------------------------------------------------------------- bytes


def beats(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload `[head, page, beats]`; none when a status page has long forgotten an older window.

    Options: `slug` of the status page, or the url is the path of a copy of kuma.db; `sites`, see monitors.py.
    """
    head = {"sites": site_map(endpoint)}
    if urlsplit(endpoint.url).scheme not in ("http", "https"):
        yield _of_file(endpoint, window, head)
        return
    slug = endpoint.options.get("slug")
    if not slug:
        raise SettingError('website_uptime: tulis slug = "..", bagian terakhir alamat halaman status Kuma.')
    asked_at, answers = datetime.now(UTC), []
    with Client(endpoint, LIMITS) as client:
        for path in ("/api/status-page/", "/api/status-page/heartbeat/"):
            answer = client.get(path + quote(str(slug), safe=""), {}, accept=(200, 404))  # an unknown slug says so
            answers.append((answer, b"".join(answer.chunks)))
    if _has_forgotten(answers[1][1], window):
        return
    yield Payload(
        name="uptime_kuma",
        media_type=MEDIA_TYPE,
        request={"method": "GET", "url": endpoint.url, "parameters": {"slug": str(slug)}},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=max(answer.status for answer, _ in answers),
        chunks=packed({**head, "at_most": PAGE_BEATS}, [body for _, body in answers]),
    )


def _has_forgotten(body: bytes, window: Window) -> bool:
    """Whether the newest beat is over a day later than the window, and some monitor's beats don't reach back."""
    try:
        found = _lists(orjson.loads(body))
        newest = max(moment for one in found.values() for moment in _moments(one))
    except (ContractError, ValueError):  # no answer of Kuma, or no beat: the reader says so, with the bytes kept
        return False
    return newest - window.end > AGAIN_WITHIN and any(_is_cut(one, PAGE_BEATS, window) for one in found.values())


def _of_file(endpoint: Endpoint, window: Window, head: Mapping[str, Any]) -> Payload:
    """The window's beats out of a copy of kuma.db, in the shape of a status page."""
    path, asked_at = Path(endpoint.url), datetime.now(UTC)
    with files.open_regular(path) as stream:
        found = files.state(path)
        if not found or stream.read(15) != b"SQLite format 3":
            raise ContractError(f"{path.name} bukan berkas SQLite; url menunjuk salinan kuma.db.", code="no_sqlite")
    if (log := Path(f"{path}-wal")).exists() and log.stat().st_size:
        raise ContractError(
            f"{path.name} sedang dipakai Kuma (ada berkas -wal), detak terbaru belum di dalamnya. Buat salinan:"
            ' sqlite3 kuma.db ".backup salinan.db", lalu tulis salinan itu sebagai url.',
            code="live_database",
        )
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            page, listed, newest = _selected(database, window)
    except sqlite3.Error as problem:
        raise ContractError(f"{path.name} bukan kuma.db yang utuh: {problem}.", code="no_kuma") from None
    return Payload(
        name=path.name,
        media_type=MEDIA_TYPE,
        request={"method": "read", **files.asked_for(path.name, found)},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=None,
        chunks=packed({**head, "newest": newest}, [orjson.dumps(page), orjson.dumps(listed)]),
    )


def _selected(database: sqlite3.Connection, window: Window) -> tuple[dict[str, Any], dict[str, Any], str | None]:
    database.row_factory = sqlite3.Row
    names = database.execute("select id, name, url from monitor order by id").fetchall()
    rows = database.execute(
        """
        select monitor_id, status, time, msg, ping from heartbeat
        where time >= ? and time < ? order by monitor_id, time, id
        """,
        [_utc(window.start), _utc(window.end)],
    )
    listed: Beats = {}
    for row in rows:
        listed.setdefault(str(row["monitor_id"]), []).append({name: row[name] for name in row.keys()[1:]})
    # the first of a later day tells the same as the last of all, and the same whenever it is asked
    (newest,) = database.execute("select min(time) from heartbeat where time >= ?", [_utc(window.end)]).fetchone()
    return {"publicGroupList": [{"monitorList": [dict(one) for one in names]}]}, {"heartbeatList": listed}, newest


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")  # sorts before the same second with milliseconds


# ---------------------------------------------------------------- rows


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Rows site, checked_at, up, latency_ms, cause of the window's beats.

    Raises ContractError unless the beats cover the window whole, or for what is no answer of Kuma.
    """
    head, (page, answer) = unpacked(payload.path.read_bytes(), SYSTEM)
    called, own = _monitors(page)
    listed = _lists(answer)
    sites, without = watched(head["sites"], called, own, SYSTEM)
    out = Counter(without)
    if "newest" in head and head["newest"] is None:
        raise ContractError(
            f"salinan kuma.db dibuat sebelum {window.end.isoformat()}, akhir jendela. Salin lagi, lalu ulangi.",
            code="not_whole",
        )
    cut = [monitor for monitor in sites if _is_cut(listed.get(monitor, ()), head.get("at_most"), window)]
    if cut:
        raise ContractError(
            f"halaman status hanya menyimpan {head['at_most']} detak terakhir, dan detak pemantau"
            f" {', '.join(cut)} tidak sampai ke awal jendela; harinya kosong, bukan sebagian. Pantau tiap 15 menit"
            " atau lebih jarang, atau pakai salinan kuma.db.",
            code="not_whole",
        )
    rows = []
    for monitor, beats_of in listed.items():
        if monitor not in sites:
            out[UNMAPPED] += len(beats_of)
            continue
        for number, beat in enumerate(beats_of):
            if (moment := _moment(beat)) and not window.start <= moment < window.end:
                out[OUTSIDE] += 1
            else:
                rows += [_row(f"/2/heartbeatList/{monitor}/{number}", site, beat) for site in sites[monitor]]
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = {name: pa.array(list(cells), pa.string()) for name, cells in zip(COLUMNS, columns, strict=True)}
    yield Rows(pa.table(table), {reason: count for reason, count in out.items() if count})


def _monitors(page: Any) -> tuple[dict[str, set[str]], dict[str, str]]:
    """What each monitor may be called by, and its site without a map: the host it asks, else its name."""
    groups = page.get("publicGroupList") if isinstance(page, dict) else None
    if not isinstance(groups, list):
        said = str(page.get("msg", "tanpa publicGroupList") if isinstance(page, dict) else page)[:200]
        raise ContractError(f"{SYSTEM} menjawab: {said}. Periksa slug halaman statusnya.", code="kuma_error")
    called, own = {}, {}
    try:
        for monitor in (monitor for group in groups for monitor in group["monitorList"]):
            name, url = str(monitor["name"]), str(monitor.get("url") or "")
            called[str(monitor["id"])] = {str(monitor["id"]), name, url} - {""}
            own[str(monitor["id"])] = urlsplit(url).hostname or name
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ContractError(f"/1/publicGroupList bukan daftar pemantau: {problem!r}.", code="shape") from None
    return called, own


def _lists(answer: Any) -> Beats:
    found = answer.get("heartbeatList") if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        said = str(answer.get("msg", "tanpa heartbeatList") if isinstance(answer, dict) else answer)[:200]
        raise ContractError(f"{SYSTEM} menjawab: {said}. Periksa slug halaman statusnya.", code="kuma_error")
    for monitor, one in found.items():
        if not isinstance(one, list) or not all(map(_is_beat, one)):
            raise ContractError(f"/2/heartbeatList/{monitor} bukan daftar detak.", code="shape")
    return found


def _is_beat(found: Any) -> bool:
    return isinstance(found, dict) and {"status", "time"} <= set(found)


def _is_cut(listed: Sequence[Mapping[str, Any]], at_most: int | None, window: Window) -> bool:
    """Whether beats of the window may have been left out: the list is full, and begins within or after it."""
    return at_most is not None and len(listed) >= at_most and min(_moments(listed), default=window.end) > window.start


def _moments(listed: Sequence[Mapping[str, Any]]) -> Iterator[datetime]:
    return (moment for beat in listed if (moment := _moment(beat)))


def _moment(beat: Mapping[str, Any]) -> datetime | None:
    """None for what can't be read: it stays in, so that the typed stage names it."""
    try:
        found = datetime.fromisoformat(str(beat["time"]))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _row(place: str, site: str, beat: Mapping[str, Any]) -> Sequence[str | None]:
    status, ping, moment = beat["status"], beat.get("ping"), _moment(beat)
    up = UP[status] if type(status) is int and status in UP else str(status)  # an unknown word is named by the type
    said = _STATUS.search(str(beat.get("msg") or "")) if up == "false" else None  # a status page blanks it
    return (
        place,
        site,
        moment.isoformat() if moment else str(beat["time"]),
        up,
        str(round(ping) if isinstance(ping, float) else ping) if up == "true" and ping is not None else None,
        f"http_{said[1]}" if said else None,
    )
