"""What a dataset of CKAN says of itself: its code, and whether and when the walidata took it.

Portals keep this in free `extras`, under a name or under a label ("Kode Data"), or, with ckanext-scheming, as fields at
the top of the dataset; older ones write each value once more as JSON. One value is meant: several leave it unknown.
"""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

from iku_etl.records.spellings import BLANKS, NOTHING
from iku_etl.window import Window

FIELDS = ("kode_data", "tanggal_diterima", "tanggal_ditarik")
_BETWEEN = re.compile(r"[\W_]+")  # `Kode Data`, `kode-data:` and `kode_data` are one name
_NAMED = {_BETWEEN.sub("", name): name for name in FIELDS}
_HAS_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")


class Unclear(Exception):
    """What a dataset says can't be known; `dataset` is its code where that is."""

    def __init__(self, message: str, dataset: str | None = None) -> None:
        super().__init__(message)
        self.dataset = dataset


def row_of(package: dict[str, Any], window: Window) -> dict[str, Any]:
    """The row of a dataset; raises Unclear where a field has several values or none that can be told.

    Without a code its name stands for it. `has_metadata`: a description, and something to download.
    """
    said, unclear = _said(package)
    dataset = None if "kode_data" in unclear else said.get("kode_data") or _text(package.get("name"))
    if unclear:
        raise Unclear(" ".join(unclear.values()), dataset)
    return {
        "dataset": dataset,
        "delivered_on": _local_day(package.get("metadata_created"), window),
        "has_metadata": _has_metadata(package, dataset),
        "accepted_on": _day(said.get("tanggal_diterima"), window),
        "withdrawn_on": _day(said.get("tanggal_ditarik"), window),
    }


def _said(package: dict[str, Any]) -> tuple[dict[str, str | None], dict[str, str]]:
    """The value of each of FIELDS that the dataset has, wherever it stands; and why, where that can't be told."""
    found: dict[str, set[str]] = {}
    unclear: dict[str, str] = {}
    for key, value in [*package.items(), *_extras(package)]:
        name = _NAMED.get(_BETWEEN.sub("", str(key)).casefold())
        if name is None:
            continue
        try:
            found.setdefault(name, set()).update(filter(None, [_one(value)]))
        except Unclear as why:
            unclear[name] = f"isian {name} {why}"
    for name, values in found.items():
        if len(values) > 1:
            shown = " dan ".join(f'"{text[:60]}"' for text in sorted(values)[:2])
            unclear[name] = f"isian {name} ada dua kali dan berbeda: {shown}. Perbaiki di portal."
    return {name: next(iter(values), None) for name, values in found.items()}, unclear


def _extras(package: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The extras as pairs: a list of key and value, or an object as CKAN's first interfaces gave it."""
    extras = package.get("extras") or []
    if isinstance(extras, dict):
        return list(extras.items())
    if not isinstance(extras, list) or not all(isinstance(one, dict) and "key" in one for one in extras):
        raise Unclear("extras bukan daftar key dan value.")
    return [(one["key"], one.get("value")) for one in extras]


def _one(value: Any) -> str | None:
    """The text of a value, out of the JSON or the list of one that it may be written as."""
    if isinstance(value, str) and value.strip()[:1] in ('"', "["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            pass  # a text that begins so
    if isinstance(value, list):
        texts = {text for one in value if (text := _one(one))}
        if len(texts) > 1:
            raise Unclear(f"berisi {len(texts)} nilai; satu yang dimaksud. Perbaiki di portal.")
        return next(iter(texts), None)
    if isinstance(value, dict):
        raise Unclear("berisi beberapa bagian, bukan satu nilai. Perbaiki di portal.")
    text = _text(value)
    return None if text in NOTHING else text


def _text(value: Any) -> str | None:
    return None if value is None else str(value).strip(BLANKS) or None


def _has_metadata(package: dict[str, Any], dataset: str | None) -> bool:
    """Raises Unclear if the catalogue's form has no place for a description, or tells nothing of files."""
    if not {"notes", "notes_translated"} & package.keys():
        raise Unclear("katalog ini tidak punya isian notes, jadi ada tidaknya metadata tidak diketahui.", dataset)
    if not {"resources", "num_resources"} & package.keys():
        raise Unclear("katalog tidak menyebut berkas (resources), jadi ada tidaknya data tidak diketahui.", dataset)
    translated = package.get("notes_translated")
    notes = [package.get("notes"), *(translated.values() if isinstance(translated, dict) else ())]
    return any(map(_text, notes)) and bool(package.get("resources", package.get("num_resources")))


def _day(text: str | None, window: Window) -> str | None:
    """A day as it was typed; of a moment the local day."""
    return _local_day(text, window) if text and _HAS_TIME.match(text) else text


def _local_day(value: Any, window: Window) -> str | None:
    """The local day of an ISO moment, UTC if it names no zone; any other text unchanged."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(window.start.tzinfo).date().isoformat()
    except (ValueError, OverflowError):
        return text
