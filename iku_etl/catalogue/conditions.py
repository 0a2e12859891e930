"""Which records a check is about: the forms of a declared `row_condition`, read once for all who need them."""

import re
from dataclasses import dataclass
from typing import Literal

_VALUE = r"""(?:'([^']*)'|"([^"]*)"|(True|False))"""
_COLUMN = r"(\w+)"


@dataclass(frozen=True)
class Condition:
    """One column, and what must hold of it: `is` a value, `in` a list, `filled`, `empty`, `like` a whole regex."""

    column: str
    kind: Literal["is", "in", "filled", "empty", "like"]
    value: bool | str | tuple[str, ...] = ""


def parse(text: str) -> Condition | None:
    """A condition of a form that is known; None for any other, which is pandas' alone.

    Known: `a == 'x'`, `a == True`, `a in ['x', 'y']`, `a.notnull()`, `a.isnull()`, `a.str.fullmatch(r'..')`.
    """
    text = text.strip()
    if found := re.fullmatch(rf"{_COLUMN} == {_VALUE}", text):
        column, single, double, truth = found.groups()
        return Condition(column, "is", truth == "True" if truth else single or double or "")
    if found := re.fullmatch(rf"{_COLUMN}\.(notnull|isnull)\(\)", text):
        return Condition(found[1], "filled" if found[2] == "notnull" else "empty")
    if found := re.fullmatch(rf"{_COLUMN} in [\[(](.*)[\])]", text):
        values = tuple(single or double for single, double in re.findall(r"""'([^']*)'|"([^"]*)\"""", found[2]))
        return Condition(found[1], "in", values)
    if found := re.fullmatch(rf"{_COLUMN}\.str\.fullmatch\(r?(['\"])(.*)\2\)", text):
        return Condition(found[1], "like", found[3])
    return None
