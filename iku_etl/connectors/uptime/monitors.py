"""Which monitor of a monitoring system watches which site: the option `sites` of an endpoint.

Parsing sees only bytes, so the map that held when the system was asked is written into the payload, before the answers.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from iku_etl.errors import ContractError, SettingError
from iku_etl.settings import Endpoint


def site_map(endpoint: Endpoint) -> dict[str, str]:
    """Site -> what its monitor is called there; empty if the monitors are called as the sites are."""
    sites = endpoint.options.get("sites", {})
    if not isinstance(sites, Mapping) or not all(type(called) in (int, str) for called in sites.values()):
        raise SettingError(
            'website_uptime: sites memetakan situs ke pemantaunya, misalnya "dinkes.example" = 3 atau "Website Dinkes".'
        )
    return {str(site): str(called) for site, called in sites.items()}


def packed(head: Mapping[str, Any], bodies: Iterable[bytes]) -> tuple[bytes, ...]:
    """The chunks of a payload: `[head, answer, answer, ..]`, each answer as it was received."""
    return (b"[", b",".join([orjson.dumps(head), *bodies]), b"]")


def unpacked(body: bytes, system: str) -> tuple[dict[str, Any], list[Any]]:
    """The head and the answers; raises ContractError when an answer is no JSON."""
    try:
        head, *answers = orjson.loads(body)
    except orjson.JSONDecodeError:
        beginning = body[:4096].lower()
        kind = "laman web" if b"<html" in beginning or b"<!doctype" in beginning else "bukan JSON atau terpotong"
        raise ContractError(f"{system}: jawabannya {kind}. Periksa url-nya.", code="not_json") from None
    return head, answers


def watched(
    sites: Mapping[str, str], called: Mapping[str, Collection[str]], own: Mapping[str, str], system: str
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Monitor -> its sites, and which sites of the map have none, by reason.

    `called`: monitor -> everything it may be called by; `own`: the site of each when there is no map.
    Raises ContractError for a name that several monitors have.
    """
    if not sites:
        return {monitor: [site] for monitor, site in own.items()}, {}
    found: dict[str, list[str]] = {}
    without: dict[str, int] = {}
    for site, name in sites.items():
        monitors = [monitor for monitor, names in called.items() if name in names]
        if len(monitors) > 1:
            raise ContractError(
                f"{system}: {name!r} (situs {site}) adalah nama {len(monitors)} pemantau. Tulis id-nya pada sites.",
                code="ambiguous",
            )
        if monitors:
            found.setdefault(monitors[0], []).append(site)
        else:
            without[f"situs {site}: pemantau {name} tidak ada"] = 1
    return found, without
