"""The administrator's page: the same commands in both languages, and what those of `iku` say is what stands there."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import TEMPLATE, Cluster
from install_kit import Iku, at_hand, settle

from iku_etl import settings
from iku_etl.pipeline import Pipeline
from iku_etl.scheduler import notices
from iku_etl.settings import PROJECT

PAGES = [PROJECT / "docs" / "admin.md", PROJECT / "docs" / "id" / "admin.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
BY_HAND = {"up", "down"}  # Airflow too: minutes; walked by a person
ELSEWHERE = {"trace IKU-05 2026-11": "trace IKU-08 2026-01"}  # what the test's installation has published


def blocks(page: Path, kind: str = "") -> list[str]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for language, text in found if kind in ("", language)]


def calls(section: str) -> list[tuple[str, str]]:
    """The commands of `iku` in the console blocks that stand in that section of the page, and what each says."""
    text = PAGES[0].read_text(encoding="utf-8")
    part = text[text.index(f"\n## {section}") + 1 :].split("\n## ")[0]
    found = [one for language, block in BLOCK.findall(part) if language == "console" for one in CALL.findall(block)]
    ours = [(call.removeprefix("iku "), said) for call, said in found if call.startswith("iku ")]
    return [(call, said) for call, said in ours if call not in BY_HAND]


def as_pattern(shown: str) -> re.Pattern[str]:
    """Lines as they stand on the page: a line `..` for lines left out, `..` within one for what differs."""
    lines = []
    for line in shown.splitlines():
        words = (".*".join(map(re.escape, word.split(".."))) for word in line.split())
        lines.append(r"(?:.*\n)*?" if line.strip() == ".." else r"\s+".join(words) + r"\s*\n")
    return re.compile("".join(lines))


def said_by(iku: Iku, call: str) -> str:
    """The output, without a table's rule and its empty lines."""
    code, output, problems = iku(*shlex.split(ELSEWHERE.get(call, call)))
    assert code == (1 if call.startswith("check ") else 0), (call, output, problems)
    return "".join(f"{line.strip()}\n" for line in output.splitlines() if line.strip(" ─"))


def test_both_languages_have_the_same_commands() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    assert len(blocks(PAGES[0])) > 12


def test_what_the_commands_of_iku_say_is_what_stands_there(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    warehouse = cluster.create("admin_page", TEMPLATE)
    try:
        with at_hand(monkeypatch, capsys, warehouse, tmp_path) as iku:
            heard = []

            def compare(section: str) -> None:
                for call, shown in calls(section):
                    heard.append(call)
                    said = said_by(iku, call)
                    if call != "clean --orphans":  # this machine's own
                        assert as_pattern(shown).fullmatch(said), f"iku {call} says:\n{said}"

            compare("On one machine")
            compare("A PostgreSQL of your own")
            why = iku("check", "web_visits")[1].strip()
            dag = SimpleNamespace(dag_id="collect_web_visits")
            notices.failed({"dag": dag, "run_id": "1", "exception": settings.SettingError(why)})
            compare("When a night fails")
            settle(Pipeline(settings.load(), warehouse))
            for section in ("The message", "Backup", "Upgrade", "Clean up"):
                compare(section)
    finally:
        cluster.drop("admin_page")
    assert {"migrate", "status", "gaps", "check website_uptime", "clean --orphans"} <= set(heard)


def test_a_page_that_says_something_else_is_not_a_match() -> None:
    shown = "a  ..b\n..\nend\n"
    assert as_pattern(shown).fullmatch("a xb\nc\nend\n") and as_pattern(shown).fullmatch("a   b\nend\n")
    for said in ("a x\nend\n", "a b\nend\nmore\n", "more\na b\nend\n"):
        assert not as_pattern(shown).fullmatch(said)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed here")
def test_systemd_has_nothing_to_say_against_the_unit(tmp_path: Path) -> None:
    (unit,) = blocks(PAGES[0], "ini")
    assert unit.count("/opt/iku-etl/.venv/bin/iku ") == 2
    path = tmp_path / "iku.service"  # a program and a user that are there
    path.write_text(unit.replace("/opt/iku-etl/.venv/bin/iku", "/bin/true").replace("/opt/iku-etl", "/"))
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
