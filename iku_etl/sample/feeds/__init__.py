"""What the sample's offices and systems hand over: one module a source, found by its name.

A module has what applies to it:

- `files(world, known_on)`: (file name, bytes) in the source's drop folder on the morning of that day;
- `answer(running, path, parameters)`: its system's answer over HTTP, and `connection(world, url)`: the TOML
  text under which `connections.toml` names that system;
- `submissions(world, month, known_on)`: rows of the hand-in statement about the month;
- `TARGETS`: (indicator, period without its year, value, unit), `PARAMETERS`: (name, value, unit).
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType


@cache
def feeds(having: str) -> tuple[ModuleType, ...]:
    """The modules of this folder that have that attribute, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}") for name in names]
    return tuple(module for module in found if hasattr(module, having))
