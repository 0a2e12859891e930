"""Uptime Kuma: the beats of its monitors, from a public status page or a copy of kuma.db (kuma_db.py).

Both forget: a page keeps the last 100 beats of a monitor, of a day only when it beats every 15 minutes or slower; a
copy has lost a day's beginning once Kuma 2 has cleaned up. A monitor whose beats don't reach back over the whole
window is not observed in it: what is left would look like a day with few checks. Kuma writes UTC without a zone.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pyarrow as pa

from iku_etl.connectors.http.client import Client, Limits
from iku_etl.connectors.http.options import HttpOptions
from iku_etl.connectors.registers import files
from iku_etl.connectors.uptime import kuma_db
from iku_etl.connectors.uptime.kuma_db import Beats
from iku_etl.connectors.uptime.monitors import Monitor, Watched, packed, short, silent, site_map, unpacked, watched
from iku_etl.errors import ContractError, NotTold, SettingError
from iku_etl.model import KeptPayload, Payload, Rows, Unobserved
from iku_etl.settings import Endpoint
from iku_etl.window import Window

MEDIA_TYPE = "application/json;profile=uptime_kuma"
SYSTEM = "Uptime Kuma"
ID_LETTERS = 20  # it stands in each record's place
PAGE_BEATS = 100  # Kuma's own limit for a status page
LIMITS = Limits(body_bytes=8 * 1024**2)
# a window that ended so long before the newest beat is asked for again, as lookback or as a gap: what was forgotten
# since is no news, and what was collected in its time stands
AGAIN_AFTER = timedelta(hours=12)
WEB = ("http", "keyword", "json-query", "real-browser", "push")  # kinds of monitors that may tell of a website
UP = {0: "false", 1: "true", 2: None, 3: None}  # pending and under maintenance: not observed
COLUMNS = ("place", "site", "checked_at", "up", "latency_ms", "cause")
OUTSIDE, UNMAPPED = "detak di luar jendela", "detak pemantau yang tidak dipakai"
_STATUS = re.compile(r"status code ([1-9]\d\d)$")  # Request failed with status code 503


class Options(HttpOptions, total=False):
    """What a connection may say beside `system` and `url`."""

    sites: object  # judged by `monitors`
    slug: str


# ---------------------------------------------------------------- bytes


def beats(endpoint: Endpoint, window: Window) -> Iterator[Payload]:
    """One payload `[head, page, beats]`; NotTold when the beats of an older window are no longer whole.

    Options: `slug` of the status page, or the url is the path of a copy of kuma.db; `sites`, see monitors.py.
    """
    head: dict[str, Any] = {"sites": site_map(endpoint)}
    if urlsplit(endpoint.url).scheme not in ("http", "https"):
        yield _of_file(endpoint, window, head)
        return
    slug = endpoint.options.get("slug")
    if not slug:
        raise SettingError(
            f'{endpoint.at("slug")}website_uptime: tulis slug = "..", bagian terakhir alamat halaman status Kuma.'
        )
    asked_at, answers = datetime.now(UTC), []
    with Client(endpoint, LIMITS) as client:
        for path in ("/api/status-page/", "/api/status-page/heartbeat/"):
            answer = client.get(path + quote(str(slug), safe=""), {}, accept=(200, 404))  # an unknown slug says so
            answers.append((answer, b"".join(answer.chunks)))
    chunks = packed({**head, "at_most": PAGE_BEATS}, [body for _, body in answers])
    _check_memory(b"".join(chunks), window)
    yield Payload(
        name="uptime_kuma",
        media_type=MEDIA_TYPE,
        request={"method": "GET", "url": endpoint.url, "parameters": {"slug": str(slug)}},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=max(answer.status for answer, _ in answers),
        chunks=chunks,
    )


def _check_memory(body: bytes, window: Window) -> None:
    """Raise NotTold for an older window that the page has forgotten in part or whole."""
    try:
        head, (page, answer) = unpacked(body, SYSTEM)
        listed = _lists(answer)
        asked = _watched(head, page, listed)
        newest = max(moment for one in listed.values() for moment in _moments(one))
    except (ContractError, ValueError):  # no answer of Kuma, or no beat: the reader says so, with the bytes kept
        return
    _refuse_forgotten(_cut(head, listed, window, asked.sites), newest, window)


def _refuse_forgotten(cut: Collection[str], newest: datetime, window: Window) -> None:
    if cut and newest - window.end > AGAIN_AFTER:
        raise NotTold(
            f"{SYSTEM} sudah melupakan awal jendela {window.label} (pemantau {', '.join(sorted(cut))}); yang tersisa"
            " bukan hari yang utuh, jadi tidak dimuat. Kumpulkan tiap malam sebelum Kuma membersihkan detaknya.",
            code="forgotten",
        )


def _of_file(endpoint: Endpoint, window: Window, head: Mapping[str, Any]) -> Payload:
    """The window's beats out of a copy of kuma.db, in the shape of a status page."""
    path, asked_at = Path(endpoint.url), datetime.now(UTC)
    if not (found := files.state(path)):
        raise ContractError(f"{path.name} tidak ada; url menunjuk salinan kuma.db.", code="no_sqlite")
    copy = kuma_db.copied(path, window)
    if copy.next is None:
        raise NotTold(
            f"salinan kuma.db dibuat sebelum {window.end.isoformat()}, akhir jendela. Salin lagi sesudah tengah malam"
            " dan sebelum pukul 03.14, lalu ulangi.",
            code="not_whole",
        )
    page = {"publicGroupList": [{"monitorList": copy.monitors}]}
    asked = _watched(head, page, copy.beats)
    cut = {monitor: since for monitor, since in copy.cut.items() if monitor in asked.sites}
    if newest := _moment({"time": copy.newest}):
        _refuse_forgotten(cut, newest, window)
    return Payload(
        name=path.name,
        media_type=MEDIA_TYPE,
        request={"method": "read", **files.asked_for(path.name, found)},
        asked_at=asked_at,
        answered_at=datetime.now(UTC),
        status=None,
        chunks=packed(
            {**head, "newest": copy.next, "cut": cut},
            [orjson.dumps(page), orjson.dumps({"heartbeatList": copy.beats})],
        ),
    )


