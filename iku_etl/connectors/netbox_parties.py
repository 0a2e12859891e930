"""Whom each circuit of NetBox serves, and what else a row of `network_link` says of it.

NetBox says what is planned, not what is reachable: signs of life are taken from custom fields named as our columns, and
from nowhere else. A circuit ends at a site, or at a location, which is in a site; a region or a group of sites is many.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from iku_etl.model import Unobserved
from iku_etl.window import Window

PUBLIC, OWN_ISP = "titik-publik", "isp-sendiri"  # tags
COLUMNS = (
    "place", "link", "serves_kind", "serves", "medium", "supplied_by_dinas", "monitored", "active_from", "active_to",
    "last_seen_on", "last_polled_on", "working", "verified_on",
)  # fmt: skip
FIELDS = ("medium", "supplied_by_dinas", "monitored", "last_polled_on", "working", "verified_on")  # custom, as they are
MEDIA = {"ftth": "fiber_optik", "fiber-optik": "fiber_optik", "vsat": "vsat", "seluler": "seluler"}  # by circuit type
NOT_YET, GONE = ("planned", "provisioning"), ("deprovisioning", "decommissioned")
GRACE = timedelta(days=2)  # a live list read so soon after a month's end stands for that end
SITE, LOCATION, PROVIDER = "dcim.site", "dcim.location", "circuits.providernetwork"
NO_ONE, TWIN = "sirkuit tanpa pihak yang dilayani", "sirkuit yang tercatat dua kali"
KEY = ("link", "serves_kind", "serves")

Thing = Mapping[str, Any]
Party = tuple[str, str]  # serves_kind, serves
Row = dict[str, str | None]


@dataclass(frozen=True)
class Inventory:
    """What the pages hold: circuits with their places, sites and locations by id."""

    circuits: list[tuple[str, dict[str, Any]]]
    sites: Mapping[int, Thing]
    locations: Mapping[int, Thing]


def rows_of(inventory: Inventory, window: Window) -> tuple[list[Row], dict[str, int], list[Unobserved]]:
    """The rows, what is left out by reason, and what can't be known."""
    rows: list[Row] = []
    out: Counter[str] = Counter()
    unobserved: list[Unobserved] = []
    for place, circuit in inventory.circuits:
        status = _text(circuit.get("status"))
        if status in NOT_YET or (status in GONE and not circuit.get("termination_date")):
            out[f"sirkuit berstatus {status}"] += 1
            continue
        parties: set[Party] = set()
        doubts: list[str] = []
        for end in _ends(circuit):
            try:
                parties |= _party(circuit, end, inventory)
            except LookupError as why:
                doubts.append(str(why.args[0]))
        link = _text(circuit.get("cid"))
        for doubt in dict.fromkeys(doubts):
            sentence = f"sirkuit {str(link)[:100]} {doubt}; tidak diketahui siapa yang dilayaninya."
            unobserved.append(Unobserved(place, sentence, {"link": link} if link else {}))
        if not parties and not doubts:
            out[NO_ONE] += 1
        rows += [_row(place, circuit, kind, serves, window) for kind, serves in sorted(parties)]
    kept, clashes = _unique(rows, out)
    return kept, dict(out), unobserved + clashes


def _unique(rows: list[Row], out: Counter[str]) -> tuple[list[Row], list[Unobserved]]:
    """The rows by their key, once where all of a key say the same: an id is unique for its provider only."""
    by_key: dict[tuple[str | None, ...], list[Row]] = {}
    for row in rows:
        by_key.setdefault(tuple(row[name] for name in KEY), []).append(row)
    kept: list[Row] = []
    clashes: list[Unobserved] = []
    for key, own in by_key.items():
        if len({tuple(row[name] for name in COLUMNS[1:]) for row in own}) == 1:
            kept.append(own[0])
            out.update({TWIN: len(own) - 1} if len(own) > 1 else {})
            continue
        sentence = (
            f"sirkuit {str(key[0])[:100]} ada {len(own)} untuk {str(key[2])[:100]}, dan isinya berbeda; yang mana yang"
            " berlaku tidak diketahui. Beri tiap sirkuit id sendiri di NetBox."
        )
        known = {name: text for name, text in zip(KEY, key, strict=True) if text}
        clashes += [Unobserved(str(row["place"]), sentence, known) for row in own]
    return kept, clashes


