"""What people read: one language a message."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from iku_etl import errors
from iku_etl.settings import PROJECT

MODULES = sorted((PROJECT / "iku_etl").rglob("*.py"))

# ---------------------------------------------------------------- errors and reasons

# an engineer's own mistake is told in English; of every other error an official or a batch's reason is the reader
INDONESIAN = {
    name for name, found in vars(errors).items()
    if isinstance(found, type) and found not in (errors.IkuError, errors.DeclarationError)
} | {"Problem", "Unreadable", "NotEvaluated", "_Waits", "reject", "end"}  # fmt: skip
ENGLISH = re.compile(
    r"(?<![\w.-])(the|is|are|was|were|has|have|does|do|not|of|and|with|for|to|from|by|in|no|this|that|which|it|its"
    r"|again|ask|cells?|ended|expected|file|missing|must|mend|run|see|try|write)(?![\w-])",
    re.IGNORECASE,
)
SQL = re.compile(r"\s*(select|insert|update|delete|with)\b")
QUOTED = re.compile(r'`[^`]*`|"[^"]*"|\biku [a-z]+|create role')  # what a program is called, or is to be told


def texts(node: ast.AST, named: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The literal texts of an expression, and those of the names and the functions of its module that it uses."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        for value in named.pop(node.id, []):  # each name once: some name themselves
            yield from texts(value, named)
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from texts(child, named)


def sayings(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What each name of a module stands for: what is assigned to it anywhere, what a function of it returns."""
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    named.setdefault(target.id, []).append(node.value)
        elif isinstance(node, ast.FunctionDef):
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value]
            named.setdefault(node.name, []).extend(returned)
    return named


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_ends_in_a_reason_is_indonesian(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named, english = sayings(tree), []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
        if name not in INDONESIAN:
            continue
        for argument in [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg != "code")]:
            english += [
                f"{path.name}:{call.lineno} says {found[0]!r}: {text}"
                for text in texts(argument, dict(named))
                if " " in text and not SQL.match(text) and (found := ENGLISH.search(QUOTED.sub("", text)))
            ]
    assert not english, "\n".join(english)
