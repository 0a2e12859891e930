"""What OpenLineage demands of an event, by the classes that its client's authors generate from the specification.

An event as it was sent is built again from them: a name that is not the specification's, a missing field, another type,
or a facet that names no schema of this version of the client is an error. The collector is a real one on loopback.
"""

import importlib
import json
import pkgutil
import threading
import types
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler
from typing import Any, Union, get_args, get_origin, get_type_hints

import attr
import loopback
from openlineage.client import generated
from openlineage.client.generated.base import BaseFacet, RunEvent

PATH = "/api/v1/lineage"  # of every collector: the client adds it to the url
MODULES = [
    importlib.import_module(f"{generated.__name__}.{found.name}") for found in pkgutil.iter_modules(generated.__path__)
]
FACETS = {
    kind._get_schema(): kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, BaseFacet)
}


def check(event: Any) -> None:
    """Raise ValueError, with the place in the event, for what is not as the specification has it."""
    if event.get("schemaURL") != RunEvent._get_schema():
        raise ValueError(f"/schemaURL: {event.get('schemaURL')}")
    _built(RunEvent, event, "")


def _built(kind: Any, value: Any, at: str) -> Any:
    """The value as `kind`, which is a type as the classes declare it."""
    if kind is Any:
        return value
    if get_origin(kind) in (Union, types.UnionType):
        (kind,) = [one for one in get_args(kind) if one is not type(None)]
        return _built(kind, value, at)
    if get_origin(kind) is list:
        return [_built(get_args(kind)[0], one, f"{at}/{number}") for number, one in enumerate(_of(list, value, at))]
    if get_origin(kind) is dict:
        return {name: _built(get_args(kind)[1], one, f"{at}/{name}") for name, one in _of(dict, value, at).items()}
    if attr.has(kind):
        return _object(kind, _of(dict, value, at), at)
    return kind(value) if issubclass(kind, Enum) else _of(kind, value, at)


def _of(kind: type, value: Any, at: str) -> Any:
    if type(value) is not kind:
        raise ValueError(f"{at}: {value!r} is no {kind.__name__}")
    return value


def _object(kind: Any, value: dict[str, Any], at: str) -> Any:
    is_facet = issubclass(kind, BaseFacet)
    if is_facet:
        kind = _facet(kind, value, at)
    hints, named = get_type_hints(kind), {one.name: one for one in attr.fields(kind)}
    if (unknown := value.keys() - named.keys()) and not hasattr(kind, "with_additional_properties"):
        raise ValueError(f"{at}: {kind.__name__} has no {sorted(unknown)}")
    given = {name: _built(hints[name], value[name], f"{at}/{name}") for name in named if name in value}
    try:
        return kind(**{named[name].alias: one for name, one in given.items() if named[name].init})
    except TypeError as problem:
        raise ValueError(f"{at}: {problem}") from None


def _facet(kind: Any, value: dict[str, Any], at: str) -> Any:
    """The class of a facet, by the schema that it names; what Airflow adds of its own names the bare one."""
    found = FACETS.get(value.get("_schemaURL", ""))
    if found is None or not issubclass(found, kind) or not value.get("_producer"):
        raise ValueError(f"{at}: {value.get('_schemaURL')} by {value.get('_producer')!r} is no {kind.__name__}")
    return found


def named(datasets: list[dict[str, Any]]) -> list[str]:
    return [f"{one['namespace']} {one['name']}" for one in datasets]


@dataclass
class Collector:
    """Takes events by HTTP as Marquez does, and hangs up on those of the jobs in `deaf_to`."""

    key: str
    deaf_to: tuple[str, ...] = ()
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    hung_up: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One request; 401 without the key, 404 elsewhere, 422 for what the specification does not allow."""
        event = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        if handler.headers["Authorization"] != f"Bearer {self.key}":
            return loopback.send(handler, b"", 401)
        if (handler.command, handler.path) != ("POST", PATH):
            return loopback.send(handler, b"", 404)
        if event["job"]["name"].startswith(self.deaf_to):
            with self.lock:
                self.hung_up += 1
            handler.close_connection = True
            return None
        try:
            check(event)
        except ValueError as problem:
            self.refused.append(str(problem))
            return loopback.send(handler, str(problem).encode(), 422)
        with self.lock:
            self.events.append(event)
        return loopback.send(handler, b"", 201)