# ---------------------------------------------------------------- whom it serves


def _ends(circuit: Thing) -> Iterator[tuple[str, Any]]:
    """Where a circuit ends: the kind of place and its id. At a provider's network nobody is served."""
    for name in ("termination_a", "termination_z"):
        termination = circuit.get(name) or {}
        kind, number = termination.get("termination_type"), termination.get("termination_id")
        if "termination_type" not in termination and isinstance(site := termination.get("site"), dict):
            kind, number = SITE, site.get("id")  # until NetBox 4.1
        if kind not in (None, PROVIDER):
            yield str(kind), number


def _party(circuit: Thing, end: tuple[str, Any], inventory: Inventory) -> set[Party]:
    """The area of the site an end is at, a public point's site, the circuit's tenant or the place's; LookupError."""
    kind, number = end
    location: Thing = {}
    if kind == LOCATION:
        location = inventory.locations.get(number, {})
        if not (number := (location.get("site") or {}).get("id")):
            raise LookupError(
                f"berakhir di lokasi nomor {end[1]}, yang situsnya tidak terbaca (hak baca dcim.location)"
            )
    elif kind != SITE:
        raise LookupError(f"berakhir di {kind} nomor {number}, bukan di satu situs; tulis situsnya di NetBox")
    if (site := inventory.sites.get(number)) is None:
        raise LookupError(f"berakhir di situs nomor {number}, yang tidak ada dalam daftar situs (izin dcim.site)")
    code = _text((site.get("custom_fields") or {}).get("kode_wilayah"))
    tenant = next((found for one in (circuit, location, site) if (found := _slug(one.get("tenant")))), None)
    if PUBLIC in _tags(circuit) | _tags(site) | _tags(location):
        if slug := _slug(site):
            return {("ruang_publik", slug)}
        raise LookupError(f"berakhir di situs nomor {number}, yang tidak punya slug")
    if code:
        return {("desa", code)}
    return {("opd", tenant.replace("-", "_"))} if tenant else set()  # a slug is written kec-manna, the OPD kec_manna


def _slug(thing: Any) -> str | None:
    return _text(thing.get("slug")) if isinstance(thing, Mapping) else None


def _tags(thing: Thing) -> set[str]:
    return {str(tag.get("slug") if isinstance(tag, dict) else tag) for tag in thing.get("tags") or ()}


# ---------------------------------------------------------------- what else a row says


def _row(place: str, circuit: Thing, kind: str, serves: str, window: Window) -> Row:
    fields = circuit.get("custom_fields") or {}
    row: Row = {name: _text(fields.get(name)) for name in FIELDS}
    return row | {
        "place": place,
        "link": _text(circuit.get("cid")),
        "serves_kind": kind,
        "serves": serves,
        "medium": row["medium"] or MEDIA.get(str(_slug(circuit.get("type")))),
        # what the Dinas keeps in its own NetBox is its own, unless it says otherwise
        "supplied_by_dinas": row["supplied_by_dinas"] or _text(OWN_ISP not in _tags(circuit)),
        "monitored": row["monitored"] or "tidak",
        "active_from": _text(circuit.get("install_date")),
        "active_to": _text(circuit.get("termination_date")),
        "last_seen_on": _day(fields.get("last_seen_on"), window),
        "last_polled_on": _day(fields.get("last_polled_on"), window),
    }


def _day(value: object, window: Window) -> str | None:
    """The local day of a date or moment; a day just after the month's end is written as that end (decision 21)."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text  # the typed stage names it
    day: date = moment.astimezone(window.start.tzinfo).date() if moment.tzinfo else moment.date()
    if window.last_day < day <= window.last_day + GRACE:
        day = window.last_day
    return day.isoformat()


def _text(value: object) -> str | None:
    """The text of a value; of a choice `{"value": .., "label": ..}` its value, of an object its name."""
    if isinstance(value, list):
        texts = [text for one in value if (text := _text(one))]
        return ", ".join(texts) or None  # the typed stage names several
    if isinstance(value, Mapping):
        return _text(value.get("value", value.get("display")))
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return str(value)
