"""Which monitor of a monitoring system watches which site: one monitor a site, or the option `sites` says which.

Two monitors of one site are never added up: half of their checks would be of something else. Such a site is not
observed and says so by name. Parsing sees only bytes, so the map that held when the system was asked is written into
the payload, before the answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from iku_etl.errors import ContractError, SettingError
from iku_etl.model import Unobserved
from iku_etl.settings import Endpoint

SITE_LETTERS = 253  # as long as a host's name may be
LETTERS_SHOWN = 80
TITLES_SHOWN = 5
# of one payload: each list, object and value costs tens of times what it takes in the text
CONTAINERS = 400_000
COMMAS_A_CONTAINER, COMMAS_FREE = 6, 100_000


@dataclass(frozen=True)
class Monitor:
    """One monitor. `called`: what the map may call it by; `own`: its site when there is no map.

    `title`: how a person finds it. `other`: what it checks, where that is no website. `is_paused`: by a person, and
    with nothing to tell of this window.
    """

    called: frozenset[str]
    own: str
    title: str
    other: str = ""
    is_paused: bool = False


@dataclass(frozen=True)
class Watched:
    """Monitor -> its sites; what can't be known, by name; monitors that are not asked about -> why."""

    sites: dict[str, list[str]] = field(default_factory=dict)
    unobserved: list[Unobserved] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- the map and the payload


def site_map(endpoint: Endpoint) -> dict[str, int | str]:
    """Site -> what its monitor is called there, a number only if it is its id; empty without a map."""
    sites: Any = endpoint.options.get("sites", {})
    wrong = _not_called(sites)
    if wrong is not None:
        given = f"{wrong[0]} = {sites[wrong[0]]!r} di " if wrong else ""
        raise SettingError(
            f"{endpoint.at('sites', *wrong)}website_uptime: {given}sites tidak dapat dipakai: sites memetakan"
            ' situs ke pemantaunya, misalnya "dinkes.example" = 3 (nomor di atas 0) atau "dinkes.example" ='
            ' "Website Dinkes".'
        )
    return {str(site): called for site, called in sites.items()}


def _not_called(sites: Any) -> tuple[str, ...] | None:
    """The site of the map whose monitor has neither a name nor a number, `()` for what is no map, None if all have."""
    if not isinstance(sites, Mapping):
        return ()
    for site, called in sites.items():
        if not (called > 0 if type(called) is int else type(called) is str and called):
            return (str(site),)
    return None


def slice_seconds(endpoint: Endpoint) -> int:
    """The option `slice_hours` (6) in seconds; SettingError for what is no time."""
    given = endpoint.options.get("slice_hours", 6)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 1 <= given * 3600 <= 86400 * 366:
        raise SettingError(
            f"{endpoint.at('slice_hours')}pilihan slice_hours koneksi ini adalah {given!r}; tulis bilangan jam di atas"
            " 0, misalnya slice_hours = 6."
        )
    return round(given * 3600)


def refuse_map(endpoint: Endpoint, system: str, instead: str) -> None:
    """Raise SettingError for a map where the system has none: it would change nothing, and in silence."""
    if endpoint.options.get("sites"):
        raise SettingError(f"{endpoint.at('sites')}sites tidak berlaku untuk {system}; hapus baris itu. {instead}")


def packed(head: Mapping[str, Any], bodies: Iterable[bytes]) -> tuple[bytes, ...]:
    """The chunks of a payload: `[head, answer, answer, ..]`, each answer as it was received."""
    return (b"[", b",".join([orjson.dumps(head), *bodies]), b"]")


def unpacked(body: bytes, system: str) -> tuple[dict[str, Any], list[Any]]:
    """The head and the answers; raises ContractError when an answer is no JSON, or one that only fills memory."""
    containers = body.count(b"[") + body.count(b"{")
    if containers > CONTAINERS or body.count(b",") > COMMAS_FREE + COMMAS_A_CONTAINER * containers:
        raise ContractError(
            f"{system}: jawabannya {len(body)} bita dalam {containers} daftar dan objek; bentuk atau ukurannya bukan"
            " jawaban sistem ini. Periksa url-nya, atau kumpulkan lebih sedikit pemantau.",
            code="too_large",
        )
    try:
        head, *answers = orjson.loads(body)
    except orjson.JSONDecodeError:
        beginning = body[:4096].lower()
        kind = "laman web" if b"<html" in beginning or b"<!doctype" in beginning else "bukan JSON atau terpotong"
        raise ContractError(f"{system}: jawabannya {kind}. Periksa url-nya.", code="not_json") from None
    return head, answers


