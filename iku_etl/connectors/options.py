"""The options of a connection: what its connector declares, and nothing else.

The module named as the system (`registers` for `register`) holds a TypedDict `Options`: a new connector is a new file.
"""

import importlib
import pkgutil
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from iku_etl import connectors
from iku_etl.errors import SettingError
from iku_etl.settings import Endpoint


def check(source: str, endpoint: Endpoint) -> None:
    """Raise SettingError, with file and line, for an option that the system doesn't take, or one of a wrong type.

    A system without a connector is left to the source, which knows the ones that it can be fetched from.
    """
    declared = _declared(endpoint.system)
    if declared is None:
        return
    known = sorted(declared.__annotations__)
    for name in endpoint.options:
        if name not in known:
            near = get_close_matches(name, known, 1)
            instead = f"maksudnya {near[0]}?" if near else f"pakai {', '.join(known) or 'system dan url saja'}."
            raise SettingError(
                f"{_place(endpoint, name)}pilihan {name} dari [{source}] tidak dikenal {endpoint.system}; {instead}"
            )
    try:
        TypeAdapter(declared).validate_python(dict(endpoint.options), strict=True)
    except ValidationError as problem:
        name = str(problem.errors(include_input=False, include_url=False)[0]["loc"][0])
        raise SettingError(
            f"{_place(endpoint, name)}pilihan {name} dari [{source}] salah jenis; tulis seperti di docs/engineer.md."
        ) from None


def _place(endpoint: Endpoint, name: str) -> str:
    return f"{endpoint.places[name]}: " if name in endpoint.places else ""


def _declared(system: str) -> Any:
    for found in pkgutil.walk_packages(connectors.__path__, f"{connectors.__name__}."):
        if found.name.rpartition(".")[2] in (system, f"{system}s"):
            return getattr(importlib.import_module(found.name), "Options", None)
    return None
