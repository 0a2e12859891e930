"""What people read: readings that exist, links that lead somewhere, one language a message."""

import ast
import fnmatch
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from iku_etl import catalogue, errors
from iku_etl.settings import PROJECT

MODULES = sorted((PROJECT / "iku_etl").rglob("*.py"))

# ---------------------------------------------------------------- what is cited is there


def kept() -> list[Path]:
    """The files of the project, but for data."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


KEPT = kept()
NAMES = {path.relative_to(PROJECT).as_posix() for path in KEPT}
FOLDERS = {parent.as_posix() for name in NAMES for parent in Path(name).parents}
TEXTS = {
    path: path.read_text(encoding="utf-8")
    for path in KEPT
    if path.suffix in (".py", ".sql", ".md", ".toml", ".yaml", ".example", ".html", ".css", ".mako")
    or path.name in ("Makefile", "run")
}
DOCS = [path for path in TEXTS if path.suffix == ".md" and path.name != "CHANGELOG.md"]  # history names what was
MADE_UP = re.compile(r"\.\.|^\.iku/|call_center|iku_10_nama")  # what a run makes, and an example is called
STANDS_FOR = re.compile(r"NAME|<\w+>|\*+")  # any one of them
READING = re.compile(r"\bU[1-9]\d?\b")
READINGS = PROJECT / "docs" / "readings.md"


def told(found: dict[Path, set[str]]) -> str:
    return "\n".join(
        f"{path.relative_to(PROJECT)}: {', '.join(sorted(words))}" for path, words in found.items() if words
    )


def test_every_reading_that_is_cited_is_written_down_and_every_one_is_cited() -> None:
    entries = re.findall(r"^### (U\d+): \w", TEXTS[READINGS], re.MULTILINE)
    assert len(set(entries)) == len(entries), "one number names one reading"
    cited = {path: set(READING.findall(text)) for path, text in TEXTS.items() if path != READINGS}
    unwritten = told({path: numbers - set(entries) for path, numbers in cited.items()})
    assert not unwritten, f"docs/readings.md has no entry for what these cite:\n{unwritten}"
    uncited = set(entries) - set().union(*(
        set(READING.findall(re.sub(r"U\d+ (to|sampai) U\d+", "", text))) for path, text in TEXTS.items()
        if path.suffix in (".py", ".sql")
    ))  # fmt: skip
    assert not uncited, f"no code, SQL or test cites {sorted(uncited)} of docs/readings.md"


@pytest.mark.parametrize("path", catalogue.indicator_files(), ids=lambda path: path.stem)
def test_a_reading_names_the_indicators_that_cite_it(path: Path) -> None:
    entries = re.findall(r"^### (U\d+):.*?^Tercetak: .*?Dipakai: (.*?)\n$", TEXTS[READINGS] + "\n", re.M | re.S)
    applied = dict(entries)
    assert len(applied) == TEXTS[READINGS].count("\n### "), "an entry ends with what is printed and where it is applied"
    named = "kegiatan" if path.stem.startswith("keg") else path.stem[:6].upper().replace("_", "-")
    missing = {
        reading
        for reading in READING.findall(TEXTS[path])
        if named not in applied[reading] and not ("semua indikator" in applied[reading] and named != "kegiatan")
    }
    assert not missing, f"docs/readings.md does not say that {named} applies {', '.join(sorted(missing))}"


def test_no_text_cites_a_page_that_a_clone_does_not_have() -> None:
    # a test that reads files beside the checkout where they lie, and is skipped elsewhere, names their folder
    outside = re.compile(
        r"\b(?:DESIGN|TRAPS)\b(?!\.md)|(?<![\w/])(?:\.\./)?shared/\w*|(?:\w[\w-]*/)*\w[\w-]*(?:\.id)?\.md\b"
    )
    absent = {
        path: {
            word
            for word in outside.findall(text)
            if not any(f"/{name}".endswith(f"/{word}") for name in NAMES)
            and not ("tests" in path.parts and word.endswith("shared/data"))
        }
        for path, text in TEXTS.items()
        if path != Path(__file__)
    }
    assert not any(absent.values()), f"cited, but not in this project:\n{told(absent)}"


def are_kept(path: Path) -> bool:
    """Whether git has that file or folder, or one that its NAME, <name> or * may stand for."""
    pattern = STANDS_FOR.sub("*", os.path.relpath(path, PROJECT))
    return bool(fnmatch.filter(NAMES | FOLDERS, pattern.rstrip("./") or "."))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_and_paths_of_a_page_lead_somewhere(page: Path) -> None:
    dead = set()
    for link in re.findall(r"\]\(([\w./:#-]+)\)", TEXTS[page]):
        target, _, anchor = link.partition("#")
        there = Path(os.path.normpath(page.parent / target)) if target else page
        if "://" not in link and (not are_kept(there) or (anchor and anchor not in anchors(there))):
            dead.add(link)
    for path in re.findall(r"(?<![\w./])(?:docs|sql|iku_etl|tests|dags|plugins|bench)/[\w./<>*{}-]*", TEXTS[page]):
        if not MADE_UP.search(path) and not are_kept(PROJECT / path):
            dead.add(path)
    # `stages/validate/suite.py`: a module by the end of its path
    for name in re.findall(r"`([\w./-]+\.(?:py|sql|md|csv|toml))`", TEXTS[page]):
        if not MADE_UP.search(name) and not are_kept(PROJECT / name) and not are_kept(PROJECT / "*" / name):
            dead.add(name)
    assert not dead, f"{page.relative_to(PROJECT)} names what is not there: {', '.join(sorted(dead))}"


# ---------------------------------------------------------------- in two languages

TRANSLATED = [PROJECT / "README.id.md", *sorted((PROJECT / "docs" / "id").glob("*.md"))]


def original(page: Path) -> Path:
    return PROJECT / "README.md" if page.name == "README.id.md" else PROJECT / "docs" / page.name


def shown(page: Path) -> tuple[list[str], Counter[str], int]:
    """What a reader may type or look for: blocks without their comments, words in backquotes; and how many headings."""
    text = TEXTS[page]
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    lines = [re.sub(r"\s+# .*", "", line) for block in blocks for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return lines, Counter(re.findall(r"`([^`\n]+)`", prose)), len(re.findall(r"^#+ ", prose, re.MULTILINE))


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_a_page_in_indonesian_shows_the_commands_of_the_english_one(page: Path) -> None:
    """Word for word, in backquotes as in blocks: whoever changes one page changes the other."""
    assert "iku" in "".join(shown(page)[1])
    assert shown(page) == shown(original(page))


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
