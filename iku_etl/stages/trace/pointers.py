"""Where in a JSON text the value of a pointer (RFC 6901) stands; what lies before it the C reader skips."""

import re
from collections.abc import Callable
from json import JSONDecoder
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_READ = JSONDecoder().raw_decode

Span = tuple[int, int]  # characters [begin, end)


def spans(text: str, pointer: str) -> list[Span]:
    """The spans of all that hold the value, the whole text first and the value itself last.

    Of what holds it only the beginning is looked for, and its end told as the text's: to find each end, all of a large
    text would be read at every step. ValueError if the text up to there is no JSON, or nothing stands there.
    """
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    begin = _after_space(text, 0)
    found = []
    for step in steps:
        found.append((begin, len(text)))
        begin = _inside(text, begin, step)
    return [*found, (begin, _read(text, begin)[1])]


def _inside(text: str, begin: int, step: str) -> int:
    """Where the value of a key or number begins in the object or array that begins at `begin`."""
    opening = text[begin : begin + 1]
    if opening not in ("{", "["):
        raise ValueError(f"nothing lies in the value at {begin}")
    wanted: Callable[[Any], bool] = (lambda key: key == step) if opening == "{" else (lambda key: str(key) == step)
    at, number = _after_space(text, begin + 1), 0
    while text[at : at + 1] not in ("}", "]", ""):
        key: Any = number
        if opening == "{":
            key, at = _read(text, at)
            at = _after_space(text, _after_space(text, at) + 1)  # the colon
        if wanted(key):
            return at
        at = _after_space(text, _read(text, at)[1])
        if text[at : at + 1] == ",":
            at = _after_space(text, at + 1)
        number += 1
    raise ValueError(f"{step} is not in the value at {begin}")


def _read(text: str, at: int) -> tuple[Any, int]:
    try:
        return _READ(text, at)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