def short(text: object) -> str:
    """A name as it can stand in a sentence."""
    said = str(text)
    return said if len(said) <= LETTERS_SHOWN else f"{said[:LETTERS_SHOWN]}… ({len(said)} huruf)"


# ---------------------------------------------------------------- one monitor a site


def watched(sites: Mapping[str, int | str], monitors: Mapping[str, Monitor], system: str, place: str) -> Watched:
    """Who watches what. `monitors`: id -> monitor; `place`: where in the payload they are listed.

    With a map each of its sites has the one monitor that is called so; without one each site has the one monitor whose
    own it is. Any other number than one leaves the site unobserved, by name.
    """
    found = Watched()
    found.others.update({key: f"berjenis {short(one.other)}" for key, one in monitors.items() if one.other})
    if sites:
        for site, called in sites.items():
            _by_map(found, site, called, monitors, system, place)
        return found
    claims: dict[str, list[str]] = {}
    for key, one in monitors.items():
        if not one.other:
            claims.setdefault(one.own, []).append(key)
    for site, keys in claims.items():
        awake = [key for key in keys if not monitors[key].is_paused] or keys[:1]
        titles = [monitors[key].title for key in awake]
        if not site or len(site) > SITE_LETTERS:
            why = f"{system}: situs {listed(titles)} tidak dapat dikenali. Tulis sites pada koneksi website_uptime."
            found.unobserved.append(Unobserved(place, why))
        elif len(awake) > 1:
            found.unobserved.append(ambiguous(site, titles, system, place, "Pilih satu dengan sites pada koneksi"))
        else:
            found.sites[awake[0]] = [site]
    return found


def _by_map(
    found: Watched, site: str, called: int | str, monitors: Mapping[str, Monitor], system: str, place: str
) -> None:
    def unobserved(why: str) -> None:
        found.unobserved.append(Unobserved(place, f"{system}: situs {short(site)}: {why}", {"site": site}))

    named = [str(called)] if isinstance(called, int) else []
    named = named or [key for key, one in monitors.items() if called in one.called]
    there = [key for key in named if key in monitors]
    fitting = [key for key in there if not monitors[key].other]
    awake = [key for key in fitting if not monitors[key].is_paused] or fitting[:1]
    if len(awake) == 1:
        found.sites.setdefault(awake[0], []).append(site)
    elif awake:
        titles = listed([monitors[key].title for key in awake])
        unobserved(f"{short(called)!r} adalah nama {len(awake)} pemantau ({titles}). Tulis id-nya pada sites.")
    elif there:
        kinds = listed(sorted({short(monitors[key].other) for key in there}))
        unobserved(
            f"pemantau {short(called)} berjenis {kinds}, bukan pemeriksaan laman situs. Petakan pemantau HTTP-nya."
        )
    else:
        unobserved(f"pemantau {short(called)} tidak ada, atau tidak boleh kita lihat. Periksa sites pada koneksi.")


def ambiguous(site: str, titles: Sequence[str], system: str, place: str, instead: str) -> Unobserved:
    """A site that several monitors watch: none of them is taken."""
    return Unobserved(
        place,
        f"{system}: situs {short(site)} diperiksa {len(titles)} pemantau ({listed(titles)}); tidak satu pun dipakai"
        f" karena hasilnya akan tercampur. {instead}.",
        {"site": site},
    )


def listed(titles: Sequence[str]) -> str:
    """Some names as a sentence shows them, the rest by their number."""
    more = len(titles) - TITLES_SHOWN
    return "; ".join(titles[:TITLES_SHOWN]) + (f"; dan {more} lagi" if more > 0 else "")


def silent(site: str, title: str, system: str, place: str) -> Unobserved:
    """A site whose monitor is there and has no check in the window."""
    return Unobserved(
        place,
        f"{system}: situs {short(site)}: {title} tidak mencatat satu pemeriksaan pun pada jendela ini. Apakah dijeda?",
        {"site": site},
    )
