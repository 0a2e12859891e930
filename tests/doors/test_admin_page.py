"""The administrator's page: the same commands in both languages, and those of `iku` run."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster
from install_kit import at_hand

from iku_etl.settings import PROJECT

PAGES = [PROJECT / "docs" / "admin.md", PROJECT / "docs" / "id" / "admin.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def test_both_languages_have_the_same_commands() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    assert len(blocks(PAGES[0])) > 5


def test_the_commands_of_iku_run(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    commands = re.findall(r"^\$ iku (.+)$", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert {"migrate", "status", "gaps", "clean --orphans"} <= set(commands)
    warehouse = cluster.create("admin_page", TEMPLATE)
    try:
        with at_hand(monkeypatch, capsys, warehouse, tmp_path) as iku:
            for command in dict.fromkeys(commands):
                code, output, problems = iku(*shlex.split(command))
                assert code == 0, (command, output, problems)
    finally:
        cluster.drop("admin_page")
