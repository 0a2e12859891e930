"""Finds indicators by file name and reads the heads of SQL files."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_type_hints

from iku_etl.errors import DeclarationError
from iku_etl.model import Evidence, Indicator
from iku_etl.reference import decree
from iku_etl.settings import PROJECT
from iku_etl.warehouse import sql_text

SQL = PROJECT / "sql"
_COMPANION = re.compile(r"IKU-\d\d-[A-Z]+")  # IKU-09-TITIK
_EVIDENCE = re.compile(r"staging\.(?P<relation>[a-z0-9_]+)\((?P<column>[a-z0-9_]+)\)")  # staging.website(site)


def header(path: Path) -> dict[str, str]:
    """The head of a SQL file, as `sql_text.head` reads it."""
    return sql_text.head(path.read_text(encoding="utf-8"))


def indicator_files(folder: Path = SQL / "indicators") -> tuple[Path, ...]:
    """The SQL files of all indicators, by name."""
    return tuple(sorted(folder.glob("*.sql")))


def indicators_of(path: Path) -> tuple[Indicator, ...]:
    """The indicators of one SQL file: that of its `code`, or one for each of its `codes`.

    What a code of several is called, its unit (in small letters) and its owner stand in the decree's table.
    Raises DeclarationError naming the header line that is missing or wrong.
    """
    lines = header(path)
    if "codes" not in lines:
        return (_indicator(path, lines),)
    codes = tuple(part.strip() for part in lines["codes"].split(","))
    if unknown := [code for code in codes if code not in decree.rows()]:
        raise DeclarationError(f"{path.name}: the decree's table has no row for {', '.join(unknown)}.")
    return tuple(_indicator(path, lines | _printed(code)) for code in codes)


def _printed(code: str) -> dict[str, str]:
    row = decree.rows()[code]
    return {
        "code": code,
        "title": row["kegiatan_indicator"],
        "unit": row["target_unit"].lower(),
        "owner": row["responsible_section"],
    }


def _indicator(path: Path, lines: Mapping[str, str]) -> Indicator:
    kinds = get_type_hints(Indicator)
    values: dict[str, Any] = {}
    for key in ("code", "title", "unit", "form", "roll_up", "base_period", "polarity", "owner", "legal_basis"):
        if key not in lines:
            raise DeclarationError(f"{path.name}: the header has no line `-- {key}: ..`.")
        allowed = get_args(kinds[key])
        if allowed and lines[key] not in allowed:
            raise DeclarationError(f"{path.name}: {key} is {lines[key]!r}; write one of {', '.join(allowed)}.")
        values[key] = lines[key]
    evidence = tuple(Evidence(m["relation"], m["column"]) for m in _EVIDENCE.finditer(lines.get("evidence", "")))
    if not evidence:
        raise DeclarationError(f"{path.name}: `-- evidence:` names no staging relation, as in staging.website(site).")
    try:
        in_force_from = date.fromisoformat(lines.get("in_force_from", ""))
    except ValueError:
        raise DeclarationError(f"{path.name}: `-- in_force_from:` is not a date YYYY-MM-DD.") from None
    official = tuple(part.strip() for part in lines.get("official_periods", "").split(",") if part.strip() != "none")
    if unknown := set(official) - {"month", "triwulan", "semester", "year"}:
        wrong = ", ".join(sorted(unknown)) or "empty"
        raise DeclarationError(
            f"{path.name}: official_periods is {wrong}; write month, triwulan, semester, year or none."
        )
    if _COMPANION.fullmatch(values["code"]) and official:
        raise DeclarationError(f"{path.name}: {values['code']} is a companion; write `-- official_periods: none`.")
    return Indicator(
        **values,
        official_periods=official,
        in_force_from=in_force_from,
        evidence=evidence,
        name=path.stem,
        text=path.read_text(encoding="utf-8"),
    )


def all_indicators(folder: Path = SQL / "indicators") -> tuple[Indicator, ...]:
    """All indicators, by code."""
    found = (indicator for path in indicator_files(folder) for indicator in indicators_of(path))
    return tuple(sorted(found, key=lambda indicator: indicator.code))
