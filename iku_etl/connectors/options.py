"""The options of a connection: what its connector declares, and nothing else.

The module named as the system (`registers` for `register`) holds a TypedDict `Options`: a new connector is a new file.
An option of type `object` is judged by the connector, which knows what it is for; where it stands, `Endpoint.at` says.
A connector that can do without `url` says when, by a function `needs_url` of the options.
"""

import importlib
import pkgutil
from difflib import get_close_matches
from types import ModuleType

from pydantic import TypeAdapter, ValidationError

from iku_etl import connectors
from iku_etl.errors import SettingError
from iku_etl.settings import Endpoint

WRITE = {"string_type": '{} = ".."', "float_type": "{} = 6"}  # pydantic's name of an error -> what to write instead


def check(source: str, endpoint: Endpoint) -> None:
    """Raise SettingError, with file and line, for an option that the system doesn't take, or one of a wrong type.

    A system without a connector is left to the source, which knows the ones that it can be fetched from.
    """
    module = _module(endpoint.system)
    if module is None:
        return
    declared = module.Options
    known = sorted(declared.__annotations__)
    for name in endpoint.options:
        if name not in known:
            near = get_close_matches(name, known, 1)
            instead = f"maksudnya {near[0]}?" if near else f"pakai {', '.join(known) or 'system dan url saja'}."
            raise SettingError(
                f"{endpoint.at(name)}pilihan {name} dari [{source}] tidak dikenal {endpoint.system}; {instead}"
            )
    if not endpoint.url and getattr(module, "needs_url", lambda _: True)(endpoint.options):
        raise SettingError(f'{endpoint.at()}[{source}] tanpa url. Tambahkan url = "..", lihat docs/engineer.md.')
    try:
        TypeAdapter(declared).validate_python(dict(endpoint.options), strict=True)
    except ValidationError as problem:
        told = problem.errors(include_input=False, include_url=False)[0]
        name = str(told["loc"][0])
        raise SettingError(
            f"{endpoint.at(name)}pilihan {name} dari [{source}] salah jenis; tulis seperti"
            f" {WRITE[told['type']].format(name)}, lihat docs/engineer.md."
        ) from None


def _module(system: str) -> ModuleType | None:
    for found in pkgutil.walk_packages(connectors.__path__, f"{connectors.__name__}."):
        if found.name.rpartition(".")[2] in (system, f"{system}s"):
            module = importlib.import_module(found.name)
            return module if hasattr(module, "Options") else None
    return None
