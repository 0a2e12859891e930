"""The rules of docs/architecture.md, held by machine: imports, sizes, headers, zones, names."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

import pytest

from iku_etl import catalogue, errors, model
from iku_etl.settings import PROJECT

PACKAGE = PROJECT / "iku_etl"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
SQL_FILES = sorted((PROJECT / "sql").rglob("*.sql"))


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, anywhere in it, but for type checkers only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_page_of_the_house_draws_the_tree_as_it_is() -> None:
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = page.split("```text\n")[2].split("```")[0]
    drawn: dict[str, set[str]] = {}
    above = ""
    for line in tree.splitlines():
        name = line.split()[0]
        folder = drawn.setdefault("", set()) if not line.startswith("  ") else drawn[above]
        folder.add(name)
        if not line.startswith("  "):
            above = name
        drawn.setdefault(name, set())
    there = {
        found.name + "/" * found.is_dir()
        for found in PACKAGE.iterdir()
        if found.name not in ("__init__.py", "__pycache__")
    }
    assert drawn["iku_etl/"] == there
    assert drawn["sql/"] == {"staging/", "indicators/"}
    stages = {found.stem for found in (PACKAGE / "stages").iterdir() if not found.name.startswith("__")}
    assert stages == set(re.findall(r"\w+", page.split("```text\n")[1].split("```")[0]))
    rooms = re.findall(r"`([a-z_]+)`", page.split("| row | rooms |")[1].split("\n\n")[0])
    assert set(rooms) - {"dags", "plugins"} == {name.removesuffix("/").removesuffix(".py") for name in there}


def test_only_the_judge_knows_great_expectations_and_nothing_below_the_dags_knows_airflow() -> None:
    for path in MODULES:
        roots = {name.split(".")[0] for name in imports(path)}
        assert "airflow" not in roots, path
        if path.name != "suite.py":
            assert "great_expectations" not in roots, path


@pytest.mark.parametrize("folder", ["dags", "plugins"])
def test_what_airflow_reads_asks_the_pipeline_and_no_stage(folder: str) -> None:
    for path in (PROJECT / folder).glob("*.py"):
        assert not [name for name in imports(path) if name.startswith("iku_etl.stages")], path


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    # scheduler/home hands it on to the processes that it starts; the package tells openpyxl not to take lxml
    assert readers <= {"__init__.py", "settings/__init__.py", "scheduler/home.py"}


def test_the_exception_tree_is_one_short_file_and_drawn_at_its_top() -> None:
    assert errors.__doc__ is not None
    classes = [found for found in vars(errors).values() if isinstance(found, type)]
    assert all(issubclass(found, errors.IkuError) and found.__name__ in errors.__doc__ for found in classes)


def test_a_file_holds_one_room() -> None:
    """Migrations are frozen as they were released, 0001 with the whole core in one."""
    others = [path for folder in ("tests", "bench", "dags", "plugins") for path in (PROJECT / folder).rglob("*.py")]
    sizes = {
        path.relative_to(PROJECT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (*MODULES, *SQL_FILES, *others)
    }
    assert {name: size for name, size in sizes.items() if size > 350} == {}


def test_functions_fit_on_a_screen() -> None:
    lengths = [
        ((node.end_lineno or 0) - node.lineno + 1, f"{path.name}: {node.name}")
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert max(lengths)[0] <= 60, f"{max(lengths)[1]} has {max(lengths)[0]} lines"
    assert median(length for length, _ in lengths) < 12


def test_the_package_fits_on_one_look() -> None:
    assert len([found for found in PACKAGE.iterdir() if found.name != "__pycache__"]) <= 22


def test_a_test_stands_in_the_room_of_what_it_tests() -> None:
    tests = PROJECT / "tests"
    modules = sorted(tests.rglob("test_*.py"))
    assert len({path.name for path in modules}) == len(modules), "one module name occurs once only"
    assert {path.name for path in modules if path.parent == tests} <= {"test_house.py", "test_docs.py"}
    rooms = {path.parent.relative_to(tests).as_posix() for path in modules} - {".", "browser", "doors", "oracle", "sql"}
    no_rooms = [room for room in rooms if not ((PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file())]
    assert not no_rooms, f"tests/ has rooms that iku_etl/ hasn't: {no_rooms}"


@pytest.mark.parametrize("name", catalogue.source_names())
def test_a_source_has_one_name_everywhere_and_example_files(name: str) -> None:
    source = catalogue.source(name)
    assert source.name == name
    folder = PROJECT / "tests" / "sources" / name
    assert any(folder.iterdir()), f"{folder} has no example file"


def test_sources_are_small() -> None:
    sizes = sorted(
        len((PACKAGE / "sources" / f"{name}.py").read_text().splitlines()) for name in catalogue.source_names()
    )
    assert sizes[len(sizes) // 2] <= 80, f"median {sizes[len(sizes) // 2]} lines: {sizes}"


@pytest.mark.parametrize("path", catalogue.indicator_files(), ids=lambda path: path.stem)
def test_an_indicator_has_a_whole_header_and_example_files(path: Path) -> None:
    indicator, *others = catalogue.indicators_of(path)
    own = indicator.code[:3] if others else indicator.code[:6]  # several codes are told apart by their numbers
    assert indicator.name.startswith(f"{own.lower().replace('-', '_')}_")
    assert len(model.MEMBER_COLUMNS) == 12
    folder = PROJECT / "tests" / "indicators" / indicator.name
    assert (folder / "expected.csv").exists()
    assert list(folder.glob("given_*.csv"))


@pytest.mark.parametrize("path", SQL_FILES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_sql_states_its_grain_and_leaves_zones_and_the_clock_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.is_relative_to(catalogue.SQL / "staging"):
        assert text.startswith("-- grain: "), "the first line of a staging view is `-- grain: one row per ..`"
    code = re.sub(r"--.*", "", text).lower()
    for forbidden in (
        r"\bnow\(", r"\bcurrent_(date|timestamp)\b", r"\bclock_timestamp\b", r"\bat time zone\b",
        r"::\s*date\b", r"\bdate_trunc\b", r"\bextract\s*\(", r"\bselect\s+\*",
    ):  # fmt: skip
        assert not re.search(forbidden, code), f"{forbidden} in {path.name}: only iku.period turns instants into dates"


def test_staging_views_are_named_after_the_things_of_their_theme() -> None:
    listed = re.findall(r"^\| (\w+) \| ([\w, ]+) \|$", (catalogue.SQL / "README.md").read_text(encoding="utf-8"), re.M)
    things = {theme: tuple(named.split(", ")) for theme, named in listed if theme not in ("folder", "ending")}
    files = sorted((catalogue.SQL / "staging").rglob("*.sql"))
    # a folder called after its source needs no line there: `iku new indicator --source` makes it
    own = {path.parent.name for path in files} & set(catalogue.source_names()) - things.keys()
    things |= {name: (name,) for name in own}
    assert {path.parent.name for path in files} == things.keys(), "sql/README.md lists the folders of sql/staging"
    for path in files:
        named = [thing for thing in things[path.parent.name] if f"{path.stem}_".startswith(f"{thing}_")]
        assert named, f"{path.stem} is named after none of {', '.join(things[path.parent.name])}: see sql/README.md"
    idle = {
        thing
        for theme, named in things.items()
        for thing in named
        if not any(f"{path.stem}_".startswith(f"{thing}_") for path in files if path.parent.name == theme)
    }
    assert not idle, f"sql/README.md names things that no file is about: {idle}"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


def test_nothing_kept_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = re.compile(rb"pythonhoste[d]\.|py[p]i\.or[g]|registry\.np[m]js|deb\.debia[n]\.")
    paths = re.compile(rb"(^|[^A-Za-z0-9_.])/(work|farm|root)/")
    for path in tracked():
        content = path.read_bytes()
        assert not hosts.search(content), f"{path} names a package registry's host"
        assert not paths.search(content), f"{path} names a path of one machine"


def test_the_lock_pins_everything_with_hashes_and_names_no_host() -> None:
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith(("--index", "--find", "-f ", "-i "))]
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert pins and all("==" in pin for pin in pins)


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_every_declared_dependency_is_imported_or_says_why_not() -> None:
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [*told["project"]["dependencies"], *told["project"]["optional-dependencies"]["dev"]]
    names = {_normal(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in declared}
    files = [path for path in tracked() if path.suffix == ".py"]
    roots = {name.split(".")[0] for path in files for name in imports(path)}
    distributions = packages_distributions()
    used = {_normal(name) for root in roots for name in distributions.get(root, ())}
    idle = {_normal(name) for name in told["tool"]["iku"]["not-imported"]}
    assert names == (names & used) | idle, "declared but imported nowhere and without a reason, or a reason for nothing"
    assert not used & idle, "imported: needs no reason in [tool.iku.not-imported]"


def test_the_readme_shows_the_two_commands_first_and_lists_every_command() -> None:
    from iku_etl.cli import main

    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "make run" in text[:1500] and "make test" in text[:1500]
    for name in main.commands:
        assert re.search(rf"\biku {re.escape(name)}\b", text), f"README does not name `iku {name}`"
