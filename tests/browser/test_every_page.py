"""Every kind of page of the sample, on both screens: what axe-core finds (WCAG 2.2 AA), and nothing stands out."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser_kit import SIZES, Opened
from fastapi.routing import APIRoute
from playwright.sync_api import Page

from iku_etl.settings import PROJECT, Settings
from iku_etl.web.app import create_app
from iku_etl.web.login import Person, Role, always

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "docs" / "pages"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"runOnly": TAGS, "resultTypes": ["violations"]}


def kinds(site: Settings) -> dict[str, re.Pattern[str]]:
    """The routes of pages: their path, and the addresses that are of it."""
    app = create_app(site, always(Person("Penguji", Role.ADMIN)))
    return {
        route.path: route.path_regex for route in app.routes if isinstance(route, APIRoute) and "GET" in route.methods
    }


def links(page: Page) -> list[str]:
    """Where a page leads: paths on the desk, no downloads."""
    found = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => [one.href, one.origin])")
    own = page.evaluate("location.origin")
    return [href.removeprefix(own) for href, origin in found if origin == own]


def one_of_each(page: Page, site: Settings) -> Iterator[str]:
    """The first address of each kind of page, as far as links lead from the first page; the page stands there."""
    known, seen, waiting = kinds(site), set(), ["/"]
    while waiting:
        address = waiting.pop(0)
        path = address.partition("?")[0].partition("#")[0]
        kind = next((kind for kind, pattern in known.items() if pattern.match(path)), None)
        if kind is None or kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, (address, answer.status)
        yield address
        page.goto(address)
        waiting += links(page)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("tongue", ["id", "en"])
def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(
    opened: Opened, sample: Settings, size: str, tongue: str, request: pytest.FixtureRequest
) -> None:
    page = opened(Role.ADMIN, f"/?lang={tongue}", size, bypass_csp=True)
    axe, found, walked = Axe(), [], []
    for address in one_of_each(page, sample):
        walked.append(address)
        if (size, tongue) == ("desktop", "id") and request.config.getoption("--write-pictures"):
            page.screenshot(path=PICTURES / f"{re.sub('[^a-z]+', '-', address.lower()).strip('-') or 'ringkasan'}.png")
        for violation in axe.run(page, options=RULES).response["violations"]:
            where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
            found.append(f"{address}: {violation['id']} ({violation['impact']}) {violation['help']}: {where}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{address}: {wide} pixels wider than the screen")
    assert not found, "\n".join(found)
    assert len(walked) >= 6, walked