# ---------------------------------------------------------------- rows


def read(payload: KeptPayload, window: Window) -> Iterator[Rows]:
    """Rows site, checked_at, up, latency_ms, cause of the window's beats.

    A site is not observed, by name, whose beats don't cover the window from its beginning, that several monitors watch
    or none. Raises ContractError for what is no answer of Kuma.
    """
    head, (page, answer) = unpacked(payload.path.read_bytes(), SYSTEM)
    listed = _lists(answer)
    asked = _watched(head, page, listed)
    if "at_most" not in head and "cut" not in head:
        raise ContractError(
            "muatan lama dari salinan kuma.db tanpa keterangan detak mana yang sudah dihapus Kuma; jendela ini tidak"
            " dapat dinilai lagi. Kumpulkan ulang dari cadangan kuma.db bila ada.",
            code="not_whole",
        )
    cut = _cut(head, listed, window, asked.sites)
    unobserved = list(asked.unobserved)
    rows, out = [], Counter[str]()
    for monitor, sites in asked.sites.items():
        place = f"/2/heartbeatList/{monitor}"
        if monitor in cut:
            unobserved += [_forgotten(site, monitor, cut[monitor], head, place) for site in sites]
            continue
        own = []
        for number, beat in enumerate(listed.get(monitor, ())):
            if (moment := _moment(beat)) and not window.start <= moment < window.end:
                out[OUTSIDE] += 1
            else:
                own += [_row(f"{place}/{number}", site, beat) for site in sites]
        if not own and head["sites"]:
            unobserved += [silent(site, f"pemantau {monitor}", SYSTEM, place) for site in sites]
        rows += own
    for monitor in listed.keys() - asked.sites.keys():
        out[f"{UNMAPPED} {kind}" if (kind := asked.others.get(monitor)) else UNMAPPED] += len(listed[monitor])
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    table = {name: pa.array(list(cells), pa.string()) for name, cells in zip(COLUMNS, columns, strict=True)}
    declared_out = {reason: count for reason, count in sorted(out.items()) if count}
    yield Rows(pa.table(table), declared_out, tuple(unobserved))


def _forgotten(site: str, monitor: str, since: str | None, head: Mapping[str, Any], place: str) -> Unobserved:
    if "at_most" in head:
        why = f"halaman status hanya menyimpan {head['at_most']} detak terakhir. Pantau tiap 15 menit atau lebih jarang"
        why += ", atau pakai salinan kuma.db."
    else:
        why = "Kuma 2 menghapusnya pukul 03.14. Salin kuma.db sesudah tengah malam dan sebelum pukul itu."
    whole = f"utuh sejak {since} UTC saja" if since else "tidak utuh"
    return Unobserved(
        place,
        f"{SYSTEM}: situs {short(site)}: detak pemantau {short(monitor)} {whole}, tidak sampai ke awal jendela; {why}",
        {"site": site},
    )


def _watched(head: Mapping[str, Any], page: Any, listed: Beats) -> Watched:
    return watched(head["sites"], _monitors(page, listed), SYSTEM, "/1/publicGroupList")


def _cut(head: Mapping[str, Any], listed: Beats, window: Window, asked: Collection[str]) -> Mapping[str, str | None]:
    """Those of the monitors whose beats of the window's beginning may be gone, and since when all are there."""
    if "at_most" not in head:
        return {monitor: since for monitor, since in head.get("cut", {}).items() if monitor in asked}
    return {
        monitor: since.strftime("%Y-%m-%d %H:%M")
        for monitor in asked
        if len(found := listed.get(monitor, ())) >= head["at_most"]
        and (since := min(_moments(found), default=window.end)) > window.start
    }


def _monitors(page: Any, listed: Beats) -> dict[str, Monitor]:
    """The monitors by their id; the site of each without a map is the host it asks, else its name."""
    groups = page.get("publicGroupList") if isinstance(page, dict) else None
    if not isinstance(groups, list):
        said = str(page.get("msg", "tanpa publicGroupList") if isinstance(page, dict) else page)[:200]
        raise ContractError(f"{SYSTEM} menjawab: {said}. Periksa slug halaman statusnya.", code="kuma_error")
    if isinstance(config := page.get("config"), dict) and config.get("heartbeatBarDays"):
        raise ContractError(
            f"halaman status {SYSTEM} meringkas beberapa hari menjadi satu balok, bukan tiap detak. Setel rentangnya"
            " ke otomatis (0 hari).",
            code="summary",
        )
    found = {}
    try:
        for one in (monitor for group in groups for monitor in group["monitorList"]):
            key, name, url = str(one["id"]), str(one["name"]), str(one.get("url") or "")
            kind = one.get("type")
            if len(key) > ID_LETTERS:
                raise ValueError(f"id sepanjang {len(key)} huruf")
            found[key] = Monitor(
                called=frozenset({key, name, url} - {""}),
                own=(urlsplit(url).hostname or name).strip().lower(),
                title=f"pemantau {key} {short(name)!r}",
                other="" if kind is None or kind in WEB else str(kind),
                is_paused=not one.get("active", True) and not listed.get(key),
            )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise ContractError(f"/1/publicGroupList bukan daftar pemantau: {problem!r}.", code="shape") from None
    return found


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
