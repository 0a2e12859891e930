"""SQL as text: what is code, comment or string, which relations it names, and how to point them elsewhere."""

import re
from collections.abc import Callable, Iterator

from psycopg import sql

_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<string>  [eE]?'(?:[^']|'')*' | (?P<tag>\$[A-Za-z_]*\$).*?(?P=tag) )  # 'it''s', $body$..$body$
    | (?P<quoted>  "(?:[^"]|"")*" )                                            # "staging".website is left alone
    | (?P<code>    [^-/'"$eE]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_RELATION = re.compile(r"(?<![\w.\"$])(?P<schema>staging|indicator)\s*\.\s*(?P<name>[a-z_][a-z0-9_]*)", re.IGNORECASE)
_LINE = re.compile(r"--\s*(?P<key>[a-z_]+):\s*(?P<value>.+?)\s*$")  # -- code: IKU-05


def head(text: str) -> dict[str, str]:
    """The `-- key: value` lines at the top of a text; a line `--   more` continues the value above it."""
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if match := _LINE.match(line):
            key = match["key"]
            found[key] = match["value"]
        elif line.startswith("--   ") and key:
            found[key] += " " + line[2:].strip()
        else:
            break
    return found


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text cut into ("code" | "comment" | "string" | "quoted", piece); joined they are the text again."""
    code: list[str] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "string"
        if kind == "code":
            code.append(match[0])
            continue
        if code:
            yield "code", "".join(code)
            code = []
        yield str(kind), match[0]
    if code:
        yield "code", "".join(code)


def normalised(text: str) -> str:
    """The text without comments and with single spaces; texts that differ only in those become equal."""
    parts = [""]
    for kind, piece in pieces(text):
        if kind in ("code", "comment"):  # next to one another they are one stretch of spaces
            parts[-1] = re.sub(r"\s+", " ", parts[-1] + (piece if kind == "code" else " "))
        else:
            parts += [piece, ""]
    return "".join(parts).strip()


def relations(text: str, schema: str) -> frozenset[str]:
    """The names that the code of a text writes behind `schema.`."""
    return frozenset(
        match["name"].lower()
        for kind, piece in pieces(text)
        if kind == "code"
        for match in _RELATION.finditer(piece)
        if match["schema"].lower() == schema
    )


def strings(text: str) -> frozenset[str]:
    return frozenset(piece[1:-1] for kind, piece in pieces(text) if kind == "string" and piece[0] == "'")


def pointed(text: str, place_of: Callable[[str, str], sql.Identifier]) -> sql.Composed:
    """The text with every `staging.x` and `indicator.x` of its code replaced by `place_of(schema, name)`."""
    parts: list[sql.Composable] = []
    for kind, piece in pieces(text):
        done = 0
        if kind == "code":
            for match in _RELATION.finditer(piece):
                parts.append(sql.SQL(piece[done : match.start()]))
                parts.append(place_of(match["schema"].lower(), match["name"].lower()))
                done = match.end()
        parts.append(sql.SQL(piece[done:]))
    return sql.Composed(parts)
