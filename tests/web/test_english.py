"""With the language switched to English nothing of ours is left in Indonesian; what sources say is marked as such."""

import re
from html.parser import HTMLParser
from pathlib import Path

import install_kit as kit
import pytest
from web_kit import visitor

from iku_etl import settings
from iku_etl.figures import wording
from iku_etl.pipeline import Pipeline
from iku_etl.web.login import Role

VOID = {"br", "img", "input", "meta", "link", "hr", "rect", "circle", "line", "path", "polyline"}
OURS = re.compile(
    "|".join(
        rf"\b{re.escape(part.strip())}\b"
        for said in wording.SAID
        for part in re.split(r"%\(\w+\)s", said)
        if len(part.strip()) > 4 and part.strip() not in ("target", "persen")
    )
)


class Outside(HTMLParser):
    """The texts and labels of a page that do not stand in an element of lang="id"."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        is_own = known.get("lang") == "id" or bool(self.open and self.open[-1][1] and "lang" not in known)
        if not is_own:
            self.texts += [known[name] or "" for name in ("aria-label", "title", "data-name") if known.get(name)]
        if tag not in VOID:
            self.open.append((tag, is_own))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1][1]):
            self.texts.append(data)


@pytest.mark.parametrize(
    "path", ["/", "/indicator/IKU-08", "/figure/IKU-08/2026-01", "/decisions/figure/IKU-08/2026-01"]
)
def test_cells_of_figures_are_in_the_visitors_language(pipeline: Pipeline, tmp_path: Path, path: str) -> None:
    kit.settle(pipeline)
    browser = visitor(settings.load(kit.environment(pipeline.warehouse, tmp_path / "state")), Role.ADMIN)
    own, page = browser.get(path).text, browser.get(f"{path}?lang=en").text
    assert OURS.search(" ".join(Outside(own).texts))
    left = [text.strip() for text in Outside(page).texts if OURS.search(text)]
    assert not left, left
    assert "50.00" in page
